"""Amounts that share words: ranges, and lists that say scale or currency once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from extractor.money.currencies import Currency
from extractor.money.lexicon import Lexicon
from extractor.money.numbers import ONE
from extractor.money.scanner import Scan
from extractor.money.units import Quantity

_CHANGE_TOKENS = 14
_MOVED_TOKENS = 5
_NEAR = Decimal("1.6")
_ALIKE = 5
_GAPPED = 20
_SPREAD = 5
_NAME_TOKENS = 3
_ARTICLES = frozenset(
    ("a", "al", "as", "das", "de", "den", "der", "die", "el", "het", "i", "il", "la", "las", "le",
     "les", "los", "o", "os", "the")
)  # fmt: skip
_YEARS = (1900, 2100)
_DATED = (1000, 2100)
_IN = frozenset({"en", "in", "im", "nel", "em", "depuis", "since", "seit"})
_RANGES = frozenset({"infix", "between", "hyphen"})
_LISTS = frozenset({"list", "versus", "gapped"})


@dataclass(slots=True)
class Reading:
    """What one amount says so far; token indexes, half-open.

    Attributes:
        quantity: The last of its numbers, which carries scale and currency.
        low, high: Magnitudes in currency units; None for an open bound.
        changed: It is the X of "from X to Y": what precedes it is no bound.
        elliptical: It has the scale and currency of an amount before it.
        least: The first of its numbers, where both are elliptical.
    """

    start: int
    end: int
    quantity: Quantity
    low: Decimal | None
    high: Decimal | None
    currency: Currency | None
    negative: bool = False
    approx: bool = False
    per: str | None = None
    bound: str | None = None
    changed: bool = False
    elliptical: bool = False
    least: Quantity | None = None

    @property
    def ranged(self) -> bool:
        """Whether it has two numbers."""
        return self.low != self.high


class Coordination:
    """Joins the quantities of a segment.

    Args:
        scan: Tokens of the segment.
        lexicon: Of the language.
    """

    __slots__ = ("_around", "_scan")

    def __init__(self, scan: Scan, lexicon: Lexicon) -> None:
        self._scan = scan
        self._around = lexicon.around

    def join(self, quantities: list[Quantity]) -> list[Reading]:
        """Readings in text order; numbers that are no amounts are still among them."""
        links = [self._links(a, b) for a, b in pairwise(quantities)]
        told = any(norm in self._around.respectively for norm in self._scan.norms)
        shared = False
        for index in range(len(links) - 1, -1, -1):
            one, other = quantities[index : index + 2]
            if shared or told:
                links[index] |= {"list"} if "comma" in links[index] else frozenset()
            shared = self._share(one, other, links[index], told)
        readings: list[Reading] = []
        index = 0
        while index < len(quantities):
            first = quantities[index]
            link = links[index] if index < len(links) else frozenset()
            merged = self._range(first, quantities[index + 1], link) if link else None
            reading = merged or _single(first)
            reading.changed = bool(link) and self._changes(first.start)
            readings.append(reading)
            index += 2 if merged else 1
        return readings

    # --- what stands between two numbers

    def _links(self, one: Quantity, other: Quantity) -> frozenset[str]:
        """The ways in which the words between two quantities connect them."""
        scan, around = self._scan, self._around
        begin, end = one.end, other.start
        if end - begin > 8:
            return frozenset()
        if self._gapped(one, other):
            return frozenset({"gapped"})
        per = around.per.match(scan.norms, begin)
        if per is not None and per[1] == begin + 1 and one.currency is None and one.scale == 1:
            return frozenset()  # "12 mois puis 19,99 euros"
        if per is not None and per[1] < end:
            begin = per[1]
        if end == begin + 1 and scan.norms[begin] == "-":
            glued = scan.glued(begin) and scan.glued(end)
            return frozenset({"hyphen"}) if glued or not one.scale > 1 else frozenset()
        if scan.norms[begin] == "," and end > begin + 1:
            begin += 1
        elif scan.norms[begin] == "-" and scan.glued(begin) and not scan.glued(begin + 1):
            begin += 1  # "zwei- bis dreitausend"
        kinds = {"comma"} if end == begin + 1 and scan.norms[begin] == "," else set[str]()
        ends, low = {end}, False
        for table in (around.bounds, around.fillers):
            before = table.match_before(scan.norms, end)
            if before is not None and before[1] > begin:
                ends.add(before[1])
                low = low or before[0] == "low"
        tables = (
            ("infix", around.infix), ("between", around.between),
            ("list", around.list_and), ("versus", around.versus),
        )  # fmt: skip
        for kind, table in tables:
            found = table.match(scan.norms, begin)
            if kind == "infix" and low:
                continue  # "5 millones, o más de 100 millones"
            if found is not None and found[1] in ends:
                kinds.add(kind)
        return frozenset(kinds)

    def _gapped(self, one: Quantity, other: Quantity) -> bool:
        """Whether a name alone stands between: "Bayern erhält 60, Hessen 45 Millionen Euro"."""
        scan, begin = self._scan, one.end
        joined = self._around.list_and.match(scan.norms, begin)
        begin = joined[1] if joined else begin + (scan.norms[begin] == ",")
        words = range(begin, other.start)
        if begin == one.end or not 0 < len(words) <= _NAME_TOKENS or not self._named(one.start):
            return False
        if one.number is None or other.number is None or not (one.digits and other.digits):
            return False
        named = [scan.raws[i][:1].isupper() for i in words if scan.kinds[i] == "W"]
        small = all(scan.norms[i] in _ARTICLES or scan.raws[i][:1].isupper() for i in words)
        near = other.number / _GAPPED <= one.number <= other.number * _GAPPED
        return len(named) == len(words) and any(named) and small and near

    def _named(self, at: int) -> bool:
        """Whether the number follows a name and its verb, or a name within a list."""
        raws, norms = self._scan.raws, self._scan.norms
        if at < 2 or self._scan.kinds[at - 1] != "W":
            return False
        if not raws[at - 1][:1].isupper():
            return raws[at - 2][:1].isupper() and norms[at - 1] not in _ARTICLES
        first = at - 2 - (norms[at - 2] in _ARTICLES)
        return norms[first] == "," or self._around.list_and.match(norms, first) is not None

    # --- scale and currency said once

    def _share(self, one: Quantity, other: Quantity, links: frozenset[str], told: bool) -> bool:
        """Fills what the first number leaves to the second. True where it did."""
        if links & {"between"} and one.article and self._opening(one.start) is not None:
            one.article = False  # "entre un et deux milliards"
        if one.value is None or one.number is None or one.article or not links:
            return False
        if one.scale > 1 and other.currency is not None and other.currency.minor:
            return False  # "1,1 million puis 3 centimes par unité"
        if one.currency is None and other.currency is None and other.scale == 1:
            return False
        ranged = bool(links & _RANGES)
        if ranged:
            _share_words(one, other)
            _share_thousands(one, other)
        if one.currency is not None:
            if ranged and one.prefix and other.currency is None and self._tail_fits(one, other):
                self._share_prefix(one, other, glued="hyphen" in links)
            elif (told and links & _LISTS) or (ranged and self._scaled_later(one, other)):
                _share_scale(one, other)
            return False
        if not (ranged or links & _LISTS) or (other.prefix and one.scale == 1 and not ranged):
            return False
        if one.scale == 1 and not self._bare_fits(one, other, links, told):
            return False
        if other.prefix and ranged and one.scale == 1:
            return False
        _share_scale(one, other)
        one.currency = other.currency
        if other.currency is not None:
            one.value *= other.currency.factor
        return True

    def _scaled_later(self, one: Quantity, other: Quantity) -> bool:
        """Whether "$5 to $7 million", "de $2,9 a $1,9 billones" leave the scale to the second."""
        if _rises(one, other):
            return True
        if one.scale > 1 or one.number is None or not other.number or not self._spreads(one.start):
            return False
        both = one.prefix and other.prefix and _same(one.currency, other.currency)
        return both and 1 / Decimal(_ALIKE) <= one.number / other.number <= _ALIKE

    def _bare_fits(self, one: Quantity, other: Quantity, links: frozenset[str], told: bool) -> bool:
        """Whether a number without scale or currency can be an amount of a list."""
        number = one.number
        before = max(one.start - 1, 0)
        if number is None or self._scan.norms[before] in ("%", "#"):
            return False
        if self._around.percent.match(self._scan.norms, before):
            return False  # "per cento a 6.380 yen"
        plain = self._scan.raws[one.start].isdecimal()
        year = plain and _YEARS[0] <= number <= _YEARS[1]
        if year and (other.scale > 1 or (other.number or 0) < _YEARS[0]):
            return False
        dated = plain and _DATED[0] <= number <= _DATED[1]
        if dated and self._scan.norms[max(one.start - 1, 0)] in _IN:
            return False
        told = told or other.scale > 1 or bool(links & _RANGES) or "list" in links
        return told or self._spreads(one.start)  # "von 7,50 auf 8,00 Euro"

    def _tail_fits(self, one: Quantity, other: Quantity) -> bool:
        """Whether the second number can take the currency before the first."""
        scan = self._scan
        following = scan.norms[other.end]
        if other.value is None or following == "%" or one.scale > other.scale:
            return False
        return other.scale > 1 or scan.closes(other.end, self._around.context["bare_next"])

    def _share_prefix(self, one: Quantity, other: Quantity, *, glued: bool) -> None:
        """Reads "$1.2-1.5bn": the currency stands before both, the scale behind both."""
        number = one.number
        if one.scale == 1 and other.scale > 1 and number is not None and (glued or number < 1000):
            one.scale = other.scale
            one.value = number * other.scale
        other.currency, other.prefix = one.currency, True
        if one.currency is not None and other.value is not None:
            other.value *= one.currency.factor

    # --- ranges

    def _range(self, one: Quantity, other: Quantity, links: frozenset[str]) -> Reading | None:
        if one.value is None or other.value is None or not links & _RANGES or one.article:
            return None
        if (one.scale == 1 and one.currency is None) or (other.digits and not one.digits):
            return None
        if not _same(one.currency, other.currency) or one.value >= other.value:
            return None
        start = self._opening(one.start)
        apart = other.value > _ALIKE * one.value and len(_families(one, other)) > 1
        if apart and start is None:
            return None  # "advanced 53 cents to 64.73 dollars"
        if "hyphen" not in links and (start is None or not links & {"between"}):
            if "infix" not in links or self._changes(one.start) or self._apart(one, other):
                return None
            start = self._spread(one.start)
        elif "hyphen" in links:
            start = one.start
        currency = other.currency or one.currency
        return Reading(
            one.start if start is None else start, other.end, other,
            one.value, other.value, currency, approx=one.approx or other.approx,
        )  # fmt: skip

    def _apart(self, one: Quantity, other: Quantity) -> bool:
        """Whether "or", "to" stand between two amounts, not within one.

        "50 or 100 euros", "fell £6 to £71", "£1 a share, or £62,000".
        """
        scan, around = self._scan, self._around
        first, second = one.number or ONE, other.number or ONE
        near = (other.value or ONE) <= _NEAR * (one.value or ONE)
        words = range(one.end, other.start)
        if any(around.either.match(scan.norms, at) for at in words):
            digits = 10 ** Decimal(min(first.adjusted(), second.adjusted()))
            return not near and abs(second - first) > digits
        if any(scan.norms[at] == "," for at in words):
            return not near
        whole = one.currency is not None or one.scale > 1
        return whole and not near and self._moved(one.start)

    def _moved(self, at: int) -> bool:
        """Whether the number follows a word of change: "profits fell $2m to $5m"."""
        first = max(0, at - _MOVED_TOKENS)
        return any(self._around.moved.match(self._scan.norms, i) for i in range(first, at))

    def _opening(self, at: int) -> int | None:
        """Start of the word that opens a range, such as "between"."""
        before = self._around.bounds.match_before(self._scan.norms, at)
        ends = {at, before[1]} if before else {at}
        for back in range(1, 6):
            if at < back:
                break
            found = self._around.open.match(self._scan.norms, at - back)
            if found is not None and found[1] in ends:
                return at - back
        return None

    def _spread(self, at: int) -> int:
        """Start of the range, with its "von" where the language counts it in."""
        before = self._around.open_to.match(self._scan.norms, at - 1) if at else None
        return at - 1 if before is not None and before[1] == at else at

    def _changes(self, at: int) -> bool:
        """Whether "from X to Y" tells a change: two amounts, not a range."""
        if not self._spreads(at):
            return False
        norms = self._scan.norms
        first = max(0, at - _CHANGE_TOKENS)
        return any(self._around.change.match(norms, index) for index in range(first, at))

    def _spreads(self, at: int) -> bool:
        """Whether "from" stands before the number."""
        norms = self._scan.norms
        return any(
            (found := self._around.spread.match(norms, at - back)) and found[1] == at
            for back in range(1, min(3, at) + 1)
        )


def _share_scale(one: Quantity, other: Quantity) -> None:
    """Gives the first number the scale of the second, if it has none and is no larger kind."""
    if one.scale != 1 or other.scale == 1 or one.number is None:
        return
    # "27.000 y 29.000 millones", but not "500 000 à 1,5 million".
    if one.number < 1000 or one.number < 10 * (other.number or 0):
        one.scale = other.scale
        one.value = one.number * other.scale


def _share_words(one: Quantity, other: Quantity) -> None:
    """Reads "deux à trois cent mille": the first number leaves out the last words of the other."""
    least, most = one.number, other.number
    if one.currency is not None or one.scale != 1 or one.digits or other.digits:
        return
    for words in (100_000, 1000, 100):
        count = most / words if most is not None else Decimal(0)
        if (
            least is not None
            and count == int(count)
            and least < count < (10 if words == 100 else 1000)
        ):
            one.number = one.value = least * words
            return


def _share_thousands(one: Quantity, other: Quantity) -> None:
    """Reads "100 à 150.000 euros": the first number leaves out the thousands of the other."""
    least, most = one.number, other.number
    if one.currency is not None or one.scale != 1 or other.scale != 1 or not one.digits:
        return
    if least is None or most is None or least % 1 or most % 1000 or not most >= 2000:
        return
    if most / 1000 > least >= most / _SPREAD / 1000:
        one.number = one.value = least * 1000


def _rises(one: Quantity, other: Quantity) -> bool:
    """Whether "$5 to $7 million" leaves the scale to the second number."""
    if not (one.prefix and other.prefix and _same(one.currency, other.currency)):
        return False
    return one.number is not None and other.number is not None and one.number < other.number


def _single(one: Quantity) -> Reading:
    return Reading(
        one.start, one.end, one, one.value, one.value, one.currency,
        negative=one.negative, approx=one.approx,
    )  # fmt: skip


def _families(*both: Quantity) -> set[str]:
    return {q.currency.family for q in both if q.currency is not None}


def _same(one: Currency | None, other: Currency | None) -> bool:
    if one is None or other is None:
        return True
    if one.factor != other.factor and ONE not in (one.factor, other.factor):
        return False
    if "cent" in (one.family, other.family):
        return True
    return (one.code or one.family) == (other.code or other.family)
