"""What an amount is given per: said behind it, before it, or by what is priced."""

from __future__ import annotations

from extractor.money.coordination import Reading
from extractor.money.lexicon import Lexicon
from extractor.money.numbers import MILLION
from extractor.money.scanner import Scan

_FAR_TOKENS = 6
_SUBJECT_TOKENS = 14
_PACE_TOKENS = 9
_SKIPPED_WORDS = 2
_APART = 2
_DEAREST = 100_000
_PRICES = frozenset({"share", "unit", "hour"})
_STOPS = frozenset(".;!?")


class Rates:
    """Reads the rates of the amounts of a segment.

    Args:
        scan: Tokens of the segment.
        lexicon: Of the language.
    """

    __slots__ = ("_around", "_context", "_scan")

    def __init__(self, scan: Scan, lexicon: Lexicon) -> None:
        self._scan = scan
        self._around = lexicon.around
        self._context = lexicon.around.context

    def read(self, reading: Reading) -> str | None:
        """The unit that the amount is given per, or None."""
        norms, around = self._scan.norms, self._around
        end = self._skipped(reading.end)
        found = around.per.match(norms, end)
        if found is None and norms[end] in ("/", ")"):
            found = around.per.match(norms, end + 1)
        large = reading.quantity.scale >= MILLION
        if found is not None:
            firms = large and norms[found[1] - 1] in self._context.get("each", frozenset())
            return "unit" if firms else found[0] or None  # "39 millions chacun"
        found = around.per_before.match_before(norms, reading.start)
        if found is not None:
            dear = found[0] == "share" and (reading.low or 0) >= _DEAREST
            return None if dear or (large and found[0] == "head") else found[0] or None
        generic = around.per_any.match(norms, end)
        if generic is not None and self._noun(generic[1]):
            return "unit"
        far = self._far(end) or self._counted(end) or self._pace(reading)
        return far or self._subject(reading) or self._quote(reading)

    def share(self, reading: Reading, previous: Reading) -> None:
        """Gives the amount, or the one before, the rate that a pair of them says once."""
        between = range(previous.end, reading.start)
        alike = reading.quantity.scale == previous.quantity.scale == 1
        if reading.elliptical and alike and previous.per in _PRICES:
            reading.per = reading.per or previous.per
        if previous.changed and len(between) <= _APART:  # "de 38 à 41 euros l'action"
            previous.per = previous.per or reading.per
        elif previous.per and not reading.per and self._compares(previous.end, reading.start):
            reading.per = previous.per

    def _compares(self, begin: int, end: int) -> bool:
        """Whether "against" joins two amounts: "15 € par an, contre 36 €"."""
        found = self._around.compared.match_before(self._scan.norms, end)
        if found is None or found[1] - begin > _FAR_TOKENS:
            return False
        return _STOPS.isdisjoint(self._scan.norms[begin:end])

    def _skipped(self, at: int) -> int:
        """Behind words such as "brut" and "at most", which stand between an amount and its rate."""
        words = self._context.get("per_skip", frozenset())
        bound = self._around.after.match(self._scan.norms, at)
        at = bound[1] if bound is not None and bound[0] else at
        for _ in range(_SKIPPED_WORDS):
            if self._scan.norms[at] in words:
                at += 1
        return at

    def _noun(self, at: int) -> bool:
        """Whether the word can be what an amount is given per."""
        scan, word = self._scan, self._scan.norms[at]
        if scan.kinds[at] != "W" or word in self._context["bare_next"]:
            return False
        barred = self._context.get("not_per")
        if barred is None:
            return True
        ends = tuple(self._context["not_per_ends"])
        return scan.raws[at].islower() and word not in barred and not word.endswith(ends)

    def _far(self, end: int) -> str | None:
        """A rate a few words behind: "500 euros d'aide par mois"."""
        scan, around = self._scan, self._around
        for at in range(end, min(end + _FAR_TOKENS, len(scan.norms) - 1)):
            if scan.kinds[at] != "W":
                return None
            found = around.per.match(scan.norms, at) if scan.norms[at] in around.per_far else None
            if found is not None:
                return found[0] or None
        return None

    def _counted(self, end: int) -> str | None:
        """A rate that an adjective of what is paid says: "3 M€ d'économies annuelles"."""
        scan, at = self._scan, end + 2
        if scan.norms[end] not in self._context["links"] or scan.kinds[end + 1] != "W":
            return None
        found = self._around.per_pace_after.match(scan.norms, at)
        return found[0] if found else None

    def _pace(self, reading: Reading) -> str | None:
        """A rate that an adjective before the amount says: "un loyer annuel de 3 millions"."""
        scan, table = self._scan, self._around.per_pace
        for at in range(reading.start - 1, max(-1, reading.start - 1 - _PACE_TOKENS), -1):
            if scan.kinds[at] == "P" and scan.norms[at] != ",":
                return None
            found = table.match(scan.norms, at)
            if found is not None:
                return found[0] or None
        return None

    def _subject(self, reading: Reading) -> str | None:
        """A rate that what is priced says: "le kilo de tomates, à 2,94 euros"."""
        quantity, scan = reading.quantity, self._scan
        value = reading.high or reading.low
        if quantity.vague or quantity.scale > 1 or value is None or value >= _DEAREST:
            return None
        if scan.norms[reading.end] in self._context["links"] and not self._more(reading.end + 1):
            return None  # "500 euros d'amende"
        table = self._around.per_subject
        for at in range(reading.start - 1, max(-1, reading.start - 1 - _SUBJECT_TOKENS), -1):
            if scan.norms[at] in _STOPS:
                return None
            found = table.match(scan.norms, at)
            if found is not None and found[1] <= reading.start:
                return found[0] or None
        return None

    def _quote(self, reading: Reading) -> str | None:
        """A price of a share that only its change tells: "Kering (+5,4 % à 271,30 euros)"."""
        norms, at = self._scan.norms, reading.start - 1
        if at < 2 or norms[at] not in self._context.get("per_quoted", frozenset()):
            return None
        changed = norms[at - 1 - (norms[at - 1] == ",")] == "%"
        exact = (reading.quantity.number or 0) % 1 != 0 and reading.quantity.scale == 1
        return "share" if changed and exact else None

    def _more(self, at: int) -> bool:
        return self._scan.norms[at] in self._context.get("per_more", frozenset())
