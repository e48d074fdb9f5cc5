"""The trained model at work: documents with amounts in, names and claims out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn.utils.rnn import pad_sequence
from transformers import BertConfig

from extractor.cues import Cue, Evidence, date_mentions, evidence, find_cues
from extractor.errors import BundleError
from extractor.link.firms import entities
from extractor.model import batch, crf
from extractor.model.bundle import Bundle, load_bundle
from extractor.model.decode import (
    ClaimScores,
    Floats,
    agree,
    decode_claim,
    decode_mentions,
    repeat,
)
from extractor.model.device import pick_precision
from extractor.model.inputs import Amounts, Candidates, Places, gather_amounts, pair_up, tag_pieces
from extractor.model.int8 import to_int8
from extractor.model.labels import LINKS
from extractor.model.network import ClaimNetwork
from extractor.model.packing import pack, together
from extractor.model.windows import Window, cut_windows
from extractor.schema import Claim, Document, Mention
from extractor.stages import Timer, untimed

# Padded pieces that the encoder reads at once; halved where a GPU has no memory for them.
BATCH_PIECES, GPU_BATCH_PIECES = 4096, 65_536


@dataclass(slots=True)
class _Work:
    """A document on its way through the network.

    Attributes:
        entities: Fullest name of each name, by mention id.
        evidence: What the cues say of each amount, by mention id.
        claims: By their amount's id.
    """

    document: Document
    amounts: Sequence[Mention]
    places: Places
    cues: Sequence[Cue] = ()
    dates: Sequence[Mention] = ()
    windows: Sequence[Window] = ()
    names: list[Mention] = field(default_factory=list)
    entities: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)

    def take_names(
        self,
        window: Window,
        inside: Sequence[tuple[int, int]],
        tags: NDArray[np.int64],
        probabilities: Floats,
    ) -> None:
        """Adds the names and dates of the spans that a window answers for."""
        taken = [*self.amounts, *self.dates]
        names = decode_mentions(self.document, window, inside, tags, probabilities, taken)
        # The rules find dates better than the network, which saw few of them.
        held = [d for d in self.dates if any(s <= d.start and d.end <= e for s, e in inside)]
        self.names += [*names, *_free(held, names)]


@dataclass(frozen=True, slots=True)
class _Question:
    """The amounts of a window, with what may fill their roles and the window's states.

    Attributes:
        states: Of the last layer. Shape: (P, W).
    """

    work: _Work
    held: Amounts
    offered: Candidates
    states: torch.Tensor


class ClaimModel:
    """A network with its tokenizer and calibration.

    Args:
        bundle: As loaded.
        device: `cpu`, `cuda` or `cuda:N`.
        precision: Of the encoder: `auto`, `bf16`, `int8` or `float32`.

    Attributes:
        id: What records say made them.
        precision: That was picked.
    """

    def __init__(self, bundle: Bundle, device: str = "cpu", precision: str = "auto") -> None:
        self.id = bundle.id
        self.tokenizer: Tokenizer = bundle.tokenizer
        self.config = bundle.config
        self.device = torch.device(device)
        self.batch_pieces = GPU_BATCH_PIECES if self.device.type == "cuda" else BATCH_PIECES
        network = build_network(bundle.config, bundle.weights)
        self.precision = pick_precision(precision, self.device, network)
        if self.precision == "int8":
            to_int8(network)
        self.network = network.to(self.device).eval()

    @classmethod
    def load(cls, folder: Path, device: str = "cpu", precision: str = "auto") -> ClaimModel:
        """Loads a bundle. Raises BundleError."""
        return cls(load_bundle(folder), device, precision)

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
            else _Work(document, amounts, Places.of(document))
            for document, amounts in documents
        ]
        todo = [
            (work, window)
            for work in works
            for window in work.windows
            if scope == "all" or window.claims
        ]
        todo.sort(key=lambda item: (item[1].claims, len(item[1].pieces)))
        states = self._read(todo, timer)
        for work in works:
            self._link_names(work, timer)
        with timer("cues"):
            asked = [q for owner, window, rows in states for q in _ask(owner, window, rows)]
        for group in together(asked, _size):
            self._answer(group, timer)
        return [
            (work.names, [work.claims[a.id] for a in work.amounts if a.id in work.claims])
            for work in works
        ]

    def _prepare(self, document: Document, amounts: Sequence[Mention], timer: Timer) -> _Work:
        with timer("cues"):
            cues = find_cues(document.text, document.grammar_language, amounts) if amounts else []
            dates = _free(date_mentions(document), amounts)
        with timer("tokenise"):
            windows = cut_windows(document, amounts, self.tokenizer)
        return _Work(document, amounts, Places.of(document), cues, dates, windows)

    def _read(
        self, todo: Sequence[tuple[_Work, Window]], timer: Timer
    ) -> list[tuple[_Work, Window, torch.Tensor]]:
        """Runs the encoder over all windows, decodes names, keeps the states for claims."""
        done = []
        # A heading that no window answers for is read as the context of one.
        answered = {(id(work), span) for work, window in todo for span in window.core}
        packs = deque(pack(todo, _window, self.batch_pieces))
        while packs:
            group = packs.popleft()
            windows = [window for _, window in group]
            with timer("cues"):
                tags = [tag_pieces(window, work.cues, work.amounts) for work, window in group]
            try:
                with timer("encode", sum(len(window.pieces) for window in windows)):
                    hidden, paths, probabilities = self._encode(windows, tags)
            except torch.OutOfMemoryError:
                if len(group) == 1:
                    raise
                self.batch_pieces //= 2
                left = [item for pack in (group, *packs) for item in pack]
                packs = deque(pack(left, _window, self.batch_pieces))
                continue
            with timer("decode"):
                for row, (work, window) in enumerate(group):
                    count = len(window.pieces)
                    inside = [
                        *window.core,
                        *(c for c in window.context if (id(work), c) not in answered),
                    ]
                    answered.update((id(work), span) for span in inside)
                    work.take_names(window, inside, paths[row, :count], probabilities[row, :count])
                    if hidden is not None:
                        done.append((work, window, hidden[row, :count]))
        return done

    def _encode(
        self, windows: Sequence[Window], tags: Sequence[Floats]
    ) -> tuple[torch.Tensor | None, NDArray[np.int64], Floats]:
        """States for claims, (B, P, W), BIO tags, (B, P), and probabilities, (B, P, tags)."""
        pieces, mask, tagged = batch.stack_pieces(windows, tags, self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            hidden = self.network.encode(pieces, mask, tagged, claims=windows[0].claims)
        # Many small steps, which a GPU would take one by one.
        logits = self.network.mention_logits(hidden.names).cpu()
        lengths = torch.tensor([len(window.pieces) for window in windows])
        paths = crf.best_paths(logits, lengths, self.network.transitions.cpu())
        return hidden.claims, paths.numpy(), logits.softmax(-1).numpy()

    def _link_names(self, work: _Work, timer: Timer) -> None:
        """Settles the names of a document and what the cues say of its amounts."""
        with timer("decode"):
            names = agree(sorted(work.names, key=lambda m: m.start))
            work.names = repeat(work.document, names, ((a.start, a.end) for a in work.amounts))
        if not work.amounts:
            return
        with timer("decode"):
            work.entities = entities(work.names, work.document)
        with timer("cues"):
            work.names = [replace(m, entity=work.entities.get(m.id)) for m in work.names]
            mentions = sorted([*work.names, *work.amounts], key=lambda m: m.start)
            found = evidence(work.document, mentions)
            work.evidence = {a.id: e for a, e in zip(work.amounts, found, strict=True)}

    def _answer(self, asked: Sequence[_Question], timer: Timer) -> None:
        """Adds the claims of some windows to their documents."""
        with timer("encode"):
            scores = self._score(asked)
        with timer("decode"):
            for question, rows in zip(asked, scores, strict=True):
                work, offered = question.work, question.offered.mentions
                for amount, row in zip(question.held.mentions, rows, strict=True):
                    work.claims[amount.id] = decode_claim(
                        work.document, amount, offered, row, work.entities,
                        self.config["thresholds"],
                    )  # fmt: skip

    def _score(self, asked: Sequence[_Question]) -> list[list[ClaimScores]]:
        """Probabilities of the amounts of each window."""
        held, offered = [q.held for q in asked], [q.offered for q in asked]
        states = pad_sequence([q.states for q in asked], batch_first=True)
        lengths = torch.tensor([len(q.states) for q in asked], device=self.device)
        mask = torch.arange(states.shape[1], device=self.device) < lengths[:, None]
        spans, told = batch.stack_amounts(held, self.device)
        logits = self.network.claim_logits(states, mask, spans, told)
        heat = self.config["temperatures"]
        types = (logits.type / heat["type"]).softmax(-1).cpu().numpy()
        modalities = (logits.modality / heat["modality"]).softmax(-1).cpu().numpy()
        attributions = (logits.attribution / heat["attribution"]).softmax(-1).cpu().numpy()
        negatives = logits.negative.sigmoid().cpu().numpy()
        links: Floats = np.zeros((0, len(LINKS)), dtype=np.float32)
        if any(o.mentions for o in offered):
            where, pairs = batch.stack_pairs(held, offered, self.device)
            raw = self.network.pair_logits(
                states, logits.vectors, logits.type.softmax(-1), spans, where, pairs
            )
            links = (raw / heat["links"]).sigmoid().cpu().numpy()
        rows, pair = 0, 0
        answers = []
        for one, other in zip(held, offered, strict=True):
            amounts, size = len(one.mentions), len(other.mentions)
            table = links[pair : pair + amounts * size].reshape(amounts, size, len(LINKS))
            answers.append(
                [
                    ClaimScores(
                        types[rows + i], modalities[rows + i], attributions[rows + i],
                        float(negatives[rows + i]), table[i],
                    )
                    for i in range(amounts)
                ]
            )  # fmt: skip
            rows, pair = rows + amounts, pair + amounts * size
        return answers


def _window(item: tuple[_Work, Window]) -> Window:
    return item[1]


def _size(question: _Question) -> tuple[int, int]:
    return len(question.held.mentions), len(question.states)


def _ask(work: _Work, window: Window, states: torch.Tensor) -> Iterator[_Question]:
    """The window's question, if it answers for an amount."""
    held = gather_amounts(window, work.places, work.amounts, work.evidence)
    if held.mentions:
        offered = pair_up(window, work.places, held, work.names, work.evidence)
        yield _Question(work, held, offered, states)


def _free(mentions: Sequence[Mention], taken: Sequence[Mention]) -> list[Mention]:
    """The mentions that overlap none of those taken."""
    return [m for m in mentions if not any(m.start < t.end and t.start < m.end for t in taken)]


def build_network(config: Any, weights: Any) -> ClaimNetwork:
    """A network of the configuration's sizes with these weights.

    Raises:
        BundleError: Names or shapes of the weights do not fit.
    """
    network = ClaimNetwork(
        BertConfig(**config["encoder"]), config["names_layer"], config["head_width"]
    )
    try:
        # A bundle whose ranges were not observed has none.
        network.load_state_dict({"ranges": network.ranges, **weights})
    except RuntimeError as error:
        raise BundleError(f"The weights do not fit the configuration: {error}") from error
    return network
