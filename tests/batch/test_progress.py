"""What a run says: every 30 s where no terminal is, JSON for machines, little when quiet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from batch_runs import environment

from extractor.batch import progress as module
from extractor.batch.progress import Progress


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


def test_a_line_every_thirty_seconds(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    progress.start(shards=10, todo=4, articles=600, errors=2)
    for _ in range(59):
        clock.now += 1
        progress.batch(10, 0)
    progress.shard()
    clock.now += 1
    progress.tick()
    progress.stop()
    assert capsys.readouterr().err.splitlines() == [
        "extractor: 900 articles, 10.0/s, 2 errors",
        "extractor: 1190 articles, 9.8/s, 2 errors, 180 s left",
    ]


def test_json_lines(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(form="json")
    progress.start(shards=10, todo=4, articles=600, errors=2)
    clock.now += 30
    progress.batch(60, 1)
    progress.shard()
    progress.tell("a worker died")
    progress.stop()
    first, told, end = map(json.loads, capsys.readouterr().err.splitlines())
    assert first["articles_per_s"] == 2.0
    assert told == {"message": "a worker died"}
    assert end == {
        "message": "end", "articles": 660, "articles_per_s": 2.0, "errors": 3,
        "shards_done": 7, "shards": 10, "left_s": 90.0,
    }  # fmt: skip


def test_what_a_lost_worker_told_is_taken_back(clock: Clock) -> None:
    progress = Progress(quiet=True)
    progress.start(shards=1, todo=1, articles=0, errors=0)
    progress.batch(64, 3)
    progress.batch(-64, -3)
    assert (progress.articles, progress.errors) == (0, 0)


def test_quiet_tells_only_what_goes_wrong(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(quiet=True)
    progress.start(shards=1, todo=1, articles=0, errors=0)
    clock.now += 100
    progress.batch(1, 0)
    progress.say("all is well")
    progress.tell("a worker died")
    progress.stop()
    assert capsys.readouterr().err == "extractor: a worker died\n"


def test_a_listener_that_leaves_does_not_stop_the_run() -> None:
    code = (
        "import sys; from extractor.batch.progress import Progress; p = Progress();"
        "sys.stdin.readline(); p.tell('to nobody'); p.tell('to nobody'); print('went on')"
    )
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=environment(), text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=writer,
    )  # fmt: skip
    os.close(writer)
    os.close(reader)
    assert process.communicate("go\n", timeout=60)[0] == "went on\n"
    assert process.returncode == 0
