"""Frames: authored sentences with slots, filled and joined into training texts.

A frame file holds headers and, below each, frames, one a line:

    @ fr debt.bond asserted author
    {recipient} a placé {A} d'obligations à {period}.
    @ fr debt.bond planned party | B figure.balance asserted author neg
    {recipient.A+speaker.A+subject.B}, dont la dette atteint {B}, veut lever {A}.

`{A}` and `{B}` are amounts (`{A:price}`, `pay`, `macro`, `vague`, `range`). A slot
named by roles holds a firm, `{payer:ORG}` a body, `{payer:FIRM=Meta}` a fixed
name; `{firm} {org} {person} {place} {date}` are distractors.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from extractor.errors import FormatError
from extractor.schema import Article, Claim, Extraction, Mention, Money, content_id
from extractor.taxonomy import ATTRIBUTIONS, LANGUAGES, MODALITIES, ROLES, TYPES

_SLOT = re.compile(r"\{([^{}]{1,80})\}")
_SIZES_LOG10 = {"": (5.0, 10.9), "price": (-0.3, 2.9), "pay": (3.0, 4.9), "macro": (9.0, 12.7)}
_KINDS = {"firm": "FIRM", "org": "ORG", "person": "PERSON", "place": "PLACE", "date": "DATE"}
_ARTICLES = re.compile(
    r"^(?:l'|la |le |les |the |die |der |das |el |los |las |il |lo |gli |i |o |a |os |as |de |het )"
)
# Prepositions that swallow the article after them.
_CONTRACTIONS = {
    "fr": [("de le ", "du "), ("de les ", "des "), ("à le ", "au "), ("à les ", "aux ")],
    "es": [("de el ", "del "), (" a el ", " al ")],
    "it": [
        *((f"{p} {a}", f"{c}{e}") for p, c in (("di", "de"), ("da", "da"), ("a", "a"), ("su", "su"))
          for a, e in (("il ", "l "), ("la ", "lla "), ("l'", "ll'"), ("lo ", "llo "))),
    ],
    "pt": [
        *((f"{p} {a} ", f"{c}{a} ") for p, c in (("de", "d"), ("em", "n"), ("por", "pel"))
          for a in "oa"),
    ],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FrameClaim:
    """What a frame says of one of its amounts."""

    type: str
    modality: str
    attribution: str
    negative: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence with slots and the claims about its amounts, by slot name."""

    language: str
    text: str
    claims: Mapping[str, FrameClaim]


def read_frames(path: Path) -> list[Frame]:
    """Reads a frame file.

    Raises:
        FormatError: A line breaks the notation.
    """
    frames: list[Frame] = []
    language, claims = "", dict[str, FrameClaim]()
    for number, raw in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("@ "):
            language, claims = _header(line[2:], f"{path}:{number}")
            continue
        slots = (m.partition(":")[0] for m in _SLOT.findall(line))
        amounts = sorted(slot for slot in slots if slot in ("A", "B"))
        if not claims or amounts != sorted(claims):
            raise FormatError(f"{path}:{number}: amounts {amounts}, header has {sorted(claims)}")
        frames.append(Frame(language, line, claims))
    return frames


def _header(text: str, where: str) -> tuple[str, dict[str, FrameClaim]]:
    first, *more = (part.split() for part in text.split(" | "))
    language, *rest = first
    claims = {}
    for slot, *words in (["A", *rest], *more):
        known = len(words) in (3, 4) and words[3:] in ([], ["neg"])
        if not (
            known and words[0] in TYPES and words[1] in MODALITIES and words[2] in ATTRIBUTIONS
        ):
            raise FormatError(
                f"{where}: '{' '.join(words)}' is not: type modality attribution [neg]"
            )
        claims[slot] = FrameClaim(words[0], words[1], words[2], len(words) == 4)
    if language not in LANGUAGES:
        raise FormatError(f"{where}: unknown language '{language}'; known: {', '.join(LANGUAGES)}")
    return language, claims


@cache
def _fill() -> dict[str, Any]:
    text = (files("extractor.train") / "fill.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclass(slots=True)
class _Build:
    """A text in the making."""

    text: str = ""
    mentions: list[Mention] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def add(self, label: str, surface: str, money: Money | None = None) -> Mention:
        start, end = len(self.text), len(self.text) + len(surface)
        self.text += surface
        id = f"{label[0]}{start}-{end}"
        mention = Mention(id, start, end, label, surface, money=money)
        self.mentions.append(mention)
        return mention


class FrameFiller:
    """Fills frames at random and joins them into short texts.

    Args:
        frames: What to draw from.
        firms: Real firm names; half the fillers are invented.
        seed: Of the random choices: one seed, one sequence of texts.
    """

    def __init__(self, frames: Sequence[Frame], firms: Sequence[str], seed: int) -> None:
        self._random = random.Random(seed)
        self._firms = firms
        self._frames: dict[str, list[Frame]] = {}
        for frame in frames:
            self._frames.setdefault(frame.language, []).append(frame)

    def epoch(self) -> Iterator[Extraction]:
        """Uses every frame once, joined by one to four into texts of one language."""
        texts: list[tuple[str, list[Frame]]] = []
        for language, frames in sorted(self._frames.items()):
            order = self._random.sample(frames, len(frames))
            while order:
                count = self._random.choice((1, 2, 2, 3, 3, 4))
                texts.append((language, order[:count]))
                del order[:count]
        self._random.shuffle(texts)
        for language, frames in texts:
            yield self._text(language, frames)

    def _text(self, language: str, frames: Sequence[Frame]) -> Extraction:
        from extractor.text import read_document

        build = _Build()
        if self._random.random() < 0.4:
            build.text = self._title(build, language) + "\n\n"
        for index, frame in enumerate(frames):
            if index:
                build.text += "\n\n" if self._random.random() < 0.35 else " "
            self._sentence(build, frame)
        article = Article(build.text, id=content_id(build.text), language=language)
        document = read_document(article, language=language)
        if document.text != build.text:
            raise FormatError(f"a filled frame is not clean text: {build.text!r}")
        return Extraction(document, tuple(build.mentions), tuple(build.claims), model="frame")

    def _title(self, build: _Build, language: str) -> str:
        if self._random.random() < 0.5:
            build.add("FIRM", self._firm())
            build.text += self._random.choice((" : ", " – ", ": "))
        return build.text + str(self._random.choice(_fill()[language]["headings"]))

    def _sentence(self, build: _Build, frame: Frame) -> None:
        used: set[str] = set()
        amounts: dict[str, Mention] = {}
        links: list[tuple[str, str, Mention]] = []
        at, begin = 0, len(build.text)
        for slot in _SLOT.finditer(frame.text):
            build.text += frame.text[at : slot.start()]
            at = slot.end()
            name = slot.group(1)
            if name.partition(":")[0] in frame.claims:
                claim, _, size = name.partition(":")
                surface, money = self._amount(frame.language, size)
                amounts[claim] = build.add("MONEY", surface, money)
            else:
                mention = self._party(build, frame.language, name, used, begin)
                links += _links(name, mention)
        build.text += frame.text[at:]
        build.claims += [
            _claim(frame.claims[c], c, amounts[c], links, begin) for c in sorted(amounts)
        ]

    def _party(
        self, build: _Build, language: str, name: str, used: set[str], begin: int
    ) -> Mention:
        left, equals, fixed = name.partition("=")
        slot, _, kind = left.partition(":")
        label = kind or _KINDS.get(slot) or ("DATE" if slot.startswith("period") else "FIRM")
        if "speaker" in slot and not kind:
            label = "PERSON" if slot.split(".")[0] == "speaker" else "FIRM"
        surface = fixed if equals else self._name(language, label, slot.startswith("period"))
        while not equals and surface in used and label != "DATE":
            surface = self._name(language, label, False)
        used.add(surface)
        article = _ARTICLES.match(surface)
        if article and label == "ORG":
            build.text += article.group()
            surface = surface[article.end() :]
        _contract(build, language, surface)
        if len(build.text) - begin <= 4 and build.text[begin:]:
            build.text = build.text[:begin] + build.text[begin].upper() + build.text[begin + 1 :]
        return build.add(label, surface)

    def _name(self, language: str, label: str, period: bool) -> str:
        if label == "FIRM":
            return self._firm()
        data = _fill()[language]
        key = {"ORG": "bodies", "PERSON": "persons", "PLACE": "places"}.get(label)
        return str(self._random.choice(data[key or ("periods" if period else "dates")]))

    def _firm(self) -> str:
        pick = self._random.choice
        if self._random.random() < 0.5:
            return pick(self._firms)
        parts = _fill()["firms"]
        shape = self._random.random()
        if shape < 0.35:
            name = pick(parts["starts"]) + pick(parts["ends"])
        elif shape < 0.5:
            name = "".join(
                pick("ABCDEFGHIKLMNOPRSTVWX") for _ in range(self._random.choice((3, 3, 4)))
            )
        elif shape < 0.65:
            name = f"{pick(parts['heads'])} {pick(parts['families'])}"
        elif shape < 0.75:
            name = str(pick(parts["families"]))
        elif shape < 0.9:
            name = f"{pick(parts['starts'])}{pick(parts['ends'])} {pick(parts['tails'])}"
        else:
            name = f"{pick(parts['families'])} {pick(parts['tails'])}"
        return f"{name} {pick(parts['forms'])}" if self._random.random() < 0.12 else name

    def _amount(self, language: str, size: str) -> tuple[str, Money]:
        data = _fill()[language]
        code, plain, of, sign = self._random.choice(data["currencies"])
        shape = size if size in ("vague", "range") else ""
        low, high = _SIZES_LOG10["" if shape else size]
        power = self._random.uniform(6.1, 10.9) if shape else self._random.uniform(low, high)
        value = Decimal(f"{10**power:.3g}")
        scale = max(0, min(4, (value.adjusted()) // 3))
        words = {"c": plain, "of": of, "y": sign, "i": code}
        if shape == "vague":
            words["S"] = data["scales"][scale - 1][1]
            surface = self._random.choice(data["vague"]).format(**words)
            return surface, Money(None, None, code, vague=True)
        if shape == "range":
            bottom = Decimal(f"{10 ** (power - 0.15):.3g}")
            scale = max(0, min(4, bottom.adjusted() // 3))
            surface = self._scaled(data, data["range"], value, scale, words, bottom)
            return surface, Money(bottom, value, code)
        if scale >= 2 or (scale == 1 and value >= 100_000 and self._random.random() < 0.1):
            surface = self._scaled(data, data["scaled"], value, scale, words)
        else:
            number = _digits(value, data["decimal"], self._random.choice(data["group"]))
            surface = self._random.choice(data["plain"]).format(n=number, **words)
        return surface, Money(value, value, code)

    def _scaled(
        self, data: Mapping[str, Any], templates: Sequence[str], value: Decimal, scale: int,
        words: Mapping[str, str], bottom: Decimal | None = None,
    ) -> str:  # fmt: skip
        unit = Decimal(10) ** (3 * scale)
        one, many, short = data["scales"][scale - 1]
        number = _digits(value / unit, data["decimal"], data["group"][0])
        low = _digits((bottom or value) / unit, data["decimal"], data["group"][0])
        plural = many if value / unit >= 2 else one
        text = self._random.choice(templates).format(
            n=number, l=low, s=plural, S=many, a=self._random.choice(short), **words
        )
        return re.sub(r" {2,}", " ", text)


def _digits(value: Decimal, point: str, group: str) -> str:
    text = f"{value.normalize():f}"
    whole, _, part = text.partition(".")
    grouped = f"{int(whole):,}".replace(",", group) if len(whole) > 3 else whole
    return f"{grouped}{point}{part}" if part else grouped


def _contract(build: _Build, language: str, surface: str) -> None:
    """Elides and contracts the words before a name: "de le" -> "du"."""
    tail = build.text
    for apart, joined in _CONTRACTIONS.get(language, ()):
        head = tail[: -len(apart)]
        if tail.lower().endswith(apart) and not head[-1:].isalpha():
            build.text = head + joined
            return
    if language == "fr" and surface[:1].lower() in "aeiouéèêâîôh" and tail.endswith(" de "):
        build.text = tail[:-2] + "'"


def _links(name: str, mention: Mention) -> Iterator[tuple[str, str, Mention]]:
    slots = name.partition("=")[0].partition(":")[0]
    for part in slots.split("+"):
        role, _, claim = part.partition(".")
        if role in ROLES or role in ("speaker", "period"):
            yield claim or "A", role, mention


def _claim(
    frame: FrameClaim, slot: str, amount: Mention,
    links: Sequence[tuple[str, str, Mention]], begin: int,
) -> Claim:  # fmt: skip
    held: dict[str, list[str]] = {}
    for claim, role, mention in links:
        if claim == slot:
            held.setdefault(role, []).append(mention.id)
    return Claim(
        id=content_id(begin, amount.start, amount.end),
        money=amount.id,
        type=frame.type,
        modality=frame.modality,
        attribution=frame.attribution,
        speaker=next(iter(held.get("speaker", ())), None),
        roles={role: tuple(held[role]) for role in ROLES if role in held},
        period=next(iter(held.get("period", ())), None),
        negative=frame.negative,
    )
