"""Gold as people write it: annotated texts in a plain notation.

A file holds documents; a document is a header, the text, and its annotation,
which names things by surface and never by offset:

    === fr-0001
    lang: fr
    origin: authored
    source: extractor
    licence: CC BY 4.0
    ---
    Lumivance lève 27 M€

    La jeune pousse a bouclé un tour de table mené par Banque Delorme.
    ---
    FIRM: Lumivance ; Banque Delorme
    CLAIM 27 M€ | 27e6 EUR | equity.round | asserted | author | recipient=Lumivance

A name marks every occurrence that stands as a word of its own and lies in no
longer marked name; `Orange@2` marks the second occurrence alone, `Orange@1,3`
two. A CLAIM takes the first occurrence of its amount that no earlier CLAIM
took, or `27 M€@2`. Its value is `27e6 EUR`, `70e9..72e9 USD`, `>220e9 USD`,
`<5e6 EUR`, `~13e9 USD`, `vague USD`, `500 EUR /month`, `5e6 -` (no currency).
Further fields, in any order: `payer=NAME ; recipient=NAME`, `speaker=NAME`,
`period=DATE`, `neg`. A role is held by the nearest mention of that name before
the amount, or else the first after it; `NAME@2` picks an occurrence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from extractor.errors import FormatError
from extractor.schema import Article, Claim, Extraction, Mention, Money, content_id
from extractor.taxonomy import (
    ATTRIBUTIONS,
    MODALITIES,
    PARTY_LABELS,
    PER_UNITS,
    ROLES,
    SPEAKER_LABELS,
    TYPES,
)

_HEADER = "=== "
_NAMES = re.compile(r"^(FIRM|ORG|PERSON|PLACE|DATE):\s*(.*)$")
_OCCURRENCE = re.compile(r"^(.*?)@(\d+(?:,\d+)*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class _Gold:
    """One document as written: where it stands, its header, text, lines."""

    path: str
    id: str
    line: int
    meta: Mapping[str, str]
    text: str
    annotation: tuple[_Line, ...]

    def error(self, line: int, what: str) -> FormatError:
        return FormatError(f"{self.path}:{line}: [{self.id}] {what}")


def read_gold(path: Path) -> Iterator[Extraction]:
    """Yields the annotated documents of a notation file.

    Raises:
        FormatError: At the first line that breaks the notation.
    """
    for gold in _split(path):
        yield _compile(gold)


def check_gold(path: Path) -> list[str]:
    """All complaints about a file, one a document at the most."""
    complaints = []
    for gold in _split(path):
        try:
            _compile(gold)
        except FormatError as error:
            complaints.append(str(error))
    return complaints


def _split(path: Path) -> Iterator[_Gold]:
    lines = path.read_text(encoding="utf-8").split("\n")
    starts = [i for i, line in enumerate(lines) if line.startswith(_HEADER)]
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield _document(str(path), lines, start, stop)


def _document(path: str, lines: list[str], start: int, stop: int) -> _Gold:
    id = lines[start][len(_HEADER) :].strip()
    rules = [i for i in range(start, stop) if lines[i].rstrip() == "---"]
    if len(rules) != 2:
        raise FormatError(
            f"{path}:{start + 1}: [{id}] {len(rules)} lines of '---'; a document has 2"
        )
    meta = {}
    for line in lines[start + 1 : rules[0]]:
        key, colon, value = line.partition(":")
        if colon:
            meta[key.strip()] = value.strip()
    body = "\n".join(lines[rules[0] + 1 : rules[1]])
    annotation = tuple(
        _Line(i + 1, lines[i].strip())
        for i in range(rules[1] + 1, stop)
        if lines[i].strip() and not lines[i].startswith("#")
    )
    return _Gold(path, id, start + 1, meta, body, annotation)


def _compile(gold: _Gold) -> Extraction:
    from extractor.text import read_document

    article = Article(
        body=gold.text,
        id=gold.id,
        language=gold.meta.get("lang"),
        source=gold.meta.get("source"),
        meta=dict(gold.meta),
    )
    document = read_document(article, language=gold.meta.get("lang"))
    if document.text != gold.text:
        raise gold.error(gold.line, "the text is not clean: write it in NFC, without NUL")
    taken: list[tuple[int, int]] = []
    claims = [line for line in gold.annotation if line.text.startswith("CLAIM ")]
    amounts = [_amount(gold, line, taken) for line in claims]
    mentions = sorted([*_entities(gold, taken), *amounts], key=lambda m: (m.start, -m.end))
    return Extraction(
        document=document,
        mentions=tuple(mentions),
        claims=tuple(
            _claim(gold, line, amount, mentions)
            for line, amount in zip(claims, amounts, strict=True)
        ),
    )


def _occurrences(text: str, surface: str) -> list[int]:
    """Starts of `surface` where it is not part of a longer word."""
    starts = []
    at = text.find(surface)
    while at >= 0:
        end = at + len(surface)
        before = text[at - 1] if at else " "
        after = text[end] if end < len(text) else " "
        if not (before.isalnum() and surface[0].isalnum()) and not (
            after.isalnum() and surface[-1].isalnum()
        ):
            starts.append(at)
        at = text.find(surface, at + 1)
    return starts


def _pick(gold: _Gold, line: _Line, name: str) -> tuple[str, list[int]]:
    """A name with or without @n, and the starts that it means."""
    chosen = _OCCURRENCE.match(name)
    surface = chosen.group(1).strip() if chosen else name.strip()
    if not surface:
        raise gold.error(line.number, f"an empty name in '{line.text}'")
    starts = _occurrences(gold.text, surface)
    if chosen:
        wanted = [int(n) for n in chosen.group(2).split(",")]
        if min(wanted) < 1 or max(wanted) > len(starts):
            raise gold.error(line.number, f"'{surface}' occurs {len(starts)} times, not {name}")
        starts = [starts[n - 1] for n in wanted]
    if not starts:
        raise gold.error(line.number, f"'{surface}' is not in the text as a word of its own")
    return surface, starts


def _entities(gold: _Gold, taken: list[tuple[int, int]]) -> list[Mention]:
    named: list[tuple[str, str, int, _Line, bool]] = []
    for line in gold.annotation:
        match = _NAMES.match(line.text)
        if match is None:
            if not line.text.startswith("CLAIM "):
                raise gold.error(line.number, f"neither a label nor CLAIM: '{line.text}'")
            continue
        for name in filter(None, (part.strip() for part in match.group(2).split(" ; "))):
            surface, starts = _pick(gold, line, name)
            explicit = "@" in name
            named.extend((match.group(1), surface, start, line, explicit) for start in starts)
    named.sort(key=lambda item: (not item[4], -len(item[1])))
    mentions: dict[tuple[int, int], Mention] = {}
    for label, surface, start, line, _ in named:
        end = start + len(surface)
        if any(start < stop and begin < end for begin, stop in taken):
            continue
        clash = next((m for m in mentions.values() if start < m.end and m.start < end), None)
        if clash is None:
            mentions[start, end] = Mention(f"{label[0]}{start}-{end}", start, end, label, surface)
        elif (clash.start, clash.end) == (start, end) and clash.label != label:
            raise gold.error(line.number, f"'{surface}' is both {clash.label} and {label}; use @n")
    return list(mentions.values())


def _amount(gold: _Gold, line: _Line, taken: list[tuple[int, int]]) -> Mention:
    fields = [part.strip() for part in line.text[len("CLAIM ") :].split(" | ")]
    if len(fields) < 5:
        raise gold.error(line.number, "a CLAIM has amount | value | type | modality | attribution")
    surface, starts = _pick(gold, line, fields[0])
    free = [s for s in starts if not any(s < e and b < s + len(surface) for b, e in taken)]
    if not free:
        raise gold.error(line.number, f"every '{surface}' is already claimed")
    start, end = free[0], free[0] + len(surface)
    taken.append((start, end))
    money = _money(gold, line, fields[1])
    return Mention(f"M{start}-{end}", start, end, "MONEY", surface, money=money)


def _money(gold: _Gold, line: _Line, value: str) -> Money:
    parts = value.split()
    per = parts.pop()[1:] if parts and parts[-1].startswith("/") else None
    if len(parts) != 2 or (per and per not in PER_UNITS):
        raise gold.error(
            line.number, f"value '{value}' is not like '27e6 EUR' or '5 EUR /share' ({PER_UNITS})"
        )
    number, currency = parts
    if currency != "-" and not re.fullmatch(r"[A-Z]{3}", currency):
        raise gold.error(line.number, f"currency '{currency}' is neither ISO 4217 nor '-'")
    vague = number == "vague"
    approx = number.startswith("~")
    low: Decimal | None = None
    high: Decimal | None = None
    if not vague:
        try:
            low, high = _bounds(number.removeprefix("~"))
        except InvalidOperation:
            raise gold.error(line.number, f"'{number}' is not a number") from None
    return Money(low, high, None if currency == "-" else currency, approx, vague, per)


def _bounds(number: str) -> tuple[Decimal | None, Decimal | None]:
    if number.startswith(">"):
        return Decimal(number[1:]), None
    if number.startswith("<"):
        return None, Decimal(number[1:])
    first, _, last = number.partition("..")
    return Decimal(first), Decimal(last or first)


def _claim(gold: _Gold, line: _Line, amount: Mention, mentions: list[Mention]) -> Claim:
    fields = [part.strip() for part in line.text[len("CLAIM ") :].split(" | ")]
    type_, modality, attribution = fields[2:5]
    for kind, name, known in (
        ("type", type_, TYPES),
        ("modality", modality, MODALITIES),
        ("attribution", attribution, ATTRIBUTIONS),
    ):
        if name not in known:
            raise gold.error(line.number, f"unknown {kind} '{name}'")
    links: dict[str, list[str]] = {}
    negative = False
    for field in filter(None, fields[5:]):
        if field == "neg":
            negative = True
            continue
        for pair in field.split(" ; "):
            key, equals, name = pair.partition("=")
            if not equals:
                raise gold.error(line.number, f"'{pair}' is neither ROLE=NAME nor neg")
            filler = _filler(gold, line, key.strip(), name.strip(), amount, mentions)
            links.setdefault(key.strip(), []).append(filler)
    roles = {role: tuple(links[role]) for role in ROLES if role in links}
    if foreign := [role for role in roles if role not in TYPES[type_].roles]:
        raise gold.error(line.number, f"a claim of type {type_} has no {foreign[0]}")
    return Claim(
        id=content_id(gold.id, amount.start, amount.end),
        money=amount.id,
        type=type_,
        modality=modality,
        attribution=attribution,
        speaker=next(iter(links.get("speaker", ())), None),
        roles=roles,
        period=next(iter(links.get("period", ())), None),
        negative=negative,
    )


def _filler(
    gold: _Gold, line: _Line, role: str, name: str, amount: Mention, mentions: list[Mention]
) -> str:
    if role in ROLES:
        labels: tuple[str, ...] = PARTY_LABELS
    elif role == "speaker":
        labels = SPEAKER_LABELS
    elif role == "period":
        labels = ("DATE",)
    else:
        raise gold.error(line.number, f"unknown role '{role}'; known: {ROLES}, speaker, period")
    surface, starts = _pick(gold, line, name)
    held = [m for m in mentions if m.start in starts and m.text == surface and m.label in labels]
    if not held:
        raise gold.error(line.number, f"{role} '{name}' is not marked as {' or '.join(labels)}")
    before = [m for m in held if m.start < amount.start]
    return before[-1].id if before else held[0].id


def main(paths: list[str]) -> int:
    """Checks notation files and prints every complaint and the counts."""
    failed = False
    for path in paths:
        complaints = check_gold(Path(path))
        failed = failed or bool(complaints)
        print("\n".join(complaints) or f"{path}: ok")
    return int(failed)


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
