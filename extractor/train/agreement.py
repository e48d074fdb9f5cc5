"""`extractor agree`: how well two independent passes over the same texts agree.

F1 of names, amounts, roles, speaker, period and record between the passes, which does
not depend on which is called gold; of type, modality and attribution also the observed
agreement over amounts that both mark, and Cohen's kappa (Cohen, 1960).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from extractor.errors import InputError
from extractor.schema import Extraction
from extractor.train.evaluate import ACCURACIES, pair_claims, summarise, tally
from extractor.train.notation import read_gold

_SHOWN = 12


def agreement_report(first: Path, second: Path) -> str:
    """A table of the agreement and of the commonest disagreements, in Markdown.

    Args:
        first: Gold of one pass.
        second: Gold of the other, over the same documents.

    Raises:
        InputError: The files share no document.
        FormatError: A file breaks the notation.
    """
    one = {g.document.id: g for g in read_gold(first)}
    both = [(one[g.document.id], g) for g in read_gold(second) if g.document.id in one]
    if not both:
        raise InputError(f"{first} and {second} share no document id")
    for a, b in both:
        if a.document.text != b.document.text:
            raise InputError(f"{a.document.id}: its text differs in {first} and {second}")
    figures = summarise([tally(a, b) for a, b in both])
    lines = [
        f"{len(both)} documents, {sum(len(a.claims) for a, _ in both)} and "
        f"{sum(len(b.claims) for _, b in both)} claims.",
        "",
        "| field | agreement | 95 % interval | cases | kappa |",
        "|---|---|---|---|---|",
    ]
    labels = {name: _labels(both, name) for name in ACCURACIES}
    for name, row in figures.items():
        if "low" in row:
            kappa = f"{_kappa(labels[name]):.2f}" if name in labels else ""
            lines.append(
                f"| {name} | {row['value']:.3f} | {row['low']:.2f} to {row['high']:.2f} "
                f"| {row['cases']} | {kappa} |"
            )
    for name, pairs in labels.items():
        counts = Counter(" / ".join(sorted(p)) for p in pairs if p[0] != p[1])
        told = ", ".join(f"{what} {n}" for what, n in counts.most_common(_SHOWN))
        if told:
            lines += ["", f"Commonest disagreements of {name}: {told}."]
    return "\n".join(lines) + "\n"


def _labels(both: Iterable[tuple[Extraction, Extraction]], name: str) -> list[tuple[str, str]]:
    return [
        (getattr(a, name), getattr(b, name))
        for first, second in both
        for a, b in pair_claims(first, second)
    ]


def _kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Cohen's kappa; 1 where chance alone would agree always, or there is nothing."""
    left, right = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    total = len(pairs)
    if not total:
        return 1.0
    seen = sum(a == b for a, b in pairs) / total
    chance = sum(left[label] * right[label] for label in left) / total**2
    return 1.0 if chance == 1 else (seen - chance) / (1 - chance)
