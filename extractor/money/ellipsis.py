"""Bare numbers that are amounts: "il en a payé 8", "contre 34 000 en juillet".

Such a number leaves out currency and scale because an amount before it said them. It is
an amount where its left side asks for one (a pronoun and its verb, a verb that takes
money, a word of comparison or bound, a name in a list) and nothing that is counted
stands at its right.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from extractor.money.coordination import Reading
from extractor.money.lexicon import Lexicon
from extractor.money.numbers import MILLION, ONE
from extractor.money.phrases import Phrases
from extractor.money.scanner import Scan
from extractor.money.units import Quantity

_CLITIC_TOKENS = 6
_STEPS = 3
_PERCENT_TOKENS = 8
_YEARS = (1500, 2100)
_LEAST, _MOST = Decimal("0.005"), Decimal(40)
_NEAR = Decimal(20)
_DAYS = 31
_BESIDE = 6
_THOUSAND = Decimal(1000)
_ADDING = frozenset({",", "et", "plus", "soit", "que", "pour"})
_CLOSING = frozenset("(,.;:!?)]}»”\"’'…-")


class Ellipsis:
    """Completes the bare numbers of a segment.

    Args:
        scan: Tokens of the segment.
        lexicon: Of the language.
    """

    __slots__ = ("_around", "_closing", "_nouns_capital", "_numbered", "_numbers", "_scan")

    def __init__(self, scan: Scan, lexicon: Lexicon) -> None:
        self._scan = scan
        self._around = lexicon.around
        self._numbers = lexicon.numbers
        self._closing = lexicon.around.context.get("closing", frozenset())
        self._numbered = lexicon.around.context.get("numbered", frozenset())
        self._nouns_capital = lexicon.language == "de"

    def complete(self, readings: list[Reading], before: Quantity | None) -> Quantity | None:
        """Gives bare numbers the unit of the amount before them, in place.

        Args:
            readings: Of the segment, in order.
            before: The last amount of the segments before.

        Returns:
            The last amount of the segment, or `before`.
        """
        anchor, listed, first = before, False, True
        last: Reading | None = None
        for index, reading in enumerate(readings):
            if index + 1 < len(readings):  # the list may have got shorter
                self._join(readings, index)
            one = reading.quantity
            if reading.currency is not None or one.scale >= MILLION:
                if one.value is not None and one.number is not None and not one.article:
                    anchor = one
                listed = True
            elif anchor is not None and (
                self._asked(reading, anchor, listed=listed, first=first)
                or (listed and last is not None and self._whole(reading, last, anchor))
            ):
                self._take(reading, anchor)
                listed = True
            elif not self._aside(one):
                listed = False
            first, last = False, reading
        return anchor

    def _whole(self, reading: Reading, last: Reading, anchor: Quantity) -> bool:
        """Whether the amount before is told as a part of it: "60 millions sur les 112 promis"."""
        one, norms = reading.quantity, self._scan.norms
        if not one.digits or self._year(one) or not self._closed(one):
            return False
        found = self._around.out_of.match_before(norms, reading.start)
        value = _value(one, anchor)
        if found is None or found[1] - last.end > 1 or value is None or last.high is None:
            return False
        return last.high < value <= last.high * _MOST

    def _aside(self, one: Quantity) -> bool:
        """Whether a number between two amounts does not part them: a year, a per cent."""
        return self._year(one) or self._scan.norms[one.end] == "%"

    def _join(self, readings: list[Reading], index: int) -> None:
        """Makes one of the two bare numbers of a range: "240 à 260"."""
        one, other = readings[index].quantity, readings[index + 1].quantity
        if not (self._bare(one) and self._bare(other)) or (one.number or 0) >= (other.number or 0):
            return
        norms, around = self._scan.norms, self._around
        if self._ends(around.infix, one.end, other.start):
            start = one.start
        elif self._ends(around.between, one.end, other.start):
            start = one.start - 1
            if start < 0 or not around.open.match(norms, start):
                return
        else:
            return
        joined = readings.pop(index + 1)
        readings[index].start, readings[index].end = start, joined.end
        readings[index].least = one
        readings[index].quantity = other

    def _bare(self, one: Quantity) -> bool:
        named = one.currency is not None or one.scale > 1 or one.article or not one.digits
        return not named and not self._year(one)

    def _ends(self, table: Phrases[bool], start: int, end: int) -> bool:
        found = table.match(self._scan.norms, start)
        return found is not None and found[1] == end

    def _asked(self, reading: Reading, anchor: Quantity, *, listed: bool, first: bool) -> bool:
        """Whether the words around ask for an amount, and its size can be one."""
        one, start, value = reading.quantity, reading.start, _value(reading.quantity, anchor)
        if value is None or anchor.value is None or one.vague:
            return False
        related = listed and self._related(reading, anchor)
        if not (related or self._closed(one)):
            return False
        if not _LEAST * anchor.value <= value <= _MOST * anchor.value:
            return False
        near = anchor.value / _NEAR <= value <= anchor.value * _NEAR
        norms, around, spots = self._scan.norms, self._around, self._spots(start)
        at = spots[-1]
        dated = self._year(one) or (one.number or 0) <= _DAYS
        if norms[start - 1] in self._numbered or (dated and norms[at - 1] in around.months):
            return False
        if self._clitic(at):
            return True
        if self._counts(reading, listed=listed):
            return False
        if around.partitive.match_before(norms, at):
            return value < anchor.value
        if self._before(around.further, spots):
            return near
        if self._before(around.verbs, spots) or self._of_money(reading, spots):
            return True
        if listed and near and around.added.match(norms, one.end):
            return norms[at - 1] in _ADDING
        exact = near and self._exact(one, at)
        if related and not exact:
            return value < anchor.value
        return near and (exact or self._led(reading, anchor, spots, listed=listed, first=first))

    def _before(self, table: Phrases[Any], spots: list[int]) -> bool:
        return any(table.match_before(self._scan.norms, at) for at in spots)

    def _counts(self, reading: Reading, *, listed: bool) -> bool:
        """Whether it may be of people, a year, or the "cent" of "pour cent"."""
        one = reading.quantity
        if not listed and self._scan.norms[one.end] in self._closing:
            return True  # "dont 120 payés"
        if self._year(one) or (not one.digits and one.number == 1):
            return True
        return self._around.percent.match(self._scan.norms, reading.start - 1) is not None

    def _exact(self, one: Quantity, at: int) -> bool:
        """Whether thousands or decimals follow a verb of money and much else: "deu 2.500"."""
        exact = one.scale >= _THOUSAND or (
            one.digits and not self._scan.raws[one.start].isdecimal()
        )
        return exact and self._around.loose.match_before(self._scan.norms, at) is not None

    def _led(
        self, reading: Reading, anchor: Quantity, spots: list[int], *, listed: bool, first: bool
    ) -> bool:
        """Whether a bound, a comparison or a list leads to it, or nothing else can be so long."""
        around, start = self._around, reading.start
        if len(spots) > 1 and self._before(around.bounds, spots):
            return True
        if self._before(around.compared, spots):
            return listed or first  # not "par 21 voix contre 15"
        if listed and (self._named(start) or self._bracketed(start, anchor)):
            return True
        return self._plain(reading.quantity, start)

    def _related(self, reading: Reading, anchor: Quantity) -> bool:
        """Whether it is a part or difference of the amount before: "siete menos que el lunes"."""
        scan, start = self._scan, reading.start
        found = self._around.compared_after.match(scan.norms, reading.end)
        if found is not None and 0 < start - anchor.end <= _BESIDE:
            signed = scan.norms[start - 1] in self._around.context.get("signed", frozenset())
            if found[0] or signed:
                return True
        part = self._around.partitive.match_before(scan.norms, start)
        if part is None or part[1] - 1 != anchor.end or scan.norms[anchor.end] not in (",", "("):
            return False
        end = reading.quantity.end  # "118 milhões, dos quais 40"
        return scan.kinds[end] in "EPW" and not self._percent(end)

    def _bracketed(self, start: int, anchor: Quantity) -> bool:
        """Whether it stands in a bracket behind the amount: "2,4 miliardi (2,9 venerdì)"."""
        note = len(self._scan.raws[start]) == 1 and self._scan.norms[start + 1] == ")"
        return self._scan.norms[start - 1] == "(" and start - 1 == anchor.end and not note

    def _of_money(self, reading: Reading, spots: list[int]) -> bool:
        """Whether a noun of money stands beside: "con un ebitda di 13", "più 60 di spese"."""
        norms, around = self._scan.norms, self._around
        nouns = around.context["money_nouns"]
        for at in spots:
            found = around.noun_links.match_before(norms, at)
            if found is not None and norms[found[1] - 1] in nouns:
                return True
        behind = around.noun_links.match_before(norms, reading.end + 1)
        return behind is not None and norms[min(reading.end + 1, len(norms) - 1)] in nouns

    def _closed(self, one: Quantity) -> bool:
        """Whether nothing that is counted follows."""
        scan, end = self._scan, self._half(one)[1]
        if scan.kinds[end] == "P":
            glued = scan.glued(end) and scan.glued(end + 1) and scan.kinds[end + 1] in "NW"
            return scan.norms[end] in _CLOSING and not glued and not self._percent(end)
        if scan.kinds[end] == "E":
            return True
        if one.digits and scan.norms[end] in self._closing:
            return True
        closes = scan.norms[end] in self._around.context["bare_next"] or self._verb(end)
        if "," in scan.raws[one.start]:  # "di cui 6,5 affidati a Intersos"
            closes = closes or scan.norms[end].endswith(self._around.participles)
        return closes and not self._percent(end)

    def _verb(self, at: int) -> bool:
        """Whether it is a German verb: no noun, and no adjective before one."""
        raws, norms = self._scan.raws, self._scan.norms
        if not self._nouns_capital or not raws[at].islower():
            return False
        if not raws[at].endswith(("e", "en", "er", "es", "em")):
            return not self._around.percent.match(norms, at)
        return norms[at + 1] in self._around.context["bare_next"]

    def _plain(self, one: Quantity, start: int) -> bool:
        """Whether a number is too long, or too exact, for a count, day or ordinal."""
        scan, raw = self._scan, self._scan.raws[one.start]
        if not one.digits or (not (one.number or 0) >= 100 and raw.isdecimal()):
            return False
        before = scan.raws[start - 1] if start else ""
        if not (before.islower() or before in (",", "(", ":")):
            return False
        behind = scan.norms[one.end : one.end + 3]
        joined = self._around.list_and.match(behind, 0) if behind else None
        following = joined[1] if joined else (1 if behind[:1] == [","] else None)
        return following is None or scan.kinds[min(one.end + following, len(scan.kinds) - 1)] != "N"

    def _percent(self, at: int) -> bool:
        """Whether the number is a day or one of percentages: "de 7,4 à 8,2 %"."""
        norms = self._scan.norms
        if norms[at] in self._around.months or norms[min(at + 1, len(norms) - 1)] in (
            self._around.months
        ):
            return True
        for index in range(at, min(at + _PERCENT_TOKENS, len(norms) - 1)):
            if norms[index] == "%" or self._around.percent.match(norms, index):
                return True
            if self._scan.kinds[index] == "P" and self._scan.norms[index] != ",":
                return False
        return False

    def _year(self, one: Quantity) -> bool:
        if one.number is None or one.scale > 1 or not one.digits:
            return False
        plain = self._scan.raws[one.start].isdecimal()
        return plain and _YEARS[0] <= one.number <= _YEARS[1]

    def _spots(self, at: int) -> list[int]:
        """The token, and where the words of bound and filling before it begin."""
        spots = [at]
        for _ in range(_STEPS):
            found = self._around.bounds.match_before(self._scan.norms, at)
            filler = self._around.fillers.match_before(self._scan.norms, at)
            if found is None and filler is None:
                break
            at = min(f[1] for f in (found, filler) if f is not None)
            spots.append(at)
        return spots

    def _half(self, one: Quantity) -> tuple[Decimal, int]:
        """The half behind a number, "sept et demi", and where it ends."""
        found = self._numbers.halves.match(self._scan.norms, one.end)
        return found or (Decimal(0), one.end)

    def _take(self, reading: Reading, anchor: Quantity) -> None:
        one = reading.quantity
        if one.number is not None and one.end == reading.end:
            half, reading.end = self._half(one)
            one.number += half
        one.value = reading.low = reading.high = _value(one, anchor)
        if reading.least is not None:
            reading.low = _value(reading.least, anchor)
        one.scale = _scale(one, anchor)
        one.currency = reading.currency = anchor.currency
        reading.elliptical = True

    def _clitic(self, at: int) -> bool:
        """Whether a pronoun that stands for the money, and its verb, precede."""
        scan = self._scan
        if not at or not scan.raws[at - 1].islower():
            return False
        if scan.norms[at - 1].endswith(self._around.clitic_ends) and len(scan.norms[at - 1]) > 5:
            return True  # "metterne 6"
        for index in range(at - 1, max(-1, at - 1 - _CLITIC_TOKENS), -1):
            if scan.kinds[index] != "W":
                return False
            if scan.norms[index] in self._around.clitics:
                return index < at - 1
        return False

    def _named(self, at: int) -> bool:
        """Whether a name of a list precedes: "le CNC 700 000", "et 540 en France"."""
        scan = self._scan
        if self._around.list_end.match_before(scan.norms, at):
            return True
        index = at
        while index and at - index < _STEPS and scan.raws[index - 1][:1].isupper():
            index -= 1
        if index == at or not index:
            return False
        before = scan.norms[index - 1]
        if before not in ",;" and index > 1:
            index -= 1
            before = scan.norms[index - 1]
        return before in (",", ";") or bool(self._around.list_end.match_before(scan.norms, index))


def _value(one: Quantity, anchor: Quantity) -> Decimal | None:
    """What the number stands for with the scale and currency of the anchor."""
    if one.number is None or anchor.number is None or one.article:
        return None
    if anchor.currency is not None and anchor.currency.minor and one.number >= 100:
        return None
    factor = anchor.currency.factor if anchor.currency is not None else ONE
    return one.number * _scale(one, anchor) * factor


def _scale(one: Quantity, anchor: Quantity) -> Decimal:
    if one.scale > 1 or one.number is None or anchor.number is None:
        return one.scale
    if one.number < _THOUSAND or anchor.number >= _THOUSAND / 2 < one.number < _THOUSAND * 100:
        return anchor.scale if anchor.scale >= MILLION or one.number < _THOUSAND else ONE
    return ONE
