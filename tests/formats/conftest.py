"""A record with every kind of field filled, and ways to vary it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from extractor.schema import SCHEMA_VERSION, Party, Record, Span

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
