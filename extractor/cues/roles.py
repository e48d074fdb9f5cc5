"""Who does what with the money: votes for (mention, role) from the triggers.

A trigger's group says which role the firm on its left has, on its right, after
the agent's preposition, in the genitive, and after further prepositions. This
file reads where each actor stands.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache

from extractor.cues.grammar import governor_of, is_passive, list_heads, preposition_role
from extractor.cues.lexicon import Group, Syntax
from extractor.cues.pattern import AMOUNT, NAME
from extractor.cues.scene import Actor, Placed, Scene
from extractor.cues.tokens import BREAK, COMMA
from extractor.taxonomy import PARTY_LABELS

Votes = dict[tuple[str, str], float]

USUAL_ROLE = {
    "debt.bond": "recipient",
    "debt.loan": "recipient",
    "debt.private_credit": "recipient",
    "debt.other": "recipient",
    "equity.round": "recipient",
    "equity.stake": "payer",
    "equity.public_offering": "recipient",
    "equity.payout": "payer",
    "ma.acquisition": "payer",
    "ma.merger": "payer",
    "contract.supply": "recipient",
    "contract.compute": "payer",
    "contract.lease": "payer",
    "contract.guarantee": "guarantor",
    "spending.capex": "payer",
    "spending.other": "payer",
    "public.funding": "payer",
    "public.penalty": "payer",
}
_LEADER_PAYS = ("debt.loan", "debt.private_credit")
_LEADER_ONLY_PAYS = ("equity.round", "equity.stake")
_OTHER_BARE = 0.4  # what a further bare name between actor and trigger leaves
_OWNED = 0.45  # "the head of X raised": X half counts as the subject
_REPORTER = 0.1  # what is left to who only reports
_MOVED = 0.7  # what a verb of giving or getting takes from other roles of its actor
_GAPPED = 0.4  # what the roles of the whole sentence keep in a clause without verb
_GAPPED_WORDS = 6
_PRIOR = 0.3
_HEADING = 0.5


def usual_role(type_: str) -> str | None:
    """The role that the only firm of a claim has as a rule."""
    if type_.startswith("figure."):
        return "subject"
    return USUAL_ROLE.get(type_)


def role_votes(
    scene: Scene, at: int, typed: Iterable[tuple[Placed, float]], outside: Collection[int] = ()
) -> Votes:
    """Votes of the triggers of one amount.

    Args:
        scene: The document.
        at: The word of the amount.
        typed: Its triggers, each with its weight from 0 to 1.
        outside: Words of the actors who only report it.
    """
    actors = [a for a in scene.actors_near(at) if a.mention.label in PARTY_LABELS]
    heads = list_heads(scene, actors)
    typed = list(typed)
    moved = _votes(scene, _movers(scene, at, typed), actors, heads, outside)
    votes = _votes(scene, _triggers(typed), actors, heads, outside)
    for id, role in list(votes):
        against = max((w for (i, r), w in moved.items() if i == id and r != role), default=0.0)
        votes[id, role] *= 1.0 - _MOVED * min(1.0, against)
    for key, value in moved.items():
        votes[key] = votes.get(key, 0.0) + value
    gapped = _gapped(scene, at, actors)
    if gapped is not None:
        votes = {key: value * _GAPPED for key, value in votes.items()}
        for role, weight in _usual_roles(typed).items():
            key = (gapped.mention.id, role)
            votes[key] = votes.get(key, 0.0) + weight
    return votes


def _votes(
    scene: Scene,
    cues: Iterable[tuple[Placed, Group, float]],
    actors: Sequence[Actor],
    heads: dict[int, int],
    outside: Collection[int],
) -> Votes:
    votes: Votes = {}
    for placed, group, weight in cues:
        for actor, role, strength in _cue_votes(scene, placed, group, actors, heads):
            value = weight * strength * actor.strength
            if actor.at in outside:
                value *= _REPORTER
            key = (actor.mention.id, role)
            votes[key] = votes.get(key, 0.0) + value
    return votes


def _gapped(scene: Scene, at: int, actors: Sequence[Actor]) -> Actor | None:
    """The subject of a clause that leaves its verb out: "..., Google 70 and Meta 50"."""
    before = [a for a in actors if a.at < at and scene.sentence[a.at] == scene.sentence[at]]
    if not before or at - before[-1].at > _GAPPED_WORDS:
        return None
    actor = before[-1]
    opening = scene.word(actor.at - 1)
    grammar = scene.syntaxes[actor.at]
    if opening not in grammar.joins and opening not in (COMMA, BREAK):
        return None
    first = scene.amount_before(actor.at)
    if first is None or scene.sentence[first] != scene.sentence[at]:
        return None
    between = range(actor.at + 1, at)
    plain = ("type", "syntax:gives", "syntax:gets")
    verbs = (p for kind in plain for p in scene.near(kind, at, _GAPPED_WORDS))
    return None if any(p.first in between for p in verbs) else actor


def _usual_roles(typed: Iterable[tuple[Placed, float]]) -> dict[str, float]:
    """The usual role of each trigger's type, with the best weight."""
    found: dict[str, float] = {}
    for placed, weight in typed:
        role = usual_role(placed.cue.value)
        if role:
            found[role] = max(found.get(role, 0.0), weight)
    return found


def _triggers(
    typed: Iterable[tuple[Placed, float]],
) -> Iterator[tuple[Placed, Group, float]]:
    for placed, weight in typed:
        if placed.cue.group is not None:
            yield placed, placed.cue.group, weight


def _movers(
    scene: Scene, at: int, typed: list[tuple[Placed, float]]
) -> Iterator[tuple[Placed, Group, float]]:
    """Verbs that tell which way money goes, whatever the deal: "verse", "obtient"."""
    deal = max((w for p, w in typed if usual_role(p.cue.value) not in (None, "subject")), default=0)
    for value in ("gives", "gets") if deal else ():
        for placed in scene.near("syntax:" + value, at):
            if scene.sentence[placed.first] == scene.sentence[at]:
                group = _moving(scene.syntaxes[placed.first], value)
                yield placed, group, min(deal, 1.0) * scene.closeness(placed, at)


@cache
def _moving(grammar: Syntax, value: str) -> Group:
    if value == "gives":
        toward = tuple((pattern, "recipient") for pattern in grammar.toward)
        return Group("", left="payer", right="recipient", by="payer", prepositions=toward)
    away = tuple((pattern, "payer") for pattern in grammar.away)
    return Group("", left="recipient", by="recipient", prepositions=away)


def _cue_votes(
    scene: Scene, placed: Placed, group: Group, actors: Sequence[Actor], heads: dict[int, int]
) -> Iterator[tuple[Actor, str, float]]:
    passive = is_passive(scene, placed)
    here = [a for a in actors if scene.sentence[a.at] == scene.sentence[placed.first]]
    bare = [a.at for a in here if heads.get(a.at, a.at) == a.at and _is_bare(scene, a.at, placed)]
    for actor in here:
        head = heads.get(actor.at, actor.at)
        way = scene.distance(head, placed.first if head < placed.first else placed.last)
        strength = math.exp(-0.5 * way)
        for role, share in _direction(scene, placed, group, head, passive, bare):
            if role:
                yield actor, role, strength * share


def _direction(
    scene: Scene, placed: Placed, group: Group, at: int, passive: bool, bare: list[int]
) -> Iterator[tuple[str, float]]:
    """The roles of the actor at a word, seen from a trigger."""
    special = _led_or_backed(scene, at, group.type)
    if special:
        yield from special
        return
    governor = governor_of(scene, at, placed)
    grammar = scene.syntaxes[at]
    if governor is not None:
        role = preposition_role(scene, governor, group)
        word = scene.word(governor)
        if role:
            yield role, 1.0
        elif word in grammar.by and (group.by or passive):
            yield group.by or group.left, 1.0
        elif word in grammar.of:
            yield from _genitive(scene, placed, group, at)
        return
    if at < placed.first:
        yield from _before(scene, placed, group, at, passive, bare)
    else:
        yield from _after(scene, placed, group, at, bare)


def _genitive(scene: Scene, placed: Placed, group: Group, at: int) -> Iterator[tuple[str, float]]:
    if at > placed.last:
        between = scene.tokens.words[placed.last + 1 : at]
        far = NAME in between or not scene.syntaxes[at].prepositions.isdisjoint(between)
        yield group.of, 0.3 if far else 1.0
    else:
        yield group.left, _OWNED


def _before(
    scene: Scene, placed: Placed, group: Group, at: int, passive: bool, bare: list[int]
) -> Iterator[tuple[str, float]]:
    if scene.word(at + 1) in scene.syntaxes[at].possessive and placed.first - at <= 6:
        yield group.of or group.left, 1.0
        return
    others = sum(at < other < placed.first for other in bare)
    acted_on = group.right or group.of or ("" if group.by else group.left)
    role = acted_on if passive else group.left
    yield role, _OTHER_BARE**others
    if not group.left and not passive and group.of:
        yield group.of, 0.4 * _OTHER_BARE**others


def _after(
    scene: Scene, placed: Placed, group: Group, at: int, bare: list[int]
) -> Iterator[tuple[str, float]]:
    grammar = scene.syntaxes[at]
    inside = at <= placed.last
    subject_before = any(other < placed.first for other in bare)
    between = [other for other in bare if placed.first < other < at]
    if grammar.verb_second and not subject_before and not between:
        yield group.left, 0.9
        return
    gap = scene.tokens.words[placed.last + 1 : at]
    blocked = COMMA in gap or BREAK in gap or AMOUNT in gap
    if inside or (not blocked and len(gap) <= 4):
        yield group.right, 1.0
    elif not subject_before and not between:
        yield group.left, 0.3


def _led_or_backed(scene: Scene, at: int, type_: str) -> list[tuple[str, float]]:
    for value in ("led", "backed"):
        for placed in scene.near("syntax:" + value, at, 10):
            gap = at - placed.last - 1
            if not 0 <= gap <= 3 or BREAK in scene.tokens.words[placed.last : at]:
                continue
            if value == "backed":
                return [("guarantor", 1.2)]
            if type_ in _LEADER_ONLY_PAYS:
                return [("payer", 1.2)]
            if type_ in _LEADER_PAYS:
                return [("arranger", 1.2), ("payer", 1.0)]
            return [("arranger", 1.2)]
    return []


def _is_bare(scene: Scene, at: int, placed: Placed) -> bool:
    return governor_of(scene, at, placed) is None


def prior_votes(
    scene: Scene, at: int, shares: dict[str, float], outside: Collection[int] = ()
) -> Votes:
    """The nearest firm before takes the usual role; so does the heading's."""
    actors = [
        a for a in scene.actors_near(at) if a.mention.label in PARTY_LABELS and a.at not in outside
    ]
    near: list[tuple[Actor, float]] = []
    for rank, actor in enumerate(reversed([a for a in actors if a.at < at])):
        way = scene.distance(actor.at, at)
        near.append((actor, math.exp(-0.35 * way) * 0.6**rank))
    after = next(
        (a for a in actors if a.at > at and scene.sentence[a.at] == scene.sentence[at]), None
    )
    if after is not None:
        near.append((after, 0.3 * math.exp(-0.5 * scene.distance(after.at, at))))
    heading = scene.headings.get(scene.block[at])
    if heading is not None:
        middle = (heading[0] + heading[1]) // 2
        inside = [a for a in scene.actors_near(middle) if heading[0] <= a.at <= heading[1]]
        near.extend((actor, _HEADING * 0.5**rank) for rank, actor in enumerate(inside))
    votes: Votes = {}
    for type_, share in shares.items():
        role = usual_role(type_)
        for actor, strength in near if role else ():
            key = (actor.mention.id, role or "")
            votes[key] = votes.get(key, 0.0) + _PRIOR * share * strength * actor.strength
    return votes
