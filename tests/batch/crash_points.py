"""Kills a run before each of its steps on files, one run a step, and resumes it.

Prints the number of steps. A step is whatever Python's audit events tell of the output
folder: open, rename, link, remove, mkdir, listing.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path

from batch_runs import tree

from extractor.batch.files import sweep
from extractor.batch.plan import Options, Plan, make_plan
from extractor.batch.run import gather_errors, open_run
from extractor.batch.shard import run_shard
from extractor.batch.verify import verify
from extractor.pipeline.core import Extractor, load

TEXTS = ("Meta paid 3 million dollars.", "", "PIMCO prête 2 milliards d'euros à Meta.")


def whole_run(plan: Plan, out: Path, extractor: Extractor) -> None:
    """Runs a plan as `run_local` does, in this process."""
    open_run(plan, out)
    sweep(out, set(range(len(plan.shards))))
    for shard in range(len(plan.shards)):
        run_shard(plan, shard, out, extractor)
    gather_errors(plan, out)


def forked_run(plan: Plan, out: Path, extractor: Extractor, kill_at: int | None) -> int:
    """Runs a plan in a child; the signal that ended it."""
    child = os.fork()
    if child == 0:
        if kill_at is not None:
            kill_before_step(kill_at, out)
        whole_run(plan, out, extractor)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if status and not os.WIFSIGNALED(status):
        raise SystemExit("the run failed")
    return os.WTERMSIG(status)


def kill_before_step(number: int, out: Path) -> None:
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event.startswith(("open", "os.")) and any(str(out) in str(a) for a in arguments):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def main() -> None:
    rows = [json.dumps({"id": f"a{n}", "text": text}) for n, text in enumerate(TEXTS)]
    Path("a.jsonl").write_text("\n".join(rows), encoding="utf-8")
    options = Options(formats=("jsonl", "parquet"), language="en", shard_bytes=60)
    plan, extractor = make_plan(["a.jsonl"], options, "cues"), load("cues", language="en")
    whole = Path("whole").resolve()
    whole_run(plan, whole, extractor)  # here: what it loads, the children have
    wanted, step = tree(whole), 1
    while True:
        out = Path(f"out-{step}").resolve()
        if not forked_run(plan, out, extractor, step):
            break
        forked_run(plan, out, extractor, None)
        if tree(out) != wanted or not verify(out).whole:
            raise SystemExit(f"killed before step {step}: other files: {sorted(tree(out))}")
        shutil.rmtree(out)
        step += 1
    print(step - 1, "steps", len(plan.shards), "shards")


if __name__ == "__main__":
    main()
