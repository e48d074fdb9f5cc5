"""`find_money`: the amounts of a text, found and normalised."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from extractor.errors import UnknownName
from extractor.money.coordination import Coordination, Reading
from extractor.money.currencies import currency_table, home_currency
from extractor.money.ellipsis import Ellipsis
from extractor.money.lexicon import Lexicon, lexicon
from extractor.money.memory import Amount, Memory, small_sign
from extractor.money.phrases import pieces
from extractor.money.quantity import Reader
from extractor.money.scanner import Scan, segments
from extractor.money.surroundings import Surroundings
from extractor.money.units import Quantity
from extractor.taxonomy import LANGUAGES


def _signs_pattern() -> str:
    """Finds every currency symbol, by its sign where it has one: "US$" by "$"."""
    symbols = currency_table().symbols
    signs = "".join(s for s in symbols if len(s) == 1)
    rest = [re.escape(s) for s in symbols if not any(c in signs for c in s)]
    rest.append(r"\bL\. ?(?=[0-9])")  # of lire
    return "|".join([f"[{re.escape(signs)}]", *rest])


_EURO_COINS, _RECENT = 2002, 1980
_MEMORY = 3  # sentences after an amount in which a bare number can still be one
_WORDS = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"(?<![\w.,])(?:1[5-9]|20)[0-9]{2}(?![\d.,]?\d)")
_SIGNS = re.compile(_signs_pattern())


def find_money(text: str, language: str, *, country: str | None = None) -> list[Amount]:
    """The amounts of money of a text, in order.

    Args:
        text: Any text; time grows linearly with its length.
        language: One of `taxonomy.LANGUAGES`.
        country: ISO 3166 code of the article's country, which decides what "$" is, and
            what amounts are in where the text names no currency.

    Raises:
        UnknownName: There is no grammar for the language.

    >>> [(a.text, a.currency) for a in find_money("It paid $1.2-1.5bn for it.", "en")]
    [('$1.2-1.5bn', 'USD')]
    """
    return find_in_blocks(text, [(0, len(text), language)], country=country)


def find_in_blocks(
    text: str, blocks: Iterable[tuple[int, int, str]], *, country: str | None = None
) -> list[Amount]:
    """`find_money` over the blocks of a document, which settle each other's currencies.

    Args:
        text: Of the document.
        blocks: Start, end and language of each block, in order.
        country: As for `find_money`.

    Raises:
        UnknownName: There is no grammar for a language.
    """
    memory = Memory(country)
    before: Quantity | None = None
    age = 0
    last = lexicon(LANGUAGES[0])
    for begin, stop, language in blocks:
        if language not in LANGUAGES:
            raise UnknownName("language", language, LANGUAGES)
        known = lexicon(language)
        block = text if stop - begin == len(text) else text[begin:stop]
        for start, end in segments(block, known.abbreviations, known.continuing):
            named = _SIGNS.search(block, start, end) or not known.triggers.isdisjoint(
                map(str.lower, _WORDS.findall(block, start, end))
            )
            if named or before is not None:
                scan = Scan(block, start, end, elision=known.elision)
                last_amount = _segment(scan, known, memory, begin, before)
                age = 0 if named else age + 1
                before = last_amount if age < _MEMORY else None
        last = known
    if memory.dated and _is_old(text, last):
        memory.age()
    year = _latest_year(text, memory.spans)
    # A year long past is more often one of foundation than that of the article.
    told = year if year is not None and year > _RECENT else None
    home = home_currency(country, told) if country and last.moneys.home else None
    found = memory.settle(lambda family: _told_country(text, last, family), home)
    return [_of_its_time(amount, year) for amount in found]


def _is_old(text: str, known: Lexicon) -> bool:
    """Whether a text is of times whose "livres" were no pounds sterling."""
    words = set(map(str.lower, _WORDS.findall(text)))
    if not known.moneys.not_old_times.isdisjoint(words):
        return False
    dated = known.moneys.old_dates.search(text) is not None
    return dated or not known.moneys.old_times.isdisjoint(words)


def _latest_year(text: str, amounts: frozenset[int]) -> int | None:
    """The last year that an article of the past tells; None for one of today.

    Args:
        text: Of the document.
        amounts: Offsets at which amounts start.
    """
    years = [int(year[0]) for year in _YEAR.finditer(text) if year.start() not in amounts]
    return max(years) if years and max(years) < _EURO_COINS else None


def _of_its_time(amount: Amount, year: int | None) -> Amount:
    """The amount, without a currency that was not yet there."""
    since = currency_table().since.get(amount.currency or "", 0)
    if year is None or year >= since:
        return amount
    return replace(amount, money=replace(amount.money, currency=None))


def _told_country(text: str, known: Lexicon, family: str) -> str | None:
    """The country of a currency's family that the text names most often."""
    words = [*pieces(text), ""]
    named = (known.moneys.countries.match(words, at) for at in range(len(words) - 1))
    members = currency_table().families[family]
    counts = Counter(found[0] for found in named if found is not None and found[0] in members)
    return counts.most_common(1)[0][0] if counts else None


def _segment(
    scan: Scan, known: Lexicon, memory: Memory, offset: int, before: Quantity | None
) -> Quantity | None:
    """Adds the amounts of a segment; takes and returns the last amount so far."""
    quantities = _quantities(scan, known)
    if before is None and not any(q.currency is not None or q.scale > 1 for q in quantities):
        return None
    readings = Coordination(scan, known).join(quantities)
    last = Ellipsis(scan, known).complete(readings, before)
    around = Surroundings(scan, known, readings)
    kept: list[Reading] = []
    for reading in readings:
        if reading.currency is None and reading.quantity.scale == 1 and not reading.elliptical:
            continue
        around.read(reading, kept[-1] if kept else None)
        if around.is_money(reading):
            kept.append(reading)
    around.share_rates(kept)
    for reading in kept:
        evident = reading.currency is not None or around.evident(reading)
        evident = evident or around.counts_money(reading)
        evident = evident and not small_sign(scan, reading)
        memory.add(scan, reading, kept, known, offset, evident=evident)
    return last


def _quantities(scan: Scan, known: Lexicon) -> list[Quantity]:
    reader = Reader(scan, known)
    table = currency_table()
    found: list[Quantity] = []
    at, last = 0, len(scan.kinds) - 1
    while at < last:
        kind, norm, raw = scan.kinds[at], scan.norms[at], scan.raws[at]
        starts = kind in "NS" or norm in ("-", "(")
        if kind == "W":
            # Words such as "zweihundertfünfzigtausend" are too many to list.
            known_word = norm in known.starts or raw in table.signs or raw in table.codes
            starts = known_word or any(word in norm for word in known.numbers.thousands)
        quantity = reader.quantity(at) if starts else None
        if quantity is None:
            at += 1
        else:
            found.append(quantity)
            at = max(quantity.end, at + 1)
    return found
