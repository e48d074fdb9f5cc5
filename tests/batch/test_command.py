"""`extractor run` in processes: workers, machines, resumption, refusals, what it says."""

from __future__ import annotations

import json
import shutil
from itertools import islice
from pathlib import Path

import pytest
from batch_runs import ARGUMENTS, CUES, RUN, WITH_ERRORS, finish, marks, run, start, texts, tree

import extractor.batch
from extractor.batch.run import STALL_S
from extractor.cli import main
from extractor.taxonomy import LANGUAGES


def stamps(folder: Path) -> dict[str, int]:
    """When the files of a run's shards were written."""
    return {str(p): p.stat().st_mtime_ns for p in folder.glob("*/*") if p.is_file()}


def test_many_workers_give_the_same_bytes(source: Path, undisturbed: dict[str, bytes]) -> None:
    done = run(*ARGUMENTS, "three-workers", "--workers", "3", cwd=source)
    assert done.returncode == WITH_ERRORS, done.stderr
    assert done.stdout == ""
    assert tree(source / "three-workers") == undisturbed
    assert "what failed is in three-workers/errors.jsonl" in done.stderr


@pytest.mark.slow
def test_many_workers_give_the_same_bytes_in_seven_languages(tmp_path: Path) -> None:
    rows = [json.dumps({"text": text}) for text in islice(texts(), 0, None, 20)]
    (tmp_path / "a.jsonl").write_text("\n".join(rows), encoding="utf-8")
    outs = []
    for workers in ("1", "2"):
        done = run("a.jsonl", workers, "--shard-mb", "0.01", "--workers", workers, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        outs.append(tree(tmp_path / workers))
    assert outs[0] == outs[1]
    records = [json.loads(line) for name in outs[0] if "jsonl/" in name
               for line in outs[0][name].splitlines()]  # fmt: skip
    assert {record["language"] for record in records} >= set(LANGUAGES)


@pytest.mark.slow
def test_many_workers_give_the_same_bytes_with_the_model(source: Path) -> None:
    outs = []
    for workers in ("1", "2"):
        out = f"model-{workers}"
        arguments = [*RUN, *ARGUMENTS, out, "--workers", workers, "--batch-size", "8"]
        done = finish(start(arguments, source))
        assert done.returncode == WITH_ERRORS, done.stderr
        outs.append(tree(source / out))
    assert outs[0] == outs[1]
    assert b'"model": "claims-multi-' in outs[0]["plan.json"]


def test_three_machines_that_share_the_folder(source: Path, undisturbed: dict[str, bytes]) -> None:
    shares = [
        start([*RUN, *ARGUMENTS, "shared", *CUES, "--shard-index", n, "--num-shards", "3"], source)
        for n in "012"
    ]
    told = [finish(process) for process in shares]
    assert {done.returncode for done in told} <= {0, WITH_ERRORS}
    assert tree(source / "shared") == undisturbed
    everything = len(marks(source / "undisturbed"))
    assert f"{everything} shards, {everything // 3} of them here" in told[2].stderr


def test_a_run_that_is_done_is_not_done_again(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    shutil.copytree(source / "undisturbed", source / "again")
    before = stamps(source / "again")
    done = run(*ARGUMENTS, "again", "--to", "parquet,jsonl", cwd=source)  # in another order
    assert done.returncode == WITH_ERRORS, done.stderr
    assert stamps(source / "again") == before
    assert tree(source / "again") == undisturbed
    mark = source / "again" / "done" / f"{marks(source / 'again')[4]}.json"
    mark.unlink()
    assert run(*ARGUMENTS, "again", cwd=source).returncode == WITH_ERRORS
    changed = {name for name, at in stamps(source / "again").items() if before[name] != at}
    assert {Path(name).stem for name in changed} == {mark.stem}
    assert tree(source / "again") == undisturbed


def test_too_many_errors_stop_the_run(source: Path, undisturbed: dict[str, bytes]) -> None:
    done = run(*ARGUMENTS, "strict", "--max-errors", "2", "--log-format", "json", cwd=source)
    assert done.returncode == 1
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert lines[-1]["message"].startswith("3 articles failed, more than --max-errors 2. Done")
    assert "in/e.txt: no text in it" in lines[-1]["message"]
    assert 0 < len(marks(source / "strict")) < len(marks(source / "undisturbed"))
    kept = tree(source / "strict")
    assert all(undisturbed[name] == data for name, data in kept.items())
    assert run(*ARGUMENTS, "strict", cwd=source).returncode == WITH_ERRORS
    assert tree(source / "strict") == undisturbed


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["run", *arguments, *CUES]) == 1
    return capsys.readouterr().err


def test_another_run_in_the_folder_is_refused(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    shutil.copytree(source / "in", "in")
    out = str(source / "undisturbed")
    other = ("--to", "jsonl", "--min-score", "0.5", "--lang", "fr")
    told = refused(capsys, *ARGUMENTS, *other, out)
    assert "holds another run (formats ('jsonl',), not ('jsonl', 'parquet'); " in told
    assert "min_score 0.5, not 0.0; language 'fr', not 'en'" in told
    Path("in/d.txt").write_text("Meta paid 4 dollars.", encoding="utf-8")
    Path("in/e.txt").unlink()
    told = refused(capsys, *ARGUMENTS, out)
    assert "(2 inputs that are new, changed or gone: in/d.txt, in/e.txt)" in told
    monkeypatch.setattr("extractor.pipeline.core.model_id", lambda model: "another-model")
    assert "(model another-model, not cues; " in refused(capsys, *ARGUMENTS, out)
    assert tree(source / "undisturbed") == undisturbed


def test_outputs_among_the_inputs_are_refused(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(source)
    assert "in/out: lies in the input in." in refused(capsys, "in", "in/out")
    assert "in/d.txt: an input in the output folder." in refused(capsys, "in/d.txt", "in")
    assert not Path("in/out").exists()


@pytest.mark.parametrize("named", ["in/**/*.jsonl", "@list.txt"])
def test_outputs_that_a_pattern_or_a_list_finds_are_no_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture, named: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("in/a.jsonl").write_text(json.dumps({"text": "Meta paid 4 dollars."}), encoding="utf-8")
    Path("list.txt").write_text("in\n", encoding="utf-8")
    command = ["run", named, "in/out", *CUES, "--lang", "en"]
    assert main([*command, "--dry-run"]) == 0
    Path("in/out/jsonl").mkdir(parents=True)
    Path("in/out/jsonl/part-00000.jsonl").touch()
    Path("in/out/errors.jsonl").touch()
    assert main([*command, "--dry-run"]) == 0
    told = capsys.readouterr().err.splitlines()
    assert [line for line in told if "1 inputs" in line] == [told[0], told[-1]]
    assert told[0] == told[-1]
    assert caplog.messages[-1] == "2 files that the run wrote itself passed over"
    Path("in/out/news.jsonl").touch()
    assert main([*command, "--dry-run"]) == 1
    assert "in/out/news.jsonl: an input in the output folder." in capsys.readouterr().err


def test_a_dry_run_writes_nothing(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(source)
    before = sorted(source.rglob("*"))
    assert main(["run", *ARGUMENTS, "dry", *CUES, "--dry-run"]) == 0
    assert "5 inputs, 0.0 MB, 12 shards; model cues" in capsys.readouterr().err
    assert sorted(source.rglob("*")) == before


@pytest.mark.parametrize(
    "option", ["--shard-mb=0", "--shard-mb=nan", "--workers=0", "--stall-s=-1", "--to=xml"]
)
def test_usage(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["run", "in", "out", option])
    assert stopped.value.code == 2
    assert option.partition("=")[0] in capsys.readouterr().err


def test_the_time_of_a_stall_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    assert f"worker is replaced (default: {STALL_S:.0f})" in " ".join(
        capsys.readouterr().out.split()
    )
    readme = Path(extractor.batch.__file__).with_name("README.md").read_text("utf-8")
    assert f"`--stall-s`\n  seconds ({STALL_S:.0f}) without one" in readme


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_it_says(tmp_path: Path, form: str) -> None:
    (tmp_path / "a.txt").write_text(next(texts()), encoding="utf-8")
    done = run("a.txt", "out", "--log-format", form, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == ""
    if form == "json":
        told = [json.loads(line)["message"] for line in done.stderr.splitlines()]
        assert told[1] == "end"
    else:
        told = [line.removeprefix("extractor: ") for line in done.stderr.splitlines()]
    assert told[0].endswith(": 1 inputs, 0.0 MB, 1 shards; model cues")
    assert told[-1].startswith("1 of 1 shards done: 1 articles, ")
    assert run("a.txt", "out", "--quiet", cwd=tmp_path).stderr == ""
