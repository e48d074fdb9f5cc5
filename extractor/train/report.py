"""`extractor evaluate`: figures beside two baselines, as a table and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from extractor.errors import InputError
from extractor.model.bundle import SUMS, write_sums
from extractor.pipeline.core import Extractor
from extractor.schema import Claim, Extraction, content_id
from extractor.taxonomy import LANGUAGES
from extractor.train.card import write_figures
from extractor.train.evaluate import FIGURES, evaluate
from extractor.train.notation import read_gold

System = Callable[[Extraction], Extraction]


def evaluate_files(
    paths: Sequence[Path], extractor: Extractor, *, baselines: bool, json_path: Path | None,
    documents: Sequence[Path] = (),
) -> dict[str, Any]:  # fmt: skip
    """Evaluates an extractor on gold files, prints the table, writes JSON.

    Args:
        documents: Markdown files whose marked figures are renewed (`write_figures`).

    Raises:
        InputError: The files hold no document.
    """
    gold = [g for path in paths for g in read_gold(path)]
    if not gold:
        raise InputError(f"no annotated document in {', '.join(map(str, paths))}")
    systems: dict[str, System] = {extractor.model_id: _system(extractor)}
    if baselines:
        rules = Extractor(None)
        if extractor.model is not None:
            systems["cues"] = _system(rules)
        systems["majority"] = _majority(rules, gold)
    report = evaluate(gold, systems)
    _print(report)
    if json_path:
        text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
        json_path.write_text(text, encoding="utf-8")
    for path in documents:
        write_figures(path, report)
    for folder in {p.parent for p in (json_path, *documents) if p}:
        if (folder / SUMS).is_file():  # the figures are part of a bundle
            write_sums(folder)
    return report


def _system(extractor: Extractor) -> System:
    every = Extractor(extractor.model, scope="all", language=extractor.language)
    return lambda gold: every.extract_documents([gold.document])[0]


def _majority(rules: Extractor, gold: Sequence[Extraction]) -> System:
    """The constant answers that fit this gold best: the grammar's amounts, no roles."""
    claims = [c for g in gold for c in g.claims]
    if not claims:
        raise InputError("the gold holds no claim, so there is nothing to score")

    def common(name: str) -> str:
        return str(Counter(getattr(c, name) for c in claims).most_common(1)[0][0])

    best = (common("type"), common("modality"), common("attribution"))

    def answer(one: Extraction) -> Extraction:
        found = rules.extract_documents([one.document])[0]
        amounts = tuple(m for m in found.mentions if m.label == "MONEY")
        constant = tuple(Claim(content_id(one.document.id, m.start), m.id, *best) for m in amounts)
        return replace(found, mentions=amounts, claims=constant, model="majority")

    return answer


def _print(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=200)
    for system, scores in report.items():
        if system == "triggers":
            continue
        table = Table(title=f"{system} (value [95 % interval], cases)", title_justify="left")
        table.add_column("figure")
        groups = ["all", *(g for g in LANGUAGES if g in scores)]
        for group in groups:
            table.add_column(group)
        for figure in (*FIGURES, "type_macro"):
            table.add_row(figure, *(_cell(scores[g][figure]) for g in groups))
        console.print(table)
        for name, told in scores["reliability"].items():
            if told["ece"] is not None:
                bins = " ".join(
                    f"{b['score']:.2f}→{b['right']:.2f}({b['cases']})" for b in told["bins"]
                )
                console.print(
                    f"reliability of {name}: ECE {told['ece']:.3f}; score→right(cases) {bins}"
                )


def _cell(told: dict[str, float]) -> str:
    if not told.get("cases", 1):
        return "-"
    text = f"{told['value']:.3f}"
    if "low" in told:
        text += f" [{told['low']:.2f} {told['high']:.2f}] {told['cases']:.0f}"
    return text
