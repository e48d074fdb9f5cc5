"""The 8-bit encoder beside the float one, on the model that ships."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from extractor.errors import BundleError, UnknownName
from extractor.model import batch, int8
from extractor.model.bundle import load_bundle
from extractor.model.device import pick_precision
from extractor.model.network import ClaimNetwork
from extractor.model.predictor import ClaimModel, build_network
from extractor.pipeline.core import Extractor, default_bundle
from extractor.train.items import make_items
from extractor.train.notation import read_gold

needs_int8 = pytest.mark.skipif(not int8.has_int8(), reason="this CPU has no 8-bit instructions")
CPU = torch.device("cpu")
GOLD = Path(__file__).parents[2] / "annotations/real/fr-dev.txt"


@pytest.fixture(scope="module")
def network() -> ClaimNetwork:
    bundle = load_bundle(default_bundle())
    return build_network(bundle.config, bundle.weights).eval()


@needs_int8
@torch.inference_mode()
def test_states_are_those_of_float32(network: ClaimNetwork) -> None:
    tokenizer = load_bundle(default_bundle()).tokenizer
    items = [i for gold in list(read_gold(GOLD))[:40] for i in make_items(gold, tokenizer)]
    near = copy.deepcopy(network)
    int8.to_int8(near)
    cosines, names = [], []
    for item in items:
        given = batch.stack_pieces([item.window], [item.tags], CPU)
        exact, rounded = network.encode(*given), near.encode(*given)
        assert exact.claims is not None
        assert rounded.claims is not None
        cosines.append(F.cosine_similarity(exact.claims, rounded.claims, dim=-1).mean())
        mine, theirs = network.mention_logits(exact.names), near.mention_logits(rounded.names)
        names.append((mine.argmax(-1) == theirs.argmax(-1)).float().mean())
    assert torch.stack(cosines).mean() > 0.99
    assert torch.stack(names).mean() > 0.99


@needs_int8
def test_a_text_is_read_the_same_in_any_company() -> None:
    extractor = Extractor(ClaimModel.load(default_bundle(), precision="int8"))
    documents = [gold.document for gold in list(read_gold(GOLD))[:24]]
    together = extractor.extract_documents(documents)
    alone = [e for document in documents for e in extractor.extract_documents([document])]
    told = [[(c.money, c.type, c.modality) for c in e.claims] for e in together]
    assert told == [[(c.money, c.type, c.modality) for c in e.claims] for e in alone]


@needs_int8
def test_observed_ranges_hold_what_is_read(network: ClaimNetwork) -> None:
    pieces = torch.arange(20, 60).view(2, 20)
    given = (pieces, torch.ones_like(pieces), torch.zeros(2, 20, network.tags.in_features))
    seen = int8.observe(network, lambda: network.encode(*given))
    assert (seen[:, 0] <= 0).all()
    assert (seen[:, 1] >= 0).all()
    width = network.encoder.config.hidden_size
    state = network.encoder.embeddings(pieces).detach()
    assert torch.equal(seen[0, 1, :width], state.flatten(0, 1).amax(0).clamp_min(0))


def test_where_8_bits_are_slow_auto_is_float(
    monkeypatch: pytest.MonkeyPatch, network: ClaimNetwork
) -> None:
    monkeypatch.setattr("extractor.model.device.has_bf16", lambda device: False)
    monkeypatch.setattr("extractor.model.device.has_int8", lambda: True)
    assert pick_precision("auto", CPU, network) == "int8"
    monkeypatch.setattr("extractor.model.device.has_int8", lambda: False)
    assert pick_precision("auto", CPU, network) == "float32"
    with pytest.raises(BundleError, match="not fast with them"):
        pick_precision("int8", CPU, network)
    with pytest.raises(UnknownName, match="fp8"):
        pick_precision("fp8", CPU, network)


def test_a_bundle_without_ranges_is_read_in_float(
    monkeypatch: pytest.MonkeyPatch, model: ClaimModel
) -> None:
    monkeypatch.setattr("extractor.model.device.has_bf16", lambda device: False)
    monkeypatch.setattr("extractor.model.device.has_int8", lambda: True)
    assert pick_precision("auto", CPU, model.network) == "float32"
    with pytest.raises(BundleError, match="no ranges"):
        pick_precision("int8", CPU, model.network)
