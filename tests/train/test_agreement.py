"""Two passes over the same texts."""

import re
from pathlib import Path

import pytest

from extractor.errors import InputError
from extractor.train.agreement import agreement_report

TEXT = """=== {id}
lang: fr
origin: authored
source: x
licence: CC BY 4.0
---
Orange a levé 5 M€ puis 7 M€.
---
FIRM: Orange
CLAIM 5 M€ | 5e6 EUR | debt.loan | asserted | author | recipient=Orange
CLAIM 7 M€ | 7e6 EUR | {type} | asserted | author | recipient=Orange

"""


def write(folder: Path, name: str, *types: str) -> Path:
    path = folder / name
    text = "".join(TEXT.format(id=f"d{i}", type=kind) for i, kind in enumerate(types))
    path.write_text(text, encoding="utf-8")
    return path


def agreement(report: str, field: str) -> tuple[str, str]:
    row = re.search(rf"^\| {field} \| ([0-9.]+) .*\| ([0-9.]*) \|$", report, re.MULTILINE)
    assert row is not None
    return row[1], row[2]


def test_a_pass_agrees_with_itself(tmp_path) -> None:
    one = write(tmp_path, "a.txt", "debt.bond", "debt.loan")
    report = agreement_report(one, one)
    assert report.startswith("2 documents, 4 and 4 claims.")
    assert agreement(report, "type") == ("1.000", "1.00")
    assert "disagreements" not in report


def test_kappa_takes_chance_away(tmp_path) -> None:
    one = write(tmp_path, "a.txt", "debt.bond", "debt.bond")
    other = write(tmp_path, "b.txt", "debt.bond", "debt.loan")
    report = agreement_report(one, other)
    # Seen .75; chance .5 * .25 + .5 * .75 = .5; kappa .5.
    assert agreement(report, "type") == ("0.750", "0.50")
    assert "Commonest disagreements of type: debt.bond / debt.loan 1." in report


def test_passes_over_other_texts_are_told(tmp_path) -> None:
    one = write(tmp_path, "a.txt", "debt.bond")
    other = write(tmp_path, "b.txt", "debt.bond")
    other.write_text(other.read_text(encoding="utf-8").replace("puis", "et"), encoding="utf-8")
    with pytest.raises(InputError, match="d0"):
        agreement_report(one, other)
    other.write_text(TEXT.format(id="z", type="debt.bond"), encoding="utf-8")
    with pytest.raises(InputError, match="no document"):
        agreement_report(one, other)
