"""The closed lists of the network, in the order of its output columns."""

from __future__ import annotations

from extractor.taxonomy import (
    ATTRIBUTIONS,
    BLOCK_KINDS,
    MODALITIES,
    PARTY_LABELS,
    PER_UNITS,
    ROLES,
    SPEAKER_LABELS,
    TYPE_NAMES,
)

__all__ = [
    "ATTRIBUTIONS",
    "BIO",
    "CUE_TAGS",
    "DISTANCES_CHARS",
    "ENTITY_LABELS",
    "EVIDENCE_WIDTH",
    "LINKS",
    "LINK_LABELS",
    "MODALITIES",
    "PAIR_WIDTH",
    "ROLES",
    "TAG_WIDTH",
    "TYPE_NAMES",
]

ENTITY_LABELS = ("FIRM", "ORG", "PERSON", "PLACE", "DATE")
BIO = ("O", *(f"{edge}-{label}" for label in ENTITY_LABELS for edge in "BI"))

LINKS = (*ROLES, "speaker", "period")
"""What may join an amount to a mention."""

LINK_LABELS = {
    **dict.fromkeys(ROLES, PARTY_LABELS),
    "speaker": SPEAKER_LABELS,
    "period": ("DATE",),
}
"""The mention labels that may fill each link."""

CUE_TAGS = (
    *(("type", name) for name in TYPE_NAMES),
    *(("modality", name) for name in MODALITIES),
    *(("speech", name) for name in ("verbs", "formulas", "vague", "anonymous", "media")),
    *(("anaphora", name) for name in ("firm", "body", "plain")),
)
TAG_WIDTH = len(CUE_TAGS) + 1  # and: the piece belongs to an amount

# Of an amount: the cues' scores, its unit of rate, its size, its block.
EVIDENCE_WIDTH = (
    len(TYPE_NAMES) + len(MODALITIES) + len(ATTRIBUTIONS) + len(PER_UNITS) + 6 + len(BLOCK_KINDS)
)

DISTANCES_CHARS = (15, 40, 80, 160, 320, 640)
# Of a pair: distance, order, place, label, how many of its kind between, cues.
PAIR_WIDTH = len(DISTANCES_CHARS) + 1 + 4 + len(ENTITY_LABELS) + 2 + len(LINKS)
