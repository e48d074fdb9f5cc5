"""Calibration on development data: temperatures and link thresholds.

Temperature scaling (Guo et al., "On Calibration of Modern Neural Networks",
2017), one temperature a field; a link's threshold is where its F1 is best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from extractor.model import batch
from extractor.model.device import has_bf16
from extractor.model.labels import LINKS
from extractor.model.network import ClaimNetwork
from extractor.train.items import Item

_HEATS = [round(0.4 * 1.08**i, 4) for i in range(32)]
_THRESHOLDS = [round(0.2 + 0.025 * i, 3) for i in range(25)]


FIELDS = ("type", "modality", "attribution")


@dataclass(frozen=True, slots=True)
class Judged:
    """What a network says of the gold amounts of items, beside the gold.

    Attributes:
        logits: By field. Shape: (M, classes).
        classes: Gold of the fields and of `negative`. Shape: (M, 4).
        links: Logits of the groups of pairs. Shape: (groups, links).
        truth: Their gold. Shape: (groups, links).
    """

    logits: dict[str, Tensor]
    classes: Tensor
    links: Tensor
    truth: Tensor


def calibrate(network: ClaimNetwork, items: Sequence[Item], device: torch.device) -> dict[str, Any]:
    """Fits what the bundle's configuration holds beside the sizes.

    Returns:
        `temperatures` by field and `thresholds` by link.
    """
    judged = judge(network, items, device)
    heats = {
        name: _heat(judged.logits[name], judged.classes[:, column])
        for column, name in enumerate(FIELDS)
    }
    raw, right = judged.links, judged.truth
    heats["links"] = min(
        _HEATS, key=lambda t: float(F.binary_cross_entropy_with_logits(raw / t, right))
    )
    scores = (raw / heats["links"]).sigmoid().numpy()
    return {"temperatures": heats, "thresholds": _thresholds(scores, right.numpy())}


@torch.inference_mode()
def judge(network: ClaimNetwork, items: Sequence[Item], device: torch.device) -> Judged:
    """Runs a network over items, with the gold amounts and names given."""
    network.eval()
    logits: dict[str, list[Tensor]] = {name: [] for name in FIELDS}
    gold: list[Tensor] = []
    links: list[Tensor] = []
    truth: list[Tensor] = []
    for item in items:
        if not item.amounts.mentions:
            continue
        pieces, mask, tags = batch.stack_pieces([item.window], [item.tags], device)
        with torch.autocast(device.type, torch.bfloat16, enabled=has_bf16(device)):
            hidden = network.encode(pieces, mask, tags).claims
        assert hidden is not None
        spans, evidence = batch.stack_amounts([item.amounts], device)
        found = network.claim_logits(hidden, mask, spans, evidence)
        for name in logits:
            logits[name].append(getattr(found, name).cpu())
        gold.append(torch.from_numpy(item.classes))
        if len(item.candidates.amount):
            where, pairs = batch.stack_pairs([item.amounts], [item.candidates], device)
            raw = network.pair_logits(
                hidden, found.vectors, found.type.softmax(-1), spans, where, pairs
            ).cpu()
            groups = torch.from_numpy(item.entity)[:, None].expand(-1, len(LINKS))
            best = raw.new_full((len(item.links), len(LINKS)), -torch.inf)
            links.append(best.scatter_reduce(0, groups, raw, "amax"))
            truth.append(torch.from_numpy(item.links))
    return Judged(
        {name: torch.cat(found) for name, found in logits.items()},
        torch.cat(gold),
        torch.cat(links),
        torch.cat(truth),
    )


def _heat(logits: Tensor, gold: Tensor) -> float:
    return min(_HEATS, key=lambda t: float(F.cross_entropy(logits / t, gold)))


def _thresholds(scores: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """One threshold for all roles (each alone is too rare), one for the others."""
    groups = {"roles": list(range(len(LINKS) - 2)), "speaker": [-2], "period": [-1]}
    best = {}
    for name, columns in groups.items():
        held, right = scores[:, columns], truth[:, columns] > 0.5
        best[name] = max(_THRESHOLDS, key=lambda t: _f1(held >= t, right))
    return {link: best[link if link in ("speaker", "period") else "roles"] for link in LINKS}


def _f1(given: np.ndarray, right: np.ndarray) -> float:
    both = given.sum() + right.sum()
    return float(2 * (given & right).sum() / both) if both else 0.0
