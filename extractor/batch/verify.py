"""`extractor verify`: whether a run's outputs are what their marks say."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from extractor.batch.files import file_hash, part_name
from extractor.batch.plan import PLAN, Plan
from extractor.batch.run import ERRORS_FILE, error_rows
from extractor.batch.shard import DONE, ERRORS, Done, errors_path, mark_path, output_path
from extractor.errors import InputError


@dataclass(slots=True)
class Verdict:
    """What was found.

    Attributes:
        missing: Shards that are not done.
        broken: Files that are gone or changed, and how.
        foreign: Files that are of none of its shards, and unfinished ones.
    """

    shards: int
    articles: int = 0
    claims: int = 0
    errors: int = 0
    missing: list[int] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether all is done, unchanged, and nothing else is there."""
        return not (self.missing or self.broken or self.foreign)

    def add(self, done: Done) -> None:
        """Counts a shard."""
        self.articles += done.articles
        self.claims += done.claims
        self.errors += done.errors


def verify(folder: Path) -> Verdict:
    """Rehashes all outputs of a run.

    Raises:
        InputError: The folder holds no run, or what it says of one cannot be read.
    """
    try:
        return _verdict(folder)
    except OSError as error:
        raise InputError(
            f"{error.filename or folder}: cannot be read: {error.strerror or error}. Mend that, "
            "or delete the file and run the same command again."
        ) from error


def _verdict(folder: Path) -> Verdict:
    plan = Plan.read(folder)
    if plan is None:
        raise InputError(f"{folder}: no run in it. Give the output folder of 'extractor run'.")
    verdict = Verdict(len(plan.shards))
    known = {folder / PLAN, folder / ERRORS_FILE}
    for shard in range(len(plan.shards)):
        done = Done.read(folder, plan.id, shard)
        known |= {mark_path(folder, shard), errors_path(folder, shard)}
        known |= {output_path(folder, fmt, shard) for fmt in plan.options.formats}
        if done is None:
            verdict.missing.append(shard)
            continue
        verdict.add(done)
        verdict.broken += _broken(folder, done)
    if not verdict.missing and not _gathered(plan, folder):
        verdict.broken.append(f"{ERRORS_FILE}: gone or changed; the same command writes it again")
    verdict.foreign = _foreign(plan, folder, known)
    return verdict


def _broken(folder: Path, done: Done) -> list[str]:
    found = []
    advice = f"delete {DONE}/{part_name(done.shard)}.json, then run the same command again"
    for name, (size, digest) in done.files.items():
        path = folder / name
        try:
            if not path.is_file():
                found.append(f"{name}: gone; {advice}")
            elif file_hash(path) != (size, digest):
                found.append(f"{name}: changed since it was written; {advice}")
        except OSError as error:
            found.append(
                f"{name}: cannot be read: {error.strerror or error}; mend that, or {advice}"
            )
    return found


def _gathered(plan: Plan, folder: Path) -> bool:
    path, digest = folder / ERRORS_FILE, hashlib.sha256()
    for rows in error_rows(plan, folder):
        digest.update(rows.encode())
    return path.is_file() and file_hash(path)[1] == digest.hexdigest()


def _foreign(plan: Plan, folder: Path, known: set[Path]) -> list[str]:
    """Files beside the outputs, which whoever reads the folder would take for them."""
    places = [folder / name for name in (*plan.options.formats, ERRORS, DONE)]
    there = [path for place in places if place.is_dir() for path in place.iterdir()]
    there += folder.glob(".*.tmp")
    return sorted(path.relative_to(folder).as_posix() for path in there if path not in known)
