"""Text to segments (sentences, roughly) and segments to tokens, in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractor.money.currencies import currency_table
from extractor.money.digits import NUMBER

MAX_SEGMENT_CHARS = 3000
_DASHES = dict.fromkeys(map(ord, "-‐‑‒–—−﹣－"), "-") | {ord("’"): "'", ord("ʼ"): "'"}
_BOUNDARY = re.compile(r"[.!?…][\"»”’')\]]{0,2}\s|\n")
_WORD = re.compile(r"[^\W\d_]+")


def _symbol_pattern() -> str:
    """One alternation of all symbols, the longest first; letters stand alone."""
    parts = []
    for symbol in sorted(currency_table().symbols, key=len, reverse=True):
        before = r"(?<![^\W\d_])" if symbol[0].isalpha() else ""
        after = r"(?![^\W\d_])" if symbol[-1].isalpha() else ""
        if symbol == "$A":
            after = r"(?= ?[0-9])"
        written = re.escape(symbol).replace(r"\ ", "[ \u00a0\u202f]")
        if symbol[:-1].isalpha() and symbol[-1] == "$" and symbol != "A$":  # "S $ 10 million"
            written = f"{written[:-2]}(?:\\$|[ \u00a0\u202f]\\$(?=[ \u00a0\u202f][0-9]))"
        parts.append(before + written + after)
    return "|".join(parts)


def _token_pattern(*, elision: bool) -> re.Pattern[str]:
    # "l'euro", "un po'"; elsewhere an apostrophe behind a word closes a quotation.
    elided = r"(?:po['’]|[^\W\d_]+(?:['’](?=\w))?)"
    word = elided if elision else r"[^\W\d_]+(?:['’][^\W\d_]+)?"
    return re.compile(f"(?P<N>{NUMBER})|(?P<S>{_symbol_pattern()})|(?P<W>{word})|(?P<P>\\S)")


_TOKENS = {elision: _token_pattern(elision=elision) for elision in (True, False)}


class Scan:
    """The tokens of one segment, as parallel lists that end with a sentinel.

    Attributes:
        norms: Lower case, one kind of apostrophe and dash.
        kinds: `N` number, `S` symbol, `W` word, `P` any other sign, `E` the end.
        starts: Offsets in the whole text, code points.
        ends: Offsets in the whole text, half-open.
    """

    __slots__ = ("ends", "kinds", "norms", "raws", "starts", "text")

    def __init__(self, text: str, start: int, end: int, *, elision: bool) -> None:
        self.text = text
        self.raws: list[str] = []
        self.kinds: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        for found in _TOKENS[elision].finditer(text, start, end):
            self.raws.append(found[0])
            self.kinds.append(found.lastgroup or "P")
            self.starts.append(found.start())
            self.ends.append(found.end())
        self.norms: list[str] = [raw.lower().translate(_DASHES) for raw in self.raws]
        self.raws.append("")
        self.norms.append("")
        self.kinds.append("E")
        self.starts.append(end)
        self.ends.append(end)

    def glued(self, at: int) -> bool:
        """Whether nothing stands between token `at` and the one before it."""
        return at > 0 and self.starts[at] == self.ends[at - 1]

    def closes(self, at: int, following: frozenset[str]) -> bool:
        """Whether nothing that is counted stands at token `at`: a sign, the end, such a word."""
        return self.kinds[at] in "EP" or self.norms[at] in following

    def hyphen(self, at: int) -> bool:
        """Whether token `at` is a dash glued to both of its neighbours."""
        return self.norms[at] == "-" and self.glued(at) and self.glued(at + 1)


def segments(
    text: str, abbreviations: frozenset[str], units: frozenset[str]
) -> Iterator[tuple[int, int]]:
    """Spans of text that hold whole amounts: sentences, lines, or pieces of them.

    Args:
        text: Any text.
        abbreviations: Words that a full stop follows inside a sentence.
        units: Words that continue an amount on the next line.
    """
    start = 0
    for found in _BOUNDARY.finditer(text):
        end = found.end()
        if end <= start or _continues(text, found.start(), end, abbreviations, units):
            continue
        yield from _pieces(text, start, end)
        start = end
    yield from _pieces(text, start, len(text))


def _continues(
    text: str, stop: int, end: int, abbreviations: frozenset[str], units: frozenset[str]
) -> bool:
    """Whether the sentence goes on behind a possible boundary."""
    following = text[end : end + 1]
    if text[stop] == "\n":
        if following.islower() or following in ("€", "$", "£"):
            return True
        word = _WORD.match(text, end, end + 20)
        return word is not None and word[0].lower() in units
    if text[stop] != ".":
        return following.islower()
    if following.islower():
        return True
    head = stop
    while head > 0 and stop - head < 14 and text[head - 1].isalpha():
        head -= 1
    if text[stop - 1 : stop] == "/" and text[end : end + 1].isdecimal():
        return True  # "S/. 22.400"
    word_before = text[head:stop]
    return len(word_before) == 1 or word_before.lower() in abbreviations


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span, cut at white space where it is too long for one."""
    while end - start > MAX_SEGMENT_CHARS:
        limit = start + MAX_SEGMENT_CHARS
        cut = max(text.rfind(" ", start + 1, limit), text.rfind("\n", start + 1, limit))
        cut = cut if cut > 0 else limit
        yield start, cut
        start = cut
    if end > start:
        yield start, end
