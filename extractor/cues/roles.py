"""Who does what with the money: votes for (mention, role) from the triggers.

A trigger's group says which role the firm on its left has, on its right, after
the agent's preposition, in the genitive, and after further prepositions. This
file reads where each actor stands.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache

from extractor.cues.lexicon import Group
from extractor.cues.matcher import BREAK, COMMA
from extractor.cues.pattern import AMOUNT, NAME, OTHER, parse_pattern
from extractor.cues.scene import Actor, Placed, Scene
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
_GOVERNOR_WORDS = 3  # articles and nouns between a preposition and its name
_EXAMPLE_WORDS = 7  # the same where the name is an example: "lenders such as X"
_OTHER_BARE = 0.4  # what a further bare name between actor and trigger leaves
_OWNED = 0.45  # "the head of X raised": X half counts as the subject
_REPORTER = 0.25  # what is left to who only reports
_PRIOR = 0.3
_HEADING = 0.5


def usual_role(type_: str) -> str | None:
    """The role that the only firm of a claim has as a rule."""
    if type_.startswith("figure."):
        return "subject"
    return USUAL_ROLE.get(type_)


def list_heads(scene: Scene, actors: Sequence[Actor]) -> dict[int, int]:
    """Maps the word of each name in a list ("A, B and C") to the list's first."""
    heads: dict[int, int] = {}
    chain: list[int] = []
    for before, actor in zip([None, *actors], actors, strict=False):
        link = _link(scene, before.at, actor.at) if before is not None and chain else ""
        chain = [*chain, actor.at] if link else [actor.at]
        if link == "join":
            heads.update((at, chain[0]) for at in chain)
        elif link and chain[-2] in heads and heads[chain[-2]] == chain[0]:
            chain = [actor.at]
    return heads


def _link(scene: Scene, one: int, other: int) -> str:
    """How two names are joined: "join", "comma" or ""."""
    between = scene.tokens.words[one + 1 : other]
    grammar = scene.syntaxes[other]
    if not 1 <= len(between) <= 4:
        return ""
    open_words = [w for w in between if w != COMMA and w not in grammar.joins]
    if between[0] != COMMA and between[0] not in grammar.joins:
        return ""
    if len(open_words) > 1 or AMOUNT in between or BREAK in between:
        return ""
    return "join" if any(w in grammar.joins for w in between) else "comma"


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
    votes: Votes = {}
    for placed, weight in typed:
        for actor, role, strength in _cue_votes(scene, placed, actors, heads):
            value = weight * strength * actor.strength
            if actor.at in outside:
                value *= _REPORTER
            key = (actor.mention.id, role)
            votes[key] = votes.get(key, 0.0) + value
    return votes


def _cue_votes(
    scene: Scene, placed: Placed, actors: Sequence[Actor], heads: dict[int, int]
) -> Iterator[tuple[Actor, str, float]]:
    group = placed.cue.group
    if group is None:
        return
    passive = _is_passive(scene, placed)
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
    governor = _governor(scene, at, placed)
    grammar = scene.syntaxes[at]
    if governor is not None:
        role = _preposition_role(scene, governor, group)
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
        yield group.of, 1.0 if NAME not in scene.tokens.words[placed.last + 1 : at] else 0.4
    else:
        yield group.left, _OWNED


def _before(
    scene: Scene, placed: Placed, group: Group, at: int, passive: bool, bare: list[int]
) -> Iterator[tuple[str, float]]:
    if scene.word(at + 1) in scene.syntaxes[at].possessive and placed.first - at <= 6:
        yield group.of or group.left, 1.0
        return
    others = sum(at < other < placed.first for other in bare)
    role = (group.right or group.of or group.left) if passive else group.left
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
    return _governor(scene, at, placed) is None


def _governor(scene: Scene, at: int, placed: Placed) -> int | None:
    """The last word of the preposition before a name, or None for a bare name."""
    grammar = scene.syntaxes[at]
    limit = _GOVERNOR_WORDS
    inside = placed.first <= at <= placed.last
    for back in range(1, _EXAMPLE_WORDS + 1):
        here = at - back
        word = scene.word(here)
        if word in grammar.such and word not in grammar.by:
            limit = _EXAMPLE_WORDS
            if word not in grammar.prepositions and word not in grammar.of:
                continue
        if back > limit or word in (BREAK, AMOUNT, NAME, OTHER):
            return None
        if placed.first <= here <= placed.last and not inside:
            return None
        if word == COMMA:
            if limit == _EXAMPLE_WORDS:
                continue
            return None
        if word in grammar.by or word in grammar.of or word in grammar.prepositions:
            return here
    return None


def _preposition_role(scene: Scene, governor: int, group: Group) -> str:
    for pattern, role in group.prepositions:
        for atoms in _paths(pattern):
            if _ends_at(scene, governor, atoms):
                return role
    return ""


@lru_cache(maxsize=8192)
def _paths(pattern: str) -> tuple[tuple[str, ...], ...]:
    return tuple(path.atoms for path in parse_pattern(pattern))


def _ends_at(scene: Scene, last: int, atoms: Sequence[str]) -> bool:
    """Whether the words that end at `last` are those of a pattern without gaps."""
    for back, atom in enumerate(reversed(atoms)):
        word = scene.word(last - back)
        if word != atom and not (atom.endswith("*") and word.startswith(atom[:-1])):
            return False
    return True


def _is_passive(scene: Scene, placed: Placed) -> bool:
    """Whether the auxiliary of the passive stands before or in a trigger."""
    for at in range(placed.first - 2, min(placed.first + 2, placed.last + 1)):
        if scene.word(at) in scene.syntaxes[placed.first].passive:
            return not scene.word(at + 1).endswith("ing")
    return False


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
