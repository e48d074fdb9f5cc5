"""Windows of many documents as the tensors of one batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from extractor.model.inputs import Amounts, Candidates, Floats
from extractor.model.network import Pairs, Spans
from extractor.model.windows import Window

PAD_ID = 1


def stack_pieces(
    windows: Sequence[Window], tags: Sequence[Floats], device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """Pads a batch.

    Returns:
        Pieces and mask, Shape: (B, P), and tags, Shape: (B, P, TAG_WIDTH).
    """
    longest = max(len(w.pieces) for w in windows)
    pieces = np.full((len(windows), longest), PAD_ID, dtype=np.int64)
    mask = np.zeros((len(windows), longest), dtype=np.int64)
    padded = np.zeros((len(windows), longest, tags[0].shape[1]), dtype=np.float32)
    for row, (window, tag) in enumerate(zip(windows, tags, strict=True)):
        count = len(window.pieces)
        pieces[row, :count] = window.pieces
        mask[row, :count] = 1
        padded[row, :count] = tag
    return (
        torch.from_numpy(pieces).to(device),
        torch.from_numpy(mask).to(device),
        torch.from_numpy(padded).to(device),
    )


def stack_amounts(held: Sequence[Amounts], device: torch.device) -> tuple[Spans, Tensor]:
    """The amounts of a batch: their spans and evidence, Shape: (M, EVIDENCE_WIDTH)."""
    evidence = torch.from_numpy(np.concatenate([a.evidence for a in held])).to(device)
    return _spans([a.spans for a in held], device), evidence


def stack_pairs(
    held: Sequence[Amounts], offered: Sequence[Candidates], device: torch.device
) -> tuple[Spans, Pairs]:
    """The candidates of a batch and its pairs, with indices over the whole batch."""
    amounts = _offsets([len(a.mentions) for a in held])
    candidates = _offsets([len(c.mentions) for c in offered])
    amount = np.concatenate([c.amount + o for c, o in zip(offered, amounts, strict=True)])
    candidate = np.concatenate([c.candidate + o for c, o in zip(offered, candidates, strict=True)])
    features = np.concatenate([c.features for c in offered])
    pairs = Pairs(
        torch.from_numpy(amount).to(device),
        torch.from_numpy(candidate).to(device),
        torch.from_numpy(features).to(device),
    )
    return _spans([c.spans for c in offered], device), pairs


def _offsets(counts: list[int]) -> list[int]:
    return [sum(counts[:i]) for i in range(len(counts))]


def _spans(tables: Sequence[NDArray[np.int64]], device: torch.device) -> Spans:
    rows = np.concatenate([np.full(len(t), row) for row, t in enumerate(tables)])
    table = torch.from_numpy(np.concatenate(tables)).to(device)
    return Spans(
        torch.from_numpy(rows.astype(np.int64)).to(device),
        table[:, 0],
        table[:, 1],
        table[:, 2],
        table[:, 3],
    )
