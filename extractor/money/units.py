"""Currencies as written: symbols, codes, names with their adjectives."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from extractor.money.currencies import Currency
from extractor.money.numbers import ONE, NumberReader


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


class CurrencyReader(NumberReader):
    """Reads the currency that stands behind a number."""

    __slots__ = ()

    def _currency_at(self, at: int, found: Quantity | None = None) -> tuple[Currency, int] | None:
        """The currency at a token, with its adjectives, and its end."""
        scan, moneys = self.scan, self.lexicon.moneys
        raw = scan.raws[at]
        if scan.kinds[at] == "S":
            symbol = self.table.symbol(raw)
            article = found is not None and found.article and scan.kinds[at + 1] == "N"
            if symbol is None or article or self._opens_next(at):
                return None
            suffix = self.lexicon.moneys.own.get("suffix")
            if suffix and raw == "$" and scan.glued(at):  # "5.000$" were escudos
                symbol = Currency(None, suffix, kind="symbol")
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
        free = scan.closes(at + 1, self.lexicon.around.context["bare_next"])
        if found_code.doubt and (not free or scan.norms[at + 1] == "-"):
            return None
        if scan.glued(at + 1) and scan.kinds[at + 1] == "N" and found_code.kind != "sign":
            return None
        if raw in self.table.wordlike and found is not None:
            small = found.value is not None and found.value < 100
            return None if small else (found_code, at + 1)
        end = at + 1
        dotted = found_code.kind == "sign" and scan.norms[end] == "." and scan.glued(end)
        return found_code, end + (dotted and scan.kinds[end + 1] != "E")

    def _dates_next(self, found: Quantity, at: int) -> bool:
        """Reads "in 2024 EUR 5 million": a year, and the currency of the next number."""
        year = found.scale == 1 and found.number is not None and 1900 <= found.number <= 2100
        return year and self.scan.kinds[at] == "N"

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
