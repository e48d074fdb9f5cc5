"""Calendar expressions resolved to days, where the text says enough."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from functools import cache

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DAY = re.compile(r"(?<!\d)(\d{1,2})(?:er|º|°|\.|st|nd|rd|th)?(?!\d)")
_ISO = re.compile(r"(?<!\d)((?:19|20)\d\d)-(\d\d)-(\d\d)(?!\d)")

# "by 2028" ends there, "since 2020" begins there; "before" and "after" leave it out.
_UNTIL = ("d'ici", "jusqu'", "by ", "until ", "through ", "bis ", "hasta ", "entro ", "fino a",
          "até ", "tegen ", "tot ")  # fmt: skip
_SINCE = ("depuis", "à partir", "dès ", "since ", "seit ", "ab ", "desde ", "a partir", "dal ",
          "dall", "sinds ", "vanaf ")  # fmt: skip
_BEFORE = ("avant ", "before ", "vor ", "antes de", "prima de", "voor ")
_AFTER = ("après ", "after ", "nach ", "después de", "depois de", "dopo ", "na ")
_END = re.compile(r"(?<!\w)(?:fin|end|ende|final|finales|fim|fine|eind)(?!\w)")
_BETWEEN = ("entre ", "between ", "zwischen ", "tra ", "fra ", "dal ", "tussen ", "van ", "von ",
            "de ", "from ")  # fmt: skip

_LAST = -1
_ORDINALS = {
    1: "premier first erste ersten erstes primer primero primo primeiro eerste",
    2: "deuxième second zweite zweiten zweites segundo secondo tweede",
    3: "troisième third dritte dritten drittes tercer tercero terzo terceiro derde",
    4: "quatrième fourth vierte vierten viertes cuarto quarto vierde",
    _LAST: "dernier último ultimo laatste",
}
_NUMBERS = {word: number for number, words in _ORDINALS.items() for word in words.split()}
_QUARTERS = "quarter|quartal|vierteljahr|trimestre|kwartaal"
_HALVES = "half|halbjahr|jahreshälfte|semestre|semester|jaarhelft"  # "half" begins "halfjaar"
# "zweiten Halbjahr", "4ème trimestre", "2.º semestre", "1. Quartal"
_ORDINAL = re.compile(
    rf"(?<!\w)(?:([1-4])(?:\.?[º°]|[a-zè]{{1,3}}|\.)?|({'|'.join(_NUMBERS)}))[\s-]"
    rf"(?:({_QUARTERS})|{_HALVES})"
)
# "T3", "Q3", "3Q" and Dutch "K3"; "H1", "S1", "1H"
_SHORT = re.compile(r"(?<!\w)(?:([qtkhs])\s?([1-4])(?!\d)|([1-4])([qtkhs])(?!\w))")


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
    lower = " ".join(text.casefold().replace("’", "'").split())
    iso = _ISO.search(lower)
    if iso:
        day = _day(iso.group())
        return _bounded(lower, day, day) if day else (None, None)
    years = [int(y) for y in _YEAR.findall(lower)]
    if len(years) >= 2 and lower.startswith(_BETWEEN):
        return f"{years[0]}-01-01", f"{years[-1]}-12-31"
    first, last = _span(lower, language, years, published)
    if first is None or last is None:
        return None, None
    return _bounded(lower, first, last)


def _bounded(text: str, first: date, last: date) -> tuple[str | None, str | None]:
    """The span, or what lies up to, before, from or after it."""
    before = text.startswith(_BEFORE)
    if text.startswith(_UNTIL) or (before and _END.search(text)):
        return None, last.isoformat()
    if before:
        return None, (first - timedelta(days=1)).isoformat()
    if text.startswith(_SINCE):
        return first.isoformat(), None
    if text.startswith(_AFTER):
        return (last + timedelta(days=1)).isoformat(), None
    return first.isoformat(), last.isoformat()


def _day(iso: str) -> date | None:
    try:
        return date.fromisoformat(iso)
    except ValueError:
        return None


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
    return _months(year, *_part(text))


def _months(year: int, first: int, last: int) -> tuple[date, date]:
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def _published_year(published: str | None) -> int | None:
    found = _YEAR.match(published or "")
    return int(found.group()) if found else None


def _part(text: str) -> tuple[int, int]:
    """First and last month of the quarter or half that a text names, else of the year."""
    number, length = 1, 12
    if found := _SHORT.search(text):
        letter, digit = found[1] or found[4], found[2] or found[3]
        number, length = int(digit), 6 if letter in "hs" else 3
    elif found := _ORDINAL.search(text):
        number = int(found[1]) if found[1] else _NUMBERS[found[2]]
        length = 3 if found[3] else 6
    parts = 12 // length
    if number == _LAST:
        number = parts
    return (length * (number - 1) + 1, length * number) if number <= parts else (1, 12)


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
