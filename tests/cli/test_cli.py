"""The command line in a subprocess: output, exit codes, messages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time

import pytest

from extractor.formats import read_records

TEXT = "Meta a levé 27 milliards de dollars auprès de PIMCO, a annoncé mardi le groupe."
COMMANDS = ("extract", "show", "schema", "doctor", "base", "train", "evaluate", "agree", "dataset")


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "extractor", *arguments],
        capture_output=True, text=True, check=False, input=stdin, timeout=300,
    )  # fmt: skip


def test_jsonl_when_piped() -> None:
    done = run("extract", "-", "--model", "cues", stdin=TEXT)
    (record,) = map(json.loads, done.stdout.splitlines())
    assert (record["surface"], record["currency"]) == ("27 milliards de dollars", "USD")
    assert "1 articles, 1 claims, 0 quarantined" in done.stderr
    assert done.returncode == 0


def test_quiet_says_nothing_on_stderr() -> None:
    assert run("extract", "-", "--model", "cues", "--quiet", stdin=TEXT).stderr == ""


def test_csv_and_parquet(tmp_path) -> None:
    import pandas as pd

    source = tmp_path / "a.txt"
    source.write_text(TEXT, encoding="utf-8")
    for name in ("csv", "parquet"):
        target = tmp_path / f"out.{name}"
        done = run("extract", str(source), "--model", "cues", "--to", name, "-o", str(target))
        assert done.returncode == 0, done.stderr
        frame = pd.read_csv(target) if name == "csv" else pd.read_parquet(target)
        assert list(frame["surface"]) == ["27 milliards de dollars"]


def test_an_amount_that_parquet_cannot_hold_costs_only_itself(tmp_path) -> None:
    source, target = tmp_path / "a.jsonl", tmp_path / "out.parquet"
    much = f"Meta paid {10**30} dollars to PIMCO. Meta paid 5 million dollars to PIMCO."
    source.write_text(json.dumps({"id": "a1", "text": much}), encoding="utf-8")
    done = run("extract", str(source), "--model", "cues", "--to", "parquet", "-o", str(target))
    assert done.returncode == 3, done.stderr
    assert "quarantined: a1: claim" in done.stderr
    assert "does not fit decimal128" in done.stderr
    assert "1 articles, 1 claims, 1 quarantined" in done.stderr
    assert [r.surface for r in read_records(target)] == ["5 million dollars"]


def test_a_bad_line_costs_only_itself(tmp_path) -> None:
    source = tmp_path / "a.jsonl"
    lines = [
        json.dumps({"text": TEXT}),
        json.dumps({"body_": TEXT}),
        "{",
        json.dumps({"text": TEXT}),
    ]
    source.write_text("\n".join(lines), encoding="utf-8")
    done = run("extract", str(source), "--model", "cues")
    assert done.returncode == 3
    assert len(done.stdout.splitlines()) == 2
    assert "a.jsonl:2" in done.stderr
    assert "a.jsonl:3" in done.stderr
    assert "2 articles, 2 claims, 2 quarantined" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["extract", "nothing.txt", "--model", "cues"], 3, "nothing.txt"),
        (["extract", "-", "--model", "/nowhere"], 1, "/nowhere: no such folder"),
        (["extract", "-", "--lang", "xx"], 2, "invalid choice: 'xx'"),
        (["extract", "-", "--zones", "footer"], 2, "'footer' is none of title, heading"),
        (["extract", "-", "--min-score", "2"], 2, "'2' is not between 0 and 1"),
        ([], 2, "COMMAND"),
    ],
)
def test_errors(arguments: list[str], code: int, message: str) -> None:
    done = run(*arguments, stdin=TEXT)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == code


def test_show_prints_the_text() -> None:
    done = run("show", "-", "--model", "cues", stdin=TEXT)
    assert done.returncode == 0
    assert "27 milliards de dollars" in done.stdout


def test_schema_is_a_json_schema() -> None:
    schema = json.loads(run("schema").stdout)
    assert {"low", "high", "currency", "type", "payer"} <= set(schema["properties"])


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert re.search(r"^ +(extractor|pip) ", done.stdout, re.MULTILINE)


def test_help_is_fast() -> None:
    def seconds(*arguments: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
        return time.perf_counter() - began

    bare = min(seconds("-c", "import argparse") for _ in range(3))
    full = min(seconds("-m", "extractor", "--help") for _ in range(3))
    assert full < bare + 0.25


def test_importing_is_light() -> None:
    code = (
        "import sys, extractor, extractor.cli; print({'torch', 'spacy', 'pandas'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_show_tells_a_missing_file_as_extract_does() -> None:
    for command in ("show", "extract"):
        done = run(command, "missing.txt", "--model", "cues")
        assert done.returncode == 3
        assert "missing.txt" in done.stderr
