"""Whole claims from the cues alone: the rule labeller, baseline and fallback.

`label` takes for every field the value with the most votes, within what the
taxonomy allows; where no cue speaks it answers as most texts would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from extractor.cues.evidence import Evidence, evidence
from extractor.schema import Claim, Document, Mention, Money, content_id
from extractor.taxonomy import ROLES, TYPES

_T = TypeVar("_T", str, None)

_TYPE_FLOOR = 0.12  # fewer votes than this are no evidence
_ASSERTED = 0.45  # votes that a modality needs over the plain assertion
_AUTHOR = 0.3
_ROLE_FLOOR = 0.16
_ROLE_SHARE = 0.6  # of the best filler's votes, that a second filler needs
_PERIOD_FLOOR = 0.12
_NEGATIVE_FLOOR = 0.3
_NEGATIVE_TYPES = ("figure.", "spending.other")
_TYPE_ORDER = {name: number for number, name in enumerate(TYPES)}


def label(document: Document, mentions: Sequence[Mention]) -> tuple[Claim, ...]:
    """One claim for each MONEY mention, in text order.

    Args:
        document: The text.
        mentions: Amounts and names, from any source.

    Raises:
        LexiconError: If a cue file breaks its rules.
    """
    by_id = {mention.id: mention for mention in mentions}
    return tuple(claim_from(document, by_id, found) for found in evidence(document, mentions))


def claim_from(document: Document, mentions: Mapping[str, Mention], found: Evidence) -> Claim:
    """The claim with the most votes."""
    amount = mentions[found.money]
    type_ = best_type(found, amount.money)
    roles = best_roles(found, type_, amount, mentions)
    attribution = _best(found.attributions, "author", _AUTHOR)
    speaker = _best(found.speakers, None, _AUTHOR)
    negative = amount.money is not None and amount.money.negative
    if type_.startswith(_NEGATIVE_TYPES):
        negative = negative or found.negative >= _NEGATIVE_FLOOR
    return Claim(
        id=content_id(document.id, amount.start, amount.end),
        money=amount.id,
        type=type_,
        modality=_best(found.modalities, "asserted", _ASSERTED),
        attribution=attribution,
        speaker=None if attribution in ("author", "vague", "anonymous") else speaker,
        roles=roles,
        period=_best(found.periods, None, _PERIOD_FLOOR),
        negative=negative,
    )


def best_type(found: Evidence, money: Money | None) -> str:
    """The type with the most votes; of equals, the one higher in the table."""
    ranked = sorted(found.types, key=lambda t: (-found.types[t], _TYPE_ORDER[t]))
    if ranked and found.types[ranked[0]] >= _TYPE_FLOOR:
        return ranked[0]
    return "figure.price" if money is not None and money.per else "figure.aggregate"


def best_roles(
    found: Evidence, type_: str, amount: Mention, mentions: Mapping[str, Mention]
) -> dict[str, tuple[str, ...]]:
    """Fillers by role: each firm in one role, but who leads a loan lends too."""
    totals: dict[tuple[str, str], float] = {}
    for (id, role), votes in found.roles.items():
        if role in TYPES[type_].roles:
            key = (_name(mentions[id]), role)
            totals[key] = totals.get(key, 0.0) + votes
    chosen: dict[str, list[str]] = {}
    taken: dict[str, str] = {}
    best: dict[str, float] = {}
    for (name, role), votes in sorted(totals.items(), key=lambda item: -item[1]):
        if votes < max(_ROLE_FLOOR, _ROLE_SHARE * best.get(role, 0.0)):
            continue
        if name in taken and {taken[name], role} != {"payer", "arranger"}:
            continue
        taken[name] = role
        best.setdefault(role, votes)
        chosen.setdefault(role, []).append(name)
    return {
        role: _in_order([_holder(name, role, found, amount, mentions) for name in chosen[role]])
        for role in ROLES
        if role in chosen
    }


def _in_order(fillers: list[Mention]) -> tuple[str, ...]:
    return tuple(m.id for m in sorted(fillers, key=lambda m: m.start))


def _holder(
    name: str, role: str, found: Evidence, amount: Mention, mentions: Mapping[str, Mention]
) -> Mention:
    """Of the mentions of a name that have votes: the nearest before, else after."""
    held = [mentions[id] for id, r in found.roles if r == role and _name(mentions[id]) == name]
    before = [m for m in held if m.start < amount.start]
    if before:
        return max(before, key=lambda m: m.start)
    return min(held, key=lambda m: m.start)


def _name(mention: Mention) -> str:
    return mention.entity or mention.text


def _best(votes: Mapping[str, float], default: _T, floor: float) -> str | _T:
    """The value with the most votes, if they reach the floor."""
    value = max(votes, key=lambda v: votes[v], default="")
    return value if value and votes[value] >= floor else default
