"""How a run tells what it does: a bar on a terminal, lines elsewhere, JSON for machines."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

_EVERY_S = 30.0


class Progress:
    """Counts articles and errors, and tells them on stderr.

    Args:
        form: `text`, or `json` for a JSON object a line.
        quiet: Tell nothing but what goes wrong.
    """

    def __init__(self, *, form: str = "text", quiet: bool = False) -> None:
        self.articles = 0
        self.errors = 0
        self._json = form == "json"
        self._quiet = quiet
        self._began = self._told = time.monotonic()
        self._fresh = 0
        self._shards = self._todo = self._left = 0
        self._bar: Any = None
        self._task: Any = None

    def start(self, shards: int, todo: int, articles: int, errors: int) -> None:
        """Begins.

        Args:
            shards: Of this machine.
            todo: Those of them that are not done yet.
            articles: Of those that are.
            errors: Of those that are.
        """
        self.articles, self.errors = articles, errors
        self._shards, self._todo, self._left = shards, todo, todo
        self._began = self._told = time.monotonic()
        if todo and sys.stderr.isatty() and not self._json and not self._quiet:
            self._open_bar()

    def _open_bar(self) -> None:
        from rich import progress
        from rich.console import Console

        self._bar = progress.Progress(
            progress.TextColumn("{task.description}"), progress.BarColumn(),
            progress.MofNCompleteColumn(), progress.TimeRemainingColumn(),
            console=Console(stderr=True),
        )  # fmt: skip
        self._task = self._bar.add_task("shards", total=self._todo)
        self._bar.start()

    def batch(self, articles: int, errors: int) -> None:
        """A batch is through; below zero, a shard begins again."""
        self.articles += articles
        self._fresh += articles
        self.errors += errors
        self.tick()

    def shard(self) -> None:
        """A shard is committed."""
        self._left -= 1
        self.tick()

    def tick(self) -> None:
        """Tells where the run is, if it is time."""
        now = time.monotonic()
        if self._bar is not None:
            self._bar.update(
                self._task, completed=self._todo - self._left, description=self._line(now)
            )
        elif now - self._told >= _EVERY_S:
            self._told = now
            self.say(self._line(now), **self._figures(now))

    def _rate(self, now: float) -> float:
        return self._fresh / max(now - self._began, 1e-9)

    def _line(self, now: float) -> str:
        line = f"{self.articles} articles, {self._rate(now):.1f}/s, {self.errors} errors"
        left = self._left_s(now)
        return line if left is None else f"{line}, {left:.0f} s left"

    def _left_s(self, now: float) -> float | None:
        done = self._todo - self._left
        return round((now - self._began) / done * self._left, 1) if done else None

    def _figures(self, now: float) -> dict[str, Any]:
        return {
            "articles": self.articles,
            "articles_per_s": round(self._rate(now), 2),
            "errors": self.errors,
            "shards_done": self._shards - self._left,
            "shards": self._shards,
            "left_s": self._left_s(now),
        }

    def say(self, message: str, **figures: Any) -> None:
        """Says how it goes, unless it is to be quiet.

        Args:
            figures: Added to the JSON object.
        """
        if not self._quiet:
            self.tell(message, **figures)

    def tell(self, message: str, **figures: Any) -> None:
        """Says what went wrong, at once."""
        try:
            if self._json:
                print(json.dumps({"message": message, **figures}), file=sys.stderr, flush=True)
            elif self._bar is not None:
                self._bar.console.print(f"extractor: {message}", highlight=False, markup=False)
            else:
                print(f"extractor: {message}", file=sys.stderr, flush=True)
        except BrokenPipeError:  # nobody listens any more; the run goes on
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())

    def stop(self) -> None:
        """Takes the bar away and tells the end."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        if self._json:
            self.say("end", **self._figures(time.monotonic()))
