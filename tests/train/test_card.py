"""Figures in documents."""

from dataclasses import replace
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


def wrong(one):
    """The gold with its first claim's type changed, and scores."""
    first, *rest = (replace(c, scores={"type": 0.9}) for c in one.claims)
    return replace(one, claims=(replace(first, type="none", roles={}), *rest))


def test_errors_are_shown(tmp_path) -> None:
    report = evaluate(GOLD, {"wrong": wrong})
    path = tmp_path / "card.md"
    path.write_text(MARKED.format("full"), encoding="utf-8")
    write_figures(path, report)
    text = path.read_text(encoding="utf-8")
    true = GOLD[0].claims[0].type
    assert f"`{true}`, `none` 1" in text
    assert f"| {true} asserted author | none asserted author |" in text
    assert "| type | 0.088 | 0.90 0.99 (81) |" in text
    row = report["wrong"]["types"]["none"]
    held = sum(c.type == "none" for g in GOLD for c in g.claims)
    assert row["recall"] == 1.0
    assert row["precision"] == pytest.approx(held / (held + 1), abs=1e-4)


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
