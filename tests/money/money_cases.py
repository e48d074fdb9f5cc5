"""Cases with their amounts marked in the sentence, and how many the grammar gets right."""

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from extractor.money import Amount, find_money

CASES = Path(__file__).parents[1] / "cases"
_TAG = re.compile(r"<money((?: \w+=[^\s>]+)*)>(.*?)</money>", re.DOTALL)
_ATTRIBUTE = re.compile(r"(\w+)=([^\s>]+)")


@dataclass(frozen=True)
class Wanted:
    start: int
    end: int
    low: Decimal | None
    high: Decimal | None
    currency: str | None
    attributes: dict[str, str]


@dataclass(frozen=True)
class Case:
    text: str
    wanted: tuple[Wanted, ...]
    language: str
    country: str | None

    def found(self) -> list[Amount]:
        return find_money(self.text, self.language, country=self.country)


def read_cases(folder: str, language: str) -> list[Case]:
    data = tomllib.loads((CASES / folder / f"{language}.toml").read_text(encoding="utf-8"))
    return [_parse(row["text"], language, row.get("country")) for row in data["case"]]


def _parse(marked: str, language: str, country: str | None) -> Case:
    text, wanted, at = "", [], 0
    for tag in _TAG.finditer(marked):
        text += marked[at : tag.start()]
        found = dict(_ATTRIBUTE.findall(tag[1]))
        low, high = (Decimal(found[k]) if k in found else None for k in ("low", "high"))
        start = len(text)
        text += tag[2]
        wanted.append(Wanted(start, len(text), low, high, found.get("cur"), found))
        at = tag.end()
    return Case(text + marked[at:], tuple(wanted), language, country)


def right(wanted: Wanted, found: Amount) -> bool:
    """Value and currency are right, and the spans overlap."""
    overlap = found.start < wanted.end and wanted.start < found.end
    values = (found.low, found.high, found.currency)
    return overlap and values == (wanted.low, wanted.high, wanted.currency)


def count(cases: list[Case]) -> tuple[int, int, int]:
    """Right, found and wanted amounts."""
    hits = given = needed = 0
    for case in cases:
        found = case.found()
        given += len(found)
        needed += len(case.wanted)
        hits += sum(any(right(w, f) for f in found) for w in case.wanted)
    return hits, given, needed
