"""Gold as people write it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from extractor.errors import FormatError
from extractor.train.notation import read_gold

HEAD = "=== d1\nlang: fr\norigin: authored\nsource: x\nlicence: CC BY 4.0\n---\n"
TEXT = "Lumivance lève 27 M€\n\nLumivance a levé 27 M€ auprès d'Orange et d'Orange, dit-on mardi.\n"
NAMES = "---\nFIRM: Lumivance ; Orange@2\nDATE: mardi\n"
CLAIM = "CLAIM 27 M€ | 27e6 EUR | equity.round | asserted | vague | "
GOOD = (
    HEAD
    + TEXT
    + NAMES
    + CLAIM
    + "recipient=Lumivance\n"
    + CLAIM
    + ("recipient=Lumivance ; payer=Orange | period=mardi\n")
)


def write(folder: Path, text: str) -> Path:
    path = folder / "gold.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_names_and_claims_are_placed(tmp_path) -> None:
    (gold,) = read_gold(write(tmp_path, GOOD))
    text = gold.document.text
    assert all(text[m.start : m.end] == m.text for m in gold.mentions)
    assert [m.text for m in gold.mentions] == [
        "Lumivance", "27 M€", "Lumivance", "27 M€", "Orange", "mardi"
    ]  # fmt: skip
    orange = next(m for m in gold.mentions if m.text == "Orange")
    assert orange.start == text.rindex("Orange")
    first, second = gold.claims
    assert (first.type, first.attribution, first.period) == ("equity.round", "vague", None)
    assert second.roles["payer"] == (orange.id,)
    assert second.period == gold.mentions[-1].id


@pytest.mark.parametrize(
    ("value", "low", "high", "currency", "flags"),
    [
        ("27e6 EUR", "27e6", "27e6", "EUR", ()),
        ("70e9..72e9 USD", "70e9", "72e9", "USD", ()),
        (">220e9 USD", "220e9", None, "USD", ()),
        ("<5e6 EUR", None, "5e6", "EUR", ()),
        ("~13e9 USD", "13e9", "13e9", "USD", ("approx",)),
        ("vague USD", None, None, "USD", ("vague",)),
        ("500 EUR /month", "500", "500", "EUR", ("month",)),
        ("5e6 -", "5e6", "5e6", None, ()),
    ],
)
def test_values(tmp_path, value, low, high, currency, flags) -> None:
    (gold,) = read_gold(write(tmp_path, GOOD.replace("27e6 EUR", value)))
    money = next(m.money for m in gold.mentions if m.money)
    assert money.low == (Decimal(low) if low else None)
    assert money.high == (Decimal(high) if high else None)
    assert money.currency == currency
    assert ("approx" in flags, "vague" in flags) == (money.approx, money.vague)
    assert money.per == next((f for f in flags if f == "month"), None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("equity.round", "equity.rond", "equity.rond"),
        ("recipient=Lumivance", "recipient=Lumi", "Lumi"),
        ("recipient=Lumivance", "subject=Lumivance", "subject"),
        ("CLAIM 27 M€", "CLAIM 28 M€", "28 M€"),
        ("FIRM: Lumivance", "FIRM: Lumivence", "Lumivence"),
        ("27e6 EUR", "27 millions", "currency 'millions'"),
        ("\n---\nFIRM", "\nFIRM", "1 lines of '---'"),
    ],
)
def test_what_breaks_the_notation_is_named(tmp_path, old, new, message) -> None:
    with pytest.raises(FormatError, match=rf"gold\.txt:\d+: \[d1\] .*{message}"):
        list(read_gold(write(tmp_path, GOOD.replace(old, new))))
