"""Windows: what the encoder reads at once.

A window is a run of whole blocks that fits a budget of pieces, with the title,
the heading above it and the block before it as context, so that "l'entreprise"
finds its firm. Where none of its blocks holds an amount, only names are sought:
that needs no context, shorter windows are read faster, and a sentence that can
hold no name is left out. Every block is the core of exactly one window.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from extractor.cues import may_hold_name
from extractor.schema import Block, Document, Mention

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BUDGET_PIECES = 320
NAMES_PIECES = 96
CONTEXT_PIECES = 96
_LONGEST = BUDGET_PIECES - CONTEXT_PIECES
START_ID, END_ID = 0, 2


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces and what they stand for.

    Attributes:
        pieces: Ids. Shape: (P,).
        starts: First code point of each piece; rises monotonically. Shape: (P,).
        ends: One past its last; a special piece is empty. Shape: (P,).
        core: Spans in code points whose amounts and names this window answers for.
        context: Spans before it that it reads too.
        claims: Whether the core holds an amount.
    """

    pieces: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    core: tuple[tuple[int, int], ...]
    context: tuple[tuple[int, int], ...] = ()
    claims: bool = True

    def holds(self, start: int, end: int) -> bool:
        """Whether the span lies in the core."""
        return any(s <= start and end <= e for s, e in self.core)

    def sees(self, start: int, end: int) -> bool:
        """Whether the span has pieces in the window, as core or context."""
        first, last = self.range(start, end)
        return last > first and bool(self.starts[first] <= start and end <= self.ends[last - 1])

    def range(self, start: int, end: int) -> tuple[int, int]:
        """The pieces that touch a span of code points, half-open."""
        first = int(np.searchsorted(self.ends, start, side="right"))
        last = int(np.searchsorted(self.starts, end, side="left"))
        return first, max(first, last)


@dataclass(frozen=True, slots=True)
class _Segment:
    start: int
    end: int
    kind: str
    ids: list[int]
    offsets: list[tuple[int, int]]


def cut_windows(
    document: Document, amounts: Sequence[Mention], tokenizer: Tokenizer
) -> list[Window]:
    """Cuts a document into windows, in text order.

    Args:
        amounts: Of the document, in text order.
    """
    ends = [sentence.end for sentence in document.sentences]
    segments = _segments(document, ends, amounts, tokenizer)
    starts = [amount.start for amount in amounts]
    above = _above(segments)
    windows: list[Window] = []
    first = 0
    while first < len(segments):
        context = _context(segments, first, *above[first])
        last = _fill(segments, first, BUDGET_PIECES - sum(len(s.ids) + 1 for s in context))
        window = _window(document, context, segments[first:last])
        low = bisect_left(starts, segments[first].start)
        high = bisect_left(starts, segments[last - 1].end)
        if any(window.holds(a.start, a.end) for a in amounts[low:high]):
            windows.append(window)
        else:
            windows += _names_windows(document, ends, segments[first:last])
        first = last
    return windows


def _fill(segments: Sequence[_Segment], first: int, room: int) -> int:
    """One past the last segment that fits, at least one."""
    last = first
    while last < len(segments) and (last == first or room >= len(segments[last].ids) + 1):
        room -= len(segments[last].ids) + 1
        last += 1
    return last


def _names_windows(
    document: Document, ends: Sequence[int], segments: Sequence[_Segment]
) -> Iterator[Window]:
    short = [part for s in segments for part in _cut(s, ends, (), NAMES_PIECES)]
    read = [_without_nameless(document, ends, part) for part in short]
    first = 0
    while first < len(read):
        last = _fill(read, first, NAMES_PIECES)
        yield replace(_window(document, [], read[first:last]), claims=False)
        first = last


def _without_nameless(document: Document, ends: Sequence[int], segment: _Segment) -> _Segment:
    """Without the pieces of sentences that can hold no name; it answers for them all the same."""
    starts = [start for start, _ in segment.offsets]
    ids, offsets = list[int](), list[tuple[int, int]]()
    at, first = segment.start, 0
    inside = ends[bisect_right(ends, segment.start) : bisect_left(ends, segment.end)]
    for end in (*inside, segment.end):
        last = bisect_left(starts, end)
        if may_hold_name(document.text[at:end], document.grammar_language):
            ids += segment.ids[first:last]
            offsets += segment.offsets[first:last]
        at, first = end, last
    return replace(segment, ids=ids, offsets=offsets)


def _segments(
    document: Document, ends: Sequence[int], amounts: Sequence[Mention], tokenizer: Tokenizer
) -> list[_Segment]:
    blocks = document.blocks or (Block(0, len(document.text)),)
    texts = [document.text[b.start : b.end] for b in blocks]
    try:
        encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
    except BaseException as error:
        # What breaks in Rust is no Exception, and would end a worker for one article's sake.
        if type(error).__name__ != "PanicException":
            raise
        raise RuntimeError(f"the tokenizer broke: {error}") from error
    segments: list[_Segment] = []
    for block, encoding in zip(blocks, encodings, strict=True):
        offsets = [(s + block.start, e + block.start) for s, e in encoding.offsets]
        whole = _Segment(block.start, block.end, block.kind, encoding.ids, offsets)
        segments += _cut(whole, ends, amounts, _LONGEST)
    return segments


def _cut(
    segment: _Segment, ends: Sequence[int], amounts: Sequence[Mention], limit: int
) -> Iterator[_Segment]:
    """A long segment in parts that end after a sentence.

    A sentence of more than `_LONGEST` pieces is cut too, outside of its amounts.

    Args:
        ends: Of the document's sentences, in order.
        limit: Pieces of a part, unless one sentence has more.
    """
    ids, offsets = segment.ids, segment.offsets
    if len(ids) <= limit:
        yield segment
        return
    starts = [start for start, _ in offsets]
    held = ends[bisect_right(ends, segment.start) : bisect_right(ends, segment.end)]
    stops = [bisect_left(starts, end) for end in held]
    stops = [*stops[: bisect_left(stops, len(ids))], len(ids)]
    at = 0
    while at < len(ids):
        first = bisect_right(stops, at)
        stop = stops[max(first, bisect_right(stops, at + limit) - 1)]
        if stop - at > _LONGEST:
            stop = _before_amount(starts, at, at + _LONGEST, amounts)
        start = segment.start if at == 0 else starts[at]
        end = segment.end if stop == len(ids) else starts[stop]
        yield _Segment(start, end, segment.kind, ids[at:stop], offsets[at:stop])
        at = stop


def _before_amount(starts: Sequence[int], first: int, stop: int, amounts: Sequence[Mention]) -> int:
    """Moves a cut that would fall into an amount before it."""
    cut = next((a for a in amounts if a.start < starts[stop] < a.end), None)
    if cut is None:
        return stop
    before = bisect_right(starts, cut.start) - 1
    return before if before > first else stop


def _above(segments: Sequence[_Segment]) -> list[tuple[int | None, int | None]]:
    """For each segment the nearest heading above it and the title."""
    heading: int | None = None
    title: int | None = None
    above = []
    for index, segment in enumerate(segments):
        above.append((heading, title))
        if segment.kind == "heading":
            heading = index
        elif segment.kind == "title" and title is None:
            title = index
    return above


def _context(
    segments: Sequence[_Segment], first: int, heading: int | None, title: int | None
) -> list[_Segment]:
    """Nearest heading above, the block before and the title, as far as they fit."""
    chosen: list[int] = []
    room = CONTEXT_PIECES
    for index in (heading, first - 1 if first else None, title):
        if index is None or index in chosen:
            continue
        cost = len(segments[index].ids) + 1
        if cost <= room:
            chosen.append(index)
            room -= cost
    return [segments[i] for i in sorted(chosen)]


def _window(document: Document, context: Sequence[_Segment], core: Sequence[_Segment]) -> Window:
    pieces: list[int] = [START_ID]
    spans: list[tuple[int, int]] = [((context or core)[0].start,) * 2]
    for segment in (*context, *core):
        pieces += [*segment.ids, END_ID]
        spans += [_trim(document.text, s, e) for s, e in segment.offsets]
        spans.append((segment.end, segment.end))
    table = np.asarray(spans, dtype=np.int64)
    return Window(
        pieces=np.asarray(pieces, dtype=np.int64),
        starts=np.maximum.accumulate(table[:, 0]),
        ends=np.maximum.accumulate(table[:, 1]),
        core=tuple((s.start, s.end) for s in core),
        context=tuple((s.start, s.end) for s in context),
    )


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """A piece begins with the space before its word; the word is meant."""
    while start < end and text[start].isspace():
        start += 1
    return start, end
