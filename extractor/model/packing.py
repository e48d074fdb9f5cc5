"""Which windows go through the network together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from extractor.model.windows import Window

T = TypeVar("T")

# Amounts times padded pieces that are scored at once: some 50 MB of keys and values.
_SCORED_CELLS = 16_384


def pack(items: Iterable[T], window_of: Callable[[T], Window], budget: int) -> Iterator[list[T]]:
    """Groups of windows of one kind, with amounts or without, in their order.

    A group that is large enough ends where longer windows would pad it by more than a tenth.

    Args:
        items: By kind, then by length.
        window_of: The window of an item.
        budget: Padded pieces of a group, unless one window has more.
    """
    group: list[T] = []
    pieces = 0
    for item in items:
        window = window_of(item)
        length = len(window.pieces)
        padded = (len(group) + 1) * length
        loose = pieces >= budget // 8 and padded > 1.1 * (pieces + length)
        other = bool(group) and window_of(group[-1]).claims != window.claims
        if group and (padded > budget or loose or other):
            yield group
            group, pieces = [], 0
        group.append(item)
        pieces += length
    if group:
        yield group


def together(items: Iterable[T], size_of: Callable[[T], tuple[int, int]]) -> Iterator[list[T]]:
    """Groups of windows whose amounts are scored at once, in their order.

    Args:
        size_of: Amounts and pieces of an item.
    """
    group: list[T] = []
    total = longest = 0
    for item in items:
        amounts, pieces = size_of(item)
        total, longest = total + amounts, max(longest, pieces)
        if group and total * longest > _SCORED_CELLS:
            yield group
            group, total, longest = [], amounts, pieces
        group.append(item)
    if group:
        yield group
