"""Quality floors on held-out gold. They may only rise.

`gate.json` holds the floors and the digest of the gold they were set on; a change
of the gold sets new floors, knowingly:

    extractor evaluate annotations/real/*-test.txt --no-baselines --json figures.json
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from extractor.pipeline.core import load
from extractor.train.evaluate import summarise, tally
from extractor.train.notation import read_gold

HERE = Path(__file__).parent
GATE = json.loads((HERE / "gate.json").read_text(encoding="utf-8"))
GOLD = sorted((HERE.parents[1] / "annotations" / "real").glob("*-test.txt"))


def test_the_gold_is_the_one_that_the_floors_were_set_on() -> None:
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in GOLD)).hexdigest()
    assert digest == GATE["gold_sha256"]


@pytest.fixture(scope="module", params=["model", "cues"])
def figures(request):
    gold = [one for path in GOLD for one in read_gold(path)]
    extractor = load(None if request.param == "model" else "cues", scope="all", device="cpu")
    found = extractor.extract_documents([one.document for one in gold])
    tallies = [tally(one, other) for one, other in zip(gold, found, strict=True)]
    return request.param, summarise(tallies, intervals=False)


def test_no_figure_is_under_its_floor(figures) -> None:
    name, table = figures
    under = {
        figure: (table[figure]["value"], floor)
        for figure, floor in GATE["floors"][name].items()
        if table[figure]["value"] < floor
    }
    assert not under
