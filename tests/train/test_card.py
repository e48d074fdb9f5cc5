"""Figures in documents."""

from pathlib import Path

import pytest

from extractor.errors import FormatError
from extractor.train.card import write_figures
from extractor.train.evaluate import evaluate
from extractor.train.notation import read_gold

GOLD = [*read_gold(Path(__file__).parents[2] / "annotations" / "real" / "fr-dev.txt")]
MARKED = "# x\n\n<!-- figures: {} -->\nstale words\n<!-- end of figures -->\nafter\n"


@pytest.fixture(scope="module")
def report():
    return evaluate(GOLD, {"gold": lambda one: one})


@pytest.mark.parametrize("kind", ["short", "full"])
def test_what_stands_between_the_marks_is_replaced(report, tmp_path, kind: str) -> None:
    path = tmp_path / "card.md"
    path.write_text(MARKED.format(kind), encoding="utf-8")
    write_figures(path, report)
    text = path.read_text(encoding="utf-8")
    assert "stale words" not in text
    assert text.endswith("<!-- end of figures -->\nafter\n")
    assert "| type accuracy | 81 | 1.00 [1.00, 1.00] |" in text
    write_figures(path, report)
    assert path.read_text(encoding="utf-8") == text


def test_by_type_and_triggers(report) -> None:
    types = report["gold"]["types"]
    assert sum(row["cases"] for row in types.values()) == 81
    assert all(row["f1"] == 1 for row in types.values())
    hits, cases = map(sum, zip(*(row["all"] for row in report["triggers"].values()), strict=True))
    assert cases == sum(c.type != "none" for g in GOLD for c in g.claims)
    assert 0 < hits <= cases


@pytest.mark.parametrize("text", ["# no marks\n", MARKED.format("long")])
def test_a_file_without_known_marks_is_told(report, tmp_path, text: str) -> None:
    path = tmp_path / "card.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=r"card\.md"):
        write_figures(path, report)
