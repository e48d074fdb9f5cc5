"""Records to files, and records from files."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extractor.errors import FormatError, InputError, UnknownName
from extractor.formats.flat import RecordWriter
from extractor.schema import Record

FORMATS = ("jsonl", "csv", "parquet")
# This process, in the names of its unfinished files. Its id would not do: in containers that
# share a folder they are all alike.
OWNER = secrets.token_hex(6)


@contextmanager
def open_writer(
    fmt: str, target: str | Path | None, *, raw: bool = False
) -> Iterator[RecordWriter]:
    """Opens a writer of records.

    A file is written under a temporary name beside its place and takes its name
    when all went well; after an error what was there before is still there.

    Args:
        fmt: `jsonl`, `csv` or `parquet`.
        target: The file; None for stdout.
        raw: CSV without the guard against formulas.

    Raises:
        UnknownName: Of a format.
        FormatError: `raw` of another format than CSV, or Parquet to stdout.
        InputError: The target is a folder, or its folder is not there or read-only.
    """
    if fmt not in FORMATS:
        raise UnknownName("format", fmt, FORMATS)
    if raw and fmt != "csv":
        raise FormatError(f"raw is for CSV alone; the format is {fmt}. Leave it out.")
    if target is not None:
        with _renamed(Path(target)) as path, _writer(fmt, path, raw) as writer:
            yield writer
    elif fmt == "parquet":
        raise FormatError("Parquet cannot go to stdout. Name a file: -o claims.parquet")
    else:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        yield _text_writer(fmt, sys.stdout, raw)
        sys.stdout.flush()


@contextmanager
def _renamed(target: Path) -> Iterator[Path]:
    """A temporary path that takes the target's name on success.

    A link is followed; a device or pipe is written to as it is.
    """
    if target.is_dir():
        raise InputError(f"{target}: cannot be written: it is a folder. Name a file in it.")
    if target.exists() and not target.is_file():
        yield target
        return
    target = Path(os.path.realpath(target))
    temporary = temporary_beside(target)
    try:
        temporary.touch()
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror}. Name another.") from error
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def temporary_beside(path: Path) -> Path:
    """A hidden name in the same folder that no other process takes, on this machine or another."""
    return path.with_name(f".{path.name[:100]}.{OWNER}-{secrets.token_hex(6)}.tmp")


@contextmanager
def _writer(fmt: str, path: Path, raw: bool) -> Iterator[RecordWriter]:
    if fmt == "parquet":
        from contextlib import closing

        from extractor.formats.parquet import Writer

        with closing(Writer(path)) as writer:
            yield writer
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield _text_writer(fmt, file, raw)


def _text_writer(fmt: str, file: object, raw: bool) -> RecordWriter:
    if fmt == "csv":
        from extractor.formats import delimited

        return delimited.Writer(file, raw=raw)  # type: ignore[arg-type]
    from extractor.formats import jsonl

    return jsonl.Writer(file)  # type: ignore[arg-type]


def read_records(path: str | Path, *, raw: bool = False) -> Iterator[Record]:
    """Yields the records of a file that `open_writer` made, by its suffix.

    Args:
        raw: The CSV was written raw.

    Raises:
        UnknownName: Of a suffix.
        InputError: The file cannot be read.
        FormatError: A row is not a record, and why.
    """
    path = Path(path)
    fmt = path.suffix.lstrip(".").lower()
    if fmt not in FORMATS:
        raise UnknownName("format", fmt, FORMATS)
    from extractor.formats import delimited, jsonl, parquet

    try:
        if fmt == "parquet":
            yield from parquet.records(path, str(path))
            return
        with path.open("rb") as file:
            if fmt == "csv":
                yield from delimited.records(file, str(path), raw=raw)
            else:
                yield from jsonl.records(file, str(path))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}.") from error
