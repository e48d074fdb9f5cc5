"""`find_money`: the amounts of a text, found and normalised."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from extractor.errors import UnknownName
from extractor.money.coordination import Coordination, Reading
from extractor.money.currencies import Currency, currency_table, home_currency
from extractor.money.ellipsis import Ellipsis
from extractor.money.lexicon import Lexicon, lexicon
from extractor.money.numbers import MILLION
from extractor.money.phrases import pieces
from extractor.money.quantity import Reader
from extractor.money.rates import Rates
from extractor.money.scanner import Scan, segments
from extractor.money.surroundings import Surroundings
from extractor.money.units import Quantity
from extractor.schema import Money
from extractor.taxonomy import LANGUAGES


def _signs_pattern() -> str:
    """Finds every currency symbol, by its sign where it has one: "US$" by "$"."""
    symbols = currency_table().symbols
    signs = "".join(s for s in symbols if len(s) == 1)
    rest = [re.escape(s) for s in symbols if not any(c in signs for c in s)]
    rest.append(r"\bL\. ?(?=[0-9])")  # of lire
    return "|".join([f"[{re.escape(signs)}]", *rest])


_EURO_COINS, _RECENT = 2002, 1980
_SINCE = {"DEM": 1948, "ITL": 1861}
_MEMORY = 3  # sentences after an amount in which a bare number can still be one
_WORDS = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"(?<![\w.,])(?:1[5-9]|20)[0-9]{2}(?![\d.,]?\d)")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[ ,\u00a0][0-9]{3})+(?:\.[0-9]+)?")
_SIGNS = re.compile(_signs_pattern())


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a text; offsets are code points, half-open.

    >>> (amount,) = find_money("Der Konzern zahlt rund 5 Mio. Euro.", "de")
    >>> amount.low, amount.currency, amount.approx
    (Decimal('5E+6'), 'EUR', True)
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
    memory = _Memory(country)
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
    year = _latest_year(text, memory.spans)
    # A year long past is more often one of foundation than that of the article.
    told = year if year is not None and year > _RECENT else None
    home = home_currency(country, told) if country else None
    found = memory.settle(lambda family: _told_country(text, last, family), home)
    return [_of_its_time(amount, year) for amount in found]


def _latest_year(text: str, amounts: frozenset[int]) -> int | None:
    """The last year that an article of the past tells; None for one of today.

    Args:
        text: Of the document.
        amounts: Offsets at which amounts start.
    """
    years = [int(year[0]) for year in _YEAR.finditer(text) if year.start() not in amounts]
    return max(years) if years and max(years) < _EURO_COINS else None


def _of_its_time(amount: Amount, year: int | None) -> Amount:
    """The amount, without a currency that was not yet there: the marks of 1880 are none."""
    since = _SINCE.get(amount.currency or "", 0)
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
    scan: Scan, known: Lexicon, memory: _Memory, offset: int, before: Quantity | None
) -> Quantity | None:
    """Adds the amounts of a segment; takes and returns the last amount so far."""
    quantities = _quantities(scan, known)
    if before is None and not any(q.currency is not None or q.scale > 1 for q in quantities):
        return None
    readings = Coordination(scan, known).join(quantities)
    last = Ellipsis(scan, known).complete(readings, before)
    around, rates = Surroundings(scan, known, readings), Rates(scan, known, readings)
    kept: list[Reading] = []
    for reading in readings:
        if reading.currency is None and reading.quantity.scale == 1 and not reading.elliptical:
            continue
        around.read(reading, kept[-1] if kept else None)
        rates.read(reading)
        if around.is_money(reading):
            kept.append(reading)
    rates.tell(kept)
    for reading in kept:
        evident = reading.currency is not None or around.evident(reading)
        evident = evident and not _small_sign(scan, reading)
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


@dataclass(slots=True)
class _Found:
    """An amount whose currency may wait for the rest of the text."""

    amount: Amount
    bare: bool
    evident: bool
    family: str = ""
    sign: bool = False
    other: str | None = None

    def take(self, code: str | None, factor: Decimal = Decimal(1)) -> None:
        """Gives the amount a currency, where there is one to give.

        Args:
            code: ISO 4217.
            factor: Of the unit in which the text counts it: 1000 for contos.
        """
        if code is None:
            return
        money = self.amount.money
        low, high = (v and v * factor for v in (money.low, money.high))
        self.amount = replace(self.amount, money=replace(money, currency=code, low=low, high=high))


class _Memory:
    """The currencies of a text so far: they settle what other amounts leave out."""

    __slots__ = ("_country", "_factors", "_found", "_last", "_table")

    def __init__(self, country: str | None) -> None:
        self._country = country
        self._table = currency_table()
        self._last: dict[str, str] = {}
        self._factors: dict[str, Decimal] = {}
        self._found: list[_Found] = []

    @property
    def spans(self) -> frozenset[int]:
        """Offsets at which amounts start."""
        return frozenset(f.amount.start for f in self._found)

    def add(
        self, scan: Scan, reading: Reading, kept: list[Reading], known: Lexicon, offset: int,
        *, evident: bool,
    ) -> None:  # fmt: skip
        """Takes an amount; a bare one has the currency of its segment, or waits for `settle`."""
        currency = reading.currency or _nearest(reading, kept)
        code = self._code(currency, known) if currency else None
        if currency is None:
            code = _of_scale(scan, reading, known)
            evident = evident or code is not None
        bare = currency is None or (currency.family == "cent" and not self._last)
        if code is not None and not bare:
            if currency is not None and not currency.minor and reading.quantity.scale >= MILLION:
                self._factors[code] = currency.factor
            self._last["cent"] = code
            for family in self._table.members.get(code, ()):
                self._last[family] = code
        start, end = scan.starts[reading.start], scan.ends[reading.end - 1]
        # "27 milhões de contos, mais seis milhões": the contos are a thousand each.
        factor = currency.factor if currency and reading.currency is None else Decimal(1)
        money = Money(
            low=reading.low and reading.low * factor,
            high=reading.high and reading.high * factor,
            currency=code,
            approx=reading.approx,
            vague=reading.quantity.vague,
            per=reading.per,
            negative=reading.negative,
        )
        amount = Amount(start + offset, end + offset, scan.text[start:end], money)
        unsaid = currency is not None and code in (None, self._table.defaults.get(currency.family))
        told = (
            currency is not None
            and currency.family in self._table.by_text
            and currency.family not in known.moneys.own
        )
        family = currency.family if currency and unsaid and told and not self._country else ""
        other = None
        if currency is not None and (currency.kind, code) == ("symbol", "GBP"):
            other = known.moneys.own.get("pound_sign")
        found = _Found(amount, bare, evident, family, sign=_small_sign(scan, reading), other=other)
        self._found.append(found)

    def _code(self, currency: Currency, known: Lexicon) -> str | None:
        """The ISO code; "francs" alone are those that the text named in full before."""
        if currency.code is None and currency.kind == "word" and currency.family in self._last:
            return self._last[currency.family]
        return self._table.resolve(currency, self._country, known.moneys.own)

    def settle(self, told: Callable[[str], str | None], homely: str | None = None) -> list[Amount]:
        """All amounts; those left without take the commonest currency of the text.

        Where the text names none, amounts with no other sign of money are dropped, and the
        rest take the currency of the article's country.

        Args:
            told: The country of a currency's family that the text names.
            homely: Currency of the article's country.
        """
        for family in dict.fromkeys(f.family for f in self._found if f.family):
            code = self._table.families[family].get(told(family) or "")
            for one in self._found:
                if one.family == family:
                    one.take(code)
        self._settle_signs(homely)
        named = Counter(
            f.amount.currency
            for f in self._found
            if f.amount.currency and not f.bare and not f.sign
        )
        home = (self._country or "").upper()
        self._found = [
            f
            for f in self._found
            if not f.sign or f.amount.currency in named or (f.amount.currency or "")[:2] == home
        ]
        if not named:
            evident = [f for f in self._found if f.evident]
            for one in evident:
                if one.bare and one.amount.currency is None:
                    one.take(homely)
            return [f.amount for f in evident]
        common = named.most_common(1)[0][0]
        for one in self._found:
            if one.bare and one.amount.currency is None:
                one.take(common, self._factors.get(common, Decimal(1)))
        return [f.amount for f in self._found]

    def _settle_signs(self, homely: str | None) -> None:
        """Takes the "£" of a text of lire, which names no sterling, for lire."""
        named = {f.amount.currency for f in self._found if f.other is None} - {None}
        for one in self._found:
            if one.other is not None and (named or {homely}) == {one.other}:
                one.take(one.other)


def _small_sign(scan: Scan, reading: Reading) -> bool:
    """Whether a letter that is a currency's sign stands before less than a million: "R50".

    Thousands with their sign, "N400,000", are no road or model.
    """
    if reading.currency is None or reading.currency.doubt != "scale":
        return False
    if any(_GROUPED.fullmatch(scan.raws[i]) for i in range(reading.start, reading.end)):
        return False
    return max(reading.quantity.scale, reading.quantity.value or MILLION) < MILLION


def _of_scale(scan: Scan, reading: Reading, known: Lexicon) -> str | None:
    """The currency that a scale word implies: crores are of rupees."""
    words = scan.norms[reading.start : reading.end]
    return next((c for w in words if (c := known.moneys.of_scale.get(w))), None)


def _nearest(reading: Reading, kept: list[Reading]) -> Currency | None:
    """The currency of the next amount of the segment, or else of the one before."""
    at = next(i for i, r in enumerate(kept) if r is reading)
    for other in (*kept[at + 1 :], *reversed(kept[:at])):
        if other.currency is not None and not other.currency.minor:
            return other.currency
    return None
