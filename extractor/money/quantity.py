"""One amount as written: number, scale and currency, before or after."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from extractor.money.currencies import Currency, currency_table
from extractor.money.digits import digits_value
from extractor.money.lexicon import Lexicon
from extractor.money.scanner import Scan
from extractor.money.spelled import Sum, fused_value

ONE = Decimal(1)
MILLION = Decimal(10**6)
_MAX_PARTS = 4
_DOLLARS = frozenset({"dollar", "pound", "yen"})


@dataclass(slots=True)
class Quantity:
    """A number with what says its scale and currency; token indexes, half-open.

    Attributes:
        value: In currency units, None where it is vague.
        number: What the digits say before the scale; None where there are none.
        prefix: The currency stands before the number.
        article: The number is "a" or "one", which count for little alone.
    """

    start: int
    end: int
    value: Decimal | None
    number: Decimal | None = None
    scale: Decimal = ONE
    currency: Currency | None = None
    prefix: bool = False
    vague: bool = False
    approx: bool = False
    negative: bool = False
    article: bool = False
    digits: bool = False


@dataclass(slots=True)
class _Number:
    end: int
    value: Decimal
    raw: str = ""
    article: bool = False
    approx: bool = False
    needs_scale: bool = False


class Reader:
    """Reads quantities from the tokens of a segment."""

    __slots__ = ("lexicon", "scan", "table")

    def __init__(self, scan: Scan, lexicon: Lexicon) -> None:
        self.scan = scan
        self.lexicon = lexicon
        self.table = currency_table()

    def quantity(self, at: int) -> Quantity | None:
        """The quantity that starts at a token, or None."""
        sign = self._sign(at)
        start = at + sign
        before = self._currency_before(start)
        if before is not None:
            found = self._after_currency(start, *before)
        else:
            found = self._bracketed(start) or self._counted(start) or self._vague(start)
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

    # --- currency first

    def _currency_before(self, at: int) -> tuple[Currency, int] | None:
        scan = self.scan
        raw, kind = scan.raws[at], scan.kinds[at]
        found: Currency | None = None
        end = at + 1
        if kind == "S":
            found = self.table.symbols.get(" ".join(raw.split()))
        elif kind == "W":
            found = self.table.codes.get(raw) or self.table.signs.get(raw)
            if found is None:
                named = self.lexicon.moneys.prefixes.match(scan.norms, at)
                if named is None:
                    return None
                found, end = named
            elif found.kind == "sign" and found.code == "PLN" and not scan.glued(end):
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
            at + sign, foreign=currency.kind == "symbol" and currency.code != "EUR", prefixed=True
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
        found.currency, found.prefix = currency, True
        found.negative = found.negative or sign
        if currency.factor != 1 and found.value is not None:
            found.value *= currency.factor
        return found

    def _bracketed(self, at: int, *, digits: bool = False) -> Quantity | None:
        """Reads "(5.2) million": a negative, where only the number is in brackets."""
        scan = self.scan
        if scan.norms[at] != "(" or scan.kinds[at + 1] != "N" or scan.norms[at + 2] != ")":
            return None
        value = digits_value(scan.raws[at + 1], self.lexicon.numbers.decimal)
        if value is None:
            return None
        scale, end = self._scale(at + 3, letter=True)
        found = Quantity(at, end, value * scale, value, scale, negative=True, digits=True)
        self._take_currency(found)
        return found if found.currency or digits else None

    # --- number first

    def _counted(
        self, at: int, *, foreign: bool = False, prefixed: bool = False
    ) -> Quantity | None:
        number = self._number(at)
        if number is None:
            return None
        scan = self.scan
        scale, end = self._scale(number.end, prefixed=prefixed, letter=bool(number.raw))
        if number.needs_scale and scale < 1000:
            return None
        value = number.value
        if number.raw:
            read = digits_value(
                number.raw,
                self.lexicon.numbers.decimal,
                foreign=foreign,
                counted=scale >= MILLION and self._below_two(number),
            )
            if read is None:
                return None
            value = read
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
        elif not prefixed or scan.kinds[found.end] != "S":
            self._take_currency(found)
        if number.raw and found.end == number.end and self._wordbound(number.end):
            return None
        return found

    def _below_two(self, number: _Number) -> bool:
        """Whether the dot is a decimal sign: the scale word behind is a singular."""
        word = self.scan.norms[number.end]
        singular = len(word) > 3 and not word.endswith("s")
        return not self.lexicon.numbers.dot_groups and "." in number.raw and singular

    def _wordbound(self, end: int) -> bool:
        """Whether letters are glued to the number's end: "5G"."""
        return self.scan.kinds[end] == "W" and self.scan.glued(end)

    def _number(self, at: int) -> _Number | None:
        scan, numbers = self.scan, self.lexicon.numbers
        if scan.kinds[at] == "N":
            if at and scan.glued(at) and not self._may_touch(at):
                return None
            return _Number(at + 1, ONE, scan.raws[at])
        if scan.kinds[at] != "W":
            return None
        for table, approx in ((numbers.collectives, True), (numbers.fractions, False)):
            part = table.match(scan.norms, at)
            if part is not None:
                end = self._linked(part[1])
                if approx or self._scale(end)[0] > 1:
                    return _Number(end, part[0], approx=approx, needs_scale=not approx)
        return self._spelled(at)

    def _may_touch(self, at: int) -> bool:
        """Whether a number may be glued to the token before it."""
        scan = self.scan
        kind, norm = scan.kinds[at - 1], scan.norms[at - 1]
        if kind == "W":
            raw = scan.raws[at - 1]
            return raw in self.table.codes or raw in self.table.signs or self._prefixed(at)
        if norm in ".,:/_@#":
            return norm == "." and scan.kinds[max(at - 2, 0)] == "W"
        if norm == "-":  # a model number, "GPT-4"; not a range, "5-7"
            return not (at > 1 and scan.glued(at - 1) and scan.kinds[at - 2] == "W")
        return kind != "N"

    def _prefixed(self, at: int) -> bool:
        found = self.lexicon.moneys.prefixes.match(self.scan.norms, at - 1)
        return found is not None and found[1] == at

    def _spelled(self, at: int) -> _Number | None:
        scan, numbers = self.scan, self.lexicon.numbers
        total, end, words = Sum(), at, 0
        while True:
            step = end
            if words and scan.norms[step] in numbers.joiners:
                step += 1
            value = self._word_value(step)
            if value is None or (step > end and not words) or not total.add(value):
                break
            end, words = step + 1, words + 1
        if not words:
            if scan.norms[at] in numbers.articles and self._scale(at + 1)[0] > 1:
                return _Number(at + 1, ONE, needs_scale=True)
            return None
        single = words == 1 and scan.norms[at] in numbers.articles
        return _Number(end, Decimal(total.value), article=single)

    def _word_value(self, at: int) -> int | None:
        numbers, word = self.lexicon.numbers, self.scan.norms[at]
        value = numbers.words.get(word)
        if value is None and numbers.fused:
            value = numbers.fused.get(word)
            if value is None and numbers.thousands and len(word) > 5:
                value = fused_value(word, numbers.fused, numbers.thousands)
        return value

    def _linked(self, at: int) -> int:
        norms = self.scan.norms
        while norms[at] in self.lexicon.moneys.links or self.scan.hyphen(at):
            at += 1
        return at

    def _scale(
        self, at: int, *, prefixed: bool = False, letter: bool = False
    ) -> tuple[Decimal, int]:
        """The product of the scale words at a token, and where they end."""
        scan, numbers = self.scan, self.lexicon.numbers
        product, end = ONE, at
        for _ in range(3):
            step = end + (scan.hyphen(end) or self._lost_space(end))
            if product > 1 and scan.norms[step] in self.lexicon.moneys.links:
                step += 1
            short = numbers.short.get(scan.raws[step]) if letter and product == 1 else None
            found = numbers.scales.match(scan.norms, step)
            if short is not None and self._short_fits(step, prefixed):
                value, end = short, step + 1
            elif found is not None and not (step > end + 1):
                value, end = found
            else:
                break
            product *= value
            if scan.norms[end] == "." and scan.glued(end) and self._abbreviated(end):
                end += 1
        return product, end

    def _lost_space(self, at: int) -> bool:
        """Whether a quotation mark stands where a no-break space was: '10 " million'."""
        scan = self.scan
        if scan.norms[at] != '"' or scan.kinds[at - 1] != "N":
            return False
        return not scan.glued(at) and not scan.glued(at + 1)

    def _abbreviated(self, dot: int) -> bool:
        """Whether a full stop belongs to the abbreviation before it."""
        word = self.scan.norms[dot - 1]
        return word in self.lexicon.abbreviations and self.scan.kinds[dot + 1] != "E"

    def _short_fits(self, at: int, prefixed: bool) -> bool:
        """Whether a letter is a scale: glued to the number, or a currency follows."""
        scan = self.scan
        following = scan.kinds[at + 1]
        if following == "S" or scan.raws[at + 1] in self.table.codes:
            return True
        if following == "W" and scan.glued(at + 1):
            return False
        if not scan.glued(at):
            return prefixed
        if scan.norms[at - 2] == "-" and scan.kinds[at - 4 : at - 2] == ["S", "N"]:
            return True  # "$10-15m"
        end = self._linked(at + 1)
        return prefixed or self.lexicon.moneys.words.match(scan.norms, end) is not None

    def _more(self, found: Quantity) -> None:
        """Reads "et demi", "300 millions" behind "2 milliards": smaller parts of one amount."""
        scan, numbers = self.scan, self.lexicon.numbers
        half = numbers.halves.match(scan.norms, found.end)
        if half is not None and found.value is not None:
            found.value += half[0] * found.scale
            found.end = half[1]
            return
        limit = found.scale
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
                if read is None or (scale == 1 and self._currency_at(self._linked(end)) is None):
                    return
                value = read * scale
            if found.scale == 1000 < scale and found.value is not None and value / scale < 1000:
                found.value = found.value * scale + value  # "9 mil 400 millones"
                found.end, found.scale = end, scale
                return
            if value >= limit or found.value is None:
                return
            if scale == 1 and at > found.end and part.raw:
                return
            small = scale == 1 and value < 1000
            if (at > found.end or small) and self._currency_at(self._linked(end)) is None:
                return
            found.value += value
            found.end, limit = end, max(scale, ONE)
            if scale == 1:
                return

    # --- vague

    def _vague(self, at: int) -> Quantity | None:
        scan, numbers = self.scan, self.lexicon.numbers
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

    # --- currency behind

    def _take_currency(self, found: Quantity) -> None:
        behind = self._currency_at(self._linked(found.end), found)
        if behind is None or self._dates_next(found, behind[1]):
            return
        found.currency, found.end = behind
        if found.value is None:
            return
        found.value *= found.currency.factor
        if found.scale == 1:
            self._take_minor(found)

    def _dates_next(self, found: Quantity, at: int) -> bool:
        """Reads "in 2024 EUR 5 million": a year, and the currency of the next number."""
        year = found.scale == 1 and found.number is not None and 1900 <= found.number <= 2100
        return year and self.scan.kinds[at] == "N"

    def _currency_at(self, at: int, found: Quantity | None = None) -> tuple[Currency, int] | None:
        """The currency at a token, with its adjectives, and its end."""
        scan, moneys = self.scan, self.lexicon.moneys
        raw = scan.raws[at]
        if scan.kinds[at] == "S":
            symbol = self.table.symbols.get(" ".join(raw.split()))
            if symbol is None or self._opens_next(at):
                return None
            return self._country_after(at + 1, symbol) or (symbol, at + 1)
        if scan.kinds[at] != "W":
            return None
        leading = moneys.adjectives.match(scan.norms, at)
        if leading is not None:
            named = moneys.words.match(scan.norms, self._dash(leading[1]))
            code = named and self._of_country(named[0], leading[0])
            if named and code:
                return Currency(code, factor=named[0].factor), named[1]
        named = moneys.words.match(scan.norms, at)
        if named is not None:
            return self._country_after(named[1], named[0]) or named
        found_code = self.table.codes.get(raw) or self.table.signs.get(raw)
        if found_code is None or raw in self.table.before_only:
            return None
        if scan.glued(at + 1) and scan.kinds[at + 1] == "N" and found_code.kind != "sign":
            return None
        if raw in self.table.wordlike and found is not None:
            small = found.value is not None and found.value < 100
            return None if small else (found_code, at + 1)
        end = at + 1
        dotted = found_code.kind == "sign" and scan.norms[end] == "." and scan.glued(end)
        return found_code, end + (dotted and scan.kinds[end + 1] != "E")

    def _dash(self, at: int) -> int:
        return at + self.scan.hyphen(at)

    def _opens_next(self, at: int) -> bool:
        """Whether a symbol behind a space or dash belongs to the number that follows it."""
        scan = self.scan
        apart = not scan.glued(at) or scan.norms[at - 1] == "-"
        return apart and scan.kinds[at + 1] == "N" and scan.glued(at + 1)

    def _country_after(self, at: int, currency: Currency) -> tuple[Currency, int] | None:
        if currency.code is not None:
            return None
        adjective = self.lexicon.moneys.adjectives.match(self.scan.norms, self._dash(at))
        if adjective is None:
            return None
        code = self._of_country(currency, adjective[0])
        return (Currency(code, factor=currency.factor), adjective[1]) if code else None

    def _of_country(self, currency: Currency, country: str) -> str | None:
        return self.table.families.get(currency.family, {}).get(country)

    def _take_minor(self, found: Quantity) -> None:
        """Reads "3 euros 50", "2 dollars and 50 cents"."""
        scan = self.scan
        at = found.end
        if found.currency is None or found.currency.minor or found.value is None:
            return
        joined = scan.norms[at] in self.lexicon.numbers.joiners and not scan.hyphen(at)
        number = self._number(at + joined) if joined or scan.kinds[at] == "N" else None
        spelled = number or self._spelled(at)
        if spelled is None or "." in spelled.raw or "," in spelled.raw:
            return
        value = Decimal(spelled.raw) if spelled.raw.isdigit() else spelled.value
        cents = self._currency_at(spelled.end)
        if cents is not None and cents[0].minor and value < 100:
            found.value += value * cents[0].factor
            found.end = cents[1]
        elif (
            len(spelled.raw) == 2 and not joined and found.value == found.value.to_integral_value()
            and found.value < 1000 and cents is None and scan.norms[spelled.end] != "%"
            and self._closes(spelled.end)
        ):  # fmt: skip
            found.value += value / 100
            found.end = spelled.end

    def _closes(self, at: int) -> bool:
        return self.scan.kinds[at] in "EP" or (
            self.scan.norms[at] in self.lexicon.around.context["bare_next"]
        )
