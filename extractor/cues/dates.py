"""Finds calendar expressions: the DATE mentions of the rule name finder.

One expression per language is built from CLDR's months and days and from
`dates.toml`; its parts are plain alternatives with bounded repeats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from extractor.cues.gazetteer import read_table
from extractor.cues.scene import language_of
from extractor.schema import Document, Mention

_YEAR = r"(?:1[89]|20)\d\d"
_CASED = ("en", "de")  # "may" is no month, "Mai" is


def find_dates(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Spans of the dates in a text (code points, half-open), in order."""
    for match in _expression(language).finditer(text):
        yield match.span()


def date_mentions(document: Document) -> list[Mention]:
    """The dates of a document, each block read in its own language, in text order."""
    return [
        Mention(f"D{start}-{end}", start, end, "DATE", document.text[start:end], 1.0, "cues")
        for block in document.blocks
        for first, last in find_dates(
            document.text[block.start : block.end], language_of(document, block)
        )
        for start, end in [(first + block.start, last + block.start)]
    ]


@cache
def _expression(language: str) -> re.Pattern[str]:
    table = read_table("dates.toml")[language]
    months, days = _names(language, "months"), _names(language, "days")
    link = rf"\s(?:{_any(table['links'])}\s)?"
    year = rf"{_YEAR}(?:[-/]\d\d(?:\d\d)?)?"
    day = r"(?:\d{1,2}|1er)(?:st|nd|rd|th|er|º|\.)?"
    month_year = rf"(?:{months})(?:,?{link}{year})?"
    spans = [
        rf"(?:(?:{days}),?\s)?{day}{link}{month_year}",
        rf"(?:{months})\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s{year})?\b(?!\s?%)",
        month_year,
        rf"(?:{days})",
        r"\d{1,2}[./]\d{1,2}[./](?:20)?\d\d",
        rf"{year[: len(_YEAR)]}-\d\d-\d\d",
        rf"[{''.join(table['short'])}][1-4](?:\s{_YEAR})?",
        rf"(?:{_any(table['ordinals'])})\s(?:{_any(table['terms'])})(?:{link}{year})?",
        rf"(?:{_any(table['years'])})\s{year}",
        _any(table["phrases"]),
        rf"{year}(?![\d%]|[.,]\d)",
    ]
    bounds = _any(table["bounds"])
    flags = 0 if language in _CASED else re.IGNORECASE
    body = "|".join(f"(?:{span})" for span in spans)
    between = _BETWEEN.get(language)
    both = rf"(?:{between[0]})\s{year}\s(?:{between[1]})\s{year}|" if between else ""
    return re.compile(rf"(?<![\w$€£.,-])(?:{both}(?:(?:{bounds})\s)?(?:{body}))(?!\w)", flags)


_BETWEEN = {
    "fr": ("entre|de", "et|à"),
    "en": ("between|from", "and|to"),
    "de": ("zwischen|von", "und|bis"),
    "es": ("entre|de", "y|a"),
    "it": ("tra|fra|dal", "e|al"),
    "pt": ("entre|de", "e|a"),
    "nl": ("tussen|van", "en|tot"),
}


def _any(words: Sequence[str]) -> str:
    """Alternatives, longest first; a space is any one white space."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(w).replace(r"\ ", r"\s").replace("'", "['’]") for w in ordered)


def _names(language: str, field: str) -> str:
    """CLDR's names of months or days, wide and abbreviated, as alternatives."""
    from babel import Locale

    table: Mapping[str, Any] = getattr(Locale(language), field)
    names = {name for width in table.values() for name in width["wide"].values()}
    if field == "months":
        abbreviated = table["format"]["abbreviated"].values()
        names |= {name for name in abbreviated if name.endswith(".") and len(name) > 3}
    if language == "pt":
        names |= {name.removesuffix("-feira") for name in names}
    return _any(sorted(names))
