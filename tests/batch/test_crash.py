"""Kill -9 at any point: the same command, run again, gives what it would have given."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from batch_runs import (
    ARGUMENTS,
    CUES,
    ROOT,
    RUN,
    WITH_ERRORS,
    environment,
    finish,
    run,
    start,
    tree,
    until,
    workers_of,
)


def killed_and_resumed(source: Path, out: str, chance: random.Random, seconds: float) -> str:
    """Kills a worker or the parent of a run, then runs it until it ends; who was killed."""
    whom = chance.choice(("parent", "worker"))
    process = start([*RUN, *ARGUMENTS, out, *CUES, "--workers", "2"], source)
    try:
        workers: list[psutil.Process] = []
        end = time.monotonic() + chance.uniform(0, seconds)
        while time.monotonic() < end or (whom == "worker" and not workers):
            workers = workers_of(process)
            if process.poll() is not None:
                break
            time.sleep(0.002)
        if whom == "parent":
            process.kill()
        elif workers:
            chance.choice(workers).kill()
        first = finish(process)
    finally:
        process.kill()
    assert psutil.wait_procs(workers, timeout=10)[1] == [], "workers outlived their parent"
    if whom == "worker":
        assert first.returncode == WITH_ERRORS, first.stderr
    while run(*ARGUMENTS, out, cwd=source).returncode != WITH_ERRORS:
        pass
    return whom


def disturb(source: Path, undisturbed: dict[str, bytes], seed: int, times: int) -> None:
    chance = random.Random(seed)
    began = time.monotonic()
    run(*ARGUMENTS, f"timed-{seed}", "--workers", "2", cwd=source)
    seconds = time.monotonic() - began
    whom = []
    for number in range(times):
        out = f"killed-{seed}-{number}"
        whom.append(killed_and_resumed(source, out, chance, seconds))
        assert tree(source / out) == undisturbed
        shutil.rmtree(source / out)
    assert {"parent", "worker"} == set(whom)


def test_six_kills(source: Path, undisturbed: dict[str, bytes]) -> None:
    disturb(source, undisturbed, seed=1, times=6)


@pytest.mark.slow
def test_fifty_kills(source: Path, undisturbed: dict[str, bytes]) -> None:
    disturb(source, undisturbed, seed=2, times=50)


def test_a_kill_before_each_step(tmp_path: Path) -> None:
    """At each file that is opened, renamed, linked, removed: see `crash_points.py`."""
    script = Path(__file__).with_name("crash_points.py")
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment(), text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 40


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    text = (ROOT / "corpus" / "xpert-digital-ia-a-credit.txt").read_text(encoding="utf-8")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "long.txt").write_text(text * 40, encoding="utf-8")
    process = start([*RUN, "in", "out", *CUES], tmp_path)
    until(lambda: list(tmp_path.glob("out/jsonl/.part-*.tmp")), process)  # in a shard
    workers = workers_of(process)
    assert len(workers) == 1
    if Path("/proc/self/fd").is_dir():
        streams = Path(f"/proc/{workers[0].pid}/fd")
        assert (streams / "1").readlink() == (streams / "2").readlink(), "stdout is for data"
    process.kill()
    assert psutil.wait_procs(workers, timeout=5)[1] == []
    finish(process)
