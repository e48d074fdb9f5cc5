"""The data types of the package: one definition for gold and prediction.

All offsets count Unicode code points of `Document.text`, half-open, and
`document.text[start:end]` is the surface, always. All types are frozen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

SCHEMA_VERSION = "1.0"


def content_id(*parts: object, size: int = 16) -> str:
    """A stable id: the first `size` hex digits of the SHA-256 of the parts."""
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:size]


@dataclass(frozen=True, slots=True)
class Article:
    """A piece of input as it was read.

    Attributes:
        body: The raw text, or HTML where `media_type` is `text/html`.
        id: Where it comes from; a content id is made where it is absent.
    """

    body: str
    id: str | None = None
    media_type: str = "text/plain"
    title: str | None = None
    url: str | None = None
    source: str | None = None
    published: str | None = None
    language: str | None = None
    meta: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open interval of code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph-like run of text: its span, kind and language."""

    start: int
    end: int
    kind: str = "body"
    language: str = "und"


@dataclass(frozen=True, slots=True)
class Document:
    r"""A cleaned article: the text that all offsets refer to.

    Attributes:
        text: NFC, line ends `\n`, surrogates and NUL replaced one for one.
        blocks: In order, not overlapping.
        sentences: In order, not overlapping, each inside one block.
        language: ISO 639-1, or `und`.
        grammar_language: The supported language whose grammar is used; equal to
            `language` unless that is `und` or unsupported.
        raw_sha256: Of the input's body, UTF-8.
    """

    id: str
    text: str
    blocks: tuple[Block, ...] = ()
    sentences: tuple[Span, ...] = ()
    language: str = "und"
    language_score: float = 0.0
    grammar_language: str = "en"
    raw_sha256: str = ""
    title: str | None = None
    url: str | None = None
    source: str | None = None
    published: str | None = None
    meta: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: exact decimals in whole currency units, scale applied.

    `low == high` for a point; one is None for an open bound; both are None for
    a vague amount. `currency` is ISO 4217, None where the text does not say.
    """

    low: Decimal | None
    high: Decimal | None
    currency: str | None
    approx: bool = False
    vague: bool = False
    per: str | None = None
    negative: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A named entity or an amount in the text.

    Attributes:
        label: One of `taxonomy.MENTION_LABELS`.
        source: `grammar`, `model`, `cues` or `person`.
        money: Set where the label is MONEY.
        entity: The fullest name the document has for this firm or body.
    """

    id: str
    start: int
    end: int
    label: str
    text: str
    score: float = 1.0
    source: str = "person"
    money: Money | None = None
    entity: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What the text says about one amount. Ids are those of mentions.

    Attributes:
        money: The MONEY mention.
        roles: Role name to mention ids, in text order.
        scores: Calibrated probability per field (`type`, `modality`, ...).
    """

    id: str
    money: str
    type: str
    modality: str
    attribution: str
    speaker: str | None = None
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    period: str | None = None
    period_start: str | None = None
    period_end: str | None = None
    negative: bool = False
    score: float = 1.0
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extraction:
    """A document with its mentions and claims, from a person or a program."""

    document: Document
    mentions: tuple[Mention, ...] = ()
    claims: tuple[Claim, ...] = ()
    model: str = "person"
    schema_version: str = SCHEMA_VERSION

    def mention(self, id: str) -> Mention:
        """The mention of that id. Raises KeyError where there is none."""
        for mention in self.mentions:
            if mention.id == id:
                return mention
        raise KeyError(id)

    def _repr_html_(self) -> str:
        """What a notebook shows: the claims, and the text with its mentions."""
        from extractor.display import extraction_html

        return extraction_html(self)


@dataclass(frozen=True, slots=True)
class Party:
    """A role filler in a record: the reported name and where it stands."""

    name: str
    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Record:
    """One flat row a claim: what JSONL, CSV, Parquet and data frames hold."""

    claim_id: str
    article_id: str
    title: str | None
    url: str | None
    source: str | None
    published: str | None
    language: str
    language_certain: bool
    zone: str
    sentence: str
    start: int
    end: int
    surface: str
    low: Decimal | None
    high: Decimal | None
    currency: str | None
    approx: bool
    vague: bool
    per: str | None
    negative: bool
    type: str
    modality: str
    attribution: str
    speaker: Party | None
    payer: tuple[Party, ...]
    recipient: tuple[Party, ...]
    target: tuple[Party, ...]
    arranger: tuple[Party, ...]
    guarantor: tuple[Party, ...]
    subject: tuple[Party, ...]
    period: str | None
    period_span: Span | None
    period_start: str | None
    period_end: str | None
    score: float
    scores: Mapping[str, float]
    model: str
    schema_version: str
