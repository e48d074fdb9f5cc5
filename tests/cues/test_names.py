"""Names that the rules find."""

from __future__ import annotations

import pytest

from extractor.cues.names import find_names
from extractor.schema import Document


@pytest.mark.parametrize(
    ("name", "label"), [("AMD", "FIRM"), ("ESA", "ORG"), ("ATS", "FIRM"), ("ADP", "FIRM")]
)
def test_a_name_like_a_currency_is_found(name: str, label: str) -> None:
    assert french(f"Le groupe {name} investit 5 millions.") == [(name, label)]


@pytest.mark.parametrize("text", ["Il paie en CHF depuis hier.", "Le S&P 500 recule."])
def test_a_currency_or_an_index_is_no_firm(text: str) -> None:
    assert [label for _, label in french(text) if label != "DATE"] == []


def french(text: str) -> list[tuple[str, str]]:
    document = Document("d", text, language="fr", grammar_language="fr")
    return [(m.text, m.label) for m in find_names(document)]
