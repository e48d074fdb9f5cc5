"""A run, whatever engine does its shards: its folder, what is left of it, what came back."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from extractor.batch.files import sweep, sweep_beside, write_text
from extractor.batch.plan import PLAN, Plan
from extractor.batch.progress import Progress
from extractor.batch.shard import ERRORS, Done, errors_path
from extractor.errors import ExtractorError, InputError

ERRORS_FILE = "errors.jsonl"
STALL_S = 3600.0  # a batch of long articles takes minutes on one slow processor
SIGNALS = (signal.SIGINT, signal.SIGTERM)


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


@dataclass(slots=True)
class Run:
    """What an engine is handed, and whom it tells.

    Attributes:
        todo: Shards that nobody does yet; an engine takes them from the left, and puts
            one back there if it is to be done again.
        max_errors: Articles that may fail before the run stops.
        stopping: Hand out no more shards.
    """

    plan: Plan
    folder: Path
    todo: deque[int]
    summary: Summary
    progress: Progress
    max_errors: int | None = None
    stopping: bool = False
    _heard: dict[int, tuple[int, int]] = field(default_factory=dict)

    def heard(self, shard: int, articles: int, errors: int, reasons: str = "") -> None:
        """Counts how far a shard is: back to 0, 0 where it begins again.

        Args:
            reasons: Why the last few of its articles failed.

        Raises:
            RunStopped: There were too many errors.
        """
        articles_before, errors_before = self._heard.get(shard, (0, 0))
        self._heard[shard] = articles, errors
        self.progress.batch(articles - articles_before, errors - errors_before)
        if self.max_errors is not None and self.progress.errors > self.max_errors:
            raise RunStopped(
                f"{self.progress.errors} articles failed, more than --max-errors "
                f"{self.max_errors}. Done shards are kept, what failed in them is in "
                f"{self.folder / ERRORS}." + (f" The last: {reasons}" if reasons else "")
            )

    def committed(self, done: Done) -> None:
        """Counts a shard that is done."""
        self.summary.add(done)
        self.progress.shard()

    def tick(self) -> None:
        """To be called every second or so: tells where the run is, and that it is interrupted."""
        self.progress.tick()
        if self.stopping and not self.summary.interrupted:
            self.summary.interrupted = True
            self.progress.tell("interrupted: finishing the shards in hand; once more to stop now")

    def stopped(self, why: str) -> RunStopped:
        """What to raise where the run cannot go on."""
        done = f"{self.summary.shards} of {len(self.plan.shards)} shards"
        return RunStopped(
            f"{why.removesuffix('.')}. The run stopped; {done} are done and kept. "
            "When that is mended, run the same command again."
        )

    def named(self, shards: Collection[int]) -> str:
        """Shards and their files, for a message."""
        names = dict.fromkeys(part.path for shard in shards for part in self.plan.shards[shard])
        return f"shard {', '.join(map(str, shards)):.200} ({', '.join(names):.200})"

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """A first Ctrl-C or SIGTERM finishes the shards in hand, a second stops at once."""

        def stop(number: int, frame: FrameType | None) -> None:
            if self.stopping:
                for one in SIGNALS:
                    signal.signal(one, signal.SIG_IGN)  # a third must not cut the ending short
                raise KeyboardInterrupt
            self.stopping = True  # told by `tick`: a handler may come amid another message

        try:
            before = {one: signal.signal(one, stop) for one in SIGNALS}
        except ValueError:  # not the main thread
            yield
            return
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def open_run(plan: Plan, folder: Path) -> None:
    """Makes the folder of a run, or finds the same run in it.

    Raises:
        InputError: The folder holds another run, or cannot be written.
        FormatError: It holds the plan of another version.
    """
    path = folder / PLAN
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            # Another machine may come first; then its plan stands, and ours went with its sweep.
            with suppress(FileExistsError, FileNotFoundError):
                write_text(path, [plan.to_json()], replace=False)
        there = Plan.read(folder)
        sweep_beside(path)
    except OSError as error:
        raise InputError(
            f"{error.filename or folder}: cannot be written: {error.strerror}. Mend that, or "
            "give another output folder."
        ) from error
    if there is not None and there.id != plan.id:
        told = "; ".join(there.differences(plan))
        raise InputError(
            f"{folder}: holds another run ({told}). Give another folder, or the same run again."
        )


def carry_out(
    plan: Plan,
    folder: Path,
    engine: Callable[[Run], None],
    *,
    shards: Iterable[int] | None = None,
    max_errors: int | None = None,
    stall_s: float = STALL_S,
    progress: Progress | None = None,
) -> Summary:
    """Has an engine do the shards that are not done yet.

    Args:
        folder: Of the outputs, opened by `open_run`.
        engine: Called if there is anything to do; returns when `todo` is done, or is to
            be left.
        shards: Of this machine; None for all.
        max_errors: Articles that may fail before the run stops.
        stall_s: Seconds after which an unfinished file is taken for one left by a killed
            process; before, the same command may have been started twice.
        progress: Told about every batch.

    Raises:
        RunStopped: By the engine, or the folder cannot be read or written.
    """
    mine = range(len(plan.shards)) if shards is None else list(shards)
    progress = progress or Progress(quiet=True)
    try:
        sweep(folder, set(mine), older_s=stall_s)
        summary, todo = _resume(plan, folder, mine)
        progress.start(len(mine), len(todo), summary.articles, summary.errors)
        try:
            if todo:
                run = Run(plan, folder, todo, summary, progress, max_errors)
                with run.interruptible():
                    engine(run)
                summary.interrupted = run.stopping and summary.shards < len(mine)
        finally:
            progress.stop()
        if summary.shards == len(mine):
            sweep(folder, set(mine))
        gather_errors(plan, folder)
    except OSError as error:
        raise RunStopped(
            f"{error.filename or folder}: {error.strerror or error}. What is done is kept. When "
            "that is mended, run the same command again."
        ) from error
    return summary


def _resume(plan: Plan, folder: Path, mine: Iterable[int]) -> tuple[Summary, deque[int]]:
    """What is done already, and what is not."""
    summary, todo = Summary(), deque[int]()
    for shard in mine:
        done = Done.read(folder, plan.id, shard)
        if done is None:
            todo.append(shard)
        else:
            summary.add(done)
    return summary, todo


def gather_errors(plan: Plan, folder: Path) -> None:
    """Writes `errors.jsonl` of a run whose shards are all done."""
    if any(Done.read(folder, plan.id, shard) is None for shard in range(len(plan.shards))):
        return
    path = folder / ERRORS_FILE
    try:
        write_text(path, error_rows(plan, folder))
    except FileNotFoundError:
        if not path.is_file():
            raise
        # Another machine has written the same and swept ours away.
    sweep_beside(path)


def error_rows(plan: Plan, folder: Path) -> Iterator[str]:
    """What the shards that are done tell of failed articles, in their order."""
    for shard in range(len(plan.shards)):
        path = errors_path(folder, shard)
        if path.is_file():
            yield path.read_text(encoding="utf-8")
