"""Groups of windows for the encoder: all of them, in order, little padding."""

from __future__ import annotations

import numpy as np

from extractor.model.packing import pack, together
from extractor.model.windows import Window

BUDGET = 1600


def _window(length: int, *, claims: bool) -> Window:
    pieces = np.zeros(length, dtype=np.int64)
    return Window(pieces, pieces, pieces, core=(), claims=claims)


def test_groups_are_full_and_hardly_padded() -> None:
    lengths = [*range(10, 320, 2)]
    todo = [(None, _window(n, claims=claims)) for claims in (False, True) for n in lengths]
    packs = list(pack(todo, lambda item: item[1], BUDGET))
    assert [item for group in packs for item in group] == todo
    for group in packs:
        sizes = [len(w.pieces) for _, w in group]
        assert len({w.claims for _, w in group}) == 1
        assert len(group) == 1 or len(sizes) * max(sizes) <= BUDGET
        # Only a group that is still small takes much longer windows in.
        assert sum(sizes[:-1]) < BUDGET // 8 or len(sizes) * max(sizes) <= 1.1 * sum(sizes)


def test_amounts_are_scored_together_under_a_budget() -> None:
    sizes = [(3, 100), (2, 300), (90, 320), (1, 10), (40, 500)]
    groups = list(together(sizes, lambda size: size))
    assert [size for group in groups for size in group] == sizes
    for group in groups:
        cells = sum(amounts for amounts, _ in group) * max(pieces for _, pieces in group)
        assert len(group) == 1 or cells <= 16_384
    assert len(groups) < len(sizes)
