"""The run of a plan on one machine: worker processes, replaced where they die or hang."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from extractor.batch.files import sweep
from extractor.batch.plan import Plan
from extractor.batch.progress import Progress
from extractor.batch.run import SIGNALS, STALL_S, Run, RunStopped, Summary, carry_out
from extractor.batch.worker import work

_TRIES = 3  # of a shard whose worker dies
_TICK_S = 1.0
_LEAVE_S = 10.0  # for a worker to end when there is nothing left to do


def run_local(
    plan: Plan,
    folder: Path,
    *,
    model: str | None = None,
    workers: int = 1,
    shards: Iterable[int] | None = None,
    max_errors: int | None = None,
    stall_s: float = STALL_S,
    progress: Progress | None = None,
) -> Summary:
    """Runs the shards that are not done yet.

    Args:
        folder: Of the outputs, opened by `open_run`.
        model: Folder of a bundle, `cues`, or None for the one shipped.
        workers: Processes.
        shards: Of this machine; None for all.
        max_errors: Articles that may fail before the run stops.
        stall_s: Seconds without a word after which a worker is replaced.
        progress: Told about every batch.

    Raises:
        RunStopped: The output cannot be written, workers keep dying, or there were
            too many errors.
    """
    return carry_out(
        plan, folder, lambda run: Pool(run, model, stall_s).work(workers),
        shards=shards, max_errors=max_errors, stall_s=stall_s, progress=progress,
    )  # fmt: skip


@dataclass(slots=True)
class Worker:
    """A process and the shard that it has in hand.

    Attributes:
        heard: When it last said something, on the monotonic clock, in seconds.
        owner: Of its unfinished files, once it is ready.
    """

    process: BaseProcess
    connection: Connection
    heard: float
    shard: int | None = None
    owner: str = ""


@dataclass(slots=True)
class Pool:
    """The workers of a run."""

    run: Run
    model: str | None
    stall_s: float
    workers: list[Worker] = field(default_factory=list)
    tries: dict[int | None, int] = field(default_factory=dict)
    given_up: list[int] = field(default_factory=list)

    def work(self, count: int) -> None:
        """Has as many processes do all that is to do.

        Raises:
            RunStopped: The output cannot be written, workers die, or too much failed.
        """
        try:
            for _ in range(min(count, len(self.run.todo))):
                self._start()
            while self.workers:
                ready = wait([w.connection for w in self.workers], timeout=_TICK_S)
                self.run.tick()
                for worker in [w for w in self.workers if w.connection in ready]:
                    self._hear(worker)
                self._end_stalled()
        finally:
            for worker in self.workers:
                worker.process.kill()
                worker.process.join()
                self._sweep(worker)
        if self.given_up:
            raise RunStopped(
                f"{len(self.given_up)} of {len(self.run.plan.shards)} shards are not done, since "
                f"their workers died {_TRIES} times: {self.run.named(self.given_up)}. See what was "
                "said above; the rest is kept. Run the same command again to try them again."
            )

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=work, args=(theirs, self.run.plan, str(self.run.folder), self.model), daemon=True
        )
        # Ctrl-C goes to all processes of a terminal; one that still starts would die of it.
        # The tracker comes first, since starting it lets the signals through again.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            process.start()
            self.workers.append(Worker(process, ours, time.monotonic()))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()

    def _hear(self, worker: Worker) -> None:
        try:
            message = worker.connection.recv()
        except (EOFError, ConnectionError):
            self._lost(worker)
            return
        worker.heard = time.monotonic()
        self._heed(worker, *message)

    def _heed(self, worker: Worker, kind: str, *told: Any) -> None:
        if kind == "batch":
            self.run.heard(*told)
        elif kind == "failed":
            raise self.run.stopped(*told)
        else:
            if kind == "done":
                self.run.committed(*told)
            else:
                (worker.owner,) = told
            self.tries.pop(None, None)  # they can start
            self._next(worker)

    def _next(self, worker: Worker) -> None:
        """Hands a worker its next shard, or lets it go."""
        run = self.run
        worker.shard = None if run.stopping or not run.todo else run.todo.popleft()
        with suppress(ConnectionError):  # one that has died since is heard as dead
            worker.connection.send(worker.shard)
        if worker.shard is None:
            self._leave(worker)

    def _leave(self, worker: Worker) -> None:
        worker.process.join(_LEAVE_S)
        worker.process.kill()
        worker.process.join()
        worker.connection.close()
        self.workers.remove(worker)

    def _lost(self, worker: Worker) -> None:
        """A worker died: its shard is tried again by another, or left out at last."""
        self._leave(worker)
        run, shard = self.run, worker.shard
        tries = self.tries[shard] = self.tries.get(shard, 0) + 1
        told = f"a worker died (exit code {worker.process.exitcode})"
        if shard is None:
            if tries == _TRIES:
                raise run.stopped(f"{told} before its first shard; see what was said above")
            run.progress.tell(f"{told} before its first shard; starting another")
        else:
            self._sweep(worker)
            run.heard(shard, 0, 0)
            if tries == _TRIES:
                self.given_up.append(shard)
                run.progress.tell(f"{told} {_TRIES} times at {run.named([shard])}; left out")
            else:
                run.progress.tell(f"{told} at shard {shard}; trying it again")
                run.todo.appendleft(shard)
        if run.todo and not run.stopping:
            self._start()

    def _sweep(self, worker: Worker) -> None:
        """Removes what a dead worker left; where a run was started twice, both are at a shard."""
        if worker.shard is not None:
            sweep(self.run.folder, {worker.shard}, owner=worker.owner)

    def _end_stalled(self) -> None:
        for worker in self.workers:
            if time.monotonic() - worker.heard > self.stall_s:
                self.run.progress.tell(f"a worker said nothing for {self.stall_s:.0f} s; ending it")
                worker.process.kill()  # heard as dead by and by
                worker.heard = time.monotonic()
