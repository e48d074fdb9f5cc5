"""The scores, on gold against itself and against known errors."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from extractor.schema import Claim, Document, Extraction, Mention
from extractor.train.evaluate import FIGURES, reliability, summarise, tally
from extractor.train.notation import read_gold

GOLD = [*read_gold(Path(__file__).parents[2] / "annotations" / "real" / "fr-dev.txt")]


def value(figures, name: str) -> float:
    return figures[name]["value"]


def test_gold_against_itself_is_perfect() -> None:
    figures = summarise([tally(g, g) for g in GOLD])
    assert all(value(figures, name) == 1.0 for name in FIGURES)
    assert all(figures[name]["low"] == figures[name]["high"] == 1.0 for name in FIGURES)


def test_nothing_found_scores_nothing() -> None:
    figures = summarise([tally(g, replace(g, mentions=(), claims=())) for g in GOLD])
    for name in ("FIRM", "amount", "role", "record"):
        assert value(figures, name) == 0.0


def test_one_wrong_type_costs_one() -> None:
    gold = GOLD[0]
    wrong = replace(gold.claims[0], type="none", roles={})
    figures = summarise([tally(gold, replace(gold, claims=(wrong, *gold.claims[1:])))])
    count = len(gold.claims)
    assert value(figures, "type") == pytest.approx((count - 1) / count, abs=1e-4)
    assert value(figures, "record") == pytest.approx((count - 1) / count, abs=1e-4)


def test_a_role_held_by_another_mention_of_the_firm_is_right() -> None:
    gold = GOLD[0]
    texts = Counter(m.text for m in gold.mentions)
    by_id = {m.id: m for m in gold.mentions}
    index, claim = next(
        (i, c)
        for i, c in enumerate(gold.claims)
        if len(c.roles.get("recipient", ())) == 1 and texts[by_id[c.roles["recipient"][0]].text] > 1
    )
    held = by_id[claim.roles["recipient"][0]]
    others = [m.id for m in gold.mentions if m.text == held.text and m.id != held.id]
    moved = replace(claim, roles={**claim.roles, "recipient": (others[0],)})
    claims = (*gold.claims[:index], moved, *gold.claims[index + 1 :])
    assert value(summarise([tally(gold, replace(gold, claims=claims))]), "role") == 1.0


def test_a_longer_date_is_another_period() -> None:
    text = "Meta paid $2bn in 2024, of 2024-25."
    dates = [Mention(f"D{s}", s, e, "DATE", text[s:e]) for s, e in ((18, 22), (27, 34))]
    names = (Mention("F0", 0, 4, "FIRM", "Meta"), Mention("M10", 10, 14, "MONEY", "$2bn"))
    claim = Claim("C0", "M10", "none", "asserted", "author", period="D18")
    gold = Extraction(Document("d", text), (*names, *dates), (claim,))
    found = replace(gold, claims=(replace(claim, period="D27"),))
    assert value(summarise([tally(gold, gold)], intervals=False), "period") == 1.0
    assert value(summarise([tally(gold, found)], intervals=False), "period") == 0.0


def test_reliability_of_a_model_that_is_too_sure() -> None:
    gold = GOLD[0]
    sure = tuple(
        replace(c, type="none" if i % 2 else c.type, scores={"type": 0.95})
        for i, c in enumerate(gold.claims)
    )
    wrong = sum(a.type != b.type for a, b in zip(sure, gold.claims, strict=True))
    report = reliability([tally(gold, replace(gold, claims=sure))])["type"]
    assert report["ece"] == pytest.approx(abs(0.95 - (1 - wrong / len(sure))), abs=1e-3)
