"""The main job on the French source article, as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

ARTICLE = Path(__file__).parents[2] / "corpus" / "xpert-digital-ia-a-credit.txt"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "extractor", *arguments],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.fixture(scope="module", params=["model", "cues"])
def claims(request) -> list[dict]:
    chosen = [] if request.param == "model" else ["--model", "cues"]
    done = run("extract", str(ARTICLE), "--zones", "all", *chosen)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def names(parties: list[dict]) -> set[str]:
    return {party["name"] for party in parties}


def one(claims: list[dict], surface: str, inside: str = "") -> dict:
    found = [c for c in claims if c["surface"] == surface and inside in c["sentence"]]
    assert found, f"no claim '{surface}' in a sentence with '{inside}'"
    return found[0]


def test_every_field_is_grounded(claims) -> None:
    from extractor.schema import Article
    from extractor.text import read_document

    text = read_document(Article(ARTICLE.read_text(encoding="utf-8"))).text
    assert len(claims) > 70
    for claim in claims:
        assert claim["language"] == "fr"
        assert text[claim["start"] : claim["end"]] == claim["surface"]


@pytest.mark.parametrize(
    ("surface", "value"),
    [("1 400 milliards de dollars", "1.4E+12"), ("1,5 billion de dollars", "1.5E+12")],
)
def test_scale_words_are_french(claims, surface: str, value: str) -> None:
    short = surface[: surface.rindex(" de")]
    found = [c for c in claims if c["surface"].replace("\u00a0", " ").startswith(short)]
    assert found
    assert {Decimal(c["low"]) for c in found} == {Decimal(value)}


def test_the_advert_is_boilerplate_of_type_none(claims) -> None:
    (advert,) = [c for c in claims if c["surface"].replace("\u00a0", " ") == "500 €"]
    assert (advert["zone"], advert["type"], advert["per"]) == ("boilerplate", "none", "month")


def test_boilerplate_is_left_out_by_default() -> None:
    done = run("extract", str(ARTICLE), "--model", "cues")
    zones = {json.loads(line)["zone"] for line in done.stdout.splitlines()}
    assert zones <= {"title", "heading", "body"}


def test_the_loan_to_meta_has_its_lenders_and_its_borrower(claims) -> None:
    loan = one(claims, "27 milliards de dollars", "PIMCO")
    assert names(loan["payer"]) == {"PIMCO", "Blue Owl Capital", "Apollo Global Management"}
    assert {name.partition(" ")[0] for name in names(loan["recipient"])} == {"Meta"}
    assert (loan["type"], loan["modality"]) == ("debt.private_credit", "asserted")
