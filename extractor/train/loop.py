"""The training loop: fixed seed, progress, best epoch, resume."""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from extractor.errors import InputError, UnknownName
from extractor.model import batch, crf
from extractor.model.device import has_bf16
from extractor.model.labels import ATTRIBUTIONS, LINKS, MODALITIES, TYPE_NAMES
from extractor.model.network import ClaimLogits, ClaimNetwork, Spans
from extractor.train import checkpoint
from extractor.train.items import Item, allowed_tags

_LOG_EVERY_S = 20.0
# Against a step gone wild; where it cut most steps, it would make all batches count alike.
_GREATEST_NORM = 10.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Hyper-parameters. Rates are peaks of a linear warm-up and decay.

    Attributes:
        share: Of the training gold, to see what more of it would bring.
        without: Kinds of training gold to leave out, of `gold.KINDS`, comma-separated.
        names_layer: Names are read from the output of so many layers.
        scored: The last so many epochs are scored on development data, and the best
            of them is kept.
    """

    seed: int = 1
    epochs: int = 10
    batch_pieces: int = 2048
    encoder_rate: float = 1.5e-4
    head_rate: float = 1e-3
    warm_up: float = 0.1
    weight_decay: float = 0.01
    smoothing: float = 0.05
    cue_dropout: float = 0.15
    link_weight: float = 3.0
    mention_weight: float = 1.0
    share: float = 1.0
    without: str = ""
    scored: int = 3
    names_layer: int = 6


def make_settings(pairs: Sequence[str], **known: float | str) -> Settings:
    """Settings from `name=value` pairs.

    Raises:
        UnknownName: There is no setting of that name.
        InputError: A value is no number.
    """
    names = [f.name for f in fields(Settings)]
    values: dict[str, Any] = dict(known)
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in names:
            raise UnknownName("setting", name, names)
        try:
            values[name] = type(getattr(Settings(), name))(value)
        except ValueError as error:
            raise InputError(f"setting {name}: '{value}' is no number") from error
    return Settings(**values)


@dataclass(slots=True)
class Trainer:
    """Trains a network and keeps its best epoch.

    Attributes:
        network: Trained in place.
        settings: Hyper-parameters.
        inputs: Hash of what it is trained from; a run of another is not resumed.
        folder: Holds the checkpoints.
    """

    network: ClaimNetwork
    settings: Settings
    inputs: str
    folder: Path
    device: torch.device

    def fit(
        self, epoch_items: Callable[[int], Iterable[Item]], score: Callable[[], float]
    ) -> list[dict[str, float]]:
        """Trains all epochs that are left.

        Args:
            epoch_items: The items of an epoch, given its number.
            score: Of the network on development data; higher is better.

        Returns:
            One line of history an epoch: loss, seconds, and the score where there is one.

        Raises:
            InputError: The folder holds a run with other settings or of other inputs.
        """
        torch.manual_seed(self.settings.seed)
        optimiser = self._optimiser()
        history = self._resume(optimiser)
        for epoch in range(len(history), self.settings.epochs):
            began = time.monotonic()
            order = random.Random(self.settings.seed * 1000 + epoch)
            torch.manual_seed(self.settings.seed * 1000 + epoch)
            batches = _batches(list(epoch_items(epoch)), self.settings.batch_pieces, order)
            loss = self._epoch(epoch, batches, optimiser)
            self.network.eval()
            line = {"epoch": epoch, "loss": round(loss, 4)}
            if epoch >= self.settings.epochs - self.settings.scored:
                line["score"] = round(score(), 4)
            line["seconds"] = round(time.monotonic() - began)
            history.append(line)
            best = best_epoch(history)
            print(f"epoch {epoch}: {line}", file=sys.stderr, flush=True)
            told = {"settings": asdict(self.settings), "inputs": self.inputs, "history": history}
            checkpoint.save(self.folder, self.network, optimiser, told, is_best=best == epoch)
        return history

    def _optimiser(self) -> torch.optim.AdamW:
        frozen = self.network.encoder.embeddings.word_embeddings
        frozen.weight.requires_grad_(False)
        encoder = [p for p in self.network.encoder.parameters() if p.requires_grad]
        known = {id(p) for p in self.network.encoder.parameters()}
        heads = [p for p in self.network.parameters() if id(p) not in known]
        return torch.optim.AdamW(
            [
                {"params": encoder, "lr": self.settings.encoder_rate},
                {"params": heads, "lr": self.settings.head_rate},
            ],
            weight_decay=self.settings.weight_decay,
            fused=True,  # a tenth of a CPU's step
        )

    def _epoch(
        self, epoch: int, batches: Sequence[Sequence[Item]], optimiser: torch.optim.AdamW
    ) -> float:
        self.network.train()
        peaks = (self.settings.encoder_rate, self.settings.head_rate)
        # Windows of like length stand together: an average by batch would count an amount
        # of an article several times as much as one of a headline.
        amounts = sum(i.weight * len(i.amounts.mentions) for b in batches for i in b)
        per_batch = amounts / max(1, sum(_holds_amounts(b) for b in batches))
        total, told, began = 0.0, time.monotonic(), time.monotonic()
        noise = np.random.default_rng(self.settings.seed * 1000 + epoch)
        for step, items in enumerate(batches):
            progress = (epoch + step / len(batches)) / self.settings.epochs
            for group, peak in zip(optimiser.param_groups, peaks, strict=True):
                group["lr"] = peak * _rate(progress, self.settings.warm_up)
            loss = self._loss(items, noise, per_batch)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), _GREATEST_NORM)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            total += loss.item()
            if time.monotonic() - told > _LOG_EVERY_S:
                told = time.monotonic()
                left = (told - began) / (step + 1) * (len(batches) - step - 1)
                print(
                    f"epoch {epoch} step {step + 1}/{len(batches)} loss {total / (step + 1):.3f} "
                    f"{left:.0f} s left",
                    file=sys.stderr,
                    flush=True,
                )
        return total / max(1, len(batches))

    def _loss(self, items: Sequence[Item], noise: np.random.Generator, per_batch: float) -> Tensor:
        drop = noise.random((len(items), 2)) < self.settings.cue_dropout
        tags = [_without_cues(i.tags) if d[0] else i.tags for i, d in zip(items, drop, strict=True)]
        windows = [i.window for i in items]
        pieces, mask, tagged = batch.stack_pieces(windows, tags, self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=has_bf16(self.device)):
            hidden = self.network.encode(pieces, mask, tagged, claims=_holds_amounts(items))
        loss = self.settings.mention_weight * self._mention_loss(hidden.names, items)
        if hidden.claims is None:
            return loss
        return loss + self._claim_loss(hidden.claims, mask, items, drop, per_batch)

    def _mention_loss(self, hidden: Tensor, items: Sequence[Item]) -> Tensor:
        """Of all paths that the gold allows (Tsuboi et al., 2008), a mean over the pieces."""
        logits = self.network.mention_logits(hidden)
        targets = pad_sequence([torch.from_numpy(i.bio) for i in items], batch_first=True)
        allowed = torch.from_numpy(allowed_tags())[targets].to(self.device)
        kept = logits.masked_fill(~allowed, crf.FORBIDDEN)
        lengths = torch.tensor([len(i.bio) for i in items], device=self.device)
        both = crf.log_sum(torch.cat([logits, kept]), lengths.repeat(2), self.network.transitions)
        every, right = both.chunk(2)
        weight = self._weights(items, [1] * len(items))
        return ((every - right) * weight).sum() / (lengths * weight).sum()

    def _weights(self, items: Sequence[Item], counts: Sequence[int]) -> Tensor:
        """Each item's weight, as often as it has rows."""
        weights = np.repeat([i.weight for i in items], counts)
        return torch.from_numpy(weights.astype(np.float32)).to(self.device)

    def _claim_loss(
        self,
        hidden: Tensor,
        mask: Tensor,
        items: Sequence[Item],
        drop: NDArray[np.bool_],
        per_batch: float,
    ) -> Tensor:
        spans, evidence = batch.stack_amounts([i.amounts for i in items], self.device)
        counts = [len(i.amounts.mentions) for i in items]
        keep = np.repeat(~drop[:, 1], counts)
        cued = len(TYPE_NAMES) + len(MODALITIES) + len(ATTRIBUTIONS)
        evidence[:, :cued] *= torch.from_numpy(keep.astype(np.float32)).to(self.device)[:, None]
        logits = self.network.claim_logits(hidden, mask, spans, evidence)
        gold = torch.from_numpy(np.concatenate([i.classes for i in items])).to(self.device)
        weight = self._weights(items, counts)
        smooth = self.settings.smoothing

        def classes(scores: Tensor, column: int) -> Tensor:
            each = F.cross_entropy(
                scores, gold[:, column], label_smoothing=smooth, reduction="none"
            )
            return (each * weight).sum() / per_batch

        negative = F.binary_cross_entropy_with_logits(
            logits.negative, gold[:, 3].float(), weight, reduction="sum"
        )
        loss = classes(logits.type, 0) + 0.6 * classes(logits.modality, 1)
        loss = loss + 0.6 * classes(logits.attribution, 2) + 0.2 * negative / per_batch
        if any(len(i.candidates.amount) for i in items):
            loss = loss + self._link_loss(hidden, spans, logits, gold[:, 0], items)
        return loss

    def _link_loss(
        self,
        hidden: Tensor,
        spans: Spans,
        claims: ClaimLogits,
        gold: Tensor,
        items: Sequence[Item],
    ) -> Tensor:
        where, pairs = batch.stack_pairs(
            [i.amounts for i in items], [i.candidates for i in items], self.device
        )
        # Half the amounts are shown their true type, half the one the network sees.
        told = F.one_hot(gold, len(TYPE_NAMES)).float()
        half = (torch.rand(len(gold), 1, device=self.device) < 0.5).float()
        shown = half * told + (1 - half) * claims.type.detach().softmax(-1)
        logits = self.network.pair_logits(hidden, claims.vectors, shown, spans, where, pairs)
        groups = np.cumsum([0, *(len(i.links) for i in items)])
        index = np.concatenate([i.entity + g for i, g in zip(items, groups, strict=False)])
        best = logits.new_full((int(groups[-1]), len(LINKS)), -math.inf).scatter_reduce(
            0,
            torch.from_numpy(index).to(self.device)[:, None].expand(-1, len(LINKS)),
            logits,
            "amax",
        )
        truth = torch.from_numpy(np.concatenate([i.links for i in items])).to(self.device)
        weight = 1 + (self.settings.link_weight - 1) * truth
        each = F.binary_cross_entropy_with_logits(best, truth, weight=weight, reduction="none")
        return 2 * _mean(each.sum(-1), self._weights(items, [len(i.links) for i in items]))

    def _resume(self, optimiser: torch.optim.AdamW) -> list[dict[str, float]]:
        told = checkpoint.told(self.folder)
        if told is None:
            return []
        if told["settings"] != asdict(self.settings):
            raise InputError(
                f"{self.folder}: made with {told['settings']}, not {asdict(self.settings)}. Give "
                "another --run folder."
            )
        if told["inputs"] != self.inputs:
            raise InputError(
                f"{self.folder}: gold or base encoder have changed since. Give another "
                "--run folder."
            )
        checkpoint.restore(self.folder, self.network, optimiser)
        return list(told["history"])

    def load_best(self) -> None:
        """Puts the best epoch's weights back."""
        checkpoint.restore_best(self.folder, self.network)


def best_epoch(history: Sequence[dict[str, float]]) -> int:
    """The epoch of the highest score, the last one where none is scored."""
    return max(range(len(history)), key=lambda i: (history[i].get("score", -1.0), i))


def _without_cues(tags: np.ndarray) -> np.ndarray:
    bare = np.zeros_like(tags)
    bare[:, -1] = tags[:, -1]
    return bare


def _rate(progress: float, warm_up: float) -> float:
    if progress < warm_up:
        return progress / warm_up
    return (1 - progress) / (1 - warm_up)


def _holds_amounts(items: Sequence[Item]) -> bool:
    return any(i.amounts.mentions for i in items)


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum()


def _batches(items: list[Item], budget: int, order: random.Random) -> list[list[Item]]:
    """Groups of similar length, with amounts or without, under a budget of padded pieces.

    In random order.
    """
    order.shuffle(items)
    batches: list[list[Item]] = []
    for held in (True, False):
        kind = [i for i in items if bool(i.amounts.mentions) == held]
        for start in range(0, len(kind), 256):
            pool = sorted(kind[start : start + 256], key=lambda i: len(i.window.pieces))
            group: list[Item] = []
            for item in pool:
                if group and (len(group) + 1) * len(item.window.pieces) > budget:
                    batches.append(group)
                    group = []
                group.append(item)
            batches.append(group)
    order.shuffle(batches)
    return batches
