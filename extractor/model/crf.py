"""A linear chain over the tags of a name: sums and best paths of a batch.

Lafferty, McCallum and Pereira, "Conditional Random Fields", 2001. The score of a path is
the sum of its tags' logits and of the transitions between them.

Names of sizes in the shapes: B windows, P pieces, T tags.
"""

from __future__ import annotations

import torch
from torch import Tensor

FORBIDDEN = -1e4


def log_sum(logits: Tensor, lengths: Tensor, transitions: Tensor) -> Tensor:
    """Log of the sum over all paths.

    Args:
        logits: `FORBIDDEN` takes a tag out of all paths. Shape: (B, P, T).
        lengths: Pieces of each window. Shape: (B,).
        transitions: From the row's tag to the column's. Shape: (T, T).

    Returns:
        Shape: (B,).
    """
    steps = transitions.exp()
    state = logits[:, 0]
    for at in range(1, logits.shape[1]):
        top = state.detach().amax(-1, keepdim=True)
        reached = ((state - top).exp() @ steps).log() + top + logits[:, at]
        state = torch.where((at < lengths)[:, None], reached, state)
    return state.logsumexp(-1)


def best_paths(logits: Tensor, lengths: Tensor, transitions: Tensor) -> Tensor:
    """The path of the highest score (Viterbi, 1967).

    Args:
        logits: Shape: (B, P, T).
        lengths: Pieces of each window. Shape: (B,).
        transitions: From the row's tag to the column's. Shape: (T, T).

    Returns:
        A tag a piece; beyond a window's length, its last one. Shape: (B, P).
    """
    state = logits[:, 0]
    stay = torch.arange(logits.shape[-1], device=logits.device).expand_as(state)
    cames: list[Tensor] = []
    for at in range(1, logits.shape[1]):
        scores, came = (state[:, :, None] + transitions).max(1)
        inside = (at < lengths)[:, None]
        state = torch.where(inside, scores + logits[:, at], state)
        cames.append(torch.where(inside, came, stay))
    tag = state.argmax(-1)
    path = [tag]
    for came in reversed(cames):
        tag = came.gather(1, tag[:, None])[:, 0]
        path.append(tag)
    return torch.stack(path[::-1], 1)
