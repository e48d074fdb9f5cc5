"""Files that are whole or not there, also after a crash: written aside, then renamed."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from extractor.formats.writers import temporary_beside

_LEFT = re.compile(r"\.part-(\d{5,})\..*\.tmp")

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)  # of some file systems


def part_name(shard: int) -> str:
    """The stem of a shard's files."""
    return f"part-{shard:05}"


def write_text(path: Path, texts: Iterable[str], *, replace: bool = True) -> None:
    """Writes a file whole, by renaming; it is on the disk when this returns.

    Args:
        texts: Its parts.
        replace: Put it in the place of one that is there.

    Raises:
        FileExistsError: It is there and not to be replaced.
        OSError: It cannot be written; what was there is still there.
    """
    temporary = temporary_beside(path)
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.writelines(texts)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            temporary.replace(path)
        else:
            _link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def _link(temporary: Path, path: Path) -> None:
    """Gives a file its name unless that is taken: of two machines one comes first."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
        temporary.replace(path)


def sync_folder(folder: Path) -> None:
    """Puts the names in a folder on the disk: a renamed file is not safe before."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(
    folder: Path, shards: Collection[int], *, older_s: float = 0.0, owner: str | None = None
) -> None:
    """Removes what killed workers left of shards, in all folders of a run.

    Args:
        older_s: Leave what was written in the last so many seconds: another process may
            be at it.
        owner: Leave what is not of this one.
    """
    for path in folder.glob("*/.part-*.tmp"):
        left = _LEFT.fullmatch(path.name)
        if not left or int(left.group(1)) not in shards or _age_s(path) < older_s:
            continue
        if owner is None or f".{owner}-" in path.name:
            path.unlink(missing_ok=True)


def _age_s(path: Path) -> float:
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except FileNotFoundError:  # it has its name by now
        return 0.0


def sweep_beside(path: Path) -> None:
    """Removes what a killed process left of a file that is whole by now.

    Whoever is about to write the same file finds its own gone, and the file there.
    """
    for left in path.parent.glob(f".{path.stem}.*.tmp"):
        left.unlink(missing_ok=True)


def file_hash(path: Path) -> tuple[int, str]:
    """Size in bytes and SHA-256 of a file."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
