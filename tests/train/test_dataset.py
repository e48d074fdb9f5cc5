"""The data set: splits that do not touch, and Parquet that says what the gold says."""

import json
import re
from collections import defaultdict
from decimal import Decimal
from itertools import chain
from pathlib import Path

import pandas as pd
import pytest

from extractor.train.dataset import write_dataset
from extractor.train.gold import gold_files, read_names, split_of
from extractor.train.notation import read_gold

ANNOTATIONS = Path(__file__).parents[2] / "annotations"
ALIKE = 0.6


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return frozenset(zip(words, words[1:], words[2:], strict=False))


@pytest.fixture(scope="module")
def splits():
    found = defaultdict(list)
    for path in gold_files(ANNOTATIONS):
        for gold in read_gold(path):
            found[split_of(path, gold)].append(gold)
    return found


def test_no_document_stands_twice(splits) -> None:
    ids = [g.document.id for g in chain.from_iterable(splits.values())]
    assert len(ids) == len(set(ids))


def test_no_near_duplicate_crosses_a_split(splits) -> None:
    held = [(g.document.id, shingles(g.document.text)) for g in splits["test"]]
    by_shingle = defaultdict(set)
    for index, (_, parts) in enumerate(held):
        for part in parts:
            by_shingle[part].add(index)
    names = chain.from_iterable(map(read_names, sorted(ANNOTATIONS.glob("ner/*.jsonl"))))
    alike = []
    for gold in (*splits["train"], *splits["development"], *names):
        parts = shingles(gold.document.text)
        near = defaultdict(int)
        for part in parts:
            for index in by_shingle.get(part, ()):
                near[index] += 1
        for index, shared in near.items():
            if shared / min(len(parts), len(held[index][1])) > ALIKE and shared > 5:
                alike.append((gold.document.id, held[index][0]))
    assert not alike


def test_the_test_split_holds_real_text_and_unseen_firms(splits) -> None:
    assert {g.document.meta["origin"] for g in splits["test"]} == {"real"}
    trained = {m.text for g in splits["train"] for m in g.mentions if m.label == "FIRM"}
    tested = {m.text for g in splits["test"] for m in g.mentions if m.label == "FIRM"}
    assert len(tested - trained) > len(tested) / 3


def test_parquet_says_what_the_gold_says(splits, tmp_path) -> None:
    rows = write_dataset(ANNOTATIONS, tmp_path)
    assert {s: rows[s] for s in splits} == {s: len(found) for s, found in splits.items()}
    frame = pd.read_parquet(tmp_path / "test.parquet").set_index("id")
    for gold in splits["test"]:
        row = frame.loc[gold.document.id]
        for mention in row["mentions"]:
            assert row["text"][mention["start"] : mention["end"]] == mention["text"]
        assert len(row["claims"]) == len(gold.claims)
        for told, claim in zip(row["claims"], gold.claims, strict=True):
            money = gold.mention(claim.money).money
            low = None if told["low"] is None else Decimal(told["low"])
            assert (low, told["type"]) == (money.low, claim.type)
    metadata = json.loads((tmp_path / "croissant.json").read_text(encoding="utf-8"))
    assert {f["name"] for f in metadata["distribution"]} == {f"{name}.parquet" for name in rows}
