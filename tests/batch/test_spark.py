"""The function for Spark: on frames as Spark hands them over, and in Spark itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import extractor.batch
from extractor.batch import spark
from extractor.batch.spark import ERROR, Claims
from extractor.formats.flat import COLUMNS

TEXT = "Meta a levé 27,5 milliards de dollars auprès de PIMCO. En 2024, il a payé 0,123456789 euro."
SMALL = "Il a payé 0,1234567891 euro."


def claims(*frames: pd.DataFrame, **options: Any) -> list[dict[str, Any]]:
    """The rows that Spark would be given."""
    found = list(Claims(model="cues", **options)(iter(frames)))
    assert all(list(frame.columns) == [*COLUMNS, ERROR] for frame in found)
    return [row for frame in found for row in frame.to_dict(orient="records")]


def split(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Claims and failures."""
    return [r for r in rows if r[ERROR] is None], [r for r in rows if r[ERROR] is not None]


def test_a_row_a_claim_with_exact_amounts() -> None:
    rows = claims(pd.DataFrame({"id": ["a"], "text": [TEXT], "url": ["u"]}))
    assert [row["low"] for row in rows] == [Decimal("27500000000"), Decimal("0.123456789")]
    assert {row["article_id"] for row in rows} == {"a"}
    assert {row["url"] for row in rows} == {"u"}
    assert rows[0]["payer"] == [{"name": "PIMCO", "label": "FIRM", "start": 48, "end": 53}]
    assert rows[1]["period_start"] == date(2024, 1, 1)
    assert {row[ERROR] for row in rows} == {None}


def test_what_pandas_has_for_nothing_is_nothing() -> None:
    whole = claims(pd.DataFrame({"text": [TEXT]}))
    frame = pd.DataFrame(
        {
            "id": pd.array([None], dtype="Int32"),
            "title": [float("nan")],
            "published": [pd.NaT],
            "url": pd.array([None], dtype="string"),
            "text": [TEXT],
        }
    )
    assert claims(frame) == whole
    assert (whole[0]["title"], whole[0]["published"], whole[0]["url"]) == (None, None, None)


def test_an_article_that_fails_gives_a_row() -> None:
    frame = pd.DataFrame({"ID": [7, 8, 9], "text": [None, SMALL, TEXT]})
    rows = claims(frame)
    good, failed = split(rows)
    assert [row["article_id"] for row in failed] == ["7", "8"]
    assert "read: row 1 of a partition: field 'text' is null" in failed[0][ERROR]
    assert re.match("write: claim .* does not fit decimal128", failed[1][ERROR])
    assert {v for row in failed for k, v in row.items() if k not in ("article_id", ERROR)} == {None}
    assert [row["article_id"] for row in good] == ["9", "9"]


@pytest.mark.parametrize("step", ["read", "write"])
def test_an_unforeseen_error_gives_a_row(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    name = {"read": "row_article", "write": "record_row"}[step]
    original = getattr(spark, name)

    def poison(thing: Any, *rest: Any) -> Any:
        if (thing["id"] if step == "read" else thing.article_id) == "b":
            raise ZeroDivisionError("poison")
        return original(thing, *rest)

    monkeypatch.setattr(spark, name, poison)
    text = "Il a payé 5 euros."
    good, failed = split(claims(pd.DataFrame({"id": list("abc"), "text": [text] * 3})))
    assert [row["article_id"] for row in good] == ["a", "c"]
    told = [(row["article_id"], row[ERROR]) for row in failed]
    assert told == [("b", f"{step}: ZeroDivisionError: poison")]


def test_rows_are_the_same_however_they_are_cut() -> None:
    frame = pd.DataFrame({"text": [TEXT.replace("27", str(n)) if n % 3 else " " for n in range(9)]})
    whole = claims(frame)
    assert [len(rows) for rows in split(whole)] == [12, 3]
    cut = claims(frame[:4], frame[4:4], frame[4:], batch_size=2)
    assert split(cut) == split(whole)


def test_zones_scores_and_columns_are_chosen() -> None:
    frame = pd.DataFrame({"title": ["Meta lève 3 euros"], "inhalt": [TEXT], "lang": ["fr"]})
    (row,) = claims(frame, text_field="inhalt", zones=("title",))
    assert (row["zone"], row["surface"]) == ("title", "3 euros")
    assert claims(frame, text_field="inhalt", min_score=1.1) == []


def test_the_model_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from extractor.batch import worker
    from extractor.pipeline import core

    loads = []
    before = core.load
    monkeypatch.setattr(core, "load", lambda *a, **k: loads.append(a) or before(*a, **k))
    worker.loaded.cache_clear()
    for _ in range(3):
        claims(pd.DataFrame({"text": [TEXT]}))
    assert loads == [("cues",)]


@pytest.mark.slow
def test_the_job_of_the_readme(tmp_path: Path) -> None:
    pytest.importorskip(
        "pyspark", reason="pyspark is not installed: pip install 'extractor[spark]'"
    )
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("no Java runtime, which Spark needs")
    readme = Path(extractor.batch.__file__).with_name("README.md").read_text("utf-8")
    (script,) = re.findall(r"^```python\n(.*?)^```$", readme, re.M | re.S)
    (tmp_path / "claims.py").write_text(script, encoding="utf-8")
    news = tmp_path / "news.jsonl"
    rows = [{"id": f"a{i}", "text": TEXT.replace("27", str(i + 1))} for i in range(20)]
    rows += [{"id": "bad", "text": " "}, {"id": "small", "text": SMALL}]
    news.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    target = tmp_path / "out"
    spark = {
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_SUBMIT_ARGS": "--master local[2] pyspark-shell",
    }
    command = [sys.executable, tmp_path / "claims.py", news, target, "cues"]
    done = subprocess.run(
        command, env=os.environ | spark, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr[-4000:]

    local = [sys.executable, "-m", "extractor", "run", news, tmp_path / "one", "--to", "parquet"]
    subprocess.run([*local, "--model", "cues", "--quiet"], check=False, timeout=300)
    assert ordered(target / "claims") == ordered(tmp_path / "one" / "parquet")
    schema = pq.read_schema(next((target / "claims").glob("*.parquet")))
    assert {schema.field(name).type for name in ("low", "high")} == {pa.decimal128(38, 9)}
    told = "".join(path.read_text(encoding="utf-8") for path in target.glob("errors/*.json"))
    failed = [json.loads(line) for line in told.splitlines()]
    assert {row["article_id"] for row in failed} == {"bad", "small"}


def ordered(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    assert len(rows) == 40
    return sorted(rows, key=lambda row: (row["article_id"], row["start"]))
