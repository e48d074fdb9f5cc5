"""The run of a plan on a Ray cluster: one task a shard, wherever there is room.

No actor, and no state outside the run's folder: what a node was doing when it died is
done again by another, a driver that died is started again with the same command, and
nodes may come and go. The folder of the run, the inputs and the model must be seen by
all machines under the same paths, and the same packages be installed there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractor.batch.beat import Beat, clear_beats
from extractor.batch.files import sweep
from extractor.batch.plan import Plan
from extractor.batch.progress import Progress
from extractor.batch.ray_cluster import Cluster, check_ray, connected, last_line
from extractor.batch.ray_task import Job, Outcome, do_shard
from extractor.batch.run import STALL_S, Run, RunStopped, Summary, carry_out

_TRIES = 5  # of a shard: where nodes are taken away by the hour, three would not do
_TICK_S = 1.0
_LISTEN_S = 2.0


def run_ray(
    plan: Plan,
    folder: Path,
    *,
    address: str = "auto",
    model: str | None = None,
    in_flight: int | None = None,
    shards: Iterable[int] | None = None,
    max_errors: int | None = None,
    stall_s: float = STALL_S,
    progress: Progress | None = None,
) -> Summary:
    """Runs the shards that are not done yet, on a cluster that is up.

    A task takes as many CPUs as `plan.options.threads`, and a GPU where
    `plan.options.device` is `cuda`; `auto` is the CPU here, for on a cluster where only
    some nodes have a GPU it would not tell what made the output.

    Args:
        folder: Of the outputs, opened by `open_run`; all machines see it.
        address: `HOST:PORT` of the cluster, or `auto` for the one of this machine. Left
            aside where this process is connected already.
        model: Folder of a bundle, `cues`, or None for the one shipped.
        in_flight: Most tasks at a time; None for two for each that the cluster can run.
        shards: Of this run; None for all.
        max_errors: Articles that may fail before the run stops.
        stall_s: Seconds without a sign of life, which comes with each batch, after which
            a task is cancelled and its shard is done again.
        progress: Told about every batch.

    Raises:
        MissingExtra: Ray is not installed.
        InputError: There is no cluster, or the device is one of a certain number.
        RunStopped: A machine does not see what it needs, shards failed again and again,
            or there were too many errors.
    """
    check_ray(plan.options.device)
    job = Job(str(folder.absolute()), plan.id, os.getcwd(), model, plan.versions)

    def engine(run: Run) -> None:
        with connected(address) as ray:
            Tasks(run, Cluster(ray, plan.options), job, in_flight, stall_s).work()

    try:
        return carry_out(
            plan, folder, engine, shards=shards, max_errors=max_errors, stall_s=stall_s,
            progress=progress,
        )  # fmt: skip
    finally:
        clear_beats(folder)


@dataclass(slots=True)
class Flight:
    """A shard in the hands of the cluster.

    Attributes:
        heard_s: When it was last heard of; at first, when it was handed over.
        beat: The last sign of life; until `begun`, of an attempt before.
    """

    shard: int
    heard_s: float
    beat: Beat | None
    begun: bool = False


@dataclass(slots=True)
class Tasks:
    """The tasks of a run.

    Attributes:
        attempts: Of each shard, as its signs of life name them. Ray makes new ones by
            itself, of tasks whose node or worker died.
        heard_s: When any shard was last heard of.
    """

    run: Run
    cluster: Cluster
    job: Job
    most: int | None
    stall_s: float
    flights: dict[Any, Flight] = field(default_factory=dict)
    attempts: dict[int, set[str]] = field(default_factory=dict)
    given_up: list[int] = field(default_factory=list)
    heard_s: float = field(default_factory=time.monotonic)
    listened_s: float = 0.0
    had_room: bool = True

    def work(self) -> None:
        """Has the cluster do all that is to do.

        Raises:
            RunStopped: A machine lacks something, or too much failed.
        """
        task = self.cluster.task(do_shard, max_retries=_TRIES - 1)
        try:
            while self._hand_over(task):
                ready, _ = self.cluster.ray.wait(list(self.flights), timeout=_TICK_S)
                self.run.tick()
                for ref in ready:
                    self._land(ref)
                self._listen()
        finally:
            begun_again = {shard for shard, tries in self.attempts.items() if len(tries) > 1}
            unfinished = {flight.shard for flight in self.flights.values()}
            for ref in list(self.flights):
                self._drop(ref)
            sweep(self.run.folder, begun_again | unfinished)
        if self.given_up:
            raise RunStopped(
                f"{len(self.given_up)} of {len(self.run.plan.shards)} shards are not done after "
                f"{_TRIES} attempts each: {self.run.named(self.given_up)}. See what was said "
                "above; the rest is kept. Run the same command again to try them again."
            )

    def _hand_over(self, task: Any) -> bool:
        """Keeps the cluster busy; whether anything is in its hands."""
        slots = self.cluster.slots()
        if not slots and self.had_room:
            room = self.cluster.room()
            self.run.progress.tell(f"the cluster has {room}; waiting for a node that has")
        self.had_room = slots > 0
        most = self.most or max(2, 2 * slots)
        while self.run.todo and not self.run.stopping and len(self.flights) < most:
            shard = self.run.todo.popleft()
            before = Beat.read(self.run.folder, shard)
            ref = task.remote(self.job, shard)
            self.flights[ref] = Flight(shard, time.monotonic(), before)
        return bool(self.flights)

    def _land(self, ref: Any) -> None:
        """A task came back."""
        shard = self.flights.pop(ref).shard
        errors = self.cluster.ray.exceptions
        try:
            outcome: Outcome = self.cluster.ray.get(ref)
        except errors.TaskCancelledError:
            self._again(shard, "was cancelled from outside")
        except errors.RayTaskError as error:
            raise self.run.stopped(f"{self.run.named([shard])}: {last_line(error)}") from error
        except errors.RayError as error:
            self._give_up(shard, f"Ray says: {last_line(error)}")
        else:
            self.heard_s = time.monotonic()
            self._attempt(shard, outcome.beat)
            if outcome.done is not None:
                self.run.heard(shard, outcome.done.articles, outcome.done.errors)
                self.run.committed(outcome.done)
            elif outcome.final:
                raise self.run.stopped(outcome.why)
            else:
                self._again(shard, outcome.why)

    def _again(self, shard: int, why: str) -> None:
        """Puts a shard back, unless it was begun too often."""
        if len(self.attempts.get(shard, ())) >= _TRIES:
            self._give_up(shard, why)
            return
        self.run.progress.tell(f"shard {shard}: {why}; trying it again")
        self.run.heard(shard, 0, 0)
        self.run.todo.appendleft(shard)

    def _give_up(self, shard: int, why: str) -> None:
        self.run.progress.tell(f"{self.run.named([shard])}: {why}; left out")
        self.run.heard(shard, 0, 0)
        self.given_up.append(shard)

    def _listen(self) -> None:
        """Hears how far the shards are, and takes away those that are silent for too long."""
        now = time.monotonic()
        if now - self.listened_s < _LISTEN_S:
            return
        self.listened_s = now
        for ref, flight in list(self.flights.items()):
            beat = Beat.read(self.run.folder, flight.shard)
            if beat is not None and beat != flight.beat:
                self._alive(ref, flight, beat)
        for ref, flight in list(self.flights.items()):
            if self.run.stopping and not flight.begun:
                self._drop(ref)
            elif now - flight.heard_s > self.stall_s:
                self._stalled(ref, flight, now)

    def _alive(self, ref: Any, flight: Flight, beat: Beat) -> None:
        self._attempt(flight.shard, beat)
        flight.begun, flight.beat = True, beat
        flight.heard_s = self.heard_s = time.monotonic()
        self.run.heard(flight.shard, beat.articles, beat.errors, beat.reasons)
        if len(self.attempts[flight.shard]) > _TRIES:  # without end where memory runs out
            self._drop(ref)
            self._give_up(flight.shard, "its workers die")

    def _attempt(self, shard: int, beat: Beat) -> None:
        tries = self.attempts.setdefault(shard, set())
        if tries and beat.attempt not in tries:
            self.run.progress.tell(f"shard {shard}: begun again by {beat.machine}")
        tries.add(beat.attempt)

    def _stalled(self, ref: Any, flight: Flight, now: float) -> None:
        """A task is silent: it hangs, or waits for its turn while others are heard of."""
        if flight.begun and flight.beat is not None:
            why = f"no sign of life from {flight.beat.machine} for {now - flight.heard_s:.0f} s"
        elif now - self.heard_s > self.stall_s:
            why = (
                f"not begun for {now - flight.heard_s:.0f} s; the cluster has {self.cluster.room()}"
            )
        else:
            return
        self._drop(ref)
        self._again(flight.shard, why)

    def _drop(self, ref: Any) -> None:
        del self.flights[ref]
        self.cluster.ray.cancel(ref, force=True)
