"""Workers that die or hang: their shards are tried again, and left out at last."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest
from batch_runs import texts, tree

from extractor.batch import local
from extractor.batch.local import Pool, Worker, run_local
from extractor.batch.plan import Options, Plan, make_plan
from extractor.batch.progress import Progress
from extractor.batch.run import Run, RunStopped, carry_out, open_run
from extractor.batch.shard import run_shard
from extractor.pipeline.core import load


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Of four files, a shard each."""
    monkeypatch.chdir(tmp_path)
    for name, text in zip("abcd", texts(), strict=False):
        row = json.dumps({"text": f"Meta paid 3 million dollars to {name}.", "title": text[:20]})
        Path(f"{name}.jsonl").write_text(row, encoding="utf-8")
    return make_plan(
        [f"{name}.jsonl" for name in "abcd"], Options(language="en", shard_bytes=1), "cues"
    )


def wanted(plan: Plan, folder: Path) -> dict[str, bytes]:
    """What a run without workers gives."""
    open_run(plan, folder)
    extractor = load("cues", language="en")
    for shard in range(len(plan.shards)):
        run_shard(plan, shard, folder, extractor)
    (folder / "errors.jsonl").touch()
    return tree(folder)


def test_a_shard_that_kills_its_workers_is_left_out(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    original = Pool._next

    def deadly(self: Pool, worker: Worker) -> None:
        original(self, worker)
        if worker.shard == 1:
            worker.process.kill()

    monkeypatch.setattr(Pool, "_next", deadly)
    out = Path("out")
    open_run(plan, out)
    with pytest.raises(RunStopped, match=r"1 of 4 shards are not done.*shard 1 \(b\.jsonl\)"):
        run_local(plan, out, model="cues")
    assert sorted(p.name for p in (out / "done").iterdir()) == [
        f"part-0000{n}.json" for n in (0, 2, 3)
    ]
    told = capsys.readouterr().err
    assert told.count("a worker died (exit code -9) at shard 1; trying it again") == 2
    assert "a worker died (exit code -9) 3 times at shard 1 (b.jsonl); left out" in told
    monkeypatch.setattr(Pool, "_next", original)
    assert run_local(plan, out, model="cues").shards == 4
    assert tree(out) == wanted(plan, Path("whole"))


def test_a_worker_that_dies_between_shards_is_replaced(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, killed = Pool._next, []

    def deadly(self: Pool, worker: Worker) -> None:
        if not killed and self.run.summary.shards == 2:
            killed.append(worker)
            worker.process.kill()
            worker.process.join()
        original(self, worker)  # hands a shard to nobody

    monkeypatch.setattr(Pool, "_next", deadly)
    open_run(plan, Path("out"))
    summary = run_local(plan, Path("out"), model="cues")
    assert (summary.shards, len(killed)) == (4, 1)
    assert tree(Path("out")) == wanted(plan, Path("whole"))


def test_workers_that_cannot_start_stop_the_run(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(local, "work", dies_at_once)
    open_run(plan, Path("out"))
    with pytest.raises(RunStopped, match=r"died \(exit code 7\) before its first shard"):
        run_local(plan, Path("out"), model="cues")
    assert capfd.readouterr().err.count("starting another") == 2


def dies_at_once(*_: object) -> None:
    os._exit(7)


def test_a_worker_that_hangs_is_replaced(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads a pipe that nobody writes to; a file is in its place for the next."""
    path, text = Path("b.jsonl"), Path("b.jsonl").read_text(encoding="utf-8")
    path.unlink()
    os.mkfifo(path)
    told: list[str] = []
    pools: list[Pool] = []

    class Mender(Progress):
        def tick(self) -> None:
            """Not the lines of every thirty seconds."""

        def tell(self, message: str, **figures: object) -> None:
            told.append(message)
            if "said nothing" in message:
                pools[0].stall_s = 600.0
                path.unlink()
                path.write_text(text, encoding="utf-8")

    original = Pool._next

    def patient_until_it_hangs(self: Pool, worker: Worker) -> None:
        original(self, worker)
        pools[:] = [self]
        self.stall_s = 1.0 if worker.shard == 1 and path.is_fifo() else 600.0

    monkeypatch.setattr(Pool, "_next", patient_until_it_hangs)
    open_run(plan, Path("out"))
    summary = run_local(plan, Path("out"), model="cues", stall_s=600.0, progress=Mender())
    assert told == [
        "a worker said nothing for 1 s; ending it",
        "a worker died (exit code -9) at shard 1; trying it again",
    ]
    assert summary.shards == 4
    assert tree(Path("out")) == wanted(plan, Path("whole"))


def test_it_runs_in_a_thread(plan: Plan) -> None:
    """Where signals cannot be caught, the run is as good."""
    open_run(plan, Path("out"))
    found: list[int] = []
    thread = threading.Thread(
        target=lambda: found.append(run_local(plan, Path("out"), model="cues").shards)
    )
    thread.start()
    thread.join(300)
    assert found == [4]


@pytest.mark.parametrize("end", ["died", "interrupted"])
def test_what_another_run_is_at_is_not_swept_with_a_dead_worker(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """Both are at the same shard, whose input this worker waits for."""
    Path("b.jsonl").unlink()
    os.mkfifo("b.jsonl")
    foreign = Path("out/jsonl/.part-00001.jsonl.0a1b-2c3d.tmp")
    original = Pool._next

    def deadly(self: Pool, worker: Worker) -> None:
        original(self, worker)
        if worker.shard != 1:
            return
        foreign.touch()
        while len(list(foreign.parent.glob(".part-00001.*.tmp"))) < 2:
            time.sleep(0.01)
        if end == "interrupted":
            raise KeyboardInterrupt
        worker.process.kill()

    monkeypatch.setattr(Pool, "_next", deadly)
    monkeypatch.setattr(local, "_TRIES", 1)
    open_run(plan, Path("out"))
    with pytest.raises(RunStopped if end == "died" else KeyboardInterrupt):
        run_local(plan, Path("out"), model="cues")
    assert list(Path("out").rglob("*.tmp")) == [foreign]


def test_a_run_that_is_started_twice_leaves_the_first_its_files(plan: Plan) -> None:
    extractor = load("cues", language="en")
    out, left = Path("out"), Path("out/jsonl/.part-00002.jsonl.0a1b.tmp")
    open_run(plan, out)
    left.parent.mkdir()
    left.touch()
    seen: list[bool] = []

    def engine(run: Run) -> None:
        seen.append(left.exists())
        while run.todo:
            run.committed(run_shard(plan, run.todo.popleft(), run.folder, extractor))

    carry_out(plan, out, engine)
    assert seen == [True]
    assert not left.exists()  # when all is done, it is nobody's
    assert tree(out) == wanted(plan, Path("whole"))


@pytest.mark.parametrize("done", [3, 4])
def test_interrupted_is_a_run_with_shards_left(plan: Plan, done: int) -> None:
    """However late the signal came: also when nothing was left to be interrupted."""
    extractor = load("cues", language="en")
    open_run(plan, Path("out"))

    def engine(run: Run) -> None:
        for _ in range(done):
            run.committed(run_shard(plan, run.todo.popleft(), run.folder, extractor))
        run.stopping = True
        if done == 4:
            run.tick()

    summary = carry_out(plan, Path("out"), engine)
    assert (summary.shards, summary.interrupted) == (done, done < 4)
