"""The type's bias undoes a shift of the labels."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from extractor.train.calibrate import _heat_and_bias


def test_a_class_that_is_commoner_in_real_text_is_favoured() -> None:
    torch.manual_seed(0)
    gold = torch.multinomial(torch.tensor([0.8, 0.1, 0.1]), 600, replacement=True)
    logits = 4 * (F.one_hot(gold, 3) + 0.7 * torch.randn(600, 3))
    heat, bias = _heat_and_bias(logits, gold)
    assert heat > 1
    assert bias[0] > max(bias[1:]) + 0.5
    before = (logits.argmax(-1) == gold).float().mean()
    after = ((logits / heat + torch.tensor(bias)).argmax(-1) == gold).float().mean()
    assert after > before
