"""The trained model at work: documents with amounts in, names and claims out."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertConfig

from extractor.cues import Cue, date_mentions, evidence, find_cues
from extractor.errors import BundleError
from extractor.link.firms import entities
from extractor.model import batch
from extractor.model.bundle import Bundle, load_bundle
from extractor.model.decode import (
    ClaimScores,
    Floats,
    agree,
    decode_claim,
    decode_mentions,
    gather,
)
from extractor.model.inputs import Amounts, Candidates, Places, gather_amounts, pair_up, tag_pieces
from extractor.model.network import ClaimNetwork
from extractor.model.windows import Window, cut_windows
from extractor.schema import Claim, Document, Mention
from extractor.stages import Timer, untimed

# Padded pieces that the encoder reads at once; halved where a GPU has no memory for them.
BATCH_PIECES, GPU_BATCH_PIECES = 8192, 65_536


@dataclass(slots=True)
class _Work:
    """A document on its way through the network."""

    document: Document
    amounts: Sequence[Mention]
    cues: Sequence[Cue]
    dates: Sequence[Mention]
    places: Places
    windows: list[Window]
    names: list[Mention]
    claims: list[Claim]

    def take_names(
        self, window: Window, inside: Sequence[tuple[int, int]], probabilities: Floats
    ) -> None:
        """Adds the names and dates of the spans that a window answers for."""
        taken = [*self.amounts, *self.dates]
        names = decode_mentions(self.document, window, inside, probabilities, taken)
        # The rules find dates better than the network, which saw few of them.
        held = [d for d in self.dates if any(s <= d.start and d.end <= e for s, e in inside)]
        self.names += [*names, *_free(held, names)]


class ClaimModel:
    """A network with its tokenizer and calibration.

    Attributes:
        id: What records say made them.
    """

    def __init__(self, bundle: Bundle, device: str = "cpu") -> None:
        self.id = bundle.id
        self.tokenizer: Tokenizer = bundle.tokenizer
        self.config = bundle.config
        self.device = torch.device(device)
        self.batch_pieces = GPU_BATCH_PIECES if self.device.type == "cuda" else BATCH_PIECES
        self.network = build_network(bundle.config, bundle.weights).to(self.device).eval()

    @classmethod
    def load(cls, folder: Path, device: str = "cpu") -> ClaimModel:
        """Loads a bundle. Raises BundleError."""
        return cls(load_bundle(folder), device)

    @torch.inference_mode()
    def predict(
        self,
        documents: Sequence[tuple[Document, Sequence[Mention]]],
        *,
        scope: str = "claims",
        timer: Timer = untimed,
    ) -> list[tuple[list[Mention], list[Claim]]]:
        """Names and claims of each document.

        Args:
            documents: With their amounts in text order.
            scope: `claims` reads only windows with an amount, `all` every one.
            timer: Told of the stages.
        """
        works = [
            self._prepare(document, amounts, timer)
            if amounts or scope == "all"
            else _Work(document, amounts, [], [], Places.of(document), [], [], [])
            for document, amounts in documents
        ]
        todo = [
            (work, window)
            for work in works
            for window in work.windows
            if scope == "all" or window.claims
        ]
        todo.sort(key=lambda item: (item[1].claims, len(item[1].pieces)))
        hidden = self._read(todo, timer)
        for work in works:
            self._claim(work, [(w, h) for owner, w, h in hidden if owner is work], timer)
        return [(work.names, work.claims) for work in works]

    def _prepare(self, document: Document, amounts: Sequence[Mention], timer: Timer) -> _Work:
        with timer("cues"):
            cues = find_cues(document.text, document.grammar_language) if amounts else []
            dates = _free(date_mentions(document), amounts)
        with timer("tokenise"):
            windows = cut_windows(document, amounts, self.tokenizer)
        return _Work(document, amounts, cues, dates, Places.of(document), windows, [], [])

    def _read(
        self, todo: Sequence[tuple[_Work, Window]], timer: Timer
    ) -> list[tuple[_Work, Window, torch.Tensor]]:
        """Runs the encoder over all windows, decodes names, keeps the states for claims."""
        done = []
        # A heading that no window answers for is read as the context of one.
        answered = {(id(work), span) for work, window in todo for span in window.core}
        packs = deque(_packs(todo, self.batch_pieces))
        while packs:
            group = packs.popleft()
            windows = [window for _, window in group]
            with timer("cues"):
                tags = [tag_pieces(window, work.cues, work.amounts) for work, window in group]
            try:
                with timer("encode", sum(len(window.pieces) for window in windows)):
                    hidden, probabilities = self._encode(windows, tags)
            except torch.OutOfMemoryError:
                if len(group) == 1:
                    raise
                self.batch_pieces //= 2
                left = [item for pack in (group, *packs) for item in pack]
                packs = deque(_packs(left, self.batch_pieces))
                continue
            with timer("decode"):
                for row, (work, window) in enumerate(group):
                    count = len(window.pieces)
                    inside = [
                        *window.core,
                        *(c for c in window.context if (id(work), c) not in answered),
                    ]
                    answered.update((id(work), span) for span in inside)
                    work.take_names(window, inside, probabilities[row, :count])
                    if hidden is not None:
                        done.append((work, window, hidden[row, :count]))
        return done

    def _encode(
        self, windows: Sequence[Window], tags: Sequence[Floats]
    ) -> tuple[torch.Tensor | None, Floats]:
        """States for claims, Shape: (B, P, W), and BIO probabilities, Shape: (B, P, tags)."""
        pieces, mask, tagged = batch.stack_pieces(windows, tags, self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=has_bf16(self.device)):
            hidden = self.network.encode(pieces, mask, tagged, claims=windows[0].claims)
        return hidden.claims, self.network.mention_logits(hidden.names).softmax(-1).cpu().numpy()

    def _claim(
        self, work: _Work, read: Sequence[tuple[Window, torch.Tensor]], timer: Timer
    ) -> None:
        with timer("decode"):
            work.names = agree(sorted(work.names, key=lambda m: m.start))
            full = entities(work.names, work.document) if work.amounts else {}
        if not work.amounts:
            return
        with timer("cues"):
            work.names = [replace(m, entity=full.get(m.id)) for m in work.names]
            mentions = sorted([*work.names, *work.amounts], key=lambda m: m.start)
            found = evidence(work.document, mentions)
        by_id = {a.id: e for a, e in zip(work.amounts, found, strict=True)}
        claims = {}
        for window, hidden in read:
            with timer("cues"):
                held = gather_amounts(window, work.places, work.amounts, found)
                if not held.mentions:
                    continue
                offered = pair_up(window, work.places, held, work.names, by_id)
            with timer("encode"):
                scores = self._score(held, offered, hidden)
            with timer("decode"):
                claims.update(self._decode(work, held, offered, scores, full))
        work.claims = [claims[a.id] for a in work.amounts if a.id in claims]

    def _decode(
        self,
        work: _Work,
        held: Amounts,
        offered: Candidates,
        scores: Sequence[ClaimScores],
        full: dict[str, str],
    ) -> dict[str, Claim]:
        return {
            amount.id: decode_claim(
                work.document, amount, offered.mentions, score, full, self.config["thresholds"]
            )
            for amount, score in zip(held.mentions, scores, strict=True)
        }

    def _score(self, held: Amounts, offered: Candidates, hidden: torch.Tensor) -> list[ClaimScores]:
        spans, told = batch.stack_amounts([held], self.device)
        whole = torch.ones(1, len(hidden), device=self.device)
        logits = self.network.claim_logits(hidden[None], whole, spans, told)
        heat = self.config["temperatures"]
        types = (logits.type / heat["type"]).softmax(-1)
        modalities = (logits.modality / heat["modality"]).softmax(-1).cpu().numpy()
        attributions = (logits.attribution / heat["attribution"]).softmax(-1).cpu().numpy()
        negatives = logits.negative.sigmoid().cpu().numpy()
        links: Floats = np.zeros((0, 0), dtype=np.float32)
        if offered.mentions:
            where, pairs = batch.stack_pairs([held], [offered], self.device)
            raw = self.network.pair_logits(
                hidden[None], logits.vectors, logits.type.softmax(-1), spans, where, pairs
            )
            links = (raw / heat["links"]).sigmoid().cpu().numpy()
        table = types.cpu().numpy()
        return [
            ClaimScores(
                table[i],
                modalities[i],
                attributions[i],
                float(negatives[i]),
                gather(held, offered, links, i),
            )
            for i in range(len(held.mentions))
        ]


def _free(mentions: Sequence[Mention], taken: Sequence[Mention]) -> list[Mention]:
    """The mentions that overlap none of those taken."""
    return [m for m in mentions if not any(m.start < t.end and t.start < m.end for t in taken)]


def pick_device(name: str) -> str:
    """`auto` is the GPU where there is one.

    Raises:
        BundleError: A GPU was asked for and there is none.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise BundleError(
            f"Device '{name}' was asked for, but torch {torch.__version__} sees no GPU."
        )
    return name


def has_bf16(device: torch.device) -> bool:
    """Whether bfloat16 is fast: a CPU without the instructions is 70 times slower with it."""
    if device.type == "cpu":
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return True


def build_network(config: Any, weights: Any) -> ClaimNetwork:
    """A network of the configuration's sizes with these weights.

    Raises:
        BundleError: Names or shapes of the weights do not fit.
    """
    network = ClaimNetwork(
        BertConfig(**config["encoder"]), config["names_layer"], config["head_width"]
    )
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise BundleError(f"The weights do not fit the configuration: {error}") from error
    return network


def _packs(
    todo: Iterable[tuple[_Work, Window]], budget: int
) -> Iterable[list[tuple[_Work, Window]]]:
    """Groups of windows of one kind, sorted by length, under a budget of padded pieces."""
    groups: dict[int, list[tuple[_Work, Window]]] = defaultdict(list)
    number = 0
    for item in todo:
        longest, group = len(item[1].pieces), groups[number]
        full = (len(group) + 1) * longest > budget
        if group and (full or group[-1][1].claims != item[1].claims):
            number += 1
        groups[number].append(item)
    return [group for group in groups.values() if group]
