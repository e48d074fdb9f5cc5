"""Groups of windows for the encoder: all of them, in order, little padding."""

from __future__ import annotations

import numpy as np

from extractor.model.predictor import _packs
from extractor.model.windows import Window

BUDGET = 1600


def _window(length: int, *, claims: bool) -> Window:
    pieces = np.zeros(length, dtype=np.int64)
    return Window(pieces, pieces, pieces, core=(), claims=claims)


def test_groups_are_full_and_hardly_padded() -> None:
    lengths = [*range(10, 320, 2)]
    todo = [(None, _window(n, claims=claims)) for claims in (False, True) for n in lengths]
    packs = list(_packs(todo, BUDGET))
    assert [item for pack in packs for item in pack] == todo
    for pack in packs:
        sizes = [len(w.pieces) for _, w in pack]
        assert len({w.claims for _, w in pack}) == 1
        assert len(pack) == 1 or len(sizes) * max(sizes) <= BUDGET
        # Only a group that is still small takes much longer windows in.
        assert sum(sizes[:-1]) < BUDGET // 8 or len(sizes) * max(sizes) <= 1.1 * sum(sizes)
