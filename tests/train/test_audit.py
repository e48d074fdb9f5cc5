"""The audit: a spoilt label is found, in documents that the model has not seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from extractor.errors import InputError
from extractor.model.predictor import ClaimModel
from extractor.pipeline.core import default_bundle
from extractor.train import audit as module
from extractor.train.items import make_items
from extractor.train.notation import read_gold

ANNOTATIONS = Path(__file__).parents[2] / "annotations"


@pytest.fixture(scope="module")
def model() -> ClaimModel:
    return ClaimModel.load(default_bundle())


def test_a_spoilt_label_is_doubted(monkeypatch: pytest.MonkeyPatch, model: ClaimModel) -> None:
    gold = [*read_gold(ANNOTATIONS / "real" / "en-dev.txt")][:60]
    at, victim = next(  # one that leaves no doubt
        (i, g)
        for i, g in enumerate(gold)
        if "profit" in g.document.text and any(c.type == "figure.profit" for c in g.claims)
    )
    claims = [replace(c, type="figure.price") for c in victim.claims]
    gold[at] = replace(victim, claims=tuple(claims))
    unseen = [(g, list(make_items(g, model.tokenizer))) for g in gold]
    monkeypatch.setattr(module, "unseen_by", lambda *_: unseen)
    doubts = [d for d in module.audit(ANNOTATIONS, default_bundle()) if d["field"] == "type"]
    found = next(d for d in doubts if d["id"] == victim.document.id)
    assert (found["label"], found["expected"]) == ("figure.price", "figure.profit")
    assert found["p_label"] < 0.1 < found["p_expected"]
    assert len(doubts) < 60


def test_documents_of_the_training_are_not_audited(
    monkeypatch: pytest.MonkeyPatch, model: ClaimModel
) -> None:
    settings = {"share": 0.5, "without": "", "seed": 1}
    half = SimpleNamespace(
        id="half", config={"training": {"settings": settings}}, tokenizer=model.tokenizer
    )
    data = module.load_gold(ANNOTATIONS)
    monkeypatch.setattr(module, "make_items", lambda *_: [])
    left = {g.document.id for g, _ in module.unseen_by(half, ANNOTATIONS)}
    seen = data.part(0.5, seed=1)
    assert left == {g.document.id for g in (*data.real, *data.articles)} - {
        g.document.id for g in (*seen.real, *seen.articles)
    }
    settings["share"] = 1.0
    with pytest.raises(InputError, match="--share"):
        module.unseen_by(half, ANNOTATIONS)
