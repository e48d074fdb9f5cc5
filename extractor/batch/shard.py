"""One shard: read, extracted, written under temporary names, committed by renaming.

OUT/plan.json               what is done here
OUT/jsonl/part-00007.jsonl  one folder a format
OUT/errors/part-00007.jsonl {article, stage, error}, where a shard has any
OUT/done/part-00007.json    counts and hashes; written last: with it the shard is done
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.batch.plan import Plan
from extractor.errors import FormatError, InputError
from extractor.formats.readers import read_slice
from extractor.formats.writers import RecordWriter, open_writer
from extractor.pipeline.records import records
from extractor.schema import Article, Document, Extraction

if TYPE_CHECKING:
    from extractor.pipeline.core import Extractor

DONE, ERRORS = "done", "errors"


@dataclass(slots=True)
class Done:
    """What a shard gave.

    Attributes:
        files: Path under the output folder to `[bytes, sha256]`.
    """

    shard: int
    run: str
    articles: int = 0
    claims: int = 0
    errors: int = 0
    files: dict[str, tuple[int, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, run: str, shard: int) -> Done | None:
        """The mark of a shard that is done; None where there is none of this run."""
        try:
            data = json.loads(_mark(folder, shard).read_text(encoding="utf-8"))
            done = cls(**data)
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return done if done.run == run else None


def _mark(folder: Path, shard: int) -> Path:
    return folder / DONE / f"{part_name(shard)}.json"


def part_name(shard: int) -> str:
    """The stem of a shard's files."""
    return f"part-{shard:05}"


def run_shard(
    plan: Plan,
    shard: int,
    folder: Path,
    extractor: Extractor,
    *,
    on_batch: Callable[[int, int], None] = lambda articles, errors: None,
) -> Done:
    """Runs a shard unless it is done.

    Args:
        folder: Of the run; holds or will hold the outputs.
        on_batch: Called after each batch with its articles and errors.

    Raises:
        OSError: The output cannot be written; nothing of the shard is committed.
    """
    done = Done.read(folder, plan.id, shard)
    if done is not None:
        return done
    for name in (*plan.options.formats, ERRORS, DONE):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for left in (folder / name).glob(f".{part_name(shard)}.*.tmp"):
            left.unlink(missing_ok=True)  # of a worker that was killed
    done = Done(shard, plan.id)
    errors = _Errors()
    paths = [folder / fmt / f"{part_name(shard)}.{fmt}" for fmt in plan.options.formats]
    with ExitStack() as stack:
        writers = [
            stack.enter_context(open_writer(fmt, path))
            for fmt, path in zip(plan.options.formats, paths, strict=True)
        ]
        told = 0
        for extractions in _batches(plan, shard, extractor, errors):
            with extractor.timer("write"):
                for extraction in extractions:
                    done.claims += _write(extraction, plan, writers, errors)
            done.articles += len(extractions)
            on_batch(len(extractions), len(errors.rows) - told)
            told = len(errors.rows)
    done.errors = len(errors.rows)
    failed = folder / ERRORS / f"{part_name(shard)}.jsonl"
    if errors.rows:
        write_text(failed, "".join(errors.rows))
        paths.append(failed)
    done.files = {p.relative_to(folder).as_posix(): file_hash(p) for p in paths}
    write_text(_mark(folder, shard), json.dumps(asdict(done), indent=1) + "\n")
    return done


class _Errors:
    """The articles of a shard that failed."""

    def __init__(self) -> None:
        self.rows: list[str] = []

    def add(self, article: str | None, stage: str, error: object) -> None:
        row = {"article": article, "stage": stage, "error": str(error)}
        self.rows.append(json.dumps(row, ensure_ascii=False) + "\n")

    def unread(self, error: InputError) -> None:
        """A row or file that gave no article; its place opens the message."""
        self.add(str(error).partition(": ")[0], "read", error)


def _batches(
    plan: Plan, shard: int, extractor: Extractor, errors: _Errors
) -> Iterator[list[Extraction]]:
    source = _articles(plan, shard, errors)
    while True:
        with extractor.timer("read"):
            batch = list(islice(source, plan.options.batch_size))
        if not batch:
            return
        documents = []
        for article in batch:
            try:
                documents.append(extractor.read(article))
            except Exception as error:  # a poison article costs itself only
                errors.add(article.id, "clean", _told(error))
        yield _extract(documents, extractor, errors)


def _articles(plan: Plan, shard: int, errors: _Errors) -> Iterator[Article]:
    for part in plan.shards[shard]:
        yield from read_slice(
            part.path,
            part.start,
            part.stop,
            part.first,
            text_field=plan.options.text_field,
            on_error=errors.unread,
        )


def _extract(documents: list[Document], extractor: Extractor, errors: _Errors) -> list[Extraction]:
    """All at once; one by one where that fails, to find which of them it was."""
    try:
        return extractor.extract_documents(documents)
    except MemoryError:
        raise
    except Exception as error:
        if len(documents) == 1:
            errors.add(documents[0].id, "extract", _told(error))
            return []
        middle = len(documents) // 2
        halves = (documents[:middle], documents[middle:])
        return [e for half in halves for e in _extract(half, extractor, errors)]


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"


def _write(extraction: Extraction, plan: Plan, writers: list[RecordWriter], errors: _Errors) -> int:
    options, count = plan.options, 0
    for record in records(extraction, zones=options.zones, min_score=options.min_score):
        try:
            for writer in writers:
                writer.write(record)
        except FormatError as error:
            errors.add(record.article_id, "write", error)
            continue
        count += 1
    return count


def write_text(path: Path, text: str) -> None:
    """Writes a file whole, by renaming; it is on the disk when this returns."""
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def file_hash(path: Path) -> tuple[int, str]:
    """Size in bytes and SHA-256 of a file."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
