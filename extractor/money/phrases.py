"""Tables of phrases: the longest entry that starts, or ends, at a token."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

_BRACES = re.compile(r"\{([^{}]*)\}")
_PIECES = re.compile(r"[^\W\d_]+['’]?|[^\s\w]|\d")


def expand(form: str) -> list[str]:
    """The forms that `{a,b}` alternatives in a phrase stand for.

    >>> expand("dépass{e,ent}")
    ['dépasse', 'dépassent']
    """
    found = _BRACES.search(form)
    if found is None:
        return [" ".join(form.split())]
    head, tail = form[: found.start()], form[found.end() :]
    return [whole for end in found[1].split(",") for whole in expand(head + end + tail)]


def expand_all(forms: Iterable[str]) -> list[str]:
    """`expand` over many phrases, in order."""
    return [whole for form in forms for whole in expand(form)]


def pieces(phrase: str) -> tuple[str, ...]:
    """The tokens of a phrase of a data file, as the scanner would cut them."""
    return tuple(_PIECES.findall(phrase.lower().replace("’", "'")))


class Phrases(Generic[T]):
    """Phrases by their first token (or last, where `backward`), longest first."""

    __slots__ = ("_backward", "_table", "heads")

    def __init__(self, entries: Mapping[str, T], *, backward: bool = False) -> None:
        self._backward = backward
        table: dict[str, dict[tuple[str, ...], T]] = {}
        for phrase, payload in entries.items():
            tokens = pieces(phrase)
            head, rest = (tokens[-1], tokens[:-1]) if backward else (tokens[0], tokens[1:])
            table.setdefault(head, {})[rest] = payload
        self._table: dict[str, list[tuple[list[str], int, T]]] = {
            head: [(list(rest), len(rest), found[rest]) for rest in sorted(found, key=len)[::-1]]
            for head, found in table.items()
        }
        self.heads = frozenset(self._table)

    @classmethod
    def of(cls, forms: Iterable[str], payload: T, *, backward: bool = False) -> Phrases[T]:
        """A table with one payload for all phrases."""
        return cls(dict.fromkeys(expand_all(forms), payload), backward=backward)

    def match(self, norms: Sequence[str], at: int) -> tuple[T, int] | None:
        """Payload and end of the longest phrase that starts at token `at`."""
        for rest, size, payload in self._table.get(norms[at], ()):
            if not size or norms[at + 1 : at + 1 + size] == rest:
                return payload, at + 1 + size
        return None

    def end(self, norms: Sequence[str], at: int) -> int:
        """End of the longest phrase that starts at token `at`; `at` where none does."""
        found = self.match(norms, at)
        return found[1] if found else at

    def match_before(self, norms: Sequence[str], end: int) -> tuple[T, int] | None:
        """Payload and start of the longest phrase whose last token is `end - 1`."""
        if end < 1:
            return None
        for rest, size, payload in self._table.get(norms[end - 1], ()):
            start = end - 1 - size
            if start >= 0 and (not size or norms[start : end - 1] == rest):
                return payload, start
        return None
