"""Signs of life: a small file a shard in the run's folder, which the machine that does it renews.

It is written in place, not renamed: over a network file system, what is opened after
it was closed elsewhere is fresh, whereas the look-up of a new name may be cached.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
from dataclasses import asdict, dataclass, field
from pathlib import Path

from extractor.batch.files import part_name

_BEATS = ".beats"


@dataclass(frozen=True, slots=True)
class Beat:
    """How far an attempt at a shard is.

    Attributes:
        machine: Name and process, for messages.
        attempt: Of this attempt alone.
        articles: So far.
        errors: So far.
        reasons: Why the last few articles failed.
    """

    machine: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    attempt: str = field(default_factory=lambda: secrets.token_hex(6))
    articles: int = 0
    errors: int = 0
    reasons: str = ""

    @classmethod
    def read(cls, folder: Path, shard: int) -> Beat | None:
        """The last sign of life of a shard; None where there is none, or half of one."""
        try:
            return cls(**json.loads(_path(folder, shard).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):  # it will be there the next time
            return None

    def write(self, folder: Path, shard: int) -> None:
        """Renews it.

        Raises:
            OSError: The folder cannot be written.
        """
        path = _path(folder, shard)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


def _path(folder: Path, shard: int) -> Path:
    return folder / _BEATS / f"{part_name(shard)}.json"


def clear_beats(folder: Path) -> None:
    """Takes the signs of life away after a run."""
    # A machine that was given up may write one more just now; the next run clears it.
    shutil.rmtree(folder / _BEATS, ignore_errors=True)
