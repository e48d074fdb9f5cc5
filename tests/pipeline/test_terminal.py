"""Claims at a terminal: what stands in an article is shown and not obeyed."""

from __future__ import annotations

import pytest

from extractor.pipeline.core import load
from extractor.pipeline.records import records
from extractor.pipeline.terminal import print_table
from extractor.schema import Article


@pytest.mark.parametrize("title", ["Profit [/b] warning", "[red]Profit[/red]", "[link=x] warning"])
def test_a_title_is_no_markup(capsys: pytest.CaptureFixture[str], title: str) -> None:
    article = Article("Meta paid 5 million dollars to PIMCO.", title=title)
    print_table(records(load("cues", language="en")(article)))
    assert f"{title} [en]" in capsys.readouterr().out
