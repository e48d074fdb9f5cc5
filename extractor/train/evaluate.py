"""Evaluation: predicted extractions against gold, field by field.

Amounts are matched by overlap of their spans. Amount F1 wants value and currency
right; per, approx and vague are F1 of those marks over matched amounts, as is
negative; type, modality and attribution are accuracies over matched amounts; role
and speaker F1 count (claim, role, entity), a filler being right when it names
the same entity; a full record has amount, type and all roles right. Intervals:
percentile bootstrap over documents, 95 % (Efron and Tibshirani, 1993).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from extractor.cues import find_cues
from extractor.link.firms import entities
from extractor.schema import Claim, Extraction, Mention
from extractor.taxonomy import MENTION_LABELS, ROLES

RESAMPLES = 1000
FAILURES = 20
_CONTEXT = 90  # code points shown on either side of a failure


@dataclass(slots=True)
class Tally:
    """Counts of one document: hits, predicted and gold, by figure.

    Attributes:
        confidence: (score, right) of each matched field, for reliability.
        confusion: (gold, predicted) type of each matched amount.
    """

    language: str
    right: Counter[str] = field(default_factory=Counter)
    predicted: Counter[str] = field(default_factory=Counter)
    gold: Counter[str] = field(default_factory=Counter)
    confidence: dict[str, list[tuple[float, bool]]] = field(default_factory=dict)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, figure: str, right: int, predicted: int, gold: int) -> None:
        """Adds counts to a figure."""
        self.right[figure] += right
        self.predicted[figure] += predicted
        self.gold[figure] += gold


def tally(gold: Extraction, found: Extraction) -> Tally:
    """Compares one document."""
    result = Tally(gold.document.language)
    for label in MENTION_LABELS:
        if label != "MONEY":
            _count_mentions(result, gold, found, label)
    pairs = _match(_amounts(gold), _amounts(found))
    matched = [(g, f) for g, f in pairs if g and f]
    result.add(
        "span", sum((g.start, g.end) == (f.start, f.end) for g, f in matched),
        len(_amounts(found)), len(_amounts(gold)),
    )  # fmt: skip
    result.add(
        "amount", sum(_same_amount(g, f) for g, f in matched),
        len(_amounts(found)), len(_amounts(gold)),
    )  # fmt: skip
    for wanted, given in matched:
        if wanted.money and given.money:
            for mark in MARKS:
                _count_mark(result, mark, getattr(wanted.money, mark), getattr(given.money, mark))
    _count_claims(result, gold, found, pairs)
    return result


def pair_claims(gold: Extraction, found: Extraction) -> list[tuple[Claim, Claim]]:
    """The claims about the same amounts, by overlap of the amounts' spans."""
    wanted = {c.money: c for c in gold.claims}
    given = {c.money: c for c in found.claims}
    pairs = _match(_amounts(gold), _amounts(found))
    return [
        (wanted[g.id], given[f.id])
        for g, f in pairs
        if g and f and g.id in wanted and f.id in given
    ]


def _amounts(extraction: Extraction) -> list[Mention]:
    return [m for m in extraction.mentions if m.label == "MONEY"]


def _same_amount(gold: Mention, found: Mention) -> bool:
    one, other = gold.money, found.money
    return (
        one is not None
        and other is not None
        and (one.low, one.high, one.currency) == (other.low, other.high, other.currency)
    )


def _count_mentions(result: Tally, gold: Extraction, found: Extraction, label: str) -> None:
    wanted = {(m.start, m.end) for m in gold.mentions if m.label == label}
    given = {(m.start, m.end) for m in found.mentions if m.label == label}
    result.add(label, len(wanted & given), len(given), len(wanted))


def _match(
    gold: Sequence[Mention], found: Sequence[Mention]
) -> list[tuple[Mention | None, Mention | None]]:
    pairs: list[tuple[Mention | None, Mention | None]] = []
    free = list(found)
    for wanted in gold:
        hit = next((f for f in free if f.start < wanted.end and wanted.start < f.end), None)
        if hit:
            free.remove(hit)
        pairs.append((wanted, hit))
    return pairs + [(None, extra) for extra in free]


def _count_mark(result: Tally, figure: str, wanted: object, given: object) -> None:
    result.add(figure, int(bool(wanted) and wanted == given), bool(given), bool(wanted))


def _count_claims(
    result: Tally,
    gold: Extraction,
    found: Extraction,
    pairs: Sequence[tuple[Mention | None, Mention | None]],
) -> None:
    names = _names(gold, found)
    wanted = {c.money: c for c in gold.claims}
    given = {c.money: c for c in found.claims}
    for gold_amount, found_amount in pairs:
        one = wanted.get(gold_amount.id) if gold_amount else None
        other = given.get(found_amount.id) if found_amount else None
        if one and other and gold_amount and found_amount:
            _count_fields(result, one, other)
        _count_links(result, one, other, gold, found, names)
        right = bool(
            one and other and gold_amount and found_amount
            and _same_amount(gold_amount, found_amount)
            and one.type == other.type
            and _held(one, gold, names) == _held(other, found, names)
        )  # fmt: skip
        full = right and one is not None and other is not None and one.modality == other.modality
        result.add("record", int(right), int(other is not None), int(one is not None))
        result.add("record+modality", int(full), int(other is not None), int(one is not None))


def _count_fields(result: Tally, one: Claim, other: Claim) -> None:
    for name in ("type", "modality", "attribution"):
        right = getattr(one, name) == getattr(other, name)
        result.add(name, int(right), 1, 1)
        if name in other.scores:
            result.confidence.setdefault(name, []).append((other.scores[name], right))
    result.confusion[one.type, other.type] += 1
    _count_mark(result, "negative", one.negative, other.negative)


def _count_links(
    result: Tally, one: Claim | None, other: Claim | None,
    gold: Extraction, found: Extraction, names: Mapping[tuple[int, int], str],
) -> None:  # fmt: skip
    wanted = _held(one, gold, names) if one else set()
    given = _held(other, found, names) if other else set()
    result.add("role", len(wanted & given), len(given), len(wanted))
    for figure in ("speaker", "period"):
        want = _one(getattr(one, figure) if one else None, gold, names)
        give = _one(getattr(other, figure) if other else None, found, names)
        result.add(figure, len(want & give), len(give), len(want))


def _names(gold: Extraction, found: Extraction) -> dict[tuple[int, int], str]:
    """Span to entity, over the mentions of both sides; dates and places are told by their text."""
    merged: dict[tuple[int, int], Mention] = {}
    for mention in (*found.mentions, *gold.mentions):
        key = (mention.start, mention.end)
        merged[key] = replace(mention, id=f"{key}")
    full = entities(merged.values(), gold.document)
    return {key: full.get(m.id, m.text).casefold() for key, m in merged.items()}


def _held(
    claim: Claim, side: Extraction, names: Mapping[tuple[int, int], str]
) -> set[tuple[str, str]]:
    spans = {m.id: (m.start, m.end) for m in side.mentions}
    return {(role, names[spans[i]]) for role in ROLES for i in claim.roles.get(role, ())}


def _one(filler: str | None, side: Extraction, names: Mapping[tuple[int, int], str]) -> set[str]:
    if filler is None:
        return set()
    spans = {m.id: (m.start, m.end) for m in side.mentions}
    return {names[spans[filler]]}


ACCURACIES = ("type", "modality", "attribution")
MARKS = ("per", "approx", "vague")
FIGURES = (
    "FIRM", "ORG", "PERSON", "PLACE", "DATE", "span", "amount", *MARKS, "negative", *ACCURACIES,
    "role", "speaker", "period", "record", "record+modality",
)  # fmt: skip


def summarise(tallies: Sequence[Tally], *, intervals: bool = True) -> dict[str, dict[str, float]]:
    """Each figure with its number of gold cases and its 95 % interval."""
    resampled = _resamples(tallies) if intervals else []
    table: dict[str, dict[str, float]] = {}
    for figure in FIGURES:
        table[figure] = {
            "value": round(_f1(tallies, figure), 4),
            "cases": sum(t.gold[figure] for t in tallies),
        }
        if intervals:
            spread = sorted(_f1(sample, figure) for sample in resampled)
            table[figure]["low"] = round(spread[int(0.025 * len(spread))], 4)
            table[figure]["high"] = round(spread[int(0.975 * len(spread)) - 1], 4)
    table["type_macro"] = {"value": round(_macro(tallies), 4)}
    return table


def _resamples(tallies: Sequence[Tally]) -> list[list[Tally]]:
    draw = random.Random(0)
    return [draw.choices(tallies, k=len(tallies)) for _ in range(RESAMPLES)]


def _f1(tallies: Iterable[Tally], figure: str) -> float:
    """F1; an accuracy where predicted and gold counts are equal. 0 without cases."""
    right = both = 0
    for one in tallies:
        right += one.right[figure]
        both += one.predicted[figure] + one.gold[figure]
    return 2 * right / both if both else 0.0


def _macro(tallies: Sequence[Tally]) -> float:
    """Mean recall over the types that occur."""
    recalls = [row["recall"] for row in by_type(tallies).values() if row["cases"]]
    return sum(recalls) / len(recalls) if recalls else 0.0


def by_type(tallies: Sequence[Tally]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of each type over matched amounts, with its gold cases."""
    counts = sum((t.confusion for t in tallies), Counter[tuple[str, str]]())
    table = {}
    for name in sorted({label for pair in counts for label in pair}):
        right = counts[name, name]
        gold = sum(n for (one, _), n in counts.items() if one == name)
        given = sum(n for (_, other), n in counts.items() if other == name)
        table[name] = {
            "precision": round(right / given, 4) if given else 0.0,
            "recall": round(right / gold, 4) if gold else 0.0,
            "f1": round(2 * right / (gold + given), 4),
            "cases": gold,
        }
    return table


def _confusions(tallies: Sequence[Tally]) -> list[list[Any]]:
    """Gold and predicted type with their count, the commonest first, right ones too."""
    counts = sum((t.confusion for t in tallies), Counter[tuple[str, str]]())
    return [[one, other, n] for (one, other), n in counts.most_common()]


def _failures(pairs: Sequence[tuple[Extraction, Extraction]]) -> list[dict[str, str]]:
    """Some claims with a wrong type, modality or attribution, drawn at random."""
    wrong = []
    for gold, found in pairs:
        for one, other in pair_claims(gold, found):
            labels = [" ".join(getattr(c, name) for name in ACCURACIES) for c in (one, other)]
            if labels[0] != labels[1]:
                amount = gold.mention(one.money)
                start, end = amount.start - _CONTEXT, amount.end + _CONTEXT
                text = " ".join(gold.document.text[max(0, start) : end].split())
                wrong.append(
                    {"id": gold.document.id, "amount": amount.text, "text": text,
                     "gold": labels[0], "found": labels[1]}
                )  # fmt: skip
    return random.Random(0).sample(wrong, min(FAILURES, len(wrong)))


def trigger_recall(gold: Iterable[Extraction]) -> dict[str, dict[str, list[int]]]:
    """Claims in whose sentence a cue of their type stands, and all: by type and language."""
    table: dict[str, dict[str, list[int]]] = {}
    for one in gold:
        document = one.document
        mentions = sorted(one.mentions, key=lambda m: m.start)
        found = find_cues(document.text, document.grammar_language, mentions)
        cues = [c for c in found if c.kind == "type"]
        for claim in one.claims:
            start = one.mention(claim.money).start
            here = [s for s in document.sentences if s.start <= start < s.end]
            hit = any(
                c.value == claim.type and s.start <= c.start < s.end for c in cues for s in here
            )
            if claim.type != "none":
                for language in (document.language, "all"):
                    row = table.setdefault(claim.type, {}).setdefault(language, [0, 0])
                    row[0] += hit
                    row[1] += 1
    return table


def reliability(tallies: Sequence[Tally], bins: int = 10) -> dict[str, Any]:
    """Expected calibration error and the bins behind it (Guo et al., 2017)."""
    report = {}
    for name in ACCURACIES:
        told = [pair for t in tallies for pair in t.confidence.get(name, ())]
        rows = []
        for index in range(bins):
            held = [p for p in told if min(bins - 1, int(p[0] * bins)) == index]
            if held:
                mean = sum(p[0] for p in held) / len(held)
                hits = sum(p[1] for p in held) / len(held)
                rows.append({"score": round(mean, 3), "right": round(hits, 3), "cases": len(held)})
        gaps = sum(abs(r["score"] - r["right"]) * r["cases"] for r in rows)
        report[name] = {"ece": round(gaps / len(told), 4) if told else None, "bins": rows}
    return report


def evaluate(
    gold: Sequence[Extraction], systems: Mapping[str, Callable[[Extraction], Extraction]]
) -> dict[str, Any]:
    """Runs each system over the gold texts and scores it.

    Args:
        gold: Annotated documents.
        systems: Name to a function that extracts from a gold document's text.

    Returns:
        `{system: {"all" or language: figures, "reliability", "types", "confusions",
        "failures": ...}, "triggers": ...}`.
    """
    report: dict[str, Any] = {}
    for name, system in systems.items():
        pairs = [(one, system(one)) for one in gold]
        tallies = [tally(*pair) for pair in pairs]
        scores: dict[str, Any] = {"all": summarise(tallies)}
        for language in sorted({t.language for t in tallies}):
            scores[language] = summarise([t for t in tallies if t.language == language])
        scores["reliability"] = reliability(tallies)
        scores["types"] = by_type(tallies)
        scores["confusions"] = _confusions(tallies)
        scores["failures"] = _failures(pairs)
        report[name] = scores
    report["triggers"] = trigger_recall(gold)
    return report
