"""What the Ray engine does with what comes back, on a stand-in for Ray; and what a task checks."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batch_runs import tree

from extractor.batch import ray_engine
from extractor.batch.beat import Beat, clear_beats
from extractor.batch.local import run_local
from extractor.batch.plan import Options, Plan, make_plan
from extractor.batch.progress import Progress
from extractor.batch.ray_cluster import Cluster, check_ray
from extractor.batch.ray_engine import Tasks
from extractor.batch.ray_task import Job, Outcome, do_shard
from extractor.batch.run import RunStopped, Summary, carry_out, open_run
from extractor.batch.versions import versions
from extractor.errors import InputError, MissingExtra

SHARDS = 6
Fate = Callable[[Job, int, int], Any]  # of an attempt, from 1: an outcome, an error, None: nothing


class StandIn:
    """Ray as the engine uses it; tasks are done when they are waited for."""

    class exceptions:
        class RayError(Exception): ...

        class RayTaskError(RayError): ...

        class TaskCancelledError(RayError): ...

    def __init__(self, fate: Fate, cpus: float = 2.0) -> None:
        self.fate = fate
        self.cpus = cpus
        self.handed: Counter[int] = Counter()
        self.most = 0
        self.cancelled: list[int] = []

    def remote(self, **_: object) -> Callable[[object], StandIn]:
        return lambda function: self._task

    @property
    def _task(self) -> Any:
        class Task:
            @staticmethod
            def remote(job: Job, shard: int) -> tuple[int, int]:
                self.handed[shard] += 1
                self.job = job
                return shard, self.handed[shard]

        return Task

    def wait(self, refs: list[Any], timeout: float) -> tuple[list[Any], list[Any]]:
        self.most = max(self.most, len(refs))
        for ref in refs:
            self.result = self.fate(self.job, *ref)
            if self.result is not None:
                return [ref], []
        time.sleep(0.01)
        return [], refs

    def get(self, ref: object) -> Outcome:
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def cancel(self, ref: Any, force: bool) -> None:
        self.cancelled.append(ref[0])

    def nodes(self) -> list[dict[str, Any]]:
        return [
            {"Alive": True, "Resources": {"CPU": self.cpus}},
            {"Alive": False, "Resources": {"CPU": 64.0}},
        ]


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A plan of six shards."""
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(SHARDS):
        (folder / f"{n}.txt").write_text(f"Meta paid {n + 2} million dollars.", encoding="utf-8")
    made = make_plan([str(folder)], Options(language="en", shard_bytes=1), "cues")
    assert len(made.shards) == SHARDS
    return made


@pytest.fixture
def out(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The opened folder of the run."""
    monkeypatch.setattr(ray_engine, "_LISTEN_S", 0.0)
    folder = tmp_path / "out"
    open_run(plan, folder)
    return folder


def job(plan: Plan, out: Path) -> Job:
    return Job(str(out), plan.id, os.getcwd(), "cues", versions())


def work(plan: Plan, out: Path, ray: StandIn, stall_s: float = 600.0) -> Summary:
    def engine(run: Any) -> None:
        Tasks(run, Cluster(ray, plan.options), job(plan, out), None, stall_s).work()

    return carry_out(plan, out, engine, progress=Progress())


def well(job: Job, shard: int, attempt: int) -> Outcome:
    return do_shard(job, shard)


def test_all_is_done_with_a_bounded_number_in_flight(plan: Plan, out: Path) -> None:
    ray = StandIn(well)
    assert work(plan, out, ray) == Summary(SHARDS, SHARDS, SHARDS, 0)
    assert ray.most == 4  # two for each CPU of the node that is up
    assert set(ray.handed.values()) == {1}


def test_a_shard_that_is_refused_is_tried_elsewhere(
    plan: Plan, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fate(job: Job, shard: int, attempt: int) -> Outcome:
        if shard == 2 and attempt < 5:
            return Outcome(Beat(), why="m7:12: out: No space left on device")
        return do_shard(job, shard)

    ray = StandIn(fate)
    assert work(plan, out, ray).shards == SHARDS
    assert ray.handed[2] == 5
    assert "shard 2: m7:12: out: No space left on device; trying it again" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(
    "fate", [Outcome(Beat(), why="m7:12: no space"), StandIn.exceptions.RayError("\nit died.")]
)
def test_a_shard_that_never_comes_through_is_left_out(
    plan: Plan, out: Path, fate: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def fresh(job: Job, shard: int, attempt: int) -> Any:
        failed = replace(fate, beat=Beat()) if isinstance(fate, Outcome) else fate
        return failed if shard == 2 else do_shard(job, shard)

    ray = StandIn(fresh)
    with pytest.raises(RunStopped, match=r"1 of 6 shards are not done.*shard 2 \(.*2\.txt\)"):
        work(plan, out, ray)
    assert ray.handed[2] == (5 if isinstance(fate, Outcome) else 1)
    assert len(list((out / "done").iterdir())) == SHARDS - 1
    assert "left out" in capsys.readouterr().err
    assert work(plan, out, StandIn(well)).shards == SHARDS


def test_a_machine_that_lacks_something_stops_the_run(plan: Plan, out: Path) -> None:
    def fate(job: Job, shard: int, attempt: int) -> Outcome | None:
        if shard == 1:
            return Outcome(
                Beat(), why="m7:12: the model is a, not b. Install the same.", final=True
            )
        return None

    ray = StandIn(fate)
    with pytest.raises(RunStopped, match=r"m7:12: the model is a.*same\. The run stopped"):
        work(plan, out, ray)
    assert sorted(ray.cancelled) == [0, 2, 3]


def test_a_fault_of_the_program_stops_the_run(plan: Plan, out: Path) -> None:
    error = StandIn.exceptions.RayTaskError("Traceback\n  ...\nValueError: seven")
    with pytest.raises(RunStopped, match=r"shard 0 .*: ValueError: seven\. The run stopped"):
        work(plan, out, StandIn(lambda *_: error))


def test_cancelled_from_outside_is_done_again(plan: Plan, out: Path) -> None:
    def fate(job: Job, shard: int, attempt: int) -> Any:
        cancelled = shard == 0 and attempt < 9
        return StandIn.exceptions.TaskCancelledError() if cancelled else do_shard(job, shard)

    assert work(plan, out, StandIn(fate)).shards == SHARDS


def test_a_silent_task_is_taken_away(
    plan: Plan, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fate(job: Job, shard: int, attempt: int) -> Outcome | None:
        if shard == 3 and attempt == 1:
            if Beat.read(out, shard) is None:
                Beat("m7:12", articles=1).write(out, shard)
            return None
        return do_shard(job, shard)

    ray = StandIn(fate)
    assert work(plan, out, ray, stall_s=0.3).articles == SHARDS
    assert ray.cancelled == [3]
    told = capsys.readouterr().err
    assert "shard 3: no sign of life from m7:12 for" in told
    assert "shard 3: begun again by" in told


def test_one_that_waits_is_left_in_peace_while_others_live(plan: Plan, out: Path) -> None:
    """Shard 0 does not begin as long as shard 1 works on, and that is longer than a stall."""
    beats = iter(range(1, 60))

    def fate(job: Job, shard: int, attempt: int) -> Outcome | None:
        if shard == 1:
            count = next(beats, None)
            if count is None:
                return do_shard(job, shard)
            Beat("m7:12", "same", articles=count).write(out, shard)
            return None
        waits = shard == 0 and attempt == 1 and "part-00001.json" not in names(out / "done")
        return None if waits else do_shard(job, shard)

    ray = StandIn(fate)
    assert work(plan, out, ray, stall_s=0.3).shards == SHARDS
    assert ray.cancelled == []


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*")]


def test_none_that_begins_is_handed_over_again(
    plan: Plan, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ray = StandIn(lambda job, shard, attempt: do_shard(job, shard) if attempt > 7 else None, cpus=0)
    assert work(plan, out, ray, stall_s=0.05).shards == SHARDS
    told = capsys.readouterr().err
    assert "the cluster has room for no tasks of 1 CPU; waiting for a node that has" in told
    assert "not begun for" in told


def test_begun_without_end(plan: Plan, out: Path) -> None:
    """Ray does a task again as often as memory runs out."""

    def fate(job: Job, shard: int, attempt: int) -> Outcome | None:
        if shard == 4:
            Beat().write(out, shard)
            return None
        return do_shard(job, shard)

    with pytest.raises(RunStopped, match="1 of 6 shards are not done"):
        work(plan, out, StandIn(fate))


def test_tasks_give_what_one_machine_gives(plan: Plan, out: Path, tmp_path: Path) -> None:
    one = tmp_path / "one"
    open_run(plan, one)
    run_local(plan, one, model="cues")
    work(plan, out, StandIn(well))
    assert Beat.read(out, 2) is not None
    clear_beats(out)
    assert tree(out) == tree(one)


def test_a_task_finds_what_its_machine_lacks(plan: Plan, out: Path, tmp_path: Path) -> None:
    here = job(plan, out)

    def lacking(shard: int = 0, **changed: Any) -> str:
        outcome = do_shard(replace(here, **changed), shard)
        assert (outcome.done, outcome.final) == (None, True)
        return outcome.why

    assert "the run is not in it as seen from here" in lacking(folder=str(tmp_path / "nothing"))
    assert "the run is not in it as seen from here" in lacking(run="0" * 16)
    assert f"torch {versions()['torch']}, not 1.0" in lacking(
        versions={**versions(), "torch": "1.0"}
    )
    Path(plan.inputs[3].path).unlink()
    assert "and now is gone" in lacking(3)
    assert names(out / "done") == []


def test_relative_paths_start_where_the_run_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("Meta paid 2 million dollars.", encoding="utf-8")
    plan = make_plan(["a.txt"], Options(language="en"), "cues")
    open_run(plan, Path("out"))
    here = Job(str(tmp_path / "out"), plan.id, str(tmp_path), "cues", versions())
    monkeypatch.chdir("/")
    done = do_shard(here, 0).done
    assert done is not None
    assert (done.claims, done.errors) == (1, 0)
    lost = do_shard(replace(here, root=str(tmp_path / "nothing")), 0)
    assert "No such file or directory, and paths of the run start there" in lost.why


def test_what_would_fail_later_fails_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.batch.ray_cluster.find_spec", lambda name: object())
    check_ray("cuda")
    with pytest.raises(InputError, match="Use --device cuda"):
        check_ray("cuda:1")
    monkeypatch.setattr("extractor.batch.ray_cluster.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"extractor\[ray\]"):
        check_ray("cpu")


@pytest.mark.parametrize(
    ("device", "threads", "slots"), [("cpu", 1, 9), ("cpu", 4, 1), ("cuda", 1, 1), ("cuda", 9, 0)]
)
def test_slots_are_counted_node_by_node(device: str, threads: int, slots: int) -> None:
    class Nodes:
        @staticmethod
        def nodes() -> list[dict[str, Any]]:
            has = ({"CPU": 3.0}, {"CPU": 6.0, "GPU": 1.0}, {"memory": 1.0})
            return [{"Alive": True, "Resources": one} for one in has]

    assert Cluster(Nodes, Options(device=device, threads=threads)).slots() == slots
