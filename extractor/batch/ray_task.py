"""What a Ray worker process does for a run: one shard, by what it sees of the run's folder.

It is handed no more than the shard's number and where the run is. That it finds there this
run's plan, and here the model and the packages with which it was planned, is checked
first: a machine that lacks one of them would give other bytes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from extractor.batch.beat import Beat
from extractor.batch.plan import Plan
from extractor.batch.shard import Done, run_shard
from extractor.batch.versions import versions
from extractor.batch.worker import loaded, told
from extractor.errors import ExtractorError, InputError


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all shards of a run.

    Attributes:
        folder: Of the run, absolute, seen by all machines.
        run: Id of its plan.
        root: Working directory of the machine that planned; relative paths of inputs and
            model start there.
        versions: Of the packages there.
    """

    folder: str
    run: str
    root: str
    model: str | None
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt: done, or why not.

    Attributes:
        beat: Its first sign of life.
        final: Another attempt would not help.
    """

    beat: Beat
    done: Done | None = None
    why: str = ""
    final: bool = False


def do_shard(job: Job, shard: int) -> Outcome:
    """Does a shard, with a sign of life at the start and after each batch."""
    beat = Beat()
    try:
        return Outcome(beat, _done(job, shard, beat))
    except ExtractorError as error:
        return Outcome(beat, why=f"{beat.machine}: {error}", final=True)
    except OSError as error:
        return Outcome(beat, why=f"{beat.machine}: {told(error, Path(job.folder))}")
    except (ImportError, MemoryError, RuntimeError) as error:  # of this machine or its GPU
        return Outcome(beat, why=f"{beat.machine}: {type(error).__name__}: {error}")


def _done(job: Job, shard: int, beat: Beat) -> Done:
    here = versions()
    other = [f"{n} {here.get(n)}, not {v}" for n, v in job.versions.items() if here.get(n) != v]
    if other:
        raise InputError(f"other packages than where the run began: {'; '.join(other)}.")
    plan, folder = _plan(job.folder, job.run), Path(job.folder)
    beat.write(folder, shard)
    names = [part.path for part in plan.shards[shard]]
    if not all(os.path.isabs(name) for name in (*names, job.model or "/")):
        _enter(job.root)
    options = plan.options
    device = "cpu" if options.device == "auto" else options.device
    model = loaded(
        job.model, device, options.precision, options.scope, options.language, options.threads
    )
    if model.model_id != plan.model:
        raise InputError(f"the model is {model.model_id}, not {plan.model}. Install the same.")

    def tell(articles: int, errors: int, reasons: str) -> None:
        replace(beat, articles=articles, errors=errors, reasons=reasons).write(folder, shard)

    return run_shard(plan, shard, folder, model, on_batch=tell)


def _enter(root: str) -> None:
    try:
        os.chdir(root)
    except OSError as error:
        raise InputError(
            f"{root}: {error.strerror}, and paths of the run start there. Give them from / on."
        ) from error


@lru_cache(maxsize=1)
def _plan(folder: str, run: str) -> Plan:
    plan = Plan.read(Path(folder))
    if plan is None or plan.id != run:
        raise InputError(
            f"{folder}: the run is not in it as seen from here. Give an output folder that all "
            "machines see under one path."
        )
    return plan
