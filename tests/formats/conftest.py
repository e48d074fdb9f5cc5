"""A record with every kind of field filled, and ways to vary it; reading a file made here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from extractor.formats import read_articles
from extractor.schema import SCHEMA_VERSION, Article, Party, Record, Span

FULL = Record(
    claim_id="c0ffee",
    article_id="news/a.txt",
    title="Meta : l’emprunt",
    url="https://example.org/a?b=c&d=e",
    source="L'Écho",
    published="2025-11-02",
    language="fr",
    language_certain=True,
    zone="body",
    sentence="L'entreprise a levé 27 milliards de dollars\u202f; « PIMCO | Co. », dit-on.",
    start=20,
    end=43,
    surface="27 milliards de dollars",
    low=Decimal("27000000000"),
    high=Decimal("2.7E+10"),
    currency="USD",
    approx=False,
    vague=False,
    per=None,
    negative=False,
    type="debt.private_credit",
    modality="asserted",
    attribution="author",
    speaker=Party("Łukasz 🙂", "PERSON", 3, 11),
    payer=(Party("PIMCO", "FIRM", 60, 65), Party("Blue | Owl, Inc.", "FIRM", 70, 86)),
    recipient=(Party("Meta", "FIRM", 0, 4),),
    target=(),
    arranger=(),
    guarantor=(),
    subject=(),
    period="au T3 2025",
    period_span=Span(90, 100),
    period_start="2025-07-01",
    period_end="2025-09-30",
    score=0.875,
    scores={"type": 0.9, "modality": 0.1 + 0.2},
    model="claims-multi@0123",
    schema_version=SCHEMA_VERSION,
)
BARE = replace(
    FULL, claim_id="beef", title=None, url=None, source=None, published=None, sentence="",
    low=None, high=None, currency=None, vague=True, negative=True, speaker=None, payer=(),
    recipient=(), period=None, period_span=None, period_start=None, period_end=None, scores={},
)  # fmt: skip


@pytest.fixture(scope="session")
def record() -> Callable[..., Record]:
    """The full record with some fields changed."""

    def changed(**fields: object) -> Record:
        return replace(FULL, **fields)  # type: ignore[arg-type]

    return changed


@pytest.fixture(scope="session")
def bare() -> Record:
    """A record whose every field that may be absent is."""
    return BARE


Read = Callable[..., tuple[list[Article], list[str]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Articles of a file of that name and content, and the messages of what was left out."""

    def reading(name: str, raw: str | bytes, **options: object) -> tuple[list[Article], list[str]]:
        path = tmp_path / name
        path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
        errors: list[str] = []
        found = read_articles(path, on_error=lambda e: errors.append(str(e)), **options)  # type: ignore[arg-type]
        articles = list(found)
        assert all(e.startswith(path.as_posix()) for e in errors)
        return articles, [e.removeprefix(path.as_posix()) for e in errors]

    return reading
