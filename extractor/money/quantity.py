"""One amount as written: number, scale and currency, before or after."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from extractor.money.currencies import Currency
from extractor.money.digits import digits_value
from extractor.money.grouping import GroupingReader
from extractor.money.numbers import MILLION, ONE, Number
from extractor.money.units import Quantity

_MAX_PARTS = 4
_PENNY = Decimal("0.01")
_SCALES = (MILLION, MILLION * 1000, MILLION * MILLION)
_BRACKET_TOKENS = 7
_REIS = Currency(None, "reis")
_DOLLARS = frozenset({"dollar", "pound", "yen"})


class Reader(GroupingReader):
    """Reads quantities from the tokens of a segment."""

    __slots__ = ()

    def quantity(self, at: int) -> Quantity | None:
        """The quantity that starts at a token, or None."""
        sign = self._sign(at)
        start = at + sign
        before = self._currency_before(start)
        if before is not None:
            found = self._after_currency(start, *before)
        else:
            found = self._bracketed(start) or self._counted(start) or self._sole(start)
            found = found or self._vague(start)
        if found is None:
            return None
        found.start = at
        found.negative = found.negative or sign > 0
        return found

    def _sign(self, at: int) -> int:
        """1 where a minus stands at the token, free on its left and glued on its right."""
        scan = self.scan
        if scan.norms[at] != "-" or not scan.glued(at + 1) or scan.glued(at):
            return 0
        return 1

    def _currency_before(self, at: int) -> tuple[Currency, int] | None:
        scan = self.scan
        raw, kind = scan.raws[at], scan.kinds[at]
        found: Currency | None = None
        end = at + 1
        if kind == "S":
            found = self.lexicon.moneys.signs.get(raw) or self.table.symbol(raw)
        elif kind == "W":
            found = (
                self.table.codes.get(raw)
                or self.table.signs.get(raw)
                or self.lexicon.moneys.signs.get(raw)
            )
            if found is None:
                named = self.lexicon.moneys.prefixes.match(scan.norms, at)
                if named is None:
                    return None
                found, end = named
            elif (
                found.kind == "sign"
                and not scan.glued(end)
                and (found.code == "PLN" or found.doubt)
            ):
                return None
        if found is None or (at and scan.glued(at) and scan.kinds[at - 1] in "NW"):
            return None
        dotted = scan.norms[end] == "." and scan.glued(end)
        doubled = kind == "W" and scan.kinds[end] == "S"  # "USD $5", "EUR €5"
        end += dotted or doubled
        return found, end

    def _after_currency(self, start: int, currency: Currency, at: int) -> Quantity | None:
        scan = self.scan
        sign = scan.norms[at] == "-" and scan.glued(at + 1)
        found = self._bracketed(at, digits=True) or self._counted(
            at + sign, foreign=self._is_foreign(currency, scan.raws[at + sign]), prefixed=True
        )
        if found is None or not (found.digits or found.scale > 1):
            return None
        if not found.digits and currency.kind == "word":
            return None
        wordlike = currency.code in self.table.wordlike and currency.kind == "code"
        if wordlike and found.scale == 1:
            return None
        named = found.currency
        if named is not None and (named.code, named.family) != (currency.code, currency.family):
            if currency.code or named.factor != 1:
                return None
            currency = named
        if currency.family in _DOLLARS:
            end = self._country_after(found.end, currency)
            if end is not None:
                currency, found.end = end
        if (
            currency.code in ("DEM", "GTQ")
            and scan.glued(at)
            and len(scan.raws[at]) == 1
            and found.scale == 1
        ):
            return None  # the agency DM9, the quarter Q3
        found.currency, found.prefix = currency, True
        found.negative = found.negative or sign
        if currency.factor != 1 and found.value is not None:
            found.value *= currency.factor
        if currency.family == "pound":
            self._take_shillings(found)
        return found

    def _take_shillings(self, found: Quantity) -> None:
        """Reads "£3 10s. 6d.": twenty shillings, of twelve pence each."""
        scan = self.scan
        for unit, parts in (("s", 20), ("d", 240)):
            at = found.end
            raw = scan.raws[at]
            if found.value is None or found.scale > 1 or not raw.isdecimal() or len(raw) > 2:
                continue
            if scan.norms[at + 1] == unit:
                dotted = scan.norms[at + 2] == "." and scan.kinds[at + 3] != "E"
                found.value += (Decimal(raw) / parts).quantize(_PENNY)
                found.end = at + 2 + dotted

    def _bracketed(self, at: int, *, digits: bool = False) -> Quantity | None:
        """Reads "(5.2) million": a negative, where only the number is in brackets."""
        scan = self.scan
        if scan.norms[at] != "(" or scan.kinds[at + 1] != "N" or scan.norms[at + 2] != ")":
            return None
        if at and scan.kinds[at - 1] == "N":  # "1,20 (1,10) Euro" compares
            return None
        value = digits_value(scan.raws[at + 1], self.lexicon.numbers.decimal)
        if value is None:
            return None
        scale, end = self._scale(at + 3, letter=True)
        found = Quantity(at, end, value * scale, value, scale, negative=True, digits=True)
        self._take_currency(found)
        return found if found.currency or digits else None

    def _counted(
        self, at: int, *, foreign: bool = False, prefixed: bool = False
    ) -> Quantity | None:
        number = self._number(at)
        if number is None:
            return None
        scan = self.scan
        beside = self._beside_bracket(at, number) if number.raw and not prefixed else None
        if beside is not None:
            return beside
        scale, end = self._scale(number.end, prefixed=prefixed, letter=bool(number.raw))
        if number.needs_scale and scale < 1000:
            return None
        value = number.value
        if number.raw:
            read = digits_value(
                number.raw,
                self.lexicon.numbers.decimal,
                foreign=self._groups(number.raw, scale, end, foreign=foreign),
                counted=scale >= MILLION and self._below_two(number),
            )
            if read is None:
                return None
            value = read + number.fraction
            if value >= 10 * MILLION and scale >= MILLION:  # "15,012,935 million" says it twice
                scale = ONE
        if scale == 1 and not number.raw and value >= MILLION:  # "il milione e mezzo"
            scale = max(s for s in _SCALES if s <= value)
            value /= scale
        found = Quantity(
            at, end, value * scale, value, scale,
            article=number.article and scale == 1, approx=number.approx, digits=bool(number.raw),
        )  # fmt: skip
        if scale == 1 and value == 1000 and not number.raw and scan.kinds[end] == "N":
            found.scale = value  # "mil 250 millones"
        if found.scale > 1:
            self._more(found)
        if scale == 1 and found.end == end:
            found.scale = scale
        fused = self.lexicon.moneys.fused.get(scan.norms[found.end]) if scale == 1 else None
        if fused and number.raw:
            found.value = value * fused[0]
            found.scale, found.currency = fused[0], fused[1]
            found.end += 1
        elif found.currency is None and (not prefixed or scan.kinds[found.end] != "S"):
            self._take_currency(found)
        if number.raw and found.end == number.end and self._wordbound(number.end):
            return None
        return found

    def _beside_bracket(self, at: int, number: Number) -> Quantity | None:
        """Reads both numbers of "3,2 (Vorjahr: 4,1) Millionen Euro", the unit said once."""
        norms, kinds = self.scan.norms, self.scan.kinds
        close = number.end
        if norms[close] == "(":
            inside = range(close + 1, min(close + _BRACKET_TOKENS, len(norms) - 1))
            close = next((i for i in inside if norms[i] == ")"), 0)
            if not close or kinds[close - 1] != "N":
                return None
        else:
            before = range(at - 1, max(at - _BRACKET_TOKENS, 0), -1)
            opened = next((i for i in before if norms[i] == "("), 0)
            if norms[close] != ")" or not opened or kinds[opened - 1] != "N":
                return None
        scale, end = self._scale(close + 1)
        behind = self._currency_at(self._linked(end))
        value = digits_value(number.raw, self.lexicon.numbers.decimal)
        if behind is None or value is None or self.scan.kinds[behind[1]] == "N":
            return None
        if scale == 1 and 1900 <= value <= 2100:
            return None
        value += number.fraction
        found = Quantity(at, number.end, value * scale, value, scale, behind[0], digits=True)
        found.value = value * scale * behind[0].factor
        return found

    def _more(self, found: Quantity) -> None:
        """Reads "et demi", "300 millions" behind "2 milliards": smaller parts of one amount."""
        scan, numbers = self.scan, self.lexicon.numbers
        half = numbers.halves.match(scan.norms, found.end)
        if half is not None and found.value is not None:
            found.value += half[0] * found.scale
            found.end = half[1]
            return
        if not self.lexicon.around.respectively.isdisjoint(scan.norms):
            return  # "respectivement 2,4 milliards et 800 millions" are two
        limit = found.scale
        if self._tenths(found):
            return
        for _ in range(_MAX_PARTS):
            at = found.end
            if scan.norms[at] in numbers.joiners or scan.norms[at] == ",":
                at += 1
            part = self._number(at)
            if part is None or part.article or part.needs_scale:
                return
            scale, end = self._scale(part.end)
            value = part.value * scale
            if part.raw:
                read = digits_value(part.raw, numbers.decimal)
                fused = self.lexicon.moneys.fused.get(scan.norms[end])
                if fused and read and found.scale == 1000 and found.value is not None:
                    found.value = (found.value + read) * fused[0]  # "3 mil 200 mdp"
                    found.end, (found.scale, found.currency) = end + 1, fused
                    return
                if read is None or (scale == 1 and self._currency_at(self._linked(end)) is None):
                    return
                value = read * scale
            if found.scale == 1000 < scale and found.value is not None and value / scale < 1000:
                found.value = found.value * scale + value  # "9 mil 400 millones"
                found.end, found.scale = end, scale
                return
            if value >= limit or found.value is None:
                return
            thousand = found.scale == 1000 and value < 1000  # "11 mila e 500 euro"
            exact = found.scale == MILLION and value >= 1000 and not part.raw.isdecimal()
            if scale == 1 and at > found.end and part.raw and not (thousand or exact):
                return
            small = scale == 1 and value < 1000
            # "un miliardo e 700 milioni"; but "30 milioni e 5 miliardi" are two.
            lower = scale > 1 and (at > found.end and scan.norms[at - 1] != ",")
            apart = (at > found.end or small) and not lower
            if apart and self._currency_at(self._linked(end)) is None:
                return
            found.value += value
            found.end, limit = end, max(scale, ONE)
            if scale == 1:
                return

    def _sole(self, at: int) -> Quantity | None:
        """Reads "million de francs" of "le cap du million de francs": there is one."""
        scan, numbers = self.scan, self.lexicon.numbers
        scale = numbers.singles.get(scan.norms[at])
        if scale is None or not at or scan.norms[at - 1] not in numbers.singles_before:
            return None
        found = Quantity(at, at + 1, scale, ONE, scale)
        self._take_currency(found)
        return found if found.currency is not None else None

    def _tenths(self, found: Quantity) -> bool:
        """Reads the tenths of "un miliardo e due", where nothing that is counted follows."""
        scan, numbers = self.scan, self.lexicon.numbers
        if not numbers.tenths or found.scale < MILLION or scan.norms[found.end] != "e":
            return False
        tenths, end = numbers.words.get(scan.norms[found.end + 1], 0), found.end + 2
        if not 2 <= tenths <= 9 or found.value is None or self._scale(end)[0] > 1:
            return False
        if self._currency_at(end) is not None or not self._closes(end):
            return False
        found.value += found.scale * tenths / 10
        found.end = end
        return True

    def _vague(self, at: int) -> Quantity | None:
        scan, numbers = self.scan, self.lexicon.numbers
        if at > 1 and scan.norms[at - 1] == ")" and scan.kinds[at - 2] == "N":
            return None  # the unit of the numbers before
        quantified = numbers.quantifiers.match(scan.norms, at)
        end = quantified[1] if quantified else at
        heap = numbers.vague_collectives.match(scan.norms, end)
        plural = heap is not None
        while heap is not None:
            end = self._linked(heap[1])
            heap = numbers.vague_collectives.match(scan.norms, end)
        after = end
        if quantified and not plural:
            while numbers.words.get(scan.norms[after], 0) in (100, 1000):
                after += 1
        plural = plural or scan.norms[after] in numbers.vague_scales
        scale, stop = self._scale(after)
        stop = stop if scale > 1 else end
        if not plural and not (quantified and scale > 1):
            return None
        found = Quantity(at, stop, None, scale=scale, vague=True)
        if scale == 1:
            while found.end > at and scan.norms[found.end - 1] in self.lexicon.moneys.links:
                found.end -= 1
        self._take_currency(found)
        if found.currency is None and (not quantified or scale == 1):
            return None
        return found

    def _take_currency(self, found: Quantity) -> None:
        behind = self._currency_at(self._linked(found.end), found)
        if behind is None or self._dates_next(found, behind[1]):
            return
        found.currency, found.end = behind
        if found.value is None:
            return
        found.value *= found.currency.factor
        half = self.lexicon.numbers.halves.match(self.scan.norms, found.end)
        if found.scale == 1 and half is not None and self._closes(half[1]):  # "tre euro e mezzo"
            found.value += half[0] * found.currency.factor
            found.end = half[1]
        elif found.currency.factor >= 1000:
            self._take_lesser(found)
        elif found.scale == 1:
            self._take_minor(found)

    def _take_lesser(self, found: Quantity) -> None:
        """Reads "dois contos e seiscentos", "6 mil contos e 380 escudos"."""
        joined = self.scan.norms[found.end] in self.lexicon.numbers.joiners
        part = self._number(found.end + 1) if joined else None
        if part is None or found.currency is None or found.value is None:
            return
        named = self._currency_at(part.end)
        value = digits_value(part.raw, self.lexicon.numbers.decimal) if part.raw else part.value
        if value is None or value >= 1000 or part.article:
            return
        if named is not None and named[0].family == found.currency.family and named[0].factor == 1:
            found.value, found.end = found.value + value, named[1]
        elif named is None and not part.raw and value >= 100 and self._closes(part.end):
            found.value += value * found.currency.factor / 1000
            found.end = part.end

    def _take_minor(self, found: Quantity) -> None:
        """Reads "3 euros 50", "2 dollars and 50 cents", "48 fr. 55"."""
        scan = self.scan
        at = found.end
        infixed = scan.norms[at] == "." and scan.norms[at - 1] == "fr"
        if infixed and scan.kinds[at + 1] == "N":
            at += 1
        if found.currency is None or found.currency.minor or found.value is None:
            return
        joined = scan.norms[at] in self.lexicon.numbers.joiners and not scan.hyphen(at)
        number = self._number(at + joined) if joined or scan.kinds[at] == "N" else None
        spelled = number or self._spelled(at)
        if spelled is None or "." in spelled.raw or "," in spelled.raw:
            return
        value = Decimal(spelled.raw) if spelled.raw.isdigit() else spelled.value
        cents = self._currency_at(spelled.end)
        infix = self.lexicon.moneys.own.get("infix")  # "3.500$00" are escudos
        dollars = found.currency.kind == "symbol" and scan.norms[at - 1] == "$" and scan.glued(at)
        if infix and dollars and len(spelled.raw) == 3:  # "300$000" are 300 mil-réis
            found.value, found.currency = found.value * 1000 + value, _REIS
            found.end = spelled.end
            return
        if infix and dollars and len(spelled.raw) == 2:
            found.value, found.currency = found.value + value / 100, Currency(None, infix)
            found.end = spelled.end
            return
        if cents is not None and cents[0].minor and value < 100:
            found.value += value * cents[0].factor
            found.end = cents[1]
        elif (
            (len(spelled.raw) == 2 or (not spelled.raw and 10 <= value < 100 and found.value < 100))
            and found.value == found.value.to_integral_value() and found.value < 1000
            and cents is None and scan.norms[spelled.end] != "%"
            and (infixed or self._closes(spelled.end))
        ):  # fmt: skip
            found.value += value / 100
            found.end = spelled.end
            if infixed:  # "0 fr. 75" is nothing else
                found.currency = replace(found.currency, doubt="")

    def _closes(self, at: int) -> bool:
        return self.scan.closes(at, self.lexicon.around.context["bare_next"])
