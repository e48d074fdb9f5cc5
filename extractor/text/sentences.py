"""Sentences: a few rules and each language's abbreviations, in linear time."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from extractor.errors import LexiconError
from extractor.schema import Span

_STOP = re.compile(r"[.!?…]{1,3}[\"»”’')\]]{0,2}(?:[ \u00a0\u202f]»)?(?=\s)\s*|\n\s*")
_OPENING = "\"«“„‘'([—–-¿¡"
_WORD_CHARS = 24


@dataclass(frozen=True, slots=True)
class Habits:
    """How a language writes: words with a full stop, ordinals as "3."."""

    abbreviations: frozenset[str]
    ordinal_stop: bool


@cache
def habits(language: str) -> Habits:
    """The data of `lang/<language>.toml`.

    Raises:
        LexiconError: The file lacks a key.
    """
    name = f"{language}.toml"
    data = tomllib.loads(files("extractor.text.lang").joinpath(name).read_text("utf-8"))
    try:
        words = frozenset(word.rstrip(".").lower() for word in data["abbreviations"].split())
        return Habits(words, bool(data["ordinal_stop"]))
    except KeyError as error:
        raise LexiconError(f"extractor/text/lang/{name}: no key {error}. Add it.") from error


def split_sentences(text: str, start: int, end: int, language: str) -> Iterator[Span]:
    """Sentences of `text[start:end]`, without the white space around them.

    >>> [s for s in split_sentences("M. X a payé 2,5 M€. Puis rien.", 0, 30, "fr")]
    [Span(start=0, end=19), Span(start=20, end=30)]
    """
    known = habits(language)
    begin = start
    for stop in _STOP.finditer(text, start, end):
        if text[stop.start()] != "\n" and not _ends(text, stop, begin, end, known):
            continue
        yield from _trimmed(text, begin, stop.end())
        begin = stop.end()
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Span(start, end)


def _ends(text: str, stop: re.Match[str], begin: int, end: int, known: Habits) -> bool:
    """Whether a stop ends its sentence."""
    following = text[stop.end()] if stop.end() < end else ""
    if following.islower():
        return False
    if text[stop.start()] != "." or stop.group().startswith(".."):
        return True
    head = stop.start()
    at = head
    while (
        at > begin and head - at < _WORD_CHARS and (text[at - 1].isalnum() or text[at - 1] == ".")
    ):
        at -= 1
    word = text[at:head]
    if word.isdigit():
        return not (known.ordinal_stop and len(word) <= 2)
    initial = len(word) == 1 and word.isupper() and following not in _OPENING
    return not (initial or word.lower() in known.abbreviations)
