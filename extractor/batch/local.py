"""The run of a plan on one machine: a pool of worker processes, progress, interruption."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

from extractor.batch.plan import PLAN, Plan
from extractor.batch.progress import Progress
from extractor.batch.shard import ERRORS, Done, part_name, write_text
from extractor.batch.worker import work
from extractor.errors import ExtractorError, InputError

_TRIES = 3  # of a shard whose worker dies


class RunStopped(ExtractorError):
    """The run stopped before its end; what is committed is kept."""


@dataclass(slots=True)
class Summary:
    """What a run gave, resumed shards included."""

    shards: int = 0
    articles: int = 0
    claims: int = 0
    errors: int = 0
    interrupted: bool = False

    def add(self, done: Done) -> None:
        """Counts a shard."""
        self.shards += 1
        self.articles += done.articles
        self.claims += done.claims
        self.errors += done.errors


def open_run(plan: Plan, folder: Path) -> None:
    """Makes the folder of a run, or finds the same run in it.

    Raises:
        InputError: The folder holds another run, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = Plan.read(folder)
        if there is None:
            write_text(folder / PLAN, plan.to_json())
            return
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}.") from error
    if there.id != plan.id:
        told = "; ".join(there.differences(plan))
        raise InputError(
            f"{folder}: holds another run ({told}). Give another folder, or the same run again."
        )


def run_local(
    plan: Plan,
    folder: Path,
    *,
    model: str | None = None,
    workers: int = 1,
    shards: Iterable[int] | None = None,
    max_errors: int | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Runs the shards that are not done yet.

    Args:
        folder: Of the outputs, opened by `open_run`.
        model: Folder of a bundle, `cues`, or None for the one shipped.
        workers: Processes.
        shards: Of this machine; None for all.
        max_errors: Articles that may fail before the run stops.
        progress: Told about every batch.

    Raises:
        RunStopped: The output cannot be written, a worker keeps dying, or there were
            too many errors.
    """
    mine = list(range(len(plan.shards)) if shards is None else shards)
    summary = Summary()
    todo = []
    for shard in mine:
        done = Done.read(folder, plan.id, shard)
        if done is None:
            todo.append(shard)
        else:
            summary.add(done)
    progress = progress or Progress(plan, quiet=True)
    progress.start(todo, summary.articles, summary.errors)
    try:
        if todo:
            pool = _Pool(plan, folder, model, todo, summary, progress, max_errors)
            with pool.interruptible():
                pool.run(min(workers, len(todo)))
    finally:
        progress.stop()
    gather_errors(plan, folder)
    return summary


def gather_errors(plan: Plan, folder: Path) -> None:
    """Writes `errors.jsonl` of a run whose shards are all done."""
    if any(Done.read(folder, plan.id, shard) is None for shard in range(len(plan.shards))):
        return
    parts = (folder / ERRORS / f"{part_name(shard)}.jsonl" for shard in range(len(plan.shards)))
    told = "".join(p.read_text(encoding="utf-8") for p in parts if p.is_file())
    write_text(folder / "errors.jsonl", told)


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    connection: Connection
    shard: int | None = None


@dataclass(slots=True)
class _Pool:
    """Workers, the shards that wait, and what came back."""

    plan: Plan
    folder: Path
    model: str | None
    todo: list[int]
    summary: Summary
    progress: Progress
    max_errors: int | None
    stopping: bool = False
    workers: list[_Worker] = field(default_factory=list)
    tries: dict[int, int] = field(default_factory=dict)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """A first Ctrl-C finishes the shards in hand, a second one stops at once."""

        def stop(number: int, frame: FrameType | None) -> None:
            if self.stopping:
                raise KeyboardInterrupt
            self.stopping = self.summary.interrupted = True
            self.progress.tell("interrupted: finishing the shards in hand; once more to stop now")

        try:
            before = signal.signal(signal.SIGINT, stop)
        except ValueError:  # not the main thread
            yield
            return
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def run(self, count: int) -> None:
        self.todo.reverse()  # taken from the end
        try:
            for _ in range(count):
                self._start()
            while self.workers:
                ready = wait([w.connection for w in self.workers], timeout=1.0)
                self.progress.tick()
                for worker in [w for w in self.workers if w.connection in ready]:
                    self._hear(worker)
        finally:
            for worker in self.workers:
                worker.process.kill()
                worker.process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=work, args=(theirs, self.plan, str(self.folder), self.model), daemon=True
        )
        process.start()
        theirs.close()
        self.workers.append(_Worker(process, ours))

    def _hear(self, worker: _Worker) -> None:
        try:
            message = worker.connection.recv()
        except (EOFError, ConnectionResetError):
            self._lost(worker)
            return
        kind = message[0]
        if kind == "batch":
            self._count(message[1], message[2])
            return
        if kind == "failed":
            raise RunStopped(
                f"{message[2]}. The run stopped; {self.summary.shards} of {len(self.plan.shards)} "
                "shards are done and kept. Run the same command again to go on."
            )
        if kind == "done":
            self.summary.add(message[2])
            self.progress.shard(message[1])
        self._next(worker)

    def _next(self, worker: _Worker) -> None:
        """Hands a worker its next shard, or lets it go."""
        worker.shard = None if self.stopping or not self.todo else self.todo.pop()
        worker.connection.send(worker.shard)
        if worker.shard is None:
            worker.process.join()
            self.workers.remove(worker)

    def _lost(self, worker: _Worker) -> None:
        """A worker died: its shard is tried again by another."""
        worker.process.join()
        self.workers.remove(worker)
        shard = worker.shard
        told = f"a worker died (exit code {worker.process.exitcode})"
        if shard is None:
            raise RunStopped(f"{told} before its first shard. See what it said above.")
        self.tries[shard] = self.tries.get(shard, 1) + 1
        if self.tries[shard] > _TRIES:
            names = ", ".join(dict.fromkeys(part.path for part in self.plan.shards[shard]))
            raise RunStopped(
                f"{told} {_TRIES} times at shard {shard} ({names:.200}). The rest is kept."
            )
        self.progress.tell(f"{told} at shard {shard}; trying it again")
        self.todo.append(shard)
        self._start()

    def _count(self, articles: int, errors: int) -> None:
        self.progress.batch(articles, errors)
        if self.max_errors is not None and self.progress.errors > self.max_errors:
            raise RunStopped(
                f"{self.progress.errors} articles failed, more than --max-errors "
                f"{self.max_errors}. Done shards are kept; see {self.folder / ERRORS}."
            )
