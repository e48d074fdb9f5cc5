"""Figures for documents: a report as Markdown, written between marks in a file.

<!-- figures: short -->
... what stands here is replaced ...
<!-- end of figures -->
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from extractor.errors import FormatError
from extractor.taxonomy import LANGUAGES, TYPES

_MARKED = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)
_TOLD = {
    "FIRM": "FIRM F1",
    "ORG": "ORG F1",
    "PERSON": "PERSON F1",
    "PLACE": "PLACE F1",
    "DATE": "DATE F1",
    "amount": "amount F1 (value and currency)",
    "per": "unit (per month ...) F1",
    "approx": "approximation F1",
    "vague": "vague amount F1",
    "negative": "loss or deficit F1",
    "type": "type accuracy",
    "type_macro": "type, mean over types",
    "modality": "modality accuracy",
    "attribution": "attribution accuracy",
    "role": "role F1",
    "speaker": "speaker F1",
    "period": "period F1",
    "record": "full record F1 (amount, type, roles)",
    "record+modality": "full record with modality F1",
}
_SHORT = ("amount", "type", "modality", "attribution", "role", "speaker", "record")
_BY_LANGUAGE = ("FIRM", "amount", "type", "modality", "attribution", "role", "speaker", "record")
_CONFUSIONS = 20


def write_figures(path: Path, report: Mapping[str, Any]) -> None:
    """Replaces the marked parts of a Markdown file; kinds are `short` and `full`.

    Args:
        path: The file.
        report: Of `evaluate`, the model first.

    Raises:
        FormatError: The file has no mark, or one of an unknown kind.
    """
    text = path.read_text(encoding="utf-8")
    kinds: dict[str, Callable[[Mapping[str, Any]], str]] = {"short": short, "full": full}
    found = {mark[2] for mark in _MARKED.finditer(text)}
    if not found or found - set(kinds):
        raise FormatError(
            f"{path}: marks {sorted(found)}; '<!-- figures: short -->' or 'full' and "
            "'<!-- end of figures -->' are needed"
        )
    text = _MARKED.sub(lambda m: f"{m[1]}{kinds[m[2]](report)}{m[3]}", text)
    path.write_text(text, encoding="utf-8")


def short(report: Mapping[str, Any]) -> str:
    """The main figures of each system, over all languages."""
    return _systems(report, _SHORT)


def full(report: Mapping[str, Any]) -> str:
    """All figures: by language, by type, confusions, reliability, triggers, failures."""
    model = next(iter(report.values()))
    parts = [
        _systems(report, _TOLD),
        "By language (cases in brackets):\n",
        _languages(model),
        "By type, over amounts that were found; `trigger` is the share of claims in whose "
        "sentence a cue of their type stands:\n",
        _types(model, report["triggers"]),
        f"The {_CONFUSIONS} commonest confusions of type (gold, found, cases): "
        + "; ".join(_confusions(model))
        + ".\n",
        "Reliability: score told, share right (cases).\n",
        _reliability(model),
        "Claims with a wrong type, modality or attribution, drawn at random:\n",
        _failures(model),
    ]
    return "\n".join(parts)


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(header)
    lines = [head, ["---"] * len(head), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _systems(report: Mapping[str, Any], figures: Iterable[str]) -> str:
    systems = {name: scores["all"] for name, scores in report.items() if name != "triggers"}
    first = next(iter(systems.values()))
    names = ["model", *list(systems)[1:]]
    return _table(
        ("figure", "cases", *names),
        (
            (
                _TOLD[figure],
                f"{first[figure]['cases']:.0f}" if "cases" in first[figure] else "",
                *(_cell(scores[figure]) for scores in systems.values()),
            )
            for figure in figures
        ),
    )


def _cell(told: Mapping[str, float]) -> str:
    text = f"{told['value']:.2f}"
    return f"{text} [{told['low']:.2f}, {told['high']:.2f}]" if "low" in told else text


def _languages(model: Mapping[str, Any]) -> str:
    spoken = [language for language in LANGUAGES if language in model]

    def cell(language: str, figure: str) -> str:
        told = model[language][figure]
        return f"{told['value']:.2f} ({told['cases']:.0f})" if told["cases"] else "–"

    rows = ((_TOLD[f], *(cell(language, f) for language in spoken)) for f in _BY_LANGUAGE)
    return _table(("figure", *spoken), rows)


def _types(model: Mapping[str, Any], triggers: Mapping[str, Any]) -> str:
    def trigger(name: str, language: str) -> str:
        hits, cases = triggers.get(name, {}).get(language, (0, 0))
        return f"{hits / cases:.2f} ({cases})" if cases else "–"

    rows = (
        (
            f"`{name}`",
            *(f"{row[key]:.2f}" for key in ("precision", "recall", "f1")),
            f"{row['cases']:.0f}",
            *(trigger(name, language) for language in ("all", *LANGUAGES)),
        )
        for name in TYPES
        if (row := model["types"].get(name))
    )
    told = (f"trigger {language}" for language in ("all", *LANGUAGES))
    return _table(("type", "precision", "recall", "F1", "cases", *told), rows)


def _confusions(model: Mapping[str, Any]) -> list[str]:
    wrong = [row for row in model["confusions"] if row[0] != row[1]]
    return [f"`{one}`, `{other}` {count}" for one, other, count in wrong[:_CONFUSIONS]]


def _reliability(model: Mapping[str, Any]) -> str:
    rows = (
        (
            name,
            f"{told['ece']:.3f}",
            ", ".join(f"{b['score']:.2f} {b['right']:.2f} ({b['cases']})" for b in told["bins"]),
        )
        for name, told in model["reliability"].items()
        if told["ece"] is not None
    )
    return _table(("field", "expected calibration error", "bins"), rows)


def _failures(model: Mapping[str, Any]) -> str:
    def plain(text: str) -> str:
        return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")

    rows = (
        (plain(f["text"]), plain(f["amount"]), f["gold"], f["found"]) for f in model["failures"]
    )
    return _table(("text", "amount", "gold", "found"), rows)
