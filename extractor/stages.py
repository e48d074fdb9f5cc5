"""The stages of the pipeline, and the stopwatch that it can be handed.

A part of the pipeline that has a stage of its own says so with
`with timer("clean"):`. By default the timer is `untimed`, which does nothing and costs a
call; `extractor bench` hands in a `Stopwatch`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

STAGES = {
    "read": "files to articles",
    "clean": "article to document: text, blocks, sentences, language",
    "grammar": "amounts",
    "cues": "cue words, dates and their votes; all of the rule labeller",
    "tokenise": "pieces and windows",
    "encode": "tensors to the device, the network, its answers back",
    "decode": "answers to names and claims",
    "write": "records to files",
}


class Timer(Protocol):
    """What is told of stages. No stage begins inside another."""

    def __call__(self, stage: str, pieces: int = 0) -> AbstractContextManager[None]:
        """The stage lasts while the context is open.

        Args:
            pieces: What the encoder reads in it.
        """


_NOTHING = nullcontext()


def untimed(stage: str, pieces: int = 0) -> AbstractContextManager[None]:
    """The timer of a pipeline that nobody measures."""
    return _NOTHING


class Stopwatch:
    """Adds up the wall time of each stage.

    Attributes:
        seconds: By stage, in the order of `STAGES`.
        pieces: That the encoder has read, padding left out.
    """

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.pieces = 0
        self._inside: str | None = None

    @contextmanager
    def __call__(self, stage: str, pieces: int = 0) -> Iterator[None]:
        """See `Timer`.

        Raises:
            ValueError: The stage begins inside another, so time would count twice.
            KeyError: There is no such stage.
        """
        if self._inside is not None:
            raise ValueError(f"stage '{stage}' begins inside '{self._inside}'")
        self._inside = stage
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - began
            self.pieces += pieces
            self._inside = None
