"""Runs of the command in processes, and what they leave."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
RUN = [sys.executable, "-m", "extractor", "run"]
CUES = ("--model", "cues")
# Of the folder `source`: some twelve shards of a thousand bytes, two of them with errors.
# Their language is given, since what detects it takes a second to load.
ARGUMENTS = ("in", "--to", "jsonl,parquet", "--shard-mb", "0.001", "--lang", "en")
WITH_ERRORS = 3  # exit code
BAD_LINES = ("{", json.dumps({"body_": "no text", "n": 1}))


def texts(files: str = "*.txt") -> Iterator[str]:
    """The bodies of the annotated articles."""
    for path in sorted((ROOT / "annotations" / "articles").glob(files)):
        for chunk in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            yield chunk.split("\n---\n")[1].strip()


def environment() -> dict[str, str]:
    """That of this process; the package is that of this tree."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def start(arguments: list[str], cwd: Path) -> subprocess.Popen[str]:
    """Starts a command as the head of a process group, as a shell does."""
    return subprocess.Popen(
        arguments, cwd=cwd, env=environment(), text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Waits for a command and gives what it said."""
    out, err = process.communicate(timeout=600)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """`extractor run` with the rule labeller."""
    return finish(start([*RUN, *arguments, *CUES], cwd))


def tree(folder: Path) -> dict[str, bytes]:
    """All files below a folder, hidden ones too."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def marks(folder: Path) -> list[str]:
    """Names of the shards that are done."""
    return sorted(p.stem for p in (folder / "done").glob("[!.]*.json"))


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The worker processes of a run."""
    try:
        children = psutil.Process(process.pid).children()
        return [c for c in children if any("spawn_main" in part for part in c.cmdline())]
    except psutil.Error:
        return []


def until(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Waits until something is so, while the process runs."""
    end = time.monotonic() + 120
    while not condition():
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"did not come to it: {finish(process)}")
        time.sleep(0.005)
