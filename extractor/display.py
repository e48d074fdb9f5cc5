"""An extraction as HTML, for notebooks: the claims in a table, the text below it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extractor.schema import Claim, Extraction, Mention, Money

_HEADER = ("amount", "value", "type", "modality", "attribution", "roles", "period", "score")
_COLORS = {"MONEY": "#ffe08a", "FIRM": "#b9e6c9", "ORG": "#b9dcf2", "PERSON": "#e6c9f0",
           "DATE": "#f3d9b8"}  # fmt: skip
_OTHER = "#e4e4e4"
# Notebooks set what stands between two dollars as mathematics, unless told not to.
_NO_MATHS = "tex2jax_ignore mathjax_ignore"


def extraction_html(extraction: Extraction) -> str:
    """The claims and the marked text; whatever comes from the article is escaped."""
    by_id = {mention.id: mention for mention in extraction.mentions}
    document = extraction.document
    told = f"{len(extraction.claims)} claims, language {document.language}, {extraction.model}"
    rows = "".join(_row(_cells(claim, by_id)) for claim in extraction.claims)
    head = "".join(f"<th>{name}</th>" for name in _HEADER)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
    return (
        f'<div class="{_NO_MATHS}"><p><b>{escape(document.title or document.id)}</b><br>'
        f"{escape(told)}</p>{table}"
        "<details><summary>text</summary>"
        f'<div style="white-space:pre-wrap">{_marked(document.text, extraction.mentions)}</div>'
        "</details></div>"
    )


def _row(cells: Iterable[str]) -> str:
    style = "text-align:left;white-space:pre-wrap"
    return "<tr>" + "".join(f'<td style="{style}">{escape(cell)}</td>' for cell in cells) + "</tr>"


def _cells(claim: Claim, by_id: dict[str, Mention]) -> tuple[str, ...]:
    def name(id: str) -> str:
        return by_id[id].entity or by_id[id].text

    amount = by_id[claim.money]
    said = f": {name(claim.speaker)}" if claim.speaker else ""
    roles = (f"{role}: {', '.join(map(name, ids))}" for role, ids in claim.roles.items() if ids)
    return (
        amount.text,
        _value(amount.money, negative=claim.negative) if amount.money else "",
        claim.type,
        claim.modality,
        claim.attribution + said,
        "\n".join(roles),
        by_id[claim.period].text if claim.period else "",
        f"{claim.score:.2f}",
    )


def _value(money: Money, *, negative: bool) -> str:
    low, high = (None if v is None else f"{v:,f}" for v in (money.low, money.high))
    if low is None and high is None:
        number = "vague"
    elif high is None or low is None:
        number = f"≥ {low}" if high is None else f"≤ {high}"
    else:
        number = low if money.low == money.high else f"{low} – {high}"
    sign, about = "(−) " * negative, "~ " * money.approx
    return f"{sign}{about}{number} {money.currency or '?'}" + (f" / {money.per}" * bool(money.per))


def _marked(text: str, mentions: Iterable[Mention]) -> str:
    """The text with its mentions coloured, of two that overlap the first."""
    out: list[str] = []
    at = 0
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if mention.start < at:
            continue
        color = _COLORS.get(mention.label, _OTHER)
        marked = escape(text[mention.start : mention.end])
        out.append(escape(text[at : mention.start]))
        out.append(
            f'<mark style="background:{color};color:#000" title="{escape(mention.label)}">'
            f"{marked}</mark>"
        )
        at = mention.end
    return "".join([*out, escape(text[at:])])
