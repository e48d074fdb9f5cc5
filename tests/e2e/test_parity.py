"""One model, one text, one set of records, whatever multiplies its numbers.

What each way of computing gives beside float32 on the CPU is recorded in the report
(`pytest --junitxml`); those that the machine lacks are skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from extractor.model.device import has_bf16
from extractor.model.int8 import has_int8
from extractor.model.predictor import ClaimModel
from extractor.pipeline.core import Extractor, default_bundle
from extractor.schema import Document, Extraction
from extractor.train.notation import read_gold

REAL = Path(__file__).parents[2] / "annotations/real"
WAYS = [
    pytest.param("cpu", "int8", marks=pytest.mark.skipif(not has_int8(), reason="no VNNI")),
    pytest.param(
        "cpu", "bf16",
        marks=pytest.mark.skipif(not has_bf16(torch.device("cpu")), reason="bfloat16 is slow"),
    ),
    pytest.param(
        "cuda", "bf16", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    paths = sorted(REAL.glob("*-dev.txt"))
    return [gold.document for path in paths for gold in list(read_gold(path))[:12]]


@pytest.fixture(scope="module")
def exact(documents: list[Document]) -> list[Extraction]:
    return _read(documents, "cpu", "float32")


def _read(documents: list[Document], device: str, precision: str) -> list[Extraction]:
    model = ClaimModel.load(default_bundle(), device, precision)
    return Extractor(model, scope="all").extract_documents(documents)


@pytest.mark.parametrize(("device", "precision"), WAYS)
def test_records_are_those_of_float32(
    device: str, precision: str, documents: list[Document], exact: list[Extraction],
    record_testsuite_property: Callable[[str, object], None],
) -> None:  # fmt: skip
    found = _read(documents, device, precision)
    mine = [c for e in exact for c in e.claims]
    theirs = [c for e in found for c in e.claims]
    assert [c.money for c in mine] == [c.money for c in theirs]
    pairs = list(zip(mine, theirs, strict=True))
    names = [{(m.start, m.end, m.label) for m in e.mentions} for e in exact]
    others = [{(m.start, m.end, m.label) for m in e.mentions} for e in found]
    common = sum(len(a & b) for a, b in zip(names, others, strict=True))
    figures = {
        "names": 2 * common / sum(len(a) + len(b) for a, b in zip(names, others, strict=True)),
        "type": sum(a.type == b.type for a, b in pairs) / len(pairs),
        "modality": sum(a.modality == b.modality for a, b in pairs) / len(pairs),
        "roles": sum(a.roles == b.roles for a, b in pairs) / len(pairs),
        "score": 1 - sum(abs(a.score - b.score) for a, b in pairs) / len(pairs),
    }
    for name, value in figures.items():
        record_testsuite_property(f"{device} {precision}: {name}", round(value, 4))
    # Where two answers are nearly as likely, rounding decides: with 8 bits for one claim in 25.
    assert min(figures.values()) > 0.92, figures
    assert figures["score"] > 0.98
    assert figures["names"] > 0.98
