"""What stands around an amount: bounds, and evidence that it is money."""

from __future__ import annotations

from decimal import Decimal

from extractor.money.coordination import Reading
from extractor.money.lexicon import Lexicon
from extractor.money.numbers import MILLION
from extractor.money.rates import Rates
from extractor.money.scanner import Scan

_LARGE = Decimal(10_000)
_BOUND_STEPS = 4
_TOPIC_TOKENS = 4
_BRACKET_TOKENS = 8
_REACH_TOKENS = 10
_NEGATION_TOKENS = 4
_OF = frozenset({"de", "d'", "di", "of", "des"})


class Surroundings:
    """Reads the words around the amounts of a segment.

    Args:
        scan: Tokens of the segment.
        lexicon: Of the language.
        readings: All amounts of the segment, in order.
    """

    __slots__ = ("_around", "_context", "_nouns_capital", "_own", "_rates", "_readings", "_scan")

    def __init__(self, scan: Scan, lexicon: Lexicon, readings: list[Reading]) -> None:
        self._scan = scan
        self._around = lexicon.around
        self._context = lexicon.around.context
        self._readings = readings
        self._rates = Rates(scan, lexicon, readings)
        self._nouns_capital = lexicon.language == "de"
        self._own = {i for r in readings for i in range(r.start, r.end)}

    # --- is it money?

    def is_money(self, reading: Reading) -> bool:
        """Whether the words around let a number be an amount of money."""
        quantity, scan = reading.quantity, self._scan
        before = scan.norms[reading.start - 1] if reading.start else ""
        if before in self._context["not_before"] or self._is_name(reading):
            return False
        if self._around.idioms.match(scan.norms, reading.start) == (True, reading.end):
            return False
        if reading.elliptical:
            return True
        if reading.currency is None:
            if quantity.scale < MILLION:
                return self._ton(reading) or self._beside(reading)
            return self._bare(reading)
        if not self._context["symbolic"].isdisjoint(scan.norms[reading.start : reading.end + 1]):
            return True  # "una lira simbolica"
        weighed = scan.norms[reading.end] in _OF and reading.currency.doubt
        if quantity.article and weighed:
            return False  # "une livre d'uranium"
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

    def _is_name(self, reading: Reading) -> bool:
        """Whether a number and its currency are in capitals, as in "Lojas Cem Reais"."""
        first, start = self._context.get("names_before", frozenset()), reading.start
        if (
            reading.quantity.digits
            or reading.end - start != 2
            or self._scan.norms[start - 1] not in first
        ):
            return False
        return all(raw.istitle() for raw in self._scan.raws[start - 1 : reading.end])

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
        crowd = not self._context["crowd"].isdisjoint(scan.norms)
        priced = before in self._context.get("price_before", ())
        if large and priced and not crowd and scan.norms[reading.end] not in _OF:
            return True  # "una commessa da 963 milioni", but not "una città da 3 milioni"
        return any(
            norm in words and index not in self._own for index, norm in enumerate(scan.norms)
        )

    def counts_money(self, reading: Reading) -> bool:
        """Whether what follows "5 million" is money by its name: "of debts"."""
        norms, at = self._scan.norms, reading.end
        sure = self._context.get("sure_nouns", frozenset())
        return norms[at] in _OF and norms[at + 1] in sure

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

    def _ton(self, reading: Reading) -> bool:
        """Whether a Dutch "ton" is a hundred thousand guilders or euros, and no weight."""
        context, scan = self._context, self._scan
        if scan.norms[reading.end - 1] not in context.get("tons", frozenset()):
            return False
        if any(r.currency is not None and r.end == reading.start - 1 for r in self._readings):
            return False  # "500 euro voor drie ton"
        light = context["weights"].isdisjoint(scan.norms)
        closed = scan.closes(reading.end, context["bare_next"]) and scan.norms[reading.end] != "-"
        small = (reading.quantity.value or Decimal(0)) < MILLION and not reading.quantity.vague
        return light and closed and small and self.evident(reading)

    def _bare(self, reading: Reading) -> bool:
        """Whether what follows "3 billion" lets it be money rather than people."""
        scan, context = self._scan, self._context
        at = self._end_of_list(reading)
        norm, kind = scan.norms[at], scan.kinds[at]
        if kind in "EN":
            return True
        if self._compound(at):
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
        if self._nouns_capital and any(norm.endswith(n) for n in nouns if len(n) > 5):
            return True  # "Jahresumsatz"
        # Where a scale word takes "of" before what it counts, a bare word is no noun.
        return (
            not _OF.isdisjoint(context["links"] - {"of"}) or self._verb(at) or self._participle(at)
        )

    def _compound(self, at: int) -> bool:
        """Whether a German compound goes on that counts no people: "46-Milliarden-Frage"."""
        scan = self._scan
        if not self._nouns_capital or scan.norms[at] != "-" or scan.kinds[at + 1] != "W":
            return False
        if not (scan.glued(at) and scan.glued(at + 1) and scan.norms[at - 2] == "-"):
            return False
        return not scan.norms[at + 1].startswith(tuple(self._context["crowd"]))

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

    def _participle(self, at: int) -> bool:
        """Whether a Dutch word is a participle: "2 miljoen uitgetrokken"."""
        word, starts = self._scan.norms[at], self._context.get("participles", frozenset())
        prefixed = len(word) > 6 and any(word.startswith(start) for start in starts)
        return prefixed and word.endswith(("d", "t"))

    @property
    def _last(self) -> int:
        return len(self._scan.norms)

    def share_rates(self, kept: list[Reading]) -> None:
        """Gives both amounts of "from X to Y an hour" the rate, in place."""
        self._rates.share(kept)

    # --- bounds

    def read(self, reading: Reading, previous: Reading | None) -> None:
        """Fills bounds and approximation of a reading."""
        self._bounds(reading)
        reading.per = self._rates.read(reading)
        if previous is not None and self._converts(reading, previous):
            reading.bound = reading.bound or previous.bound
            reading.approx = reading.approx or previous.approx
            reading.per = reading.per or previous.per
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
            if kind == "none" or (kind != "approx" and self._compares(at, reading.end)):
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
        end += norms[end] == ","
        after = around.after.match(norms, end)
        alone = after is not None and norms[end : after[1]] == ["plus"]
        if after is not None and after[0] and not (alone and self._adds(after[1])):
            self._take(reading, after[0])

    def _compares(self, at: int, end: int) -> bool:
        """Whether a known amount is compared with: "abaixo dos 4 bilhões que pretendia"."""
        norms, known = self._scan.norms, self._context.get("known", frozenset())
        if self._context.get("definite", frozenset()).isdisjoint(norms[max(0, at - 1) : at + 1]):
            return False
        if norms[end] == "(":
            inside = range(end, min(end + _BRACKET_TOKENS, self._last - 1))
            end = next((i + 1 for i in inside if norms[i] == ")"), end)
        return norms[end] in known

    def _reached(self, first: int, end: int) -> bool:
        """Whether "up to" tells where a change ended: "cayó hasta 10 euros"."""
        found = self._around.reach.match(self._scan.norms, first)
        if found is None or found[1] < end:
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
