"""Calibration: every field is fitted."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer

from extractor.model.labels import LINKS
from extractor.model.predictor import ClaimModel
from extractor.train.calibrate import calibrate
from extractor.train.items import make_items
from extractor.train.notation import read_gold

REAL = Path(__file__).parents[2] / "annotations" / "real"


def test_all_fields_are_calibrated(model: ClaimModel, tokenizer: Tokenizer) -> None:
    gold = [*read_gold(REAL / "en-dev.txt")][:30]
    items = [item for one in gold for item in make_items(one, tokenizer)]
    found = calibrate(model.network, items, model.device)
    assert set(found["temperatures"]) == {"type", "modality", "attribution", "links"}
    assert set(found["thresholds"]) == set(LINKS)
