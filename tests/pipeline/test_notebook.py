"""What a notebook shows of an extraction: right, escaped, and whole."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.pipeline.core import load
from extractor.schema import Claim, Document, Extraction, Mention, Money

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "</div></details><iframe>",
    "&lt;script&gt;",
    "' onmouseover='alert(1)",
)
TAGS = {"div", "p", "b", "br", "table", "thead", "tbody", "tr", "th", "td", "details", "summary",
        "mark"}  # fmt: skip


class Page(HTMLParser):
    """Text, tags and attributes of a page; a tag out of place fails."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.cells: list[str] = []
        self.marks: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        assert {name for name, _ in attrs} <= {"style", "class", "title"}, attrs
        if tag != "br":
            self.open.append(tag)
        for tagged, parts in (("td", self.cells), ("mark", self.marks)):
            if tag == tagged:
                parts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "td" in self.open:
            self.cells[-1] += data
        if "mark" in self.open:
            self.marks[-1] += data


def extraction(
    word: str = "Meta", money: Money | None = None, *, negative: bool = False
) -> Extraction:
    """A firm, a source, an amount and a date, of which all are `word`."""
    money = money or Money(Decimal("2.7E+10"), Decimal("2.7E+10"), "USD")
    text = f"{word} {word} {word} {word} & fin"
    step = len(word) + 1
    labels = ("FIRM", "PERSON", "MONEY", "DATE")
    mentions = tuple(
        Mention(f"m{i}", i * step, i * step + len(word), label, word,
                money=money if label == "MONEY" else None)
        for i, label in enumerate(labels)
    )  # fmt: skip
    roles = {"payer": (), "recipient": ("m0",)}
    claim = Claim("c", "m2", "debt.bond", "asserted", "third", speaker="m1", period="m3",
                  roles=roles, negative=negative, score=0.5)  # fmt: skip
    return Extraction(Document("d", text, title=word), mentions, (claim,))


def test_claims_and_text() -> None:
    shown = extraction()
    page = Page(shown._repr_html_())
    assert page.cells == ["Meta", "27,000,000,000 USD", "debt.bond", "asserted", "third: Meta",
                          "recipient: Meta", "Meta", "0.50"]  # fmt: skip
    assert page.marks == ["Meta"] * 4
    assert page.text.endswith(shown.document.text)
    assert "1 claims" in page.text


@pytest.mark.parametrize(
    ("low", "high", "fields", "told"),
    [
        ("70", "72.5", {}, "70 – 72.5 USD"),
        ("2.2E+11", None, {"approx": True}, "~ ≥ 220,000,000,000 USD"),
        (None, "100", {"per": "year"}, "≤ 100 USD / year"),
        (None, None, {"vague": True, "currency": None}, "vague ?"),
    ],
)
def test_values(low: str | None, high: str | None, fields: dict[str, object], told: str) -> None:
    bounds = (None if v is None else Decimal(v) for v in (low, high))
    money = replace(Money(*bounds, "USD"), **fields)  # type: ignore[arg-type]
    assert Page(extraction(money=money)._repr_html_()).cells[1] == told
    negative = Page(extraction(money=money, negative=True)._repr_html_())
    assert negative.cells[1] == f"(−) {told}"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_everything_is_escaped(payload: str) -> None:
    shown = extraction(payload)
    shown = replace(shown, model=payload)
    html = shown._repr_html_()
    assert "<script" not in html
    page = Page(html)
    assert page.cells[0] == payload
    assert page.marks == [payload] * 4
    assert page.text.endswith(shown.document.text)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_article_is_escaped(payload: str) -> None:
    text = f"{payload} Meta a levé 27 milliards de dollars auprès de {payload} PIMCO."
    shown = load("cues", language="fr")(text)
    page = Page(shown._repr_html_())
    assert page.text.endswith(shown.document.text)
    assert "27 milliards de dollars" in page.marks


@settings(max_examples=60, deadline=None)
@given(st.text("<>&\"'/ascript$\n\x00\u202e🙂", min_size=1, max_size=30))
def test_any_text_is_shown_as_it_is(word: str) -> None:
    shown = extraction(word)
    assert Page(shown._repr_html_()).text.endswith(shown.document.text)


def test_overlapping_mentions_are_marked_once() -> None:
    shown = extraction()
    over = (*shown.mentions, Mention("o", 2, 7, "ORG", shown.document.text[2:7]))
    page = Page(replace(shown, mentions=over)._repr_html_())
    assert page.marks == ["Meta"] * 4
    assert page.text.endswith(shown.document.text)


def test_dollars_are_not_set_as_mathematics() -> None:
    assert extraction("$5 and $6")._repr_html_().startswith('<div class="tex2jax_ignore')


def test_no_claims_no_table() -> None:
    shown = Extraction(Document("d", "Rien."))
    assert "<table" not in shown._repr_html_()
    assert Page(shown._repr_html_()).text.endswith("Rien.")
