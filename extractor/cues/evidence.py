"""What the cues say about each amount: weighed votes for every field.

The votes are no probabilities: zero says that no cue speaks for a value, and
about one that a plain trigger stands beside the amount.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from extractor.cues.attribution import affiliation_of, attribution_votes, title_of
from extractor.cues.roles import Votes, prior_votes, role_votes
from extractor.cues.scene import Placed, Scene, build_scene
from extractor.cues.speech import Speech, speech_votes
from extractor.schema import Document, Mention, Money
from extractor.taxonomy import TYPES

_FIRST_WORD = 0.6  # a trigger of one word counts 1, each further word more
_NEXT_WORD = 0.4
_AFTER = 0.75  # a trigger after the amount, unless it follows at once
_AT_ONCE_WORDS = 2
_LEFT_BY_NEARER = 0.35
_TITLE = 0.1
_LEAST = 0.03
_MODAL_DECAY = 0.6
_MODAL_AFTER = 0.7
_PARTY_VOTE = 0.2  # a role vote that makes a firm a party of the claim
_SMALL = Decimal(2000)
_UNIT = {"share": 0.6, "unit": 0.9, "head": 0.6, "hour": 0.9, "day": 0.5, "week": 0.4, "month": 0.4}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The votes for one amount.

    Attributes:
        money: Id of the MONEY mention.
        roles: By (mention id, role).
        speakers, periods: By mention id.
        negative: Votes for a loss, a drop or a shortfall.
    """

    money: str
    types: dict[str, float] = field(default_factory=dict)
    modalities: dict[str, float] = field(default_factory=dict)
    attributions: dict[str, float] = field(default_factory=dict)
    roles: Votes = field(default_factory=dict)
    speakers: dict[str, float] = field(default_factory=dict)
    periods: dict[str, float] = field(default_factory=dict)
    negative: float = 0.0


def evidence(document: Document, mentions: Sequence[Mention]) -> list[Evidence]:
    """The votes of the cues, one `Evidence` for each MONEY mention, in order.

    Args:
        document: The text, with blocks and sentences where it has them.
        mentions: All mentions: amounts, and the names that may fill roles.

    Raises:
        LexiconError: If a cue file breaks its rules.
    """
    scene = build_scene(document, mentions)
    by_id = {mention.id: mention for mention in mentions}
    amounts = sorted((at, m) for at, m in scene.mentions.items() if m.label == "MONEY")
    return [_evidence(scene, at, mention, by_id) for at, mention in amounts]


def _evidence(scene: Scene, at: int, mention: Mention, by_id: dict[str, Mention]) -> Evidence:
    triggers = list(_triggers(scene, at))
    types = _types(triggers, mention.money)
    shares = _shares(types)
    typed = [(placed, weight * shares.get(placed.cue.value, 0.0)) for placed, weight in triggers]
    speech = speech_votes(scene, at)
    best = max(types, key=lambda t: types[t], default="figure.aggregate")
    _leave_out(scene, speech, best)
    roles = role_votes(scene, at, typed, speech.outside)
    for key, value in prior_votes(scene, at, shares, speech.outside).items():
        roles[key] = roles.get(key, 0.0) + value
    parties = {
        by_id[id].text
        for (id, role), value in roles.items()
        if value >= _PARTY_VOTE and role in TYPES[best].roles
    }
    return Evidence(
        money=mention.id,
        types=types,
        modalities=_modalities(scene, at),
        attributions=attribution_votes(scene, at, speech, parties, best),
        roles=roles,
        speakers=speech.speakers,
        periods=_periods(scene, at),
        negative=max((w for _, w in _weighed(scene, "syntax:negative", at)), default=0.0),
    )


def _weighed(scene: Scene, kind: str, at: int) -> Iterator[tuple[Placed, float]]:
    """Cues of a kind near an amount, weighed by length, nearness and side."""
    for placed in scene.near(kind, at):
        weight = (_FIRST_WORD + _NEXT_WORD * placed.cue.words) * scene.closeness(placed, at)
        if placed.first > at + _AT_ONCE_WORDS:
            weight *= _AFTER
        if weight > _LEAST:
            yield placed, weight


def _triggers(scene: Scene, at: int) -> Iterator[tuple[Placed, float]]:
    """Triggers of an amount; those in the heading above count a little."""
    found = [(p, w * _own_share(scene, p, at)) for p, w in _weighed(scene, "type", at)]
    heading = scene.headings.get(scene.block[at])
    if heading is not None:
        for placed in scene.near("type", heading[0], heading[1] - heading[0] + 1):
            if heading[0] <= placed.first <= heading[1]:
                found.append((placed, _TITLE))
    senses: dict[tuple[int, int], set[str]] = {}
    for placed, _ in found:
        senses.setdefault((placed.first, placed.last), set()).add(placed.cue.value)
    for placed, weight in found:
        yield placed, weight / math.sqrt(len(senses[placed.first, placed.last]))


def _own_share(scene: Scene, placed: Placed, at: int) -> float:
    """What an amount keeps of a trigger that stands nearer to another amount."""
    if placed.first <= at <= placed.last:
        return 1.0
    own = scene.closeness(placed, at)
    other = max((scene.closeness(placed, a) for a in scene.amounts_beside(placed, at)), default=0.0)
    return 1.0 if own >= other else max(_LEFT_BY_NEARER, own / other)


def _types(triggers: list[tuple[Placed, float]], money: Money | None) -> dict[str, float]:
    """Votes for the types; a type's second trigger adds half of its weight."""
    votes: dict[str, float] = {}
    seen: set[tuple[int, int, str]] = set()
    for placed, weight in sorted(triggers, key=lambda item: -item[1]):
        type_ = placed.cue.value
        if (placed.first, placed.last, type_) in seen:
            continue
        seen.add((placed.first, placed.last, type_))
        votes[type_] = votes[type_] + 0.5 * weight if type_ in votes else weight
    if money is not None and money.per in _UNIT:
        votes["figure.price"] = votes.get("figure.price", 0.0) + _UNIT[money.per]
    if money is not None and not money.per and _is_small(money):
        for type_ in ("none", "figure.price"):
            votes[type_] = votes.get(type_, 0.0) + 0.15
    return votes


def _is_small(money: Money) -> bool:
    return not money.vague and (money.high or money.low or Decimal(0)) < _SMALL


def _shares(types: dict[str, float]) -> dict[str, float]:
    """How far each type's triggers are believed: 1 for the best, cubed below."""
    best = max(types.values(), default=0.0)
    return {type_: (value / best) ** 3 for type_, value in types.items()} if best else {}


def _modalities(scene: Scene, at: int) -> dict[str, float]:
    votes: dict[str, float] = {}
    for placed in scene.near("modality", at):
        if scene.sentence[placed.first] != scene.sentence[at]:
            continue
        weight = (_FIRST_WORD + _NEXT_WORD * placed.cue.words) * (
            scene.closeness(placed, at) ** _MODAL_DECAY
        )
        if placed.first > at:
            weight *= _MODAL_AFTER
        votes[placed.cue.value] = max(votes.get(placed.cue.value, 0.0), weight)
    return votes


def _leave_out(scene: Scene, speech: Speech, type_: str) -> None:
    """Adds to the outside who can be no party of what they say."""
    for source in speech.sources:
        if type_ == "figure.aggregate":
            speech.outside.add(source)
        if scene.said_by(source).label == "PERSON" and title_of(scene, source) != "insiders":
            firm = affiliation_of(scene, source)
            if firm is not None:
                speech.outside.add(firm)


def _periods(scene: Scene, at: int) -> dict[str, float]:
    """Dates of the amount's sentence; one beside a verb of saying dates that."""
    votes: dict[str, float] = {}
    spoken = [p for p in scene.near("speech", at) if p.cue.value == "verbs"]
    for here in range(max(0, at - 40), min(len(scene.tokens), at + 40)):
        date = scene.mentions.get(here)
        if date is None or date.label != "DATE" or scene.sentence[here] != scene.sentence[at]:
            continue
        weight = math.exp(-scene.distance(here, at))
        if any(min(abs(here - p.last), abs(here - p.first)) <= 2 for p in spoken):
            weight *= 0.3
        votes[date.id] = weight
    return votes
