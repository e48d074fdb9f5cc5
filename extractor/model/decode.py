"""From the network's outputs to mentions and claims that keep the rules.

A role must be one of the type's, its filler a firm or body, nobody is payer and
recipient of the same claim; a claim of type none has no roles; only an attribution to
somebody named has a speaker.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from extractor.cues.gazetteer import gazetteer, legal_forms
from extractor.cues.runs import is_whole
from extractor.model.labels import (
    ATTRIBUTIONS,
    BIO,
    ENTITY_LABELS,
    LINK_LABELS,
    LINKS,
    MODALITIES,
    TYPE_NAMES,
)
from extractor.model.windows import END_ID, START_ID, Window
from extractor.schema import Claim, Document, Mention, content_id
from extractor.taxonomy import ROLES, TYPES

Floats = NDArray[np.float32]

_ALLOWED = np.array(
    [[label in LINK_LABELS[link] for link in LINKS] for label in ENTITY_LABELS], dtype=bool
)
_UNNAMED = ("author", "vague", "anonymous")
_TYPE_LINKS = np.array(
    [[link not in ROLES or link in TYPES[name].roles for link in LINKS] for name in TYPE_NAMES],
    dtype=bool,
)


@dataclass(frozen=True, slots=True)
class ClaimScores:
    """Calibrated probabilities of one amount.

    Shape: type (25,), modality (7,), attribution (6,); links (C, links).
    """

    type: Floats
    modality: Floats
    attribution: Floats
    negative: float
    links: Floats


def decode_mentions(
    document: Document,
    window: Window,
    inside: Sequence[tuple[int, int]],
    tags: NDArray[np.int64],
    probabilities: Floats,
    taken: Iterable[Mention],
) -> list[Mention]:
    """Named entities from BIO tags.

    Dates are left to the rules (`cues.date_mentions`).

    Args:
        inside: Spans of code points in which names are wanted.
        tags: Of the best path. Shape: (P,).
        probabilities: Of each tag by itself. Shape: (P, tags).
        taken: Amounts and dates, which no name may overlap, save a date in it ("Sunday Times").

    Returns:
        Mentions snapped to whole words, in text order.
    """
    tags = np.where(np.isin(window.pieces, (START_ID, END_ID)), 0, tags)
    no_names = gazetteer(document.grammar_language).not_names
    spans: list[tuple[float, int, int, str]] = []
    for first, last in _runs(tags):
        start, end = int(window.starts[first]), int(window.ends[last - 1])
        start, end = _whole_words(document.text, start, end)
        label, score = _label(probabilities[first:last])
        named = label != "DATE" and document.text[start:end] not in no_names
        if named and start < end and any(s <= start and end <= e for s, e in inside):
            spans.append((score, start, end, label))
    blocked = [(m.start, m.end) for m in taken if m.label != "DATE"]
    dates = [(m.start, m.end) for m in taken if m.label == "DATE"]
    mentions: list[Mention] = []
    for score, start, end, label in sorted(spans, reverse=True):
        if any(start < e and s < end for s, e in blocked):
            continue
        met = [(s, e) for s, e in dates if start < e and s < end]
        if any((s, e) == (start, end) or s < start or end < e for s, e in met):
            continue
        blocked.append((start, end))
        mentions.append(
            Mention(
                id=f"{label[0]}{start}-{end}",
                start=start,
                end=end,
                label=label,
                text=document.text[start:end],
                score=round(score, 4),
                source="model",
            )
        )
    return sorted(mentions, key=lambda m: m.start)


def _runs(tags: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Runs of pieces of one name: a B tag opens one, any I tag goes on."""
    runs: list[tuple[int, int]] = []
    start = -1
    for index, tag in enumerate([*tags, 0]):
        name = BIO[int(tag)]
        if start >= 0 and not name.startswith("I"):
            runs.append((start, index))
            start = -1
        if name != "O" and start < 0:
            start = index
    return runs


def _label(probabilities: Floats) -> tuple[str, float]:
    """The label with most mass over a run's pieces, and its mean probability."""
    mass = probabilities.mean(0)
    scores = [float(mass[1 + 2 * i] + mass[2 + 2 * i]) for i in range(len(ENTITY_LABELS))]
    best = int(np.argmax(scores))
    return ENTITY_LABELS[best], scores[best]


_AGREEING = ("FIRM", "ORG", "PERSON")
_SURE = 0.6
_WORD = re.compile(r"\w+")


def agree(names: Sequence[Mention]) -> list[Mention]:
    """Gives every occurrence of a name the label that it has most surely in the text.

    Places and bodies may share a name ("Berlin"), so PLACE is left as it is.
    """
    mass: dict[str, dict[str, float]] = {}
    for mention in names:
        if mention.label in _AGREEING:
            held = mass.setdefault(mention.text, {})
            held[mention.label] = held.get(mention.label, 0.0) + mention.score
    agreed = []
    for mention in names:
        held = mass.get(mention.text, {}) if mention.label in _AGREEING else {}
        label = max(held, key=lambda name: held[name]) if held else mention.label
        id = f"{label[0]}{mention.start}-{mention.end}"
        agreed.append(replace(mention, id=id, label=label))
    return agreed


def repeat(
    document: Document, names: Sequence[Mention], taken: Iterable[tuple[int, int]]
) -> list[Mention]:
    """Finds a name again where it stands another time and was not seen.

    Args:
        names: Of the document, in text order, one label a name.
        taken: Spans that no name may overlap.

    Returns:
        All names, in text order.
    """
    known: dict[str, dict[str, Mention]] = {}
    for mention in names:
        opening = _WORD.match(mention.text)
        if opening and mention.label in _AGREEING and mention.score >= _SURE:
            known.setdefault(opening[0], {}).setdefault(mention.text, mention)
    spans = sorted([*taken, *((m.start, m.end) for m in names)])
    text, again, last, at = document.text, list[Mention](), 0, 0
    for word in _WORD.finditer(text) if known else ():
        start = word.start()
        while at < len(spans) and spans[at][0] <= start:
            last = max(last, spans[at][1])
            at += 1
        if start < last or word[0] not in known:
            continue
        following = spans[at][0] if at < len(spans) else len(text)
        for surface, mention in sorted(known[word[0]].items(), key=lambda k: -len(k[0])):
            end = start + len(surface)
            if end <= following and text.startswith(surface, start) and is_whole(text, start, end):
                id = f"{mention.label[0]}{start}-{end}"
                again.append(replace(mention, id=id, start=start, end=end))
                last = end
                break
    return sorted([*names, *again], key=lambda m: m.start)


_EDGE = " \t\n\u00a0\u202f.,;:!?()[]«»„“”\"'’‘-–—*/|"


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    while start < end and text[start] in _EDGE:
        start += 1
    while start < end and text[end - 1] in _EDGE and not _abbreviates(text, start, end):
        end -= 1
    return start, end


def _abbreviates(text: str, start: int, end: int) -> bool:
    """Whether the final dot belongs to the name: "Inc.", "S.A."."""
    if text[end - 1] != "." or end < 2:
        return False
    word = text[start : end - 1].rpartition(" ")[2]
    return f"{word}." in legal_forms() or word in ("Inc", "Corp", "Bros") or "." in word


def decode_claim(
    document: Document,
    amount: Mention,
    offered: Sequence[Mention],
    scores: ClaimScores,
    entities: Mapping[str, str],
    thresholds: Mapping[str, float],
) -> Claim:
    """The best claim about an amount that keeps the rules.

    Args:
        entities: Mention id to the fullest name of its entity.
        thresholds: Probability from which a link is reported.
    """
    type_index = int(scores.type.argmax())
    name = TYPE_NAMES[type_index]
    held = _links(offered, scores.links, type_index, entities, thresholds)
    speaker = held.pop("speaker", None)
    period = held.pop("period", None)
    attribution = ATTRIBUTIONS[int(scores.attribution.argmax())]
    if attribution in _UNNAMED:
        speaker = None
    roles = {
        role: tuple(offered[j].id for j, _ in sorted(held[role])) for role in ROLES if role in held
    }
    money = amount.money
    best = {
        "type": float(scores.type[type_index]),
        "modality": float(scores.modality.max()),
        "attribution": float(scores.attribution.max()),
    }
    for link, fillers in (*held.items(), ("speaker", speaker), ("period", period)):
        if fillers:
            best[link] = min(score for _, score in fillers)
    return Claim(
        id=content_id(document.id, amount.start, amount.end),
        money=amount.id,
        type=name,
        modality=MODALITIES[int(scores.modality.argmax())],
        attribution=attribution,
        speaker=offered[_best(speaker)].id if speaker else None,
        roles=roles,
        period=offered[_best(period)].id if period else None,
        negative=bool(money and money.negative) or scores.negative >= 0.5,
        score=round(best["type"], 4),
        scores={k: round(v, 4) for k, v in best.items()},
    )


def _best(fillers: Sequence[tuple[int, float]]) -> int:
    return max(fillers, key=lambda filler: filler[1])[0]


def _links(
    offered: Sequence[Mention],
    probabilities: Floats,
    type_index: int,
    entities: Mapping[str, str],
    thresholds: Mapping[str, float],
) -> dict[str, list[tuple[int, float]]]:
    """Fillers of each link: index and score, one mention an entity."""
    held: dict[str, dict[str, tuple[int, float]]] = {}
    for j, mention in enumerate(offered):
        allowed = _ALLOWED[ENTITY_LABELS.index(mention.label)] & _TYPE_LINKS[type_index]
        for column, link in enumerate(LINKS):
            score = float(probabilities[j, column])
            if not allowed[column] or score < thresholds.get(link, 0.5):
                continue
            entity = entities.get(mention.id, mention.text)
            known = held.setdefault(link, {}).get(entity)
            if known is None or score > known[1]:
                held[link][entity] = (j, score)
    _part(held, "payer", "recipient")
    return {link: list(fillers.values()) for link, fillers in held.items()}


def _part(held: dict[str, dict[str, tuple[int, float]]], one: str, other: str) -> None:
    """Nobody holds both roles: the likelier one stays."""
    for entity in set(held.get(one, {})) & set(held.get(other, {})):
        weaker = one if held[one][entity][1] < held[other][entity][1] else other
        del held[weaker][entity]
