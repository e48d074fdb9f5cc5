"""Calendar expressions resolved to days, where the text says enough."""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import cache

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DAY = re.compile(r"(?<!\d)(\d{1,2})(?:er|º|°|\.|st|nd|rd|th)?(?!\d)")
_ISO = re.compile(r"(?<!\d)((?:19|20)\d\d)-(\d\d)-(\d\d)(?!\d)")
_QUARTER = re.compile(r"(?<!\w)[qt]\s?([1-4])(?!\d)|(?<!\w)([1-4])[qt](?!\w)")

# "by 2028" ends there, "since 2020" begins there.
_UNTIL = ("d'ici", "by ", "bis ", "hasta ", "entro ", "até ", "tegen ", "tot ", "until ", "avant ")
_SINCE = ("depuis", "since ", "seit ", "desde ", "dal ", "dall", "sinds ", "ab ", "à partir")
_BETWEEN = ("entre ", "between ", "zwischen ", "tra ", "fra ", "tussen ", "von ", "de ", "from ")

_QUARTERS = {
    1: ("premier tri", "1er tri", "first q", "erste", "1. q", "primer tri", "primo tri",
        "primeiro tri", "eerste kw"),
    2: ("deuxième tri", "2e tri", "second q", "zweite", "2. q", "segundo tri", "secondo tri",
        "tweede kw"),
    3: ("troisième tri", "3e tri", "third q", "dritte", "3. q", "tercer tri", "terzo tri",
        "terceiro tri", "derde kw"),
    4: ("quatrième tri", "4e tri", "fourth q", "vierte", "4. q", "cuarto tri", "quarto tri",
        "vierde kw"),
}  # fmt: skip
_HALVES = {
    1: ("premier semestre", "first half", "ersten halbjahr", "erstes halbjahr", "primer semestre",
        "primo semestre", "primeiro semestre", "eerste halfjaar"),
    2: ("deuxième semestre", "second semestre", "second half", "zweiten halbjahr",
        "zweites halbjahr", "segundo semestre", "secondo semestre", "tweede halfjaar"),
}  # fmt: skip


def resolve_period(
    text: str, language: str, published: str | None = None
) -> tuple[str | None, str | None]:
    """First and last day of a calendar expression, ISO 8601.

    Args:
        text: The DATE mention.
        language: Whose month names are read.
        published: ISO date of the article; gives the year to a day and month.

    Returns:
        Two dates; one is None for an open bound, both where the text does not
        say enough ("mardi", "last year" without a date of publication).
    """
    lower = text.casefold().replace("’", "'")
    iso = _ISO.search(lower)
    if iso:
        return (iso.group(), iso.group()) if _exists(iso.group()) else (None, None)
    years = [int(y) for y in _YEAR.findall(lower)]
    if len(years) >= 2 and lower.startswith(_BETWEEN):
        return f"{years[0]}-01-01", f"{years[-1]}-12-31"
    first, last = _span(lower, language, years, published)
    if first is None or last is None:
        return None, None
    if lower.startswith(_UNTIL):
        return None, last.isoformat()
    if lower.startswith(_SINCE):
        return first.isoformat(), None
    return first.isoformat(), last.isoformat()


def _exists(iso: str) -> bool:
    try:
        date.fromisoformat(iso)
    except ValueError:
        return False
    return True


def _span(
    text: str, language: str, years: list[int], published: str | None
) -> tuple[date | None, date | None]:
    month = _month(text, language)
    year = years[0] if years else (_published_year(published) if month else None)
    if year is None:
        return None, None
    if month:
        day = _DAY.search(_YEAR.sub(" ", text))
        if day and 1 <= int(day.group(1)) <= calendar.monthrange(year, month)[1]:
            exact = date(year, month, int(day.group(1)))
            return exact, exact
        return _months(year, month, month)
    quarter = _quarter(text)
    if quarter:
        return _months(year, 3 * quarter - 2, 3 * quarter)
    half = next((n for n, names in _HALVES.items() if any(w in text for w in names)), None)
    if half:
        return _months(year, 6 * half - 5, 6 * half)
    return _months(year, 1, 12)


def _months(year: int, first: int, last: int) -> tuple[date, date]:
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def _published_year(published: str | None) -> int | None:
    found = _YEAR.match(published or "")
    return int(found.group()) if found else None


def _quarter(text: str) -> int | None:
    found = _QUARTER.search(text)
    if found:
        return int(found.group(1) or found.group(2))
    return next((n for n, names in _QUARTERS.items() if any(w in text for w in names)), None)


@cache
def _month_names(language: str) -> dict[str, int]:
    from babel.dates import get_month_names

    names = {}
    for width in ("wide", "abbreviated"):
        for number, name in get_month_names(width, locale=language).items():
            names[name.casefold().rstrip(".")] = number
    return names


def _month(text: str, language: str) -> int | None:
    words = re.findall(r"[^\W\d_]+", text)
    return next((n for w in words if (n := _month_names(language).get(w))), None)
