"""`find_money`: the amounts of a text, found and normalised."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from extractor.errors import UnknownName
from extractor.money.coordination import Coordination, Reading
from extractor.money.currencies import Currency, currency_table
from extractor.money.lexicon import LANGUAGES, Lexicon, lexicon
from extractor.money.quantity import Quantity, Reader
from extractor.money.scanner import Scan, segments
from extractor.money.surroundings import Surroundings
from extractor.schema import Money

_WORDS = re.compile(r"[^\W\d_]+")
_SIGNS = re.compile(
    "[" + re.escape("".join(s for s in currency_table().symbols if len(s) == 1)) + "]"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a text; offsets are code points, half-open.

    >>> (amount,) = find_money("Der Konzern zahlt rund 5 Mio. Euro.", "de")
    >>> amount.low, amount.currency, amount.approx
    (Decimal('5000000'), 'EUR', True)
    """

    start: int
    end: int
    text: str
    money: Money

    @property
    def low(self) -> Decimal | None:
        """Lower bound in currency units, None where it is open or vague."""
        return self.money.low

    @property
    def high(self) -> Decimal | None:
        """Upper bound in currency units, None where it is open or vague."""
        return self.money.high

    @property
    def currency(self) -> str | None:
        """ISO 4217, None where the text does not say."""
        return self.money.currency

    @property
    def approx(self) -> bool:
        """Whether the text says "about"."""
        return self.money.approx

    @property
    def vague(self) -> bool:
        """Whether only the order of size is told: "several millions"."""
        return self.money.vague

    @property
    def per(self) -> str | None:
        """The unit of a rate, one of `taxonomy.PER_UNITS`."""
        return self.money.per


def find_money(text: str, language: str, *, country: str | None = None) -> list[Amount]:
    """The amounts of money of a text, in order.

    Args:
        text: Any text; time grows linearly with its length.
        language: One of `taxonomy.LANGUAGES`.
        country: ISO 3166 code of the article's country, which decides what "$" is.

    Raises:
        UnknownName: There is no grammar for the language.

    >>> [(a.text, a.currency) for a in find_money("It paid $1.2-1.5bn for it.", "en")]
    [('$1.2-1.5bn', 'USD')]
    """
    if language not in LANGUAGES:
        raise UnknownName("language", language, LANGUAGES)
    known = lexicon(language)
    memory = _Memory(known, country)
    found: list[Amount] = []
    for start, end in segments(text, known.abbreviations, known.continuing):
        if _SIGNS.search(text, start, end) or not known.triggers.isdisjoint(
            word.lower() for word in _WORDS.findall(text, start, end)
        ):
            found += _segment(Scan(text, start, end, elision=known.elision), known, memory)
    return memory.settle(found)


def _segment(scan: Scan, known: Lexicon, memory: _Memory) -> list[Amount]:
    quantities = _quantities(scan, known)
    if not any(q.currency is not None or q.scale > 1 for q in quantities):
        return []
    readings = Coordination(scan, known).join(quantities)
    around = Surroundings(scan, known, readings, currencies_before=memory.any)
    kept: list[Reading] = []
    for reading in readings:
        if reading.currency is None and reading.quantity.scale == 1:
            continue
        around.read(reading, kept[-1] if kept else None)
        if around.is_money(reading):
            kept.append(reading)
    return [memory.amount(scan, reading, kept) for reading in kept]


def _quantities(scan: Scan, known: Lexicon) -> list[Quantity]:
    reader = Reader(scan, known)
    table = currency_table()
    found: list[Quantity] = []
    at, last = 0, len(scan.kinds) - 1
    while at < last:
        kind = scan.kinds[at]
        starts = (
            kind in "NS"
            or (kind == "W" and (scan.norms[at] in known.starts or scan.raws[at] in table.signs
                                 or scan.raws[at] in table.codes
                                 or len(scan.norms[at]) > 9))
            or scan.norms[at] in ("-", "(")
        )  # fmt: skip
        quantity = reader.quantity(at) if starts else None
        if quantity is None:
            at += 1
        else:
            found.append(quantity)
            at = max(quantity.end, at + 1)
    return found


class _Memory:
    """The currencies of a text so far: they settle what later amounts leave out."""

    __slots__ = ("_codes", "_country", "_known", "_table")

    def __init__(self, known: Lexicon, country: str | None) -> None:
        self._known = known
        self._country = country
        self._table = currency_table()
        self._codes: list[str] = []

    @property
    def any(self) -> bool:
        """Whether a currency has been named."""
        return bool(self._codes)

    def amount(self, scan: Scan, reading: Reading, kept: list[Reading]) -> Amount:
        """The finished amount; a bare one takes the currency of its segment."""
        currency = reading.currency or _nearest(reading, kept)
        code = self._code(currency) if currency else None
        if code is None and self._codes:
            code = self._codes[-1]
        elif code is not None:
            self._codes.append(code)
        start, end = scan.starts[reading.start], scan.ends[reading.end - 1]
        money = Money(
            low=reading.low,
            high=reading.high,
            currency=code,
            approx=reading.approx,
            vague=reading.quantity.vague,
            per=reading.per,
            negative=reading.negative,
        )
        return Amount(start, end, scan.text[start:end], money)

    def _code(self, currency: Currency) -> str | None:
        """The ISO code; "francs" alone are those that the text named in full before."""
        if currency.code is None and currency.kind == "word":
            family = set(self._table.families.get(currency.family, {}).values())
            if currency.family == "cent":
                family = set(self._codes)
            for code in reversed(self._codes):
                if code in family:
                    return code
        return self._table.resolve(currency, self._country, self._known.moneys.own)

    def settle(self, found: list[Amount]) -> list[Amount]:
        """Gives amounts before the first currency of the text that currency."""
        if not self._codes:
            return found
        first = self._codes[0]
        return [
            a if a.currency else Amount(a.start, a.end, a.text, _with(a.money, first))
            for a in found
        ]


def _with(money: Money, currency: str) -> Money:
    return Money(
        money.low, money.high, currency, money.approx, money.vague, money.per, money.negative
    )


def _nearest(reading: Reading, kept: list[Reading]) -> Currency | None:
    """The currency of the next amount of the segment, or else of the one before."""
    at = next(i for i, r in enumerate(kept) if r is reading)
    for other in (*kept[at + 1 :], *reversed(kept[:at])):
        if other.currency is not None and not other.currency.minor:
            return other.currency
    return None
