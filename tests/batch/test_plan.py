"""The plan: every row in one slice, the same cut each time, what cannot be read told later."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.batch import plan as planning
from extractor.batch.plan import Options, Plan, make_plan
from extractor.batch.versions import versions
from extractor.cli import main
from extractor.errors import FormatError, InputError
from extractor.formats.readers import read_articles, read_slice
from extractor.schema import Article


def articles_of(plan: Plan) -> list[Article]:
    return [
        article
        for shard in plan.shards
        for part in shard
        for article in read_slice(
            part.path, part.start, part.stop, part.first, on_error=lambda error: None
        )
    ]


@settings(deadline=None)
@given(
    lengths=st.lists(st.integers(0, 60), max_size=40), limit=st.integers(1, 200),
    chunk=st.integers(1, 100), ended=st.booleans(),
)  # fmt: skip
def test_slices_give_what_the_file_gives(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], limit: int, chunk: int,
    ended: bool,
) -> None:  # fmt: skip
    path = tmp_path_factory.mktemp("plan") / "a.jsonl"
    rows = [json.dumps({"text": "é" * n}) if n else "" for n in lengths]
    path.write_text("\n".join(rows) + "\n" * ended, encoding="utf-8")
    before, planning._CHUNK_BYTES = planning._CHUNK_BYTES, chunk
    try:
        plan = make_plan([str(path)], Options(shard_bytes=limit), "cues")
    finally:
        planning._CHUNK_BYTES = before
    assert articles_of(plan) == list(read_articles(path, on_error=lambda error: None))
    for (part,) in (shard for shard in plan.shards if len(shard) == 1):
        assert part.stop is not None
        assert part.stop - part.start <= limit + max(map(len, rows), default=0) + 1


def test_row_groups_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"text": [f"article {n} " + "x" * n for n in range(50)]})
    pq.write_table(table, path, row_group_size=4)
    plan = make_plan([str(path)], Options(shard_bytes=300), "cues")
    assert len(plan.shards) > 4
    assert articles_of(plan) == list(read_articles(path))


def test_small_files_share_a_shard(tmp_path: Path) -> None:
    for n in range(10):
        (tmp_path / f"{n}.txt").write_text("Meta paid 3 dollars.", encoding="utf-8")
    plan = make_plan([str(tmp_path)], Options(shard_bytes=65), "cues")
    assert [len(shard) for shard in plan.shards] == [3, 3, 3, 1]


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    (tmp_path / "é.txt").write_text("Meta paid 3 dollars.", encoding="utf-8")
    plan = make_plan([str(tmp_path / "é.txt")], Options(language="fr"), "cues")
    (tmp_path / "plan.json").write_text(plan.to_json(), encoding="utf-8")
    there = Plan.read(tmp_path)
    assert there == plan
    assert there.id == plan.id
    assert Plan.read(tmp_path / "nowhere") is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"options": {"colour": 1}}'])
def test_another_plan_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=r"no plan of this version.*Give another output folder"):
        Plan.read(tmp_path)


def test_a_file_that_cannot_be_read_is_a_shard_that_tells_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Meta paid 3 dollars.", encoding="utf-8")
    (tmp_path / "b.jsonl").symlink_to(tmp_path / "nowhere")
    plan = make_plan([str(tmp_path)], Options(), "cues")
    assert [one.sha256 == "" for one in plan.inputs] == [False, True]
    told: list[InputError] = []
    (shard,) = plan.shards
    for part in shard:
        list(read_slice(part.path, part.start, part.stop, part.first, on_error=told.append))
    assert [str(error) for error in told] == [
        f"{tmp_path}/b.jsonl: cannot be read: {os.strerror(2)}."
    ]


def test_nothing_to_do_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no articles there"):
        make_plan([str(tmp_path)], Options(), "cues")


def test_other_versions_are_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("Meta paid 3 dollars.", encoding="utf-8")
    here = versions()
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[0-9a-f]{12}", here["extractor"])
    one = make_plan([str(tmp_path)], Options(), "cues")
    monkeypatch.setattr(planning, "versions", lambda: {**here, "torch": "1.0"})
    other = make_plan([str(tmp_path)], Options(), "cues")
    assert other.id != one.id
    assert one.differences(other) == [f"torch 1.0, not {here['torch']}"]


@pytest.mark.parametrize(
    ("given", "engine", "model", "planned"),
    [
        ("auto", "local", None, "cuda"), ("auto", "local", "cues", "cpu"),
        ("auto", "ray", None, "cpu"), ("cuda:1", "local", None, "cuda:1"),
    ],
)  # fmt: skip
def test_the_plan_names_its_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, engine: str, model: str | None,
    planned: str,
) -> None:  # fmt: skip
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("extractor.pipeline.core.model_id", lambda model: "a-model")
    monkeypatch.setattr("extractor.batch.command._engine", lambda options: None)
    seen: list[Options] = []

    def stop(inputs: object, options: Options, model: str, **_: object) -> None:
        seen.append(options)
        raise InputError("far enough")

    monkeypatch.setattr("extractor.batch.command.make_plan", stop)
    more = ["--model", model] if model else []
    assert main(["run", "in", "out", "--device", given, "--engine", engine, *more]) == 1
    assert [options.device for options in seen] == [planned]


def test_asking_for_the_id_again_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n' * 20_000, encoding="utf-8")
    plan = make_plan([str(tmp_path / "a.jsonl")], Options(shard_bytes=1), "cues")
    began = time.perf_counter()
    first = plan.id
    once = time.perf_counter() - began
    began = time.perf_counter()
    assert {plan.id for _ in range(1000)} == {first}
    assert time.perf_counter() - began < once
