"""Numbers as written: digits, words, fractions, and the scale words behind them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from extractor.money.currencies import currency_table
from extractor.money.lexicon import Lexicon
from extractor.money.scanner import Scan
from extractor.money.spelled import Sum, fused_value

ONE = Decimal(1)
MILLION = Decimal(10**6)
_FRACTIONS = {("1", "2"): Decimal("0.5"), ("1", "4"): Decimal("0.25"), ("3", "4"): Decimal("0.75")}


@dataclass(slots=True)
class Number:
    """A number without its scale.

    Attributes:
        end: Token index behind it.
        raw: The digits as they stand; empty where it is spelled.
        article: It is "a" or "one".
        approx: It is a collective such as "une dizaine".
        needs_scale: It counts only before a scale word, as "half a" does.
        fraction: What "1/2" behind the digits adds.
    """

    end: int
    value: Decimal
    raw: str = ""
    article: bool = False
    approx: bool = False
    needs_scale: bool = False
    fraction: Decimal = Decimal(0)


class NumberReader:
    """Reads numbers and scales from the tokens of a segment."""

    __slots__ = ("lexicon", "scan", "table")

    def __init__(self, scan: Scan, lexicon: Lexicon) -> None:
        self.scan = scan
        self.lexicon = lexicon
        self.table = currency_table()

    def _number(self, at: int) -> Number | None:
        scan, numbers = self.scan, self.lexicon.numbers
        if scan.kinds[at] == "N":
            if at and scan.glued(at) and not self._may_touch(at):
                return None
            more = self._fraction(at + 1)
            return Number(at + 1 + 3 * (more > 0), ONE, scan.raws[at], fraction=more)
        if scan.kinds[at] != "W":
            return None
        for table, approx in ((numbers.collectives, True), (numbers.fractions, False)):
            part = table.match(scan.norms, at)
            if part is not None:
                end = self._linked(part[1])
                if approx or self._scale(end)[0] > 1:
                    return Number(end, part[0], approx=approx, needs_scale=not approx)
        spelled = self._spelled(at)
        return spelled and self._decimals(spelled)

    def _decimals(self, number: Number) -> Number:
        """Reads the rest of "two point three", where a scale word follows."""
        if self.scan.norms[number.end] not in self.lexicon.numbers.points:
            return number
        rest = self._spelled(number.end + 1)
        if rest is None or rest.value >= 100:
            return number
        places = 1 if rest.value < 10 else 2
        more = self._spelled(rest.end) if places == 1 else None
        if more is not None and more.value < 10:  # "two point seven five"
            rest, places = Number(more.end, rest.value * 10 + more.value), 2
        if self._scale(rest.end)[0] < MILLION:
            return number
        return Number(rest.end, number.value + rest.value.scaleb(-places))

    def _fraction(self, at: int) -> Decimal:
        """Reads "1/2" at a token, as in "3 1/2 million"; 0 where there is none."""
        scan = self.scan
        if scan.kinds[at] != "N" or scan.norms[at + 1] != "/" or not scan.glued(at + 1):
            return Decimal(0)
        return _FRACTIONS.get((scan.raws[at], scan.raws[at + 2]), Decimal(0))

    def _may_touch(self, at: int) -> bool:
        """Whether a number may be glued to the token before it."""
        scan = self.scan
        kind, norm = scan.kinds[at - 1], scan.norms[at - 1]
        if kind == "W":
            raw = scan.raws[at - 1]
            signs = raw in self.table.signs or raw in self.lexicon.moneys.signs
            return raw in self.table.codes or signs or self._prefixed(at)
        if norm in ".,:/_@#":
            return norm == "." and scan.kinds[max(at - 2, 0)] == "W"
        if norm == "-":  # a model number, "GPT-4"; not a range, "5-7"
            return not (at > 1 and scan.glued(at - 1) and scan.kinds[at - 2] == "W")
        return kind != "N"

    def _prefixed(self, at: int) -> bool:
        found = self.lexicon.moneys.prefixes.match(self.scan.norms, at - 1)
        return found is not None and found[1] == at

    def _spelled(self, at: int) -> Number | None:
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
            if value >= MILLION:  # "il miliardo e due"
                break
        if not words:
            if scan.norms[at] not in numbers.articles:
                return None
            if self._scale(at + 1)[0] > 1:
                return Number(at + 1, ONE, needs_scale=True)
            symbolic = scan.norms[at + 1] in self.lexicon.around.context["symbolic"]
            return Number(at + 1, ONE, article=True) if symbolic else None  # "a symbolic pound"
        single = words == 1 and scan.norms[at] in numbers.articles
        return Number(end, Decimal(total.value), article=single)

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
        # '900 milioni " di lire': a quotation mark where a no-break space was.
        stray = norms[at] == '"' and not self.scan.glued(at) and not self.scan.glued(at + 1)
        return self._linked(at + 1) if stray and norms[at + 1] in self.lexicon.moneys.links else at

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

    def _below_two(self, number: Number) -> bool:
        """Whether the dot is a decimal sign: the scale word behind is a singular."""
        word = self.scan.norms[number.end]
        singular = len(word) > 3 and not word.endswith("s")
        return not self.lexicon.numbers.dot_groups and "." in number.raw and singular

    def _wordbound(self, end: int) -> bool:
        """Whether letters are glued to the number's end: "5G"."""
        return self.scan.kinds[end] == "W" and self.scan.glued(end)
