"""Claims keep the rules whatever the network says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.model.decode import ClaimScores, decode_claim, decode_mentions, repeat
from extractor.model.labels import ATTRIBUTIONS, BIO, LINKS, MODALITIES, TYPE_NAMES
from extractor.model.windows import END_ID, START_ID, Window
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


@pytest.mark.parametrize("name", ["AMD", "ATS", "S&P"])
def test_a_name_like_a_currency_or_an_index_is_a_name(name: str) -> None:
    assert found_by_model(name) == [name]


def test_an_acronym_of_everyday_is_no_name() -> None:
    assert found_by_model("CEO") == []


def found_by_model(name: str) -> list[str]:
    """What becomes of a text that the network takes for a firm."""
    window = Window(np.array([1]), np.array([0]), np.array([len(name)]), core=((0, len(name)),))
    tags = np.array([BIO.index("B-FIRM")])
    sure = np.eye(len(BIO))[tags]
    mentions = decode_mentions(Document("d", name), window, [(0, len(name))], tags, sure, [])
    return [m.text for m in mentions]


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


def read(text: str, pieces: list[tuple[int, int]], tags: list[str], taken=()) -> list[str]:
    """The names that are read where the network is sure of these tags."""
    inner = [3] * len(pieces)
    window = Window(
        pieces=np.array([START_ID, *inner, END_ID]),
        starts=np.array([0, *(s for s, _ in pieces), len(text)]),
        ends=np.array([0, *(e for _, e in pieces), len(text)]),
        core=((0, len(text)),),
    )
    columns = [BIO.index(tag) for tag in ["O", *tags, "O"]]
    document = Document("d", text, language="fr")
    sure = np.eye(len(BIO), dtype=np.float32)[columns]
    found = decode_mentions(document, window, window.core, np.array(columns), sure, taken)
    return [m.text for m in found]


def test_a_piece_that_is_only_a_space_does_not_end_a_name() -> None:
    # "▁Je", "une", "▁", "Afrique", "▁dit"
    pieces = [(0, 2), (2, 5), (6, 6), (6, 13), (14, 17)]
    tags = ["B-FIRM", "I-FIRM", "I-FIRM", "I-FIRM", "O"]
    assert read("Jeune Afrique dit", pieces, tags) == ["Jeune Afrique"]


def test_a_name_keeps_the_date_in_it_and_yields_to_others() -> None:
    text = "Sunday Times dit"
    pieces = [(0, 6), (7, 12), (13, 16)]
    tags = ["B-FIRM", "I-FIRM", "O"]
    day = Mention("D0-6", 0, 6, "DATE", "Sunday")
    assert read(text, pieces, tags, [day]) == ["Sunday Times"]
    assert read(text, pieces, ["B-FIRM", "O", "O"], [day]) == []
    assert read(text, pieces, tags, [Mention("D7-16", 7, 16, "DATE", "Times dit")]) == []


def test_a_name_keeps_the_dot_of_its_legal_form() -> None:
    text = "Gerber & Cie. dit Xpert."
    pieces = [(0, 6), (7, 8), (9, 12), (12, 13), (14, 17), (18, 23), (23, 24)]
    tags = ["B-FIRM", "I-FIRM", "I-FIRM", "I-FIRM", "O", "B-FIRM", "I-FIRM"]
    assert read(text, pieces, tags) == ["Gerber & Cie.", "Xpert"]


def test_a_name_is_found_again_where_it_stands_another_time() -> None:
    text = "Meta Platforms et Meta. Metal, Ex-Meta, Oracle, 3 Meta, Meta Platforms; Oracle."
    oracle = text.index("Oracle")
    names = [
        Mention("F0-14", 0, 14, "FIRM", "Meta Platforms", score=0.9),
        Mention("F18-22", 18, 22, "FIRM", "Meta", score=0.9),
        Mention("F", oracle, oracle + 6, "FIRM", "Oracle", score=0.5),
    ]
    money = text.index("3 Meta")
    found = repeat(Document("d", text), names, [(money, money + 6)])
    assert [m for m in found if m in names] == names
    (again,) = (m for m in found if m not in names)
    assert (again.text, again.label) == ("Meta Platforms", "FIRM")
    assert text[again.start : again.end] == "Meta Platforms"
    assert again.id == f"F{again.start}-{again.end}"
