"""What an amount is given per: "R$ 142/saca", "o litro custa 5 reais", "multa diária de"."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from extractor.money.coordination import Reading
from extractor.money.lexicon import Lexicon
from extractor.money.numbers import MILLION
from extractor.money.scanner import Scan

_FAR_TOKENS = 6
_SUBJECT_TOKENS = 14
_VERB_TOKENS = 6
_PRICE = Decimal(100_000)
_ALIKE = 5


class Rates:
    """Reads the rates of the amounts of a segment.

    Args:
        scan: Tokens of the segment.
        lexicon: Of the language.
        readings: All amounts of the segment, in order.
    """

    __slots__ = ("_around", "_context", "_own", "_scan")

    def __init__(self, scan: Scan, lexicon: Lexicon, readings: list[Reading]) -> None:
        self._scan = scan
        self._around = lexicon.around
        self._context = lexicon.around.context
        self._own = {
            i
            for r in readings
            if r.currency is not None or r.quantity.scale >= MILLION
            for i in range(r.start, r.end)
        }

    def read(self, reading: Reading) -> str | None:
        """The unit that the words around an amount name, or None."""
        norms, around = self._scan.norms, self._around
        found = around.per.match(norms, reading.end)
        if found is None and norms[reading.end] == "/":
            found = around.per.match(norms, reading.end + 1) or self._slashed(reading.end + 1)
        if found is not None:
            return self._piece(reading, found) or None
        found = self._before(reading.start)
        if found is not None:
            return found[0] or None
        generic = around.per_any.match(norms, reading.end)
        if generic is not None and self._noun(generic[1]):
            known = self._slashed(generic[1])
            return (known and known[0]) or "unit"
        return (
            self._far(reading.end)
            or self._rated(reading)
            or self._subject(reading)
            or self._each(reading)
            or self._quoted(reading)
        )

    def share(self, kept: list[Reading]) -> None:
        """Gives both amounts of "from X to Y an hour" the rate, in place."""
        norms, spread = self._scan.norms, self._around.spread
        for one, other in pairwise(kept):
            before = one.start and spread.match(norms, one.start - 1)
            if not (one.changed or before) or not 0 < other.start - one.end <= 2:
                continue
            if not one.low or not other.low or not 1 / _ALIKE <= one.low / other.low <= _ALIKE:
                continue
            one.per, other.per = one.per or other.per, other.per or one.per

    def _piece(self, reading: Reading, found: tuple[str, int]) -> str:
        """The unit; "each" and "per stuk" are of shares where the words before name shares."""
        norms = self._scan.norms
        if norms[found[1] - 1] in self._context.get("each", frozenset()):
            return (self._slashed(found[1]) or found)[0]  # "3 mil reais cada passageiro"
        if norms[found[1] - 1] not in self._context.get("pieces", frozenset()):
            return found[0]
        words = range(max(0, reading.start - _SUBJECT_TOKENS), reading.start)
        named = (self._around.subjects.match(norms, i) for i in words)
        return "share" if any(f is not None and f[0] == "share" for f in named) else found[0]

    def _before(self, start: int) -> tuple[str, int] | None:
        """A rate before the amount, or before its bound: "per hectare ten hoogste 400 gulden"."""
        norms, around = self._scan.norms, self._around
        table = around.per_before
        found = table.match_before(norms, start)
        if found and start - found[1] == 1 and norms[start - 1] in self._context.get("times", ()):
            return None  # "este ano 3 milhões"
        if (
            found
            and norms[found[1]] in self._context.get("determiners", frozenset()) - around.per_far
        ):
            return None  # "dejó en la caja 166 millones"
        at = self._skipped(start)
        at -= bool(at) and norms[at - 1] in self._context.get("averages", frozenset())
        if found is None and at < start:
            found = table.match_before(norms, at)
            found = found if found and norms[found[1]] in around.per_far else None
        return found

    def _slashed(self, at: int) -> tuple[str, int] | None:
        """The rate of a noun behind a slash or "each": "R$ 142/saca" is as "por saca"."""
        word = self._scan.norms[at]
        found = (self._around.per.match([lead, word, ""], 0) for lead in self._around.per_far)
        return next((f for f in found if f is not None and f[1] == 2), None)

    def _noun(self, at: int) -> bool:
        word = self._scan.norms[at]
        return self._scan.kinds[at] == "W" and word not in self._context["bare_next"]

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

    def _rated(self, reading: Reading) -> str | None:
        """A rate in the noun before: "multa diária de", "een jaarsalaris van"."""
        norms = self._scan.norms
        at = reading.start
        for end in {at, at - 1, self._skipped(at), self._skipped(at) - 1}:
            found = self._around.rated.match_before(norms, end)
            linked = end in (at, self._skipped(at)) or norms[end] in self._context["links"]
            if found is not None and linked:
                return found[0]
        return None

    def _subject(self, reading: Reading) -> str | None:
        """The thing whose price it is: "o litro custa 5 reais", "ingressos a R$ 20"."""
        quantity, norms, around = reading.quantity, self._scan.norms, self._around
        if quantity.vague or quantity.scale >= MILLION or (quantity.value or _PRICE) >= _PRICE:
            return None
        start = self._skipped(reading.start)
        at = self._context.get("priced_at", frozenset())
        if start and norms[start - 1] in at:
            found = around.subjects_end.match_before(norms, start - 1)
            if found is not None:
                return found[0]
        first = self._clause(start)
        if start and norms[start - 1] in self._context.get("target_at", frozenset()):
            targets = (around.rated.match_before(norms, i) for i in range(start - 1, first, -1))
            if any(f is not None and f[0] == "share" for f in targets):
                return "share"  # "koersdoel voor Aalberts van 41 naar 46 euro"
        priced = self._context.get("priced", frozenset())
        verb = next(
            (i for i in range(start - 1, max(first, start - _VERB_TOKENS) - 1, -1)
             if norms[i] in priced), None,
        )  # fmt: skip
        if verb is None:
            return None
        for index in range(verb - 1, first - 1, -1):
            found = around.subjects.match(norms, index)
            if found is not None and self._determined(index):
                return found[0]
        return None

    def _each(self, reading: Reading) -> str | None:
        """A rate in the subject: "cada dia parado custa 2 milhões"."""
        norms, each = self._scan.norms, self._context.get("each", frozenset())
        for index in range(reading.start - 1, self._clause(reading.start) - 1, -1):
            if norms[index] == ",":
                return None
            if norms[index] in each:
                named = self._slashed(index + 1) or self._around.per.match(norms, index)
                noun = self._noun(index + 1) and norms[index + 1] not in self._context["each_not"]
                return (named and named[0]) or ("unit" if noun else None) if noun else None
        return None

    def _quoted(self, reading: Reading) -> str | None:
        """The price of a share: a name, a verb of price, "3,1 %, a 9,42 euros"."""
        scan, context = self._scan, self._context
        at = self._skipped(reading.start) - 1
        if (reading.quantity.value or _PRICE) >= _PRICE or at < 4 or reading.quantity.scale > 1:
            return None
        if scan.norms[at] not in context.get("quoted_at", frozenset()):
            return None
        at -= 1 + (scan.norms[at - 1] == ",")
        if scan.norms[at] not in context["percents"] or scan.kinds[at - 1] != "N":
            return None
        verb = at - 2 - (scan.norms[at - 2] in ("un", "um"))
        name = scan.raws[verb - 1] if verb > 0 else ""
        goods = scan.norms[verb - 1] in context["goods"]
        if scan.norms[verb] not in context["priced"] or not name[:1].isupper():
            return None
        return "unit" if goods else "share"

    def _clause(self, start: int) -> int:
        """Where the words begin that can hold the subject of an amount."""
        for index in range(start - 1, max(-1, start - _SUBJECT_TOKENS - 1), -1):
            other = self._scan.kinds[index] == "P" and self._scan.norms[index] not in ",%-'\""
            if other or index in self._own:
                return index + 1
        return max(0, start - _SUBJECT_TOKENS)

    def _determined(self, at: int) -> bool:
        """Whether an article stands before the noun, or it opens the clause."""
        before = self._scan.norms[at - 1] if at else ""
        return not at or before in self._context.get("determiners", frozenset())

    def _skipped(self, at: int) -> int:
        """Where the words of bound and filling before an amount begin."""
        found = self._around.bounds.match_before(self._scan.norms, at)
        return found[1] if found is not None else at
