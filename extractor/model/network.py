"""The network: one multilingual encoder, one pass, five kinds of answer.

Pieces of a window go through the encoder with the tags of their cue words added
to their embeddings. From one of the layers are read the named entities (BIO tags a
piece), so that a window without an amount need not go on; from the last one type,
modality and attribution of each amount and, for pairs of an amount and a candidate
mention, the roles, the speaker and the period.

Names of sizes in the shapes: B windows, P pieces, W encoder width, D head width,
M amounts, C candidate mentions, K pairs of amount and candidate.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel
from transformers.masking_utils import create_bidirectional_mask

from extractor.model.labels import (
    ATTRIBUTIONS,
    BIO,
    EVIDENCE_WIDTH,
    LINKS,
    MODALITIES,
    PAIR_WIDTH,
    TAG_WIDTH,
    TYPE_NAMES,
)

CONTEXT_PIECES = 8
_BUCKETS = 11


@dataclass(frozen=True, slots=True)
class Spans:
    """Runs of pieces in a batch, half-open. Each field: Shape: (spans,)."""

    row: Tensor
    start: Tensor
    end: Tensor
    sentence_start: Tensor
    sentence_end: Tensor


@dataclass(frozen=True, slots=True)
class Pairs:
    """Amount and candidate; `features` holds distance, order, label, cues.

    Shape: amount, candidate (K,); features (K, PAIR_WIDTH).
    """

    amount: Tensor
    candidate: Tensor
    features: Tensor


@dataclass(frozen=True, slots=True)
class Hidden:
    """States of the encoder in float32. Shape: (B, P, W).

    Attributes:
        names: Of the layer that names are read from.
        claims: Of the last layer; None where it was not run.
    """

    names: Tensor
    claims: Tensor | None


@dataclass(frozen=True, slots=True)
class ClaimLogits:
    """Shape: type (M, 25), modality (M, 7), attribution (M, 6), negative (M,), vectors (M, D)."""

    type: Tensor
    modality: Tensor
    attribution: Tensor
    negative: Tensor
    vectors: Tensor


class ClaimNetwork(nn.Module):
    """Encoder and heads.

    Args:
        encoder: Configuration of the encoder.
        names_layer: Names are read from the output of so many layers.
        width: D, the width of the heads.
        dropout: Of the heads.

    Attributes:
        ranges: Of the encoder's activations, for `int8`; zeros until observed.
    """

    ranges: Tensor

    def __init__(
        self, encoder: BertConfig, names_layer: int, width: int = 256, dropout: float = 0.2
    ) -> None:
        super().__init__()
        self.names_layer = names_layer
        self.encoder = BertModel(encoder, add_pooling_layer=False)
        wide = encoder.hidden_size
        self.tags = nn.Linear(TAG_WIDTH, wide, bias=False)
        self.mention = nn.Sequential(nn.Dropout(dropout), nn.Linear(wide, len(BIO)))
        self.transitions = nn.Parameter(torch.zeros(len(BIO), len(BIO)))
        self.reader = Reader(wide, encoder.num_attention_heads)
        self.claim = _perceptron(5 * wide + EVIDENCE_WIDTH, width, dropout)
        self.type_query = nn.Linear(width, wide)
        self.type_labels = nn.Parameter(torch.zeros(len(TYPE_NAMES), wide))
        self.type_evidence = nn.Linear(EVIDENCE_WIDTH, len(TYPE_NAMES))
        self.modality = nn.Linear(width + EVIDENCE_WIDTH, len(MODALITIES))
        self.attribution = nn.Linear(width + EVIDENCE_WIDTH, len(ATTRIBUTIONS))
        self.negative = nn.Linear(width + EVIDENCE_WIDTH, 1)
        self.candidate = _perceptron(3 * wide, width, dropout)
        self.between = _perceptron(wide, width, dropout)
        self.pair = nn.Sequential(
            _perceptron(4 * width + PAIR_WIDTH + len(TYPE_NAMES), width, dropout),
            nn.Linear(width, len(LINKS)),
        )
        self.pair_evidence = nn.Linear(PAIR_WIDTH, len(LINKS))
        nn.init.normal_(self.tags.weight, std=0.02)
        inputs = 3 * wide + encoder.intermediate_size
        self.register_buffer("ranges", torch.zeros(encoder.num_hidden_layers, 2, inputs))

    def encode(self, pieces: Tensor, mask: Tensor, tags: Tensor, *, claims: bool = True) -> Hidden:
        """Runs the encoder.

        Args:
            pieces: Ids. Shape: (B, P).
            mask: 1 for a piece, 0 for padding. Shape: (B, P).
            tags: Cue tags of each piece. Shape: (B, P, TAG_WIDTH).
            claims: Whether to run the layers above the names too.
        """
        words = self.encoder.embeddings.word_embeddings(pieces)
        state = self.encoder.embeddings(inputs_embeds=words + self.tags(tags))
        seen = create_bidirectional_mask(
            config=self.encoder.config, inputs_embeds=state, attention_mask=mask
        )
        layers = self.encoder.encoder.layer
        for layer in layers[: self.names_layer]:
            state = layer(state, seen)
        names = state.float()
        if not claims:
            return Hidden(names, None)
        for layer in layers[self.names_layer :]:
            state = layer(state, seen)
        return Hidden(names, state.float())

    def mention_logits(self, hidden: Tensor) -> Tensor:
        """BIO logits, to be joined by `transitions`. Shape: (B, P, W) -> (B, P, tags)."""
        return self.mention(hidden)  # type: ignore[no-any-return]

    def claim_logits(
        self, hidden: Tensor, mask: Tensor, spans: Spans, evidence: Tensor
    ) -> ClaimLogits:
        """Type, modality and attribution of each amount.

        Args:
            hidden: Shape: (B, P, W).
            mask: 1 for a piece, 0 for padding. Shape: (B, P).
            spans: The amounts.
            evidence: What the cues say. Shape: (M, EVIDENCE_WIDTH).
        """
        pooled = _pool(hidden, spans, CONTEXT_PIECES, sentence=True)
        read = self.reader(hidden, mask, spans, pooled[:, : hidden.shape[-1]])
        vectors = self.claim(torch.cat([pooled, read, evidence], dim=-1))
        query = self.type_query(vectors)
        scale = query.shape[-1] ** -0.5
        both = torch.cat([vectors, evidence], dim=-1)
        return ClaimLogits(
            type=query @ self.type_labels.T * scale + self.type_evidence(evidence),
            modality=self.modality(both),
            attribution=self.attribution(both),
            negative=self.negative(both)[:, 0],
            vectors=vectors,
        )

    def pair_logits(
        self,
        hidden: Tensor,
        vectors: Tensor,
        types: Tensor,
        amounts: Spans,
        candidates: Spans,
        pairs: Pairs,
    ) -> Tensor:
        """Roles, speaker and period of each pair.

        Args:
            hidden: Shape: (B, P, W).
            vectors: Of the amounts. Shape: (M, D).
            types: Probabilities of the types. Shape: (M, types).
            amounts: M amounts.
            candidates: C mentions.
            pairs: K pairs.

        Returns:
            Logits, independent of each other. Shape: (K, links).
        """
        pooled = self.candidate(_pool(hidden, candidates, CONTEXT_PIECES // 2, sentence=False))
        amount = vectors[pairs.amount]
        other = pooled[pairs.candidate]
        between = self.between(_between(hidden, amounts, candidates, pairs))
        joined = [amount, other, amount * other, between, pairs.features, types[pairs.amount]]
        logits = self.pair(torch.cat(joined, dim=-1))
        return logits + self.pair_evidence(pairs.features)  # type: ignore[no-any-return]

    @torch.no_grad()
    def describe_types(self, pieces: Tensor, mask: Tensor) -> None:
        """Starts the type head from the encoder's vectors of the descriptions.

        Args:
            pieces: Ids of the descriptions, in the order of the types. Shape: (types, P).
            mask: Shape: (types, P).
        """
        hidden = self.encoder(input_ids=pieces, attention_mask=mask).last_hidden_state.float()
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        centred = (mean - mean.mean(0)) / mean.std(0).clamp_min(1e-6)
        self.type_labels.copy_(centred)


class Reader(nn.Module):
    """Attention of each amount over its window, biased by distance.

    Vaswani et al., "Attention Is All You Need", 2017; the buckets of distance as in Raffel
    et al., "Exploring the Limits of Transfer Learning", 2020.
    """

    def __init__(self, wide: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(wide, wide)
        self.key = nn.Linear(wide, wide)
        self.value = nn.Linear(wide, wide)
        self.distance = nn.Embedding(2 * _BUCKETS + 1, heads)
        nn.init.zeros_(self.distance.weight)

    def forward(self, hidden: Tensor, mask: Tensor, spans: Spans, asking: Tensor) -> Tensor:
        """What each amount reads.

        Args:
            hidden: Shape: (B, P, W).
            mask: Shape: (B, P).
            spans: The amounts.
            asking: Their own vectors. Shape: (M, W).

        Returns:
            Shape: (M, W).
        """
        count, length = len(asking), hidden.shape[1]
        shape = (self.heads, hidden.shape[-1] // self.heads)
        query = self.query(asking).view(count, *shape)
        keys = self.key(hidden).view(*hidden.shape[:2], *shape)[spans.row]
        values = self.value(hidden).view(*hidden.shape[:2], *shape)[spans.row]
        where = torch.arange(length, device=hidden.device)
        after = (where - spans.end[:, None] + 1).clamp_min(0)
        before = (spans.start[:, None] - where).clamp_min(0)
        bucket = _BUCKETS + _bucket(after) - _bucket(before)
        scores = torch.einsum("mhd,mphd->mhp", query, keys) * shape[1] ** -0.5
        scores = scores + self.distance(bucket).transpose(1, 2)
        scores = scores.masked_fill(mask[spans.row][:, None] == 0, float("-inf"))
        read = torch.einsum("mhp,mphd->mhd", scores.softmax(-1), values)
        return read.reshape(count, -1)


def _bucket(distance: Tensor) -> Tensor:
    """Exact up to 4 pieces, then by powers of two. Shape is kept."""
    far = 2 + (distance.clamp_min(1).float().log2()).floor().long()
    return torch.where(distance <= 4, distance, far).clamp_max(_BUCKETS)


def _between(hidden: Tensor, amounts: Spans, candidates: Spans, pairs: Pairs) -> Tensor:
    """Means over what stands between amount and candidate. Shape: (K, W)."""
    sums = _sums(hidden)
    one, other = pairs.amount, pairs.candidate
    start = torch.minimum(amounts.end[one], candidates.end[other])
    end = torch.maximum(amounts.start[one], candidates.start[other]).clamp_min(start)
    row = amounts.row[one]
    return (sums[row, end] - sums[row, start]) / (end - start).clamp_min(1)[:, None]


def _sums(hidden: Tensor) -> Tensor:
    """Running sums over the pieces. Shape: (B, P, W) -> (B, P + 1, W)."""
    return torch.cat([hidden.new_zeros(hidden.shape[0], 1, hidden.shape[2]), hidden.cumsum(1)], 1)


def _perceptron(wide: int, width: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(wide), nn.Dropout(dropout), nn.Linear(wide, width), nn.GELU(),
        nn.Dropout(dropout),
    )  # fmt: skip


def _pool(hidden: Tensor, spans: Spans, around: int, *, sentence: bool) -> Tensor:
    """Means over each span, its neighbours on each side and its sentence.

    Shape: (B, P, W) -> (spans, 4 * W), or 3 * W without the sentence.
    """
    sums = _sums(hidden)
    last = hidden.shape[1]

    def mean(start: Tensor, end: Tensor) -> Tensor:
        count = (end - start).clamp_min(1)[:, None]
        return (sums[spans.row, end] - sums[spans.row, start]) / count

    parts = [
        mean(spans.start, spans.end),
        mean((spans.start - around).clamp_min(0), spans.start),
        mean(spans.end, (spans.end + around).clamp_max(last)),
    ]
    if sentence:
        parts.append(mean(spans.sentence_start, spans.sentence_end))
    return torch.cat(parts, dim=-1)
