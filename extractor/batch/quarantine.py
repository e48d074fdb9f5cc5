"""A batch of articles, of which a bad one costs itself only."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from extractor.errors import OF_ARTICLES, InputError, no_memory, of_machine
from extractor.formats.rows import without_surrogates
from extractor.schema import Article, Document, Extraction

if TYPE_CHECKING:
    from extractor.pipeline.core import Extractor

_LAST = 3  # failures that are named where too many stop a run
_REASON_CHARS = 300


@dataclass(frozen=True, slots=True)
class Failure:
    """An article that failed.

    Attributes:
        article: Its id, or the place where it should have been; None where it has neither.
        stage: `read`, `clean`, `extract` or `write`.
    """

    article: str | None
    stage: str
    error: str

    def to_json(self) -> str:
        """As a line of `errors.jsonl`."""
        return without_surrogates(json.dumps(asdict(self), ensure_ascii=False)) + "\n"

    def __str__(self) -> str:
        """For a message; an error of reading names the place itself."""
        named = self.article is None or self.error.startswith(self.article)
        return (self.error if named else f"{self.article}: {self.error}")[:_REASON_CHARS]


@dataclass(slots=True)
class Quarantine:
    """Hands on the articles that failed, in order, and counts them.

    Attributes:
        take: Called with each, when it is counted.
        last: The last few.
    """

    take: Callable[[Failure], object]
    count: int = 0
    last: deque[Failure] = field(default_factory=lambda: deque(maxlen=_LAST))

    @property
    def reasons(self) -> str:
        """Why the last few failed."""
        return "; ".join(map(str, self.last))

    def add(self, article: str | None, stage: str, error: Exception, more: str = "") -> None:
        """Takes one in.

        Args:
            more: To be told after the error.
        """
        ours = isinstance(error, OF_ARTICLES)
        told = str(error) if ours else f"{type(error).__name__}: {error}"
        failure = Failure(article, stage, told + more)
        self.count += 1
        self.last.append(failure)
        self.take(failure)

    def unread(self, path: str, error: InputError) -> None:
        """A row of a file that gave no article, or the file; its place opens the message."""
        told = str(error)
        known = path if told.startswith(path) else ""  # it may hold what ends a place
        self.add(known + told.removeprefix(known).partition(": ")[0], "read", error)

    @contextmanager
    def guard(self, article: str | None, stage: str) -> Iterator[None]:
        """Takes an article in whose stage fails; a fault of the machine is raised."""
        try:
            yield
        except Exception as error:
            if of_machine(error):
                raise
            self.add(article, stage, error)


def extract_batch(
    articles: Iterable[Article], extractor: Extractor, quarantine: Quarantine
) -> list[Extraction]:
    """The extractions of the articles, without those that failed."""
    documents = []
    for article in articles:
        with quarantine.guard(article.id, "clean"):
            documents.append(extractor.read(article))
    return _extract(documents, extractor, quarantine)


def _extract(
    documents: list[Document], extractor: Extractor, quarantine: Quarantine
) -> list[Extraction]:
    """All at once; by halves where that fails, to find which of them it was."""
    if len(documents) < 2:
        for document in documents:
            with quarantine.guard(document.id, "extract"):
                return extractor.extract_documents(documents)
        return []
    try:
        return extractor.extract_documents(documents)
    except Exception as error:
        if of_machine(error) and not no_memory(error):
            raise
    # Out of the handler, for with the error goes what it held in memory.
    middle = len(documents) // 2
    halves = (documents[:middle], documents[middle:])
    return [e for half in halves for e in _extract(half, extractor, quarantine)]
