"""Amounts as found, and the currencies of a text, which settle what amounts leave out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from extractor.money.coordination import Reading
from extractor.money.currencies import Currency, currency_table
from extractor.money.lexicon import Lexicon
from extractor.money.numbers import MILLION
from extractor.money.scanner import Scan
from extractor.schema import Money

_CONTO = Currency(None, "reis", factor=MILLION)
_ESCUDO, _EURO = "1911", "2002"  # years
_GROUPED = re.compile(r"[0-9]{1,3}(?:[ ,\u00a0][0-9]{3})+(?:\.[0-9]+)?")
_COUNTED = frozenset({"escudo", "reis"})  # texts count them in contos throughout


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a text; offsets are code points, half-open.

    >>> from extractor.money import find_money
    >>> (amount,) = find_money("Der Konzern zahlt rund 5 Mio. Euro.", "de")
    >>> int(amount.low), amount.currency, amount.approx
    (5000000, 'EUR', True)
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


@dataclass(slots=True)
class _Found:
    """An amount whose currency may wait for the rest of the text."""

    amount: Amount
    bare: bool
    evident: bool
    family: str = ""
    sign: bool = False
    dated: bool = False
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


class Memory:
    """The currencies of a text so far: they settle what other amounts leave out."""

    __slots__ = ("_country", "_factors", "_found", "_last", "_reis", "_table")

    def __init__(self, country: str | None) -> None:
        self._country = country
        self._table = currency_table()
        self._last: dict[str, str] = {}
        self._reis = False
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
        currency = self._in_reis(scan, reading.currency or _nearest(reading, kept))
        code = self._code(_beside(currency, reading, kept), known) if currency else None
        if currency is None:
            code = _of_scale(scan, reading, known)
            evident = evident or code is not None
        bare = currency is None or (currency.family == "cent" and not self._last)
        if code is not None and not bare:
            if currency and currency.family in _COUNTED and reading.quantity.scale >= MILLION:
                self._factors[code] = currency.factor
            self._last["cent"] = code
            for family in self._table.members.get(code, ()):
                self._last[family] = code
        start, end = scan.starts[reading.start], scan.ends[reading.end - 1]
        amount = Amount(
            start + offset, end + offset, scan.text[start:end], _money(reading, currency, code)
        )
        self._found.append(
            _Found(
                amount, bare, evident, self._unsaid(currency, code, known),
                sign=small_sign(scan, reading), dated=_changed_meaning(currency, known),
                other=_other(currency, code, known),
            )
        )  # fmt: skip

    @property
    def dated(self) -> bool:
        """Whether the words of some currencies meant others in older texts."""
        return any(one.dated for one in self._found)

    def age(self) -> None:
        """Takes their codes from the currencies whose words meant others in older texts."""
        for one in self._found:
            if one.dated:
                one.amount = replace(one.amount, money=replace(one.amount.money, currency=None))

    def _unsaid(self, currency: Currency | None, code: str | None, known: Lexicon) -> str:
        """The currency's family, where the text has yet to say whose it is; else empty."""
        if currency is None or code not in (None, self._table.defaults.get(currency.family)):
            return ""
        family = currency.family
        home = (self._country or "").upper() in self._table.families.get(family, {})
        told = family in self._table.by_text and family not in known.moneys.own
        return family if told and not home else ""

    def _in_reis(self, scan: Scan, currency: Currency | None) -> Currency | None:
        """The currency; contos are a million réis in Brazil, and where réis were named."""
        if currency is None:
            return None
        self._reis = self._reis or currency.family == "reis"
        if currency.family == "escudo" and currency.factor == 1000:
            recent = any(
                _ESCUDO <= raw <= _EURO for raw in scan.raws if raw.isdecimal() and len(raw) == 4
            )
            brazil = (self._country or "").upper() == "BR"
            return _CONTO if brazil or (self._reis and not recent) else currency
        return currency

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
            self._found = [f for f in self._found if f.evident]
            for one in self._found:
                if one.bare and one.amount.currency is None:
                    one.take(homely)
            return [f.amount for f in self._found]
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


def _money(reading: Reading, currency: Currency | None, code: str | None) -> Money:
    """The amount as normalised; "27 milhões de contos, mais seis milhões" are all of contos."""
    factor = currency.factor if currency and currency.family in _COUNTED else Decimal(1)
    if reading.currency is not None and reading.currency.family in _COUNTED:
        factor /= reading.currency.factor
    return Money(
        low=reading.low and reading.low * factor,
        high=reading.high and reading.high * factor,
        currency=code,
        approx=reading.approx,
        vague=reading.quantity.vague,
        per=reading.per,
        negative=reading.negative,
    )


def _other(currency: Currency | None, code: str | None, known: Lexicon) -> str | None:
    """What "£" stood for in the language besides sterling."""
    sterling = currency is not None and (currency.kind, code) == ("symbol", "GBP")
    return known.moneys.own.get("pound_sign") if sterling else None


def _changed_meaning(currency: Currency | None, known: Lexicon) -> bool:
    """Whether the currency's word meant another in older texts."""
    if currency is None or currency.kind != "word":
        return False
    return bool(known.moneys.old & {currency.code, currency.family})


def small_sign(scan: Scan, reading: Reading) -> bool:
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


def _beside(currency: Currency, reading: Reading, kept: list[Reading]) -> Currency:
    """The currency itself, or the dollar whose cents it counts: "gains 35 cents to $18.20"."""
    at = next(i for i, r in enumerate(kept) if r is reading)
    following = kept[at + 1].currency if at + 1 < len(kept) else None
    if currency.family != "cent" or following is None or following.family != "dollar":
        return currency
    return following


def _nearest(reading: Reading, kept: list[Reading]) -> Currency | None:
    """The currency of the next amount of the segment, or else of the one before."""
    at = next(i for i, r in enumerate(kept) if r is reading)
    for other in (*kept[at + 1 :], *reversed(kept[:at])):
        if other.currency is not None and not other.currency.minor:
            return other.currency
    return None
