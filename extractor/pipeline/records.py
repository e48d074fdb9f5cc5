"""Extraction to flat records."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator

from extractor.schema import Claim, Document, Extraction, Mention, Party, Record, Span

DEFAULT_ZONES = ("title", "heading", "body")


def records(
    extraction: Extraction, *, zones: Collection[str] = DEFAULT_ZONES, min_score: float = 0.0
) -> Iterator[Record]:
    """Yields one record a claim, in text order.

    Args:
        zones: Kinds of block that claims are taken from.
        min_score: Claims of a lower score are left out.
    """
    by_id = {m.id: m for m in extraction.mentions}
    for claim in extraction.claims:
        amount = by_id[claim.money]
        zone = _zone(extraction.document, amount.start)
        if zone in zones and claim.score >= min_score:
            yield _record(extraction, claim, amount, zone, by_id)


def _record(
    extraction: Extraction, claim: Claim, amount: Mention, zone: str, by_id: dict[str, Mention]
) -> Record:
    document, money = extraction.document, amount.money
    if money is None:
        raise ValueError(f"mention {amount.id} of claim {claim.id} has no money")
    period = by_id[claim.period] if claim.period else None

    def parties(role: str) -> tuple[Party, ...]:
        return tuple(_party(by_id[i]) for i in claim.roles.get(role, ()))

    return Record(
        claim_id=claim.id,
        article_id=document.id,
        title=document.title,
        url=document.url,
        source=document.source,
        published=document.published,
        language=document.language,
        language_certain=document.language == document.grammar_language,
        zone=zone,
        sentence=_sentence(document, amount.start),
        start=amount.start,
        end=amount.end,
        surface=amount.text,
        low=money.low,
        high=money.high,
        currency=money.currency,
        approx=money.approx,
        vague=money.vague,
        per=money.per,
        negative=claim.negative,
        type=claim.type,
        modality=claim.modality,
        attribution=claim.attribution,
        speaker=_party(by_id[claim.speaker]) if claim.speaker else None,
        payer=parties("payer"),
        recipient=parties("recipient"),
        target=parties("target"),
        arranger=parties("arranger"),
        guarantor=parties("guarantor"),
        subject=parties("subject"),
        period=period.text if period else None,
        period_span=Span(period.start, period.end) if period else None,
        period_start=claim.period_start,
        period_end=claim.period_end,
        score=claim.score,
        scores=dict(claim.scores),
        model=extraction.model,
        schema_version=extraction.schema_version,
    )


def _party(mention: Mention) -> Party:
    return Party(mention.entity or mention.text, mention.label, mention.start, mention.end)


def _zone(document: Document, offset: int) -> str:
    at = bisect_right(document.blocks, offset, key=lambda b: b.start) - 1
    return document.blocks[at].kind if at >= 0 else "body"


def _sentence(document: Document, offset: int) -> str:
    at = bisect_right(document.sentences, offset, key=lambda s: s.start) - 1
    if at < 0:
        return ""
    span = document.sentences[at]
    return document.text[span.start : span.end]
