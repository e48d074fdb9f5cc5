"""Number words: what a language writes as one word, and how words add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_MAX_CHARS = 60
_MAX_WORDS = 24


def fused_numbers(language: str) -> dict[str, int]:
    """All numbers from 1 to 999 that the language writes as one word."""
    maker = {"de": _german, "nl": _dutch, "it": _italian}.get(language)
    return maker() if maker else {}


def _joined(small: Mapping[str, int], hundred: str, ones: Mapping[int, str]) -> dict[str, int]:
    """Hundreds before every number under 100."""
    found = dict(small)
    for count in range(1, 10):
        heads = [ones[count] + hundred] + ([hundred] if count == 1 else [])
        for head in heads:
            found[head] = count * 100
            found |= {head + word: count * 100 + value for word, value in small.items()}
    return found


def _german() -> dict[str, int]:
    ones = ["", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
    tens = ["zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]
    small = {word: value for value, word in enumerate(ones) if word} | {"eins": 1, "zwo": 2}
    teens = "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn"
    small |= {word: value for value, word in enumerate(teens.split(), 10)}
    for rank, ten in enumerate(tens, 2):
        forms = [ten, "dreissig"] if ten == "dreißig" else [ten]
        for form in forms:
            small[form] = rank * 10
            small |= {f"{one}und{form}": rank * 10 + n for n, one in enumerate(ones) if one}
    return _joined(small, "hundert", dict(enumerate(ones)))


def _dutch() -> dict[str, int]:
    ones = ["", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"]
    small = {word: value for value, word in enumerate(ones) if word} | {"één": 1}
    teens = "tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien"
    small |= {word: value for value, word in enumerate(teens.split(), 10)}
    tens = "twintig dertig veertig vijftig zestig zeventig tachtig negentig"
    for rank, ten in enumerate(tens.split(), 2):
        small[ten] = rank * 10
        for n, one in enumerate(ones[1:], 1):
            joint = "ën" if one.endswith("e") else "en"
            small[f"{one}{joint}{ten}"] = rank * 10 + n
    return _joined(small, "honderd", dict(enumerate(ones)))


def _italian() -> dict[str, int]:
    ones = ["", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"]
    small = {word: value for value, word in enumerate(ones) if word} | {"tré": 3}
    teens = (
        "dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove"
    )
    small |= {word: value for value, word in enumerate(teens.split(), 10)}
    tens = "venti trenta quaranta cinquanta sessanta settanta ottanta novanta"
    for rank, ten in enumerate(tens.split(), 2):
        small[ten] = rank * 10
        for n, one in enumerate(ones[1:], 1):
            stem = ten[:-1] if one[0] in "uo" else ten
            small[stem + one] = rank * 10 + n
            if n == 3:
                small[stem + "tré"] = rank * 10 + n
            if n == 1:
                small[stem + "un"] = rank * 10 + n
    found = _joined(small, "cento", {**dict(enumerate(ones)), 1: "cento\0"})
    # "centottanta" beside "centoottanta".
    return found | {word.replace("centoo", "cento"): value for word, value in found.items()}


def fused_value(word: str, numbers: Mapping[str, int], thousands: Sequence[str]) -> int | None:
    """The value of a word such as "zweihundertfünfzigtausend", or None."""
    if len(word) > _MAX_CHARS:
        return None
    for thousand in thousands:
        head, found, tail = word.partition(thousand)
        if not found:
            continue
        many = numbers.get(head) if head else 1
        rest = numbers.get(tail) if tail else 0
        if many is not None and rest is not None and many < 1000 and rest < 1000:
            return many * 1000 + rest
    return None


class Sum:
    """Adds number words up, from the left, as long as they make one number."""

    __slots__ = ("_group", "_total", "_words", "last")

    def __init__(self) -> None:
        self._total = 0
        self._group = 0
        self._words = 0
        self.last = 0

    @property
    def value(self) -> int:
        """What has been said so far."""
        return self._total + self._group

    def add(self, value: int) -> bool:
        """Takes the next word's value; False where it cannot belong."""
        if self._words >= _MAX_WORDS or not self._fits(value):
            return False
        self._words += 1
        self.last = value
        return True

    def _fits(self, value: int) -> bool:
        group = self._group
        if value == 1000:
            if self._total:
                return False
            self._total, self._group = max(group, 1) * 1000, 0
        elif value > 1000:
            if self._total or group:
                return False
            self._total = value
        elif value == 100 and group < 100:
            self._group = max(group, 1) * 100
        elif value == 20 and group % 100 == 4:  # quatre-vingt
            self._group = group + 76
        elif not group or self._room(value):
            self._group = group + value
        else:
            return False
        return True

    def _room(self, value: int) -> bool:
        """Whether the places that the value takes are still free."""
        end = self._group % 100
        if end in (60, 80) and 10 <= value <= 19:  # soixante-dix, quatre-vingt-onze
            return True
        if end == 10:  # dix-sept
            return self.last == 10 and 7 <= value <= 9
        places: int = 10 ** len(str(value))
        return self._group % places == 0
