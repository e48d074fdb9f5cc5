"""Where a name stands: its list, its preposition, the voice of its verb."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from extractor.cues.lexicon import Group
from extractor.cues.pattern import AMOUNT, NAME, OTHER, parse_pattern
from extractor.cues.scene import Actor, Placed, Scene
from extractor.cues.tokens import BREAK, COMMA

_GOVERNOR_WORDS = 3  # articles and nouns between a preposition and its name
_EXAMPLE_WORDS = 7  # the same where the name is an example: "lenders such as X"


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


def governor_of(scene: Scene, at: int, placed: Placed) -> int | None:
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


def preposition_role(scene: Scene, governor: int, group: Group) -> str:
    """The role that a group gives to what follows a preposition, or ""."""
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


def is_passive(scene: Scene, placed: Placed) -> bool:
    """Whether the auxiliary of the passive stands before or in a trigger."""
    for at in range(placed.first - 2, min(placed.first + 2, placed.last + 1)):
        if scene.word(at) in scene.syntaxes[placed.first].passive:
            return not scene.word(at + 1).endswith("ing")
    return False
