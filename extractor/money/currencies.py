"""Currencies: codes, symbols, families, and their names from CLDR."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from extractor.money.phrases import pieces

ONE = Decimal(1)
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Currency:
    """What a symbol, code or word says of the currency.

    Attributes:
        code: ISO 4217; None where a family leaves it to the country.
        family: What several countries call their money (`dollar`, `pound`).
        factor: Whole units in one: 0.01 for a cent, 1000 for a conto.
        doubt: When the word means something else: `large` wants a large amount or
            evidence of money, `evidence` always evidence, `scale` a million or more.
        kind: `symbol`, `code`, `word` or `sign` (letters, case-sensitive).
    """

    code: str | None
    family: str = ""
    factor: Decimal = ONE
    doubt: str = ""
    kind: str = "word"

    @property
    def minor(self) -> bool:
        """Whether it is a fraction of the unit, or a coin: a "tientje" is ten."""
        return self.factor < ONE or self.family == "cent"


@dataclass(frozen=True, slots=True)
class CurrencyTable:
    """The data of `currencies.toml`, ready for look-up."""

    codes: Mapping[str, Currency]
    known: frozenset[str]
    wordlike: frozenset[str]
    symbols: Mapping[str, Currency]
    signs: Mapping[str, Currency]
    before_only: frozenset[str]
    families: Mapping[str, Mapping[str, str]]
    defaults: Mapping[str, str]
    by_text: frozenset[str]
    members: Mapping[str, tuple[str, ...]]
    small_units: Mapping[str, int]
    since: Mapping[str, int]

    def symbol(self, raw: str) -> Currency | None:
        """What a symbol says as it stands in the text, with or without a space in it."""
        words = raw.split()
        return self.symbols.get(" ".join(words)) or self.symbols.get("".join(words))

    def resolve(
        self, currency: Currency, country: str | None, own: Mapping[str, str]
    ) -> str | None:
        """The ISO code, by the article's country, the language's habit, the default."""
        if currency.code or not currency.family:
            return currency.code
        if country:
            home = country.upper()
            code = self.families.get(currency.family, {}).get(home)
            if code is None and currency.family == "dollar" and currency.kind == "symbol":
                code = self.families["dollar_sign"].get(home)
            if code:
                return code
        return own.get(currency.family) or self.defaults.get(currency.family)


def _named(target: str, known: frozenset[str], **fields: Any) -> Currency:
    if target in known:
        return Currency(target, **fields)
    return Currency(None, target, **fields)


@cache
def currency_table() -> CurrencyTable:
    """The table, read once."""
    data = tomllib.loads(files("extractor.money").joinpath("currencies.toml").read_text("utf-8"))
    known = frozenset(data["codes"].split())
    codes = {code: Currency(code, kind="code") for code in sorted(known)}
    known |= frozenset(data["unwritten"].split())
    codes |= {name: Currency(code, kind="code") for name, code in data["aliases"].items()}
    before = data["signs_before"]
    return CurrencyTable(
        codes=codes,
        known=known,
        wordlike=frozenset(data["wordlike"].split()),
        symbols={
            s: _named(t, known, kind="symbol", factor=HUNDREDTH if t == "cent" else ONE)
            for s, t in data["symbols"].items()
        },
        signs={
            s: _named(t, known, kind="sign", doubt="scale" if s in before["large"] else "")
            for s, t in data["signs"].items()
        },
        before_only=frozenset(before["only"]),
        families=data["families"],
        defaults=data["defaults"],
        by_text=frozenset(data["by_text"]),
        members={
            code: tuple(
                name
                for name, countries in data["families"].items()
                if name != "cent" and code in countries.values()
            )
            for code in known
        },
        small_units=data["small_units"],
        since=data["since"],
    )


def make_currency(target: str, factor: str = "1", doubt: str = "") -> Currency:
    """The currency that a language file names: an ISO code or a family."""
    return _named(target, currency_table().known, factor=Decimal(factor), doubt=doubt)


def cldr_names(language: str) -> Iterator[tuple[str, str]]:
    """Code and name of every currency, in every number CLDR has, lower case.

    Names with brackets or digits are historic variants and are left out, and
    so are those of one short word ("or", "lev"), which are other words too.
    """
    from babel import Locale

    data = Locale.parse(language)._data
    for code in currency_table().codes:
        names = {data["currency_names"].get(code, "")}
        names.update(dict(data["currency_names_plural"].get(code, {})).values())
        for name in sorted(names):
            plain = name.replace(" ", "").replace("-", "").replace("'", "").replace("’", "")
            words = pieces(name)
            if plain.isalpha() and (len(words) > 1 or len(plain) > 5):
                yield code, name.lower()


def country_names(language: str) -> dict[str, str]:
    """Names of the countries of the families `by_text`, lower case, with their codes (CLDR)."""
    from babel import Locale

    names = Locale.parse(language).territories
    table = currency_table()
    return {
        names[country].lower(): country
        for family in sorted(table.by_text)
        for country in table.families.get(family, {})
        if country in names
    }


@cache
def home_currency(country: str, year: int | None) -> str | None:
    """What a country paid with in a year, or pays with now, None where it is not known (CLDR).

    >>> home_currency("IT", 1998), home_currency("IT", None)
    ('ITL', 'EUR')
    """
    from babel.numbers import get_territory_currencies

    day = date(year, 1, 1) if year is not None else date.today()
    found = get_territory_currencies(country.upper(), day, day, tender=True)
    return found[0] if found and found[0] in currency_table().codes else None


def month_names(language: str) -> frozenset[str]:
    """Names of the months, lower case (CLDR)."""
    from babel import Locale

    return frozenset(
        str(n).lower() for n in Locale.parse(language).months["format"]["wide"].values()
    )
