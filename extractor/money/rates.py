"""Rates: what an amount is paid for, from the words behind it and before it."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from extractor.money.coordination import Reading
from extractor.money.lexicon import Lexicon
from extractor.money.numbers import MILLION
from extractor.money.scanner import Scan

_FAR_TOKENS = 6
_STEPS = 4
_TOLD_TOKENS = 8
_SHARE_TOKENS = 14
_SHARE_MOST = Decimal(1000)
_SMALL_UNITS = {"ITL": 1000, "yen": 100, "won": 1000, "INR": 10}
_LIKE = 5
_PER = ("pro", "per", "a")
_JOINS = frozenset({"and", "und", "e", "ed"})


class Rates:
    """Reads the rates of the amounts of a segment.

    Args:
        scan: Tokens of the segment.
        lexicon: Of the language.
        readings: All amounts of the segment, in order.
    """

    __slots__ = ("_around", "_context", "_nouns_capital", "_own", "_scan")

    def __init__(self, scan: Scan, lexicon: Lexicon, readings: list[Reading]) -> None:
        self._scan = scan
        self._around = lexicon.around
        self._context = lexicon.around.context
        self._nouns_capital = lexicon.language == "de"
        self._own = {i for r in readings for i in range(r.start, r.end)}

    def read(self, reading: Reading) -> None:
        """Fills the rate that stands beside an amount; empty where the words say there is none."""
        norms, around = self._scan.norms, self._around
        end = reading.end
        while norms[end] in self._context["gross"]:
            end += 1
        found = around.per.match(norms, end)
        if found is None and norms[end] in ("/", ")"):
            found = around.per.match(norms, end + 1)
        if found is None:
            told = around.per_before.match_before(norms, reading.start)
            found = told if told is not None and told[0] else None
        if found is not None:
            reading.per = found[0]
            return
        generic = around.per_any.match(norms, end)
        article = norms[end] in around.per_article and self._scan.kinds[end + 1] == "W"
        alone = article and self._scan.closes(end + 2, self._context["article_next"])
        if (generic is not None and self._noun(generic[1])) or (alone and self._noun(end + 1)):
            reading.per = "unit"
            return
        reading.per = self._far_rate(reading.end)

    def tell(self, readings: list[Reading]) -> None:
        """Fills the rates that the sentence tells before its amounts."""
        for reading in readings:
            if reading.per is None:
                reading.per = self._told_rate(reading) or self._share(reading)
            reading.per = reading.per or None
        self._compare(readings)

    def _told_rate(self, reading: Reading) -> str | None:
        """A rate before the amount: "un canone annuo di 22 milioni", "ogni mese versa 300 euro"."""
        scan, around = self._scan, self._around
        at = start = reading.start
        for _ in range(_STEPS):
            found = around.bounds.match_before(scan.norms, at)
            found = found or around.fillers.match_before(scan.norms, at)
            if found is None:
                break
            at = found[1]
        told = around.rate_words.match_before(scan.norms, at)
        if told is not None:
            return told[0]
        for at in range(start - 1, max(-1, start - 1 - _TOLD_TOKENS), -1):
            if scan.kinds[at] != "W":
                return None
            if reading.quantity.scale == 1 and around.priced.match(scan.norms, at):
                return "unit"  # "un litro di verde costa 1,86 euro"
            if scan.norms[at] in around.per_each and at - 1 not in self._own:
                found = around.per.match(scan.norms, at) or self._per_noun(scan.norms[at + 1])
                alone = found is not None and around.per_any.end(scan.norms, at) == found[1]
                return found[0] or None if found is not None and not alone else None
        return None

    def _per_noun(self, noun: str) -> tuple[str, int] | None:
        """What "per" tells with a noun, where the text has "ogni", "jeder" before it."""
        rates = (self._around.per.match([word, noun, ""], 0) for word in _PER)
        return next((found for found in rates if found is not None and found[1] == 2), None)

    def _compare(self, readings: list[Reading]) -> None:
        """Gives both amounts of a comparison one rate: "contro i 7,90", "da 3,18 a 2,41 euro"."""
        for one, other in pairwise(readings):
            if bool(one.per) == bool(other.per) or not self._compared(one, other):
                continue
            per = one.per or other.per
            if per != "year" or one.changed:  # "contre 287 millions l'an passé"
                one.per = other.per = per

    def _compared(self, one: Reading, other: Reading) -> bool:
        """Whether two amounts of like size stand for one thing at two times or places."""
        norms, at = self._scan.norms, other.start
        if norms[one.end : at] == ["("]:
            return True
        least, most = sorted((one.low or one.high or MILLION, other.low or other.high or MILLION))
        if most > _LIKE * least or (other.currency or one.currency) != one.currency:
            return False
        if one.changed:
            return True
        while (skip := self._around.bounds.match_before(norms, at)) is not None:
            at = skip[1]
        found = self._around.compared.match_before(norms, at)
        return found is not None and found[1] >= one.end

    def _share(self, reading: Reading) -> str | None:
        """Tells the price or dividend of a share: small, behind "shares", "price target"."""
        value = reading.high if reading.high is not None else reading.low
        money = reading.currency
        unit = (money.code or money.family) if money is not None else ""
        most = _SHARE_MOST * _SMALL_UNITS.get(unit, 1)
        if reading.quantity.scale > 1 or value is None or value >= most:
            return None
        words, norms, start = self._context["share"], self._scan.norms, reading.start
        if not words or (start and norms[start - 1] in self._context["whole"]):
            return None  # "azioni per 900 euro"
        joined = False
        for at in range(start - 1, max(-1, start - 1 - _SHARE_TOKENS), -1):
            norm = norms[at]
            joined = joined or norm in _JOINS
            if norm == ";" or (joined and at in self._own):
                return None
            if norm in words or (
                self._nouns_capital and any(norm.endswith(w) for w in words if len(w) > 5)
            ):
                return "share"
        return None

    def _noun(self, at: int) -> bool:
        word = self._scan.norms[at]
        return self._scan.kinds[at] == "W" and word not in self._context["bare_next"]

    def _far_rate(self, end: int) -> str | None:
        """A rate a few words behind: "500 euros d'aide par mois"."""
        scan, around = self._scan, self._around
        for at in range(end, min(end + _FAR_TOKENS, len(scan.norms) - 1)):
            if scan.kinds[at] != "W":
                return None
            found = around.per.match(scan.norms, at) if scan.norms[at] in around.per_far else None
            if found is not None:
                return found[0] or None
        return None
