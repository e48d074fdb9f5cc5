"""Whether a lone decimal sign groups thousands after all: "$41,370" in a Portuguese text."""

from __future__ import annotations

import re
from decimal import Decimal

from extractor.money.currencies import Currency
from extractor.money.numbers import MILLION
from extractor.money.units import CurrencyReader

_ROUND = re.compile(r"^(?:[0-9]{2,3}[.,][0-9](?:00|50)|[0-9][.,][05]00)$")
_COMMA = re.compile(r"^[0-9]{1,3},[0-9]{3}$")
_COMMA_CURRENCIES = ("BRL", "BRR")  # "R$ 2,096" is a rate of exchange


class GroupingReader(CurrencyReader):
    """Tells thousands from decimals by the currency, the scale and the language."""

    __slots__ = ()

    def _is_foreign(self, currency: Currency, raw: str) -> bool:
        """Whether a lone sign groups thousands: behind "$", and where the euros are round."""
        if currency.code in _COMMA_CURRENCIES:
            return False
        lettered = currency.kind == "sign" and self.lexicon.language == "es"  # "L4,000"
        symbol = lettered or currency.kind == "symbol"
        return symbol and (currency.code != "EUR" or bool(_ROUND.search(raw)))

    def _groups(self, raw: str, scale: Decimal, end: int, *, foreign: bool) -> bool:
        """Whether a lone decimal sign groups thousands after all."""
        spanish = self.lexicon.language == "es"
        if foreign and (scale < MILLION or spanish or self.lexicon.numbers.decimal != ","):
            return True  # "R$ 3,338 bilhões" and "US$ 1,425 miliardi" are decimals
        return self._is_american(raw, scale, end)

    def _is_american(self, raw: str, scale: Decimal, end: int) -> bool:
        """Whether a comma groups: "1,150 millones de pesos", but not in a rate of exchange."""
        if self.lexicon.numbers.decimal != "," or not _COMMA.match(raw):
            return False
        fused = self.lexicon.moneys.fused.get(self.scan.norms[end])
        behind = self._currency_at(self._linked(end))
        # Mexico, Peru and Central America write the comma; nobody three decimals of a million.
        large = self.lexicon.language == "es" and scale >= MILLION
        if large and (behind is None or behind[0].code != "EUR"):
            return True
        money = fused[1] if fused else behind and behind[0]
        rated = behind is not None and self.lexicon.around.per_any.match(self.scan.norms, behind[1])
        if not money or (scale == 1 and rated):
            return False
        round_sum = raw.find(",") > 2 or raw.endswith(",000")
        dollars = money.family == "dollar" and scale == 1 and round_sum
        return (money.family == "peso" or money.code == "MXN" or dollars) and not self._exchanged(
            behind
        )

    def _exchanged(self, behind: tuple[Currency, int] | None) -> bool:
        """Whether a rate of exchange follows: "1,085 dólares por euro"."""
        if behind is None or self.scan.norms[behind[1]] not in ("por", "par", "per", "pro"):
            return False
        return self._currency_at(behind[1] + 1) is not None or self.lexicon.language != "es"
