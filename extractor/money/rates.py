"""What an amount is given per: said behind it, before it, or by what is priced."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from extractor.money.coordination import Reading
from extractor.money.currencies import currency_table
from extractor.money.lexicon import Lexicon
from extractor.money.numbers import MILLION
from extractor.money.scanner import Scan

_FAR_TOKENS = 6
_RATED_TOKENS = 9
_SUBJECT_TOKENS = 14
_VERB_TOKENS = 6
_SKIPPED_WORDS = 2
_APART = 2
_COMPARED_TOKENS = 12
_ALIKE = 5
_DEAREST = Decimal(100_000)
_PRICES = frozenset({"share", "unit", "hour"})
_TIMES = frozenset({"year", "quarter", "month", "week", "day"})
_STOPS = frozenset(".;!?")
_SHARE_MOST = Decimal(1000)
_JOINS = frozenset({"and", "und", "e", "ed"})
_NONE: frozenset[str] = frozenset()


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
        self._own = {
            i
            for r in readings
            if r.currency is not None or r.quantity.scale >= MILLION
            for i in range(r.start, r.end)
        }

    def read(self, reading: Reading) -> str | None:
        """The unit that the words around an amount name, or None."""
        end = self._skipped(reading.end)
        for said in (self._behind(reading, end), self._before(reading), self._generic(end)):
            if said is not None:
                return said or None
        return (
            self._far(end)
            or self._counted(end)
            or self._rated(reading)
            or self._subject(reading)
            or self._each(reading)
            or self._share(reading)
            or self._quoted(reading)
        )

    def share(self, kept: list[Reading]) -> None:
        """Gives an amount the rate that a pair says once, "from X to Y an hour", in place."""
        for one, other in pairwise(kept):
            alike = one.quantity.scale == other.quantity.scale == 1
            if other.elliptical and alike and one.per in _PRICES:
                other.per = other.per or one.per
            bracketed = self._scan.norms[one.end : other.start] == ["("]
            if (alike and bracketed) or self._spreads(one, other):
                one.per, other.per = one.per or other.per, other.per or one.per
            elif self._compares(one.end, other.start):
                other.per = other.per or one.per

    def _spreads(self, one: Reading, other: Reading) -> bool:
        """Whether the two are ends of a change or a range: "de 38 à 41 euros l'action"."""
        norms, start = self._scan.norms, one.start
        spread = start and self._around.spread.match(norms, start - 1)
        if not (one.changed or spread) or not 0 < other.start - one.end <= _APART:
            return False
        least, most = one.low or one.high, other.low or other.high
        return (
            least is not None and most is not None and least <= _ALIKE * most <= _ALIKE**2 * least
        )

    def _compares(self, begin: int, end: int) -> bool:
        """Whether "against" joins two amounts: "15 € par an, contre 36 €"."""
        found = self._around.compared.match_before(self._scan.norms, self._bound(end))
        if found is None or found[1] - begin > _COMPARED_TOKENS:
            return False
        return _STOPS.isdisjoint(self._scan.norms[begin:end])

    # --- beside the amount; "" where the words say that there is none

    def _skipped(self, at: int) -> int:
        """Behind words such as "brut" and "at most", which stand between an amount and its rate."""
        bound = self._around.after.match(self._scan.norms, at)
        at = bound[1] if bound is not None and bound[0] else at
        for _ in range(_SKIPPED_WORDS):
            at += self._has("per_skip", at)
        return at

    def _behind(self, reading: Reading, end: int) -> str | None:
        norms, per = self._scan.norms, self._around.per
        found = per.match(norms, end)
        if found is None and norms[end] in ("/", ")"):
            found = per.match(norms, end + 1)
            found = found or (self._noun_rate(end + 1) if norms[end] == "/" else None)
        return None if found is None else self._piece(reading, *found)

    def _piece(self, reading: Reading, unit: str, end: int) -> str:
        """The unit; "each" is of shares where the words before name shares."""
        if self._has("each", end - 1):
            return (self._noun_rate(end) or (unit, end))[0]  # "3 mil reais cada passageiro"
        if not self._has("pieces", end - 1):
            return unit
        words = range(max(0, reading.start - _SUBJECT_TOKENS), reading.start)
        named = (self._around.subjects.match(self._scan.norms, i) for i in words)
        if any(found is not None and found[0] == "share" for found in named):
            return "share"
        return "unit" if reading.quantity.scale >= MILLION else unit  # "39 millions chacun"

    def _before(self, reading: Reading) -> str | None:
        """A rate before the amount, or before its bound: "per hectare ten hoogste 400 gulden"."""
        norms, around, start = self._scan.norms, self._around, reading.start
        found = around.per_before.match_before(norms, start)
        if found is None:
            at = self._bound(start)
            at -= at > 0 and self._has("averages", at - 1)
            found = around.per_before.match_before(norms, at) if at < start else None
            if found is None or norms[found[1]] not in around.per_far:
                return None
        elif start - found[1] == 1 and self._has("times", start - 1):
            return None  # "este ano 3 milhões"
        elif self._has("determiners", found[1]) and norms[found[1]] not in around.per_far:
            return None  # "dejó en la caja 166 millones"
        dear = found[0] == "share" and (reading.low or 0) >= _DEAREST
        firms = found[0] == "head" and reading.quantity.scale >= MILLION
        return "" if dear or firms else found[0]

    def _generic(self, end: int) -> str | None:
        """A rate of any noun behind "per", "each"."""
        scan, around = self._scan, self._around
        article = end - 1 in self._own and scan.norms[end] in around.per_article
        if article and self._noun(end + 1):  # "$5 a throw"
            return "unit" if scan.closes(end + 2, self._context["article_next"]) else None
        found = around.per_any.match(scan.norms, end)
        if found is None or not self._noun(found[1]):
            return None
        known = self._noun_rate(found[1])
        return (known and known[0]) or "unit"

    def _noun_rate(self, at: int) -> tuple[str, int] | None:
        """The rate of a noun behind a slash or "each": "R$ 142/saca" is as "por saca"."""
        word = self._scan.norms[at]
        found = (self._around.per.match([lead, word, ""], 0) for lead in self._around.per_far)
        return next((f for f in found if f is not None and f[1] == 2), None)

    def _noun(self, at: int) -> bool:
        """Whether the word can be what an amount is given per."""
        scan, word = self._scan, self._scan.norms[at]
        if scan.kinds[at] != "W" or word in self._context["bare_next"]:
            return False
        if "not_per" not in self._context:
            return True
        ends = tuple(self._context["not_per_ends"])
        return scan.raws[at].islower() and not (self._has("not_per", at) or word.endswith(ends))

    # --- farther away

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
        """A rate behind what is paid: "3 M€ d'économies annuelles"."""
        noun = self._scan.kinds[end + 1 : end + 2] == ["W"] and not self._has("bare_next", end + 1)
        if not noun or not self._has("links", end):
            return None
        found = self._around.per.match(self._scan.norms, end + 2)
        return found[0] if found is not None and found[0] in _TIMES else None

    def _rated(self, reading: Reading) -> str | None:
        """A rate in a noun before: "un loyer annuel de 3 millions", "een jaarsalaris van"."""
        scan, start = self._scan, reading.start
        for at in range(start - 1, max(-1, start - 1 - _RATED_TOKENS), -1):
            if scan.kinds[at] == "P" and scan.norms[at] != "," and not scan.hyphen(at):
                return None
            found = self._around.rated.match(scan.norms, at)
            if found is not None:
                return found[0] or None
        return None

    def _subject(self, reading: Reading) -> str | None:
        """What is priced: "le kilo de tomates, à 2,94 euros", "o litro custa 5 reais"."""
        norms, around = self._scan.norms, self._around
        if not self._is_price(reading):
            return None
        start = self._bound(reading.start)
        if start and self._has("priced_at", start - 1):
            found = around.subjects_end.match_before(norms, start - 1)
            if found is not None:
                return found[0] or None
        words = range(start - 1, max(-1, start - _SUBJECT_TOKENS - 1), -1)
        first = next((at + 1 for at in words if norms[at] in _STOPS), words.stop + 1)
        for at in range(self._verb(start, first) - 1, first - 1, -1):
            found = around.subjects.match(norms, at)
            if found is not None and found[1] <= reading.start and self._determined(at):
                return found[0] or None
        return None

    def _is_price(self, reading: Reading) -> bool:
        """Whether the amount is small enough for a price, and no part of something."""
        quantity, end = reading.quantity, reading.end
        more = self._context.get("per_more")
        if more and self._has("links", end) and self._scan.norms[end + 1] not in more:
            return False  # "500 euros d'amende"
        value = reading.high or reading.low
        small = value is not None and value < _DEAREST
        return small and not quantity.vague and quantity.scale < MILLION

    def _verb(self, start: int, first: int) -> int:
        """Where the verb of price stands, in languages that list them; else the amount."""
        if "priced" not in self._context:
            return start
        words = range(start - 1, max(first, start - _VERB_TOKENS) - 1, -1)
        return next((at for at in words if self._has("priced", at)), first)

    def _each(self, reading: Reading) -> str | None:
        """A rate in the subject: "cada dia parado custa 2 milhões"."""
        norms = self._scan.norms
        for at in range(reading.start - 1, self._clause(reading.start) - 1, -1):
            if norms[at] == ",":
                return None
            if self._has("each", at) and at - 1 not in self._own:
                return self._each_noun(at)
        return None

    def _each_noun(self, at: int) -> str | None:
        """The rate that "each" and the noun behind it name."""
        generic = "each_not" in self._context  # any noun can follow
        if generic and (not self._noun(at + 1) or self._has("each_not", at + 1)):
            return None
        norms, around = self._scan.norms, self._around
        named = self._noun_rate(at + 1) or around.per.match(norms, at)
        if named is not None and around.per_any.end(norms, at) != named[1] and named[0]:
            return named[0]
        return "unit" if generic else None

    def _share(self, reading: Reading) -> str | None:
        """A small amount behind a word for shares, in languages where that tells enough."""
        money, value = reading.currency, reading.high if reading.high is not None else reading.low
        unit = (money.code or money.family) if money is not None else ""
        most = _SHARE_MOST * currency_table().small_units.get(unit, 1)
        words, norms, start = self._context.get("shares", _NONE), self._scan.norms, reading.start
        if not words or reading.quantity.scale > 1 or value is None or value >= most:
            return None
        if start and self._has("shares_not", start - 1):
            return None  # "azioni per 900 euro"
        joined = False
        for at in range(start - 1, max(-1, start - 1 - _SUBJECT_TOKENS), -1):
            joined = joined or norms[at] in _JOINS
            if norms[at] == ";" or (joined and at in self._own):
                return None
            if norms[at] in words or self._compound(at, words):
                return "share"
        return None

    def _compound(self, at: int, words: frozenset[str]) -> bool:
        """Whether it is a German compound with one of the words at its end."""
        if not self._nouns_capital:
            return False
        return any(len(word) > 5 and self._scan.norms[at].endswith(word) for word in words)

    def _quoted(self, reading: Reading) -> str | None:
        """The price of a share behind its change: "Kering (+5,4 % à 271,30 euros)"."""
        scan, norms = self._scan, self._scan.norms
        at = self._bound(reading.start) - 1
        if at < 4 or not self._is_price(reading) or not self._has("quoted_at", at):
            return None
        at -= 1 + (norms[at - 1] == ",")
        if not self._has("percents", at) or scan.kinds[at - 1] != "N":
            return None
        if "priced" not in self._context:
            exact = (reading.quantity.number or 0) % 1 != 0 and reading.quantity.scale == 1
            return "share" if exact else None
        at -= 2 + (norms[at - 2] in ("un", "um"))
        if at < 1 or not self._has("priced", at) or not scan.raws[at - 1][:1].isupper():
            return None
        return "unit" if self._has("goods", at - 1) else "share"

    def _clause(self, start: int) -> int:
        """Where the words begin that can hold the subject of an amount."""
        for at in range(start - 1, max(-1, start - _SUBJECT_TOKENS - 1), -1):
            other = self._scan.kinds[at] == "P" and self._scan.norms[at] not in ",%-'\""
            if other or at in self._own:
                return at + 1
        return max(0, start - _SUBJECT_TOKENS)

    def _determined(self, at: int) -> bool:
        """Whether an article stands before the noun, or it opens the clause."""
        return not at or "determiners" not in self._context or self._has("determiners", at - 1)

    def _bound(self, at: int) -> int:
        """Where the words of bound and filling before an amount begin."""
        found = self._around.bounds.match_before(self._scan.norms, at)
        return found[1] if found is not None else at

    def _has(self, words: str, at: int) -> bool:
        """Whether a token is one of the words that the language lists under a name."""
        return self._scan.norms[at] in self._context.get(words, _NONE)
