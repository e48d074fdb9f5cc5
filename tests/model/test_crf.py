"""Sums and best paths against all paths, one by one."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
import torch

from extractor.model.crf import FORBIDDEN, best_paths, log_sum

LENGTHS = torch.tensor([1, 3, 5])


@pytest.fixture(scope="module")
def chain() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(1)
    return torch.randn(3, 5, 4, generator=draw), torch.randn(4, 4, generator=draw)


def scores_of_all_paths(logits, transitions) -> dict[tuple[int, ...], float]:
    count, tags = logits.shape
    return {
        path: float(
            sum(logits[i, t] for i, t in enumerate(path))
            + sum(transitions[a, b] for a, b in pairwise(path))
        )
        for path in product(range(tags), repeat=count)
    }


def test_the_sum_is_over_all_paths(chain) -> None:
    logits, transitions = chain
    sums = log_sum(logits, LENGTHS, transitions)
    for row, length in enumerate(LENGTHS):
        scores = scores_of_all_paths(logits[row, :length], transitions)
        right = torch.tensor(list(scores.values())).logsumexp(0)
        assert sums[row] == pytest.approx(float(right), abs=1e-4)


def test_a_forbidden_tag_is_on_no_path(chain) -> None:
    logits, transitions = chain
    kept = logits.clone()
    kept[:, 0, 1:] = FORBIDDEN
    scores = scores_of_all_paths(logits[2], transitions)
    right = torch.tensor([s for path, s in scores.items() if path[0] == 0]).logsumexp(0)
    assert log_sum(kept, LENGTHS, transitions)[2] == pytest.approx(float(right), abs=1e-4)


def test_gradients_are_finite_where_one_path_is_left(chain) -> None:
    logits, transitions = (t.clone().requires_grad_() for t in chain)
    only = torch.full(logits.shape, fill_value=True)
    only[:, :, 2] = False
    log_sum(logits.masked_fill(only, FORBIDDEN), LENGTHS, transitions).sum().backward()
    assert torch.isfinite(logits.grad).all()
    assert torch.isfinite(transitions.grad).all()


def test_the_best_path_is_the_best_of_all(chain) -> None:
    logits, transitions = chain
    paths = best_paths(logits, LENGTHS, transitions)
    for row, length in enumerate(LENGTHS):
        scores = scores_of_all_paths(logits[row, :length], transitions)
        assert tuple(paths[row, :length].tolist()) == max(scores, key=scores.__getitem__)
