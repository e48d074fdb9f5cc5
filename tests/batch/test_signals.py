"""Ctrl-C and SIGTERM: the shards in hand are finished, a second one stops at once."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import psutil
import pytest
from batch_runs import (
    ARGUMENTS,
    CUES,
    RUN,
    WITH_ERRORS,
    finish,
    marks,
    run,
    start,
    texts,
    tree,
    until,
    workers_of,
)  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_finishes_the_shards_in_hand(
    source: Path, undisturbed: dict[str, bytes], number: signal.Signals
) -> None:
    name = f"stopped-{number.name}"
    out = source / name
    process = start([*RUN, *ARGUMENTS, name, *CUES, "--workers", "2"], source)
    until(lambda: marks(out), process)
    os.killpg(process.pid, number)  # as a terminal and service managers do
    done = finish(process)
    assert done.returncode == 130, done.stderr
    assert "finishing the shards in hand; once more to stop now" in done.stderr
    assert f"{len(marks(out))} of {len(marks(source / 'undisturbed'))} shards done" in done.stderr
    assert "Traceback" not in done.stderr
    assert "died" not in done.stderr
    before = tree(out)
    assert all(undisturbed[path] == data for path, data in before.items())
    assert len(before) < len(undisturbed)
    assert run(*ARGUMENTS, name, cwd=source).returncode == WITH_ERRORS
    assert tree(out) == undisturbed


def test_while_workers_start(source: Path) -> None:
    process = start([*RUN, *ARGUMENTS, "early", *CUES], source)
    until(lambda: workers_of(process), process)
    os.killpg(process.pid, signal.SIGINT)
    done = finish(process)
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    assert re.search(r" 0 of \d+ shards done", done.stderr)


def test_the_second_stops_at_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "long.txt").write_text("\n\n".join(texts()), encoding="utf-8")
    process = start([*RUN, "in", "out", *CUES], tmp_path)
    until(lambda: list(tmp_path.glob("out/jsonl/.part-*.tmp")), process)  # in a shard
    workers = workers_of(process)
    os.killpg(process.pid, signal.SIGINT)
    assert process.stderr is not None
    while "once more to stop now" not in process.stderr.readline():
        pass
    os.killpg(process.pid, signal.SIGTERM)
    done = finish(process)
    assert done.returncode == 130
    assert done.stderr == "extractor: interrupted\n"
    assert psutil.wait_procs(workers, timeout=0)[1] == []
    assert list(tree(tmp_path / "out")) == ["plan.json"]
