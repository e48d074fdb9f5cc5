"""The straight line from an article to its claims."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.cues import find_names, label
from extractor.errors import InputError, UnknownName
from extractor.link.dates import resolve_period
from extractor.link.firms import entities
from extractor.money import find_in_blocks
from extractor.schema import Article, Claim, Document, Extraction, Mention
from extractor.stages import Timer, untimed
from extractor.taxonomy import LANGUAGES
from extractor.text import read_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from extractor.model.predictor import ClaimModel

SCOPES = ("claims", "all")
CUES = "cues"


def default_bundle() -> Path:
    """The bundle that comes with the package, or with its source tree."""
    packaged = Path(str(files("extractor") / "bundle"))
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "models" / "claims-multi"


class Extractor:
    """Turns articles into extractions.

    Args:
        model: A trained model; None for the rule labeller.
        scope: `claims` reads names only around amounts, `all` everywhere.
        language: Taken for every article, instead of detecting it.
        timer: Told of the stages that articles go through.
    """

    def __init__(
        self,
        model: ClaimModel | None = None,
        *,
        scope: str = "claims",
        language: str | None = None,
        timer: Timer = untimed,
    ) -> None:
        if scope not in SCOPES:
            raise UnknownName("scope", scope, SCOPES)
        if language is not None and language not in LANGUAGES:
            raise UnknownName("language", language, LANGUAGES)
        self.model = model
        self.scope = scope
        self.language = language
        self.timer = timer

    @property
    def model_id(self) -> str:
        """What records say made them."""
        return self.model.id if self.model else CUES

    def __call__(self, article: Article | str) -> Extraction:
        """Extracts one article or text.

        Raises:
            InputError: The article holds no text that can be read.
        """
        return self.extract_documents([self.read(article)])[0]

    def read(self, article: Article | str) -> Document:
        """Cleans, splits and detects the language.

        Raises:
            InputError: It is neither a text nor an article.
        """
        if isinstance(article, str):
            article = Article(article)
        if not isinstance(article, Article):
            raise InputError(
                f"expected a text or an Article, got {type(article).__name__}: {article!r:.60}"
            )
        with self.timer("clean"):
            return read_document(article, language=self.language)

    def stream(
        self,
        articles: Iterable[Article | str],
        *,
        batch_size: int = 32,
        on_error: Callable[[InputError], None] | None = None,
    ) -> Iterator[Extraction]:
        """Extracts articles in order, a batch at a time.

        Args:
            on_error: Called for an article that cannot be read, which is then
                left out; without it the error is raised.
        """
        source = iter(articles)
        while batch := list(islice(source, batch_size)):
            documents = []
            for article in batch:
                try:
                    documents.append(self.read(article))
                except InputError as error:
                    if on_error is None:
                        raise
                    on_error(error)
            yield from self.extract_documents(documents)

    def extract_documents(self, documents: list[Document]) -> list[Extraction]:
        """Amounts, names and claims of documents that are already read."""
        with self.timer("grammar"):
            pairs = [(document, find_amounts(document)) for document in documents]
        if self.model is None:
            with self.timer("cues"):
                return [_by_rules(document, amounts) for document, amounts in pairs]
        predicted = self.model.predict(pairs, scope=self.scope, timer=self.timer)
        with self.timer("decode"):
            return [
                _assemble(document, [*amounts, *names], claims, self.model.id)
                for (document, amounts), (names, claims) in zip(pairs, predicted, strict=True)
            ]


def find_amounts(document: Document) -> list[Mention]:
    """The amounts of the blocks, each by the grammar of its language.

    The document's `meta["country"]` (ISO 3166) says whose dollars "$" are.
    """
    blocks = (
        (b.start, b.end, b.language if b.language in LANGUAGES else document.grammar_language)
        for b in document.blocks
    )
    return [
        Mention(
            id=f"M{found.start}-{found.end}",
            start=found.start,
            end=found.end,
            label="MONEY",
            text=found.text,
            source="grammar",
            money=found.money,
        )
        for found in find_in_blocks(document.text, blocks, country=document.meta.get("country"))
    ]


def _by_rules(document: Document, amounts: list[Mention]) -> Extraction:
    taken = [(a.start, a.end) for a in amounts]
    names = [
        m
        for m in find_names(document)
        if not any(m.start < end and start < m.end for start, end in taken)
    ]
    full = entities(names, document)
    names = [replace(m, entity=full.get(m.id)) for m in names]
    mentions = sorted([*amounts, *names], key=lambda m: m.start)
    return _assemble(document, mentions, list(label(document, mentions)), CUES)


def _assemble(
    document: Document, mentions: list[Mention], claims: list[Claim], model: str
) -> Extraction:
    by_id = {m.id: m for m in mentions}
    dated = []
    for claim in claims:
        if claim.period:
            text = by_id[claim.period].text
            start, end = resolve_period(text, document.grammar_language, document.published)
            claim = replace(claim, period_start=start, period_end=end)
        dated.append(claim)
    ordered = tuple(sorted(mentions, key=lambda m: (m.start, m.end)))
    return Extraction(document, ordered, tuple(dated), model=model)


def model_id(model: str | Path | None = None) -> str:
    """What `load` of the same model would say made its records; nothing is loaded.

    Raises:
        BundleError: The bundle is missing, broken or foreign.
    """
    from extractor.model.bundle import bundle_id

    if model == CUES:
        return CUES
    return bundle_id(Path(model) if model is not None else default_bundle())


def load(
    model: str | Path | None = None,
    *,
    device: str = "auto",
    precision: str = "auto",
    scope: str = "claims",
    language: str | None = None,
) -> Extractor:
    """Loads an extractor.

    Args:
        model: Folder of a bundle; `cues` for the rule labeller, which needs no
            network; None for the bundle that comes with the package.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        precision: Of the network: `auto`, `bf16`, `int8` or `float32`.
        scope: `claims` or `all`.
        language: Skips detection.

    Raises:
        BundleError: The bundle is missing, broken or foreign.
        UnknownName: Of a precision, scope or language.
    """
    if model == CUES:
        return Extractor(None, scope=scope, language=language)
    from extractor.model.device import pick_device
    from extractor.model.predictor import ClaimModel

    folder = Path(model) if model is not None else default_bundle()
    claims = ClaimModel.load(folder, pick_device(device), precision)
    return Extractor(claims, scope=scope, language=language)
