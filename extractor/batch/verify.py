"""`extractor verify`: whether a run's outputs are what their marks say."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from extractor.batch.plan import Plan
from extractor.batch.shard import Done, file_hash
from extractor.errors import InputError


@dataclass(slots=True)
class Verdict:
    """What was found.

    Attributes:
        missing: Shards that are not done.
        broken: Files that are gone or changed, and how.
    """

    shards: int
    articles: int = 0
    claims: int = 0
    errors: int = 0
    missing: list[int] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether all is done and unchanged."""
        return not self.missing and not self.broken


def verify(folder: Path) -> Verdict:
    """Rehashes all outputs of a run.

    Raises:
        InputError: The folder holds no run.
    """
    plan = Plan.read(folder)
    if plan is None:
        raise InputError(f"{folder}: no run in it. Give the output folder of 'extractor run'.")
    verdict = Verdict(len(plan.shards))
    for shard in range(len(plan.shards)):
        done = Done.read(folder, plan.id, shard)
        if done is None:
            verdict.missing.append(shard)
            continue
        verdict.articles += done.articles
        verdict.claims += done.claims
        verdict.errors += done.errors
        verdict.broken += _broken(folder, done)
    return verdict


def _broken(folder: Path, done: Done) -> list[str]:
    found = []
    for name, (size, digest) in done.files.items():
        path = folder / name
        if not path.is_file():
            found.append(f"{name}: gone")
        elif file_hash(path) != (size, digest):
            found.append(f"{name}: changed since it was written")
    return found
