"""Claims keep the rules whatever the network says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from extractor.model.decode import ClaimScores, decode_claim
from extractor.model.labels import ATTRIBUTIONS, LINKS, MODALITIES, TYPE_NAMES
from extractor.schema import Document, Mention
from extractor.taxonomy import PARTY_LABELS, SPEAKER_LABELS, TYPES

DOCUMENT = Document("d", "x" * 40)
AMOUNT = Mention("M0-1", 0, 1, "MONEY", "x")
LABELS = ("FIRM", "ORG", "PERSON", "PLACE", "DATE", "FIRM")
OFFERED = tuple(Mention(f"{i}", 2 + i, 3 + i, label, "x") for i, label in enumerate(LABELS))


@given(st.integers(0, 2**32 - 1))
def test_roles_suit_type_and_label(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = ClaimScores(
        type=random.random(len(TYPE_NAMES)),
        modality=random.random(len(MODALITIES)),
        attribution=random.random(len(ATTRIBUTIONS)),
        negative=float(random.random()),
        links=random.random((len(OFFERED), len(LINKS))),
    )
    entities = {m.id: f"entity {i}" for i, m in enumerate(OFFERED)}
    claim = decode_claim(DOCUMENT, AMOUNT, OFFERED, scores, entities, {})
    labels = {m.id: m.label for m in OFFERED}
    assert set(claim.roles) <= set(TYPES[claim.type].roles)
    for fillers in claim.roles.values():
        assert all(labels[i] in PARTY_LABELS for i in fillers)
        assert len(set(fillers)) == len(fillers)
    assert not set(claim.roles.get("payer", ())) & set(claim.roles.get("recipient", ()))
    assert claim.speaker is None or labels[claim.speaker] in SPEAKER_LABELS
    assert claim.period is None or labels[claim.period] == "DATE"


def test_a_claim_of_type_none_has_no_roles() -> None:
    types = np.array([float(name == "none") for name in TYPE_NAMES])
    links = np.ones((len(OFFERED), len(LINKS)))
    scores = ClaimScores(types, np.ones(len(MODALITIES)), np.ones(len(ATTRIBUTIONS)), 0.0, links)
    assert decode_claim(DOCUMENT, AMOUNT, OFFERED, scores, {}, {}).roles == {}


def test_one_mention_an_entity() -> None:
    types = np.array([float(name == "equity.round") for name in TYPE_NAMES])
    links = np.zeros((len(OFFERED), len(LINKS)))
    links[[0, 5], LINKS.index("payer")] = (0.7, 0.9)
    scores = ClaimScores(types, np.ones(len(MODALITIES)), np.ones(len(ATTRIBUTIONS)), 0.0, links)
    claim = decode_claim(DOCUMENT, AMOUNT, OFFERED, scores, {"0": "Meta", "5": "Meta"}, {})
    assert claim.roles == {"payer": ("5",)}
