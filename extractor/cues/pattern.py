"""The small pattern language of the cue files.

A pattern is words separated by one space. A word may end in `*` (any ending),
begin with it (any beginning, for compounds) and hold alternatives
(`lève|levé*`); `...` stands for 0 to 3 words, `#` for the amount, `@` for the
name of a firm or body. Words are compared without case; accents count, as they
tell "estimé" from "estime", but for words that their writer left bare ("ETAT").
Apostrophes and hyphens separate words, as they do in the text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

GAP = "..."
AMOUNT = "#"
NAME = "@"  # a firm or a body
OTHER = "&"  # a person, a place or a date; no pattern can ask for it
MAX_GAP_WORDS = 3
_MAX_PATHS = 512
_WORD = re.compile(r"[^\W_]+")
_LETTERS = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ø": "o", "ł": "l"})


@dataclass(frozen=True, slots=True)
class Path:
    """One way to read a pattern: words, `*`-ended stems, gaps, amounts."""

    atoms: tuple[str, ...]

    @property
    def words(self) -> int:
        """How many words it holds, gaps left out."""
        return sum(atom != GAP for atom in self.atoms)


def spell(word: str) -> str:
    """A word without case and ligatures.

    >>> spell("Émission"), spell("Größe"), spell("cœur")
    ('émission', 'grösse', 'coeur')
    """
    return word.translate(_LETTERS).casefold()


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """A word without case, ligatures and accents.

    >>> fold("Émission"), fold("Größe"), fold("cœur")
    ('emission', 'grosse', 'coeur')
    """
    parts = unicodedata.normalize("NFKD", spell(word))
    return "".join(c for c in parts if not unicodedata.combining(c))


def parse_pattern(pattern: str) -> tuple[Path, ...]:
    """All ways to read a pattern, one for each choice of alternatives.

    >>> [path.atoms for path in parse_pattern("lève|levé* ... d'euros")]
    [('lève', '...', 'd', 'euros'), ('levé*', '...', 'd', 'euros')]

    Raises:
        ValueError: If it breaks the rules; the message says how.
    """
    items = pattern.split(" ")
    if not pattern or "" in items:
        raise ValueError("words are separated by exactly one space and a pattern has one at least")
    if GAP in (items[0], items[-1]):
        raise ValueError("'...' stands between words")
    choices = [[(item,)] if item in (GAP, AMOUNT, NAME) else _alternatives(item) for item in items]
    paths = 1
    for choice in choices:
        paths *= len(choice)
    if paths > _MAX_PATHS:
        raise ValueError(f"{paths} combinations of alternatives; the limit is {_MAX_PATHS}")
    joined = (tuple(atom for part in parts for atom in part) for parts in product(*choices))
    return tuple(Path(atoms) for atoms in dict.fromkeys(joined))


def _alternatives(item: str) -> list[tuple[str, ...]]:
    found = []
    for alternative in item.split("|"):
        body = alternative.removeprefix("*").removesuffix("*")
        words = [spell(word) for word in _WORD.findall(body)]
        if not words or any(mark in body for mark in "*#@|") or GAP in body:
            raise ValueError(f"'{alternative}' in '{item}' is no word; '*' may open or end one")
        words[0] = "*" * alternative.startswith("*") + words[0]
        words[-1] += "*" * alternative.endswith("*")
        found.append(tuple(words))
    return found
