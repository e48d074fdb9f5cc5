"""What stands around an amount: bounds, rates, and evidence that it is money."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from extractor.money.coordination import Reading
from extractor.money.lexicon import Lexicon
from extractor.money.numbers import MILLION
from extractor.money.scanner import Scan

_LARGE = Decimal(10_000)
_FAR_TOKENS = 6
_BOUND_STEPS = 4
_TOPIC_TOKENS = 4
_REACH_TOKENS = 10
_NEGATION_TOKENS = 5
_TOLD_TOKENS = 8
_SHARE_TOKENS = 14
_SHARE_MOST = Decimal(1000)
_SMALL_UNITS = {"ITL": 1000, "yen": 100, "won": 1000, "INR": 10}
_LIKE = 5
_PER = ("pro", "per", "a")
_JOINS = frozenset({"and", "und", "e", "ed"})
_OF = frozenset({"de", "d'", "di", "of", "des"})


class Surroundings:
    """Reads the words around the amounts of a segment.

    Args:
        scan: Tokens of the segment.
        lexicon: Of the language.
        readings: All amounts of the segment, in order.
    """

    __slots__ = ("_around", "_context", "_nouns_capital", "_own", "_readings", "_scan")

    def __init__(self, scan: Scan, lexicon: Lexicon, readings: list[Reading]) -> None:
        self._scan = scan
        self._around = lexicon.around
        self._context = lexicon.around.context
        self._readings = readings
        self._nouns_capital = lexicon.language == "de"
        self._own = {i for r in readings for i in range(r.start, r.end)}

    # --- is it money?

    def is_money(self, reading: Reading) -> bool:
        """Whether the words around let a number be an amount of money."""
        quantity, scan = reading.quantity, self._scan
        if reading.elliptical:
            return True
        before = scan.norms[reading.start - 1] if reading.start else ""
        if before in self._context["not_before"]:
            return False
        if reading.currency is None:
            if quantity.scale < MILLION:
                return self._beside(reading)
            return self._bare(reading)
        if quantity.article and not (self.evident(reading) or reading.per or self._one(reading)):
            return False
        doubt = reading.currency.doubt
        if not doubt:
            return True
        if doubt == "scale":
            return True  # `settle` sees whether the text has the currency
        if doubt == "dotted":  # "L. 2.500" and no law, "L. 104"
            own = range(reading.start, reading.end)
            return quantity.scale >= MILLION or any(
                scan.kinds[i] == "N" and "." in scan.raws[i] for i in own
            )
        large = (
            quantity.scale >= (1000 if quantity.vague else MILLION)
            or (quantity.value or Decimal(0)) >= _LARGE
        )
        if doubt == "large" and large and not (quantity.scale < MILLION and self._counted()):
            return True
        return bool(reading.per) or (self.evident(reading) and not self._counted())

    def _one(self, reading: Reading) -> bool:
        """Whether "a euro" is an amount: no adjective follows, as in "a strong euro"."""
        return not reading.currency or (
            not reading.currency.doubt
            and self._scan.closes(reading.end, self._context["bare_next"])
        )

    def _counted(self) -> bool:
        """Whether words of weight or number stand in the segment."""
        return not self._context["counted"].isdisjoint(self._scan.norms)

    def evident(self, reading: Reading) -> bool:
        """Whether the segment speaks of money beside the amount itself."""
        if any(
            r is not reading and r.currency is not None and not r.currency.doubt
            for r in self._readings
        ):
            return True
        scan, words = self._scan, self._context["money"]
        before = scan.norms[reading.start - 1] if reading.start else ""
        large = reading.quantity.scale >= MILLION and not reading.changed
        if large and before in self._context["priced"]:  # "una commessa da 963 milioni"
            return True
        return any(
            norm in words and index not in self._own for index, norm in enumerate(scan.norms)
        )

    def _beside(self, reading: Reading) -> bool:
        """Whether thousands follow an amount: "5.000 euro a famiglia e 20mila a negozio"."""
        named = any(
            r.currency is not None and not r.currency.doubt and r.end <= reading.start
            for r in self._readings
        )
        norms, start = self._scan.norms, reading.start
        norm, kind = norms[reading.end], self._scan.kinds[reading.end]
        free = kind == "E" or norm in ",.;:)" or norm in self._context["bare_next"]
        joined = any(
            (found := self._around.list_and.match(norms, i)) and found[1] == start
            for i in range(max(0, start - 3), start)
        )
        return named and free and joined and norm not in _OF

    def _bare(self, reading: Reading) -> bool:
        """Whether what follows "3 billion" lets it be money rather than people."""
        scan, context = self._scan, self._context
        at = self._end_of_list(reading)
        norm, kind = scan.norms[at], scan.kinds[at]
        if kind in "EN":
            return True
        if kind != "W":
            return norm not in "%-/°*#"
        if scan.glued(at):
            return False
        following, nouns = scan.norms[at + 1], context["money_nouns"]
        if norm in _OF and norm in context["links"]:
            if following in nouns or scan.norms[min(at + 2, self._last - 1)] in nouns:
                return True
            before = scan.norms[reading.start - 1] if reading.start else ""
            return before in context["bought_for"] and following not in context["people"]
        if norm in context["bare_next"] or norm in nouns or following in nouns:
            return True
        # Where a scale word takes "of" before what it counts, a bare word is no noun.
        return not _OF.isdisjoint(context["links"] - {"of"}) or self._verb(at)

    def _end_of_list(self, reading: Reading) -> int:
        """Where "7 million, 9 million and 6 million shares" ends: what is counted stands there."""
        end = reading.end
        for other in self._readings:
            if not 0 < other.start - end <= 2 or other.currency or other.quantity.scale < MILLION:
                continue
            if self._scan.norms[end] == "," or self._around.list_and.match(self._scan.norms, end):
                end = other.end
        return end

    def _verb(self, at: int) -> bool:
        """Whether a German word is no noun and no adjective before one."""
        raws = self._scan.raws
        if not self._nouns_capital or not raws[at].islower():
            return False
        inflected = raws[at].endswith(("e", "en", "er", "es"))
        return not (inflected and raws[at + 1][:1].isupper())

    @property
    def _last(self) -> int:
        return len(self._scan.norms)

    # --- bounds

    def read(self, reading: Reading, previous: Reading | None) -> None:
        """Fills bounds, approximation and rate of a reading."""
        self._bounds(reading)
        self._rate(reading)
        if previous is not None and self._converts(reading, previous):
            reading.bound = reading.bound or previous.bound
            reading.approx = reading.approx or previous.approx
        if reading.bound and not reading.ranged:
            if reading.bound == "low":
                reading.high = None
            else:
                reading.low = None

    def _bounds(self, reading: Reading) -> None:
        norms, around = self._scan.norms, self._around
        at = reading.start
        for _ in range(0 if reading.changed else _BOUND_STEPS):
            found = around.bounds.match_before(norms, at)
            if found is None:
                filler = around.fillers.match_before(norms, at)
                if filler is None:
                    break
                at = filler[1]
                continue
            kind, first = found
            if kind == "none":  # "oltre a 6.000 di spese"
                break
            if any(self._topic(norms[i]) for i in range(max(0, first - _TOPIC_TOKENS), first)):
                break
            if self._of_noun(first, at):
                break
            if kind != "approx" and self._reached(first, at):
                break
            if kind != "approx" and self._negated(first, at):
                kind = "high" if kind == "low" else "low"
            self._take(reading, kind)
            at = first
        end = self._rated(reading.end)
        after = around.after.match(norms, end + (norms[end] == ","))
        if after is not None and not (norms[after[1] - 1] == "plus" and self._adds(after[1])):
            self._take(reading, after[0])

    def _reached(self, first: int, end: int) -> bool:
        """Whether "up to" tells where a change ended: "cayó hasta 10 euros"."""
        if self._around.reach.match(self._scan.norms, first) != (True, end):
            return False
        words = range(max(0, first - _REACH_TOKENS), first)
        if not self._context["may"].isdisjoint(self._scan.norms[i] for i in words):
            return False
        return any(self._around.change.match(self._scan.norms, i) for i in words)

    def _negated(self, first: int, end: int) -> bool:
        """Whether a negation before the words turns the bound: "niemand zahlt mehr als"."""
        around, norms = self._around, self._scan.norms
        if around.negations.match(norms, first) or around.reach.match(norms, first) == (True, end):
            return False
        for at in range(first - 1, max(-1, first - _NEGATION_TOKENS - 1), -1):
            if self._scan.kinds[at] != "W":
                return False
            found = around.negations.match(norms, at)
            if found is not None:
                return found[0]
        return False

    def _adds(self, at: int) -> bool:
        """Whether something that is added follows: "$22m plus four in add-ons"."""
        return self._scan.kinds[at] != "E" and self._scan.norms[at] not in '.,;:)"”“»’'

    def _of_noun(self, first: int, end: int) -> bool:
        """Whether "über" is the preposition of the German noun before it."""
        scan = self._scan
        if not self._nouns_capital or scan.norms[first:end] != ["über"] or first < 2:
            return False
        return scan.kinds[first - 1] == "W" and scan.raws[first - 1][:1].isupper()

    def _topic(self, word: str) -> bool:
        """Whether "over" behind the word says what it is about: "Kredit über 5 Mio."."""
        topics = self._around.topics
        return word in topics or (
            self._nouns_capital and any(word.endswith(t) for t in topics if len(t) > 4)
        )

    def _rated(self, end: int) -> int:
        per = self._around.per.match(self._scan.norms, end)
        return per[1] if per else end

    def _take(self, reading: Reading, kind: str) -> None:
        if reading.quantity.vague:
            return
        if kind == "approx":
            reading.approx = True
        else:
            reading.bound = reading.bound or kind

    def _converts(self, reading: Reading, previous: Reading) -> bool:
        """Whether it is the bracketed conversion of the amount before it."""
        norms, at = self._scan.norms, reading.start
        if reading.bound is None:
            before = self._around.bounds.match_before(norms, at)
            at = before[1] if before else at
        return at - 1 == previous.end and norms[at - 1] == "("

    # --- rates

    def _rate(self, reading: Reading) -> None:
        norms, around = self._scan.norms, self._around
        end = reading.end
        while norms[end] in self._context["gross"]:
            end += 1
        found = around.per.match(norms, end)
        if found is None and norms[end] in ("/", ")"):
            found = around.per.match(norms, end + 1)
        if found is None:
            found = around.per_before.match_before(norms, reading.start)
        if found is not None:
            reading.per = found[0] or None
            return
        generic = around.per_any.match(norms, end)
        article = norms[end] in around.per_article and self._scan.kinds[end + 1] == "W"
        alone = article and self._scan.closes(end + 2, self._context["article_next"])
        if (generic is not None and self._noun(generic[1])) or (alone and self._noun(end + 1)):
            reading.per = "unit"
            return
        reading.per = (
            self._far_rate(reading.end) or self._told_rate(reading) or self._share(reading)
        )

    def _told_rate(self, reading: Reading) -> str | None:
        """A rate before the amount: "un canone annuo di 22 milioni", "ogni mese versa 300 euro"."""
        scan, around = self._scan, self._around
        at = start = reading.start
        for _ in range(_BOUND_STEPS):
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

    def compare(self, readings: list[Reading]) -> None:
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
        for at in range(end, min(end + _FAR_TOKENS, self._last - 1)):
            if scan.kinds[at] != "W":
                return None
            found = around.per.match(scan.norms, at) if scan.norms[at] in around.per_far else None
            if found is not None:
                return found[0] or None
        return None
