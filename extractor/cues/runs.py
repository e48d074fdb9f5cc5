"""Runs of capitalised words: the candidates of the rule name finder."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from extractor.cues.gazetteer import Gazetteer, legal_forms
from extractor.schema import Block, Document

WORD = re.compile(r"[^\W_]+(?:[.&+'’/-][^\W_]+)*")
_ELISIONS = {
    "fr": re.compile(r"(?:[ldsjncmt]|qu|jusqu|lorsqu|puisqu)['’]", re.IGNORECASE),
    "it": re.compile(
        r"(?:l|d|un|all|dall|dell|nell|sull|coll|c|quest|quell|gl)['’]", re.IGNORECASE
    ),
}
_POSSESSIVE = re.compile(r"['’]s?$")
_MAX_RUN_WORDS = 8


@dataclass(frozen=True, slots=True)
class Word:
    """A word without its elided article.

    Attributes:
        start, end: Code points, half-open.
        opens: Whether it opens a sentence or what looks like one.
    """

    start: int
    end: int
    text: str
    opens: bool

    @property
    def capital(self) -> bool:
        """Whether a capital stands among its first letters: "iPhone" too."""
        return any(c.isupper() for c in self.text[:3]) or (
            self.text[0].isdigit() and any(c.isupper() for c in self.text)
        )

    @property
    def peculiar(self) -> bool:
        """A shape that plain words do not have: "SAP", "OpenAI", "E.ON", "3M"."""
        inner = self.text[1:]
        return len(self.text) > 1 and any(c.isupper() for c in inner)


@dataclass(frozen=True, slots=True)
class Run:
    """Capitalised words that may be one name.

    Attributes:
        words: The words, titles cut off; a legal form may follow them.
        sure: Whether its shape or place tells that it is a name.
    """

    words: tuple[Word, ...]
    start: int
    end: int
    text: str
    sure: bool


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether a span is no part of a longer word."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (before.isalnum() or after.isalnum() or before == "-")


def read_words(
    document: Document, block: Block, language: str, openings: Collection[int]
) -> Iterator[Word]:
    """The words of a block; `openings` are starts of sentences."""
    text = document.text
    elision = _ELISIONS.get(language)
    opens = True
    end = block.start
    for match in WORD.finditer(text, block.start, block.end):
        gap = text[end : match.start()]
        opens = (
            end == block.start or any(c in '.!?:•|\n«“„"' for c in gap) or match.start() in openings
        )
        start, end = match.span()
        if elision is not None and (cut := elision.match(text, start, end)):
            yield Word(start, cut.end() - 1, text[start : cut.end() - 1], opens)
            start = cut.end()
        if start < end:
            word = _POSSESSIVE.sub("", text[start:end])
            yield Word(start, start + len(word), word, opens)


def find_runs(
    document: Document, words: Iterable[Word], known: Gazetteer, taken: list[tuple[int, int]]
) -> Iterator[Run]:
    """Maximal runs of capitalised words, particles between them."""
    text = document.text
    current: list[Word] = []
    pending: list[Word] = []
    begins = [span[0] for span in taken]
    for word in words:
        at = bisect_right(begins, word.start) - 1
        fixed = at >= 0 and word.start < taken[at][1]
        last = (pending or current)[-1].end if current else word.start
        gap = text[last : word.start]
        joined = gap in ("", " ", " ", " ", " & ", "'", "’", ". ") and len(current) < _MAX_RUN_WORDS
        if gap == ". ":
            joined = len(current[-1].text) == 1 or current[-1].text in known.titles
        if current and (not joined or fixed):
            yield from _finished(document, current, known)
            current, pending = [], []
        if fixed:
            continue
        if word.capital and not (not current and _is_common(word, known)):
            current += [*pending, word]
            pending = []
        elif not current and word.text in known.heads:
            current = [word]
        elif current and _carries(word, current, known) and len(pending) < 3:
            pending.append(word)
        elif current:
            yield from _finished(document, current, known)
            current, pending = [], []
    if current:
        yield from _finished(document, current, known)


def _is_common(word: Word, known: Gazetteer) -> bool:
    return word.text.lower() in known.common and not word.peculiar


def _carries(word: Word, current: list[Word], known: Gazetteer) -> bool:
    """Whether a small word may stand inside the name that has begun."""
    if current[0].text in known.heads:
        return word.text in known.links or word.text in known.particles
    return word.text in known.particles and not current[-1].peculiar


def _is_unnamed(word: str, known: Gazetteer) -> bool:
    return word in known.not_names or word in known.doubtful or word.isdigit()


def _finished(document: Document, words: list[Word], known: Gazetteer) -> Iterator[Run]:
    """A run as a candidate: titles cut off, legal form taken in."""
    while words and words[0].text in known.titles:
        words = words[1:]
    while words and (words[-1].text in known.titles and len(words) > 1):
        words = words[:-1]
    if not words or all(_is_unnamed(w.text, known) for w in words):
        return
    if len(words) == 1 and (len(words[0].text) < 2 or not words[0].capital):
        return
    start, end = words[0].start, words[-1].end
    text = document.text
    for form in legal_forms():
        at = end + 2 if text.startswith(", ", end) else end + 1
        if text.startswith(form, at) and text[end] in "  ," and is_whole(text, at, at + len(form)):
            end = at + len(form)
            break
        if text[start:end].endswith(" " + form[:-1]) and text.startswith(form, end + 1 - len(form)):
            end += 1
            break
    first = words[0]
    formed = end > words[-1].end
    sure = formed or first.peculiar or not first.opens or len(words) > 1
    if known.nouns_capitalised and len(words) == 1 and not formed and not first.peculiar:
        sure = False
    yield Run(tuple(words), start, end, text[start:end], sure)
