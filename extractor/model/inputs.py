"""What the heads are told about a window: cue tags, amounts, pairs."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.cues import Cue, Evidence
from extractor.model.labels import (
    ATTRIBUTIONS,
    CUE_TAGS,
    DISTANCES_CHARS,
    ENTITY_LABELS,
    EVIDENCE_WIDTH,
    LINK_LABELS,
    LINKS,
    MODALITIES,
    PAIR_WIDTH,
    TAG_WIDTH,
    TYPE_NAMES,
)
from extractor.model.windows import Window
from extractor.schema import Document, Mention
from extractor.taxonomy import BLOCK_KINDS, PER_UNITS

Floats = NDArray[np.float32]
_TAG_INDEX = {tag: i for i, tag in enumerate(CUE_TAGS)}
_CANDIDATE_LABELS = {label for labels in LINK_LABELS.values() for label in labels}


@dataclass(frozen=True, slots=True)
class Places:
    """Where blocks and sentences of a document begin, for look-up by offset."""

    block_starts: list[int]
    block_kinds: list[str]
    sentences: list[tuple[int, int]]

    @classmethod
    def of(cls, document: Document) -> Places:
        """Collects the places of a document."""
        return cls(
            [b.start for b in document.blocks],
            [b.kind for b in document.blocks],
            [(s.start, s.end) for s in document.sentences],
        )

    def block(self, offset: int) -> int:
        """Index of the block at an offset."""
        return max(0, bisect_right(self.block_starts, offset) - 1)

    def kind(self, offset: int) -> str:
        """Kind of the block at an offset."""
        return self.block_kinds[self.block(offset)] if self.block_kinds else "body"

    def sentence(self, offset: int) -> tuple[int, int]:
        """The sentence at an offset, or the offset itself outside of all."""
        at = bisect_right(self.sentences, (offset, math.inf)) - 1
        return self.sentences[at] if at >= 0 else (offset, offset)


@dataclass(frozen=True, slots=True)
class Amounts:
    """The amounts of a window that it answers for.

    Attributes:
        mentions: M of them.
        spans: Pieces of the amount and of its sentence. Shape: (M, 4).
        evidence: Shape: (M, EVIDENCE_WIDTH).
    """

    mentions: tuple[Mention, ...]
    spans: NDArray[np.int64]
    evidence: Floats


@dataclass(frozen=True, slots=True)
class Candidates:
    """The mentions a window offers as fillers, and their pairs with its amounts.

    Attributes:
        mentions: C of them.
        spans: Shape: (C, 4).
        amount: Index of the amount of each pair. Shape: (K,).
        candidate: Index of the candidate. Shape: (K,).
        features: Shape: (K, PAIR_WIDTH).
    """

    mentions: tuple[Mention, ...]
    spans: NDArray[np.int64]
    amount: NDArray[np.int64]
    candidate: NDArray[np.int64]
    features: Floats


def tag_pieces(window: Window, cues: Iterable[Cue], amounts: Iterable[Mention]) -> Floats:
    """Cue tags of each piece, none where no amount is. Shape: (P, TAG_WIDTH)."""
    tags = np.zeros((len(window.pieces), TAG_WIDTH), dtype=np.float32)
    if not window.claims:
        return tags
    low, high = int(window.starts[0]), int(window.ends[-1])
    for cue in cues:
        index = _TAG_INDEX.get((cue.kind, cue.value))
        if index is not None and low <= cue.start < high:
            first, last = window.range(cue.start, cue.end)
            tags[first:last, index] = 1
    for mention in amounts:
        first, last = window.range(mention.start, mention.end)
        tags[first:last, -1] = 1
    return tags


def gather_amounts(
    window: Window, places: Places, amounts: Sequence[Mention], evidence: Mapping[str, Evidence]
) -> Amounts:
    """The amounts in the window's core, with what the cues say of them.

    Args:
        evidence: Of the amounts, by mention id.
    """
    mentions = tuple(m for m in amounts if window.holds(m.start, m.end))
    table = np.zeros((len(mentions), EVIDENCE_WIDTH), dtype=np.float32)
    for row, mention in enumerate(mentions):
        table[row] = _evidence_vector(mention, evidence[mention.id], places)
    return Amounts(mentions, _piece_spans(window, places, mentions), table)


def _piece_spans(window: Window, places: Places, mentions: Sequence[Mention]) -> NDArray[np.int64]:
    rows = [
        (*window.range(m.start, m.end), *window.range(*places.sentence(m.start))) for m in mentions
    ]
    return np.asarray(rows, dtype=np.int64).reshape(-1, 4)


def _evidence_vector(mention: Mention, found: Evidence, places: Places) -> Floats:
    money = mention.money
    known: list[float] = [
        *_scores(found.types, TYPE_NAMES),
        *_scores(found.modalities, MODALITIES),
        *_scores(found.attributions, ATTRIBUTIONS),
    ]
    if money is None:
        known += [0.0] * (len(PER_UNITS) + 6)
    else:
        size = money.low if money.low is not None else money.high
        known += [float(money.per == unit) for unit in PER_UNITS]
        known += [
            float(money.approx),
            float(money.vague),
            float(money.low is None),
            float(money.high is None),
            math.log10(max(1.0, abs(float(size or 0)))) / 12,
            float(money.currency is None),
        ]
    kind = places.kind(mention.start)
    known += [float(kind == other) for other in BLOCK_KINDS]
    return np.asarray(known, dtype=np.float32)


def _scores(scores: Mapping[str, float], names: Sequence[str]) -> list[float]:
    return [math.tanh(scores.get(name, 0.0)) for name in names]


def pair_up(
    window: Window,
    places: Places,
    amounts: Amounts,
    mentions: Sequence[Mention],
    evidence: Mapping[str, Evidence],
) -> Candidates:
    """Pairs every amount of the window with every mention that it sees.

    Args:
        evidence: Of the amounts, by mention id.
    """
    offered = tuple(
        m for m in mentions if m.label in _CANDIDATE_LABELS and window.sees(m.start, m.end)
    )
    pairs = [(i, j) for i in range(len(amounts.mentions)) for j in range(len(offered))]
    features = np.zeros((len(pairs), PAIR_WIDTH), dtype=np.float32)
    for row, (i, j) in enumerate(pairs):
        amount = amounts.mentions[i]
        features[row] = _pair_vector(amount, offered, j, places, evidence[amount.id])
    index = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    return Candidates(
        offered, _piece_spans(window, places, offered), index[:, 0], index[:, 1], features
    )


def _pair_vector(
    amount: Mention, offered: Sequence[Mention], j: int, places: Places, found: Evidence
) -> list[float]:
    other = offered[j]
    before = other.start < amount.start
    gap = amount.start - other.end if before else other.start - amount.end
    distance = [0.0] * (len(DISTANCES_CHARS) + 1)
    distance[sum(gap > limit for limit in DISTANCES_CHARS)] = 1.0
    low, high = sorted((amount.start, other.start))
    between = sum(m.label == other.label and low < m.start < high for m in offered)
    return [
        *distance,
        float(before),
        float(places.sentence(amount.start) == places.sentence(other.start)),
        float(places.block(amount.start) == places.block(other.start)),
        float(places.kind(other.start) in ("title", "heading")),
        *(float(other.label == label) for label in ENTITY_LABELS),
        min(between, 5) / 5,
        float(before and between == 0),
        *(math.tanh(_cue_score(found, other.id, link)) for link in LINKS),
    ]


def _cue_score(found: Evidence, mention: str, link: str) -> float:
    if link == "speaker":
        return found.speakers.get(mention, 0.0)
    if link == "period":
        return found.periods.get(mention, 0.0)
    return found.roles.get((mention, link), 0.0)
