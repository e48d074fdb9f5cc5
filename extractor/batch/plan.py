"""What a run will do: its inputs, its shards, its options, its model.

A shard is the unit of work: it is read, extracted and committed as a whole, and gives
the same bytes wherever it runs. JSON Lines and Parquet are cut inside a file, since both
can be entered in the middle; any other file, compressed JSON Lines among them, is one
shard, or shares one with its neighbours where they are small.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from extractor.batch.versions import versions
from extractor.errors import FormatError, InputError
from extractor.formats.media import JSONL, PARQUET
from extractor.formats.readers import cut_type_of, files_of
from extractor.pipeline.records import DEFAULT_ZONES
from extractor.schema import SCHEMA_VERSION, content_id

PLAN = "plan.json"
_LOG = logging.getLogger(__name__)
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Options:
    """What decides the bytes of the output, beside inputs and model.

    Attributes:
        formats: Of the output: `jsonl`, `csv`, `parquet`.
        batch_size: Articles that one pass of the network shares.
        threads: Of each worker: another number rounds otherwise.
    """

    formats: tuple[str, ...] = ("jsonl",)
    scope: str = "claims"
    zones: tuple[str, ...] = DEFAULT_ZONES
    min_score: float = 0.0
    language: str | None = None
    text_field: str | None = None
    device: str = "cpu"
    precision: str = "auto"
    batch_size: int = 64
    threads: int = 1
    shard_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True)
class Input:
    """A file as it was planned; one that could not be read has no hash.

    Attributes:
        mtime_ns: When it was written, before it was hashed: one that was written since is
            hashed again. No part of the run's id, for a copy is the same input.
    """

    path: str
    size_bytes: int
    sha256: str
    mtime_ns: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a file.

    Attributes:
        start: First byte of JSON Lines, first row group of Parquet.
        stop: One past the last; None for the whole file.
        first: Number of its first row in the file, from 1.
    """

    path: str
    start: int = 0
    stop: int | None = None
    first: int = 1


@dataclass(frozen=True)
class Plan:
    """A run; two plans with one id give the same bytes."""

    model: str
    options: Options
    inputs: tuple[Input, ...]
    shards: tuple[tuple[Slice, ...], ...]
    schema_version: str = SCHEMA_VERSION
    versions: dict[str, str] = field(default_factory=dict)

    @cached_property
    def id(self) -> str:
        """The run id: a hash of all that decides the output."""
        data = asdict(self)
        for one in data["inputs"]:
            del one["mtime_ns"]
        return content_id(json.dumps(data))

    @cached_property
    def by_path(self) -> dict[str, Input]:
        """The inputs by their paths."""
        return {one.path: one for one in self.inputs}

    @property
    def size_bytes(self) -> int:
        """Of all inputs."""
        return sum(one.size_bytes for one in self.inputs)

    def to_json(self) -> str:
        """As `plan.json` holds it; ASCII, since a path may be no Unicode."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def read(cls, folder: Path) -> Plan | None:
        """The plan of a run's folder; None where there is none.

        Raises:
            FormatError: It is no plan of this version.
        """
        path = folder / PLAN
        try:
            text = path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            return _plan(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            raise FormatError(
                f"{path}: no plan of this version ({error}). Give another output folder."
            ) from error

    def differences(self, other: Plan) -> list[str]:
        """What another plan has otherwise, in words."""
        told = []
        if self.model != other.model:
            told.append(f"model {other.model}, not {self.model}")
        for name in self.versions | other.versions:
            here, there = (plan.versions.get(name, "unknown") for plan in (self, other))
            if here != there:
                told.append(f"{name} {there}, not {here}")
        mine, theirs = asdict(self.options), asdict(other.options)
        told += [
            f"{name} {theirs[name]!r}, not {mine[name]!r}"
            for name in mine
            if mine[name] != theirs[name]
        ]
        known = {one.path: one for one in other.inputs}
        changed = [one.path for one in self.inputs if known.pop(one.path, None) != one]
        if changed or known:
            names = ", ".join([*changed, *known][:3])
            told.append(
                f"{len(changed) + len(known)} inputs that are new, changed or gone: {names}"
            )
        return told or ["another cut of the inputs"]


def _plan(data: dict[str, Any]) -> Plan:
    options = data.pop("options")
    lists = {k: tuple(v) for k, v in options.items() if isinstance(v, list)}
    return Plan(
        options=Options(**options | lists),
        inputs=tuple(Input(**one) for one in data.pop("inputs")),
        shards=tuple(tuple(Slice(**s) for s in shard) for shard in data.pop("shards")),
        **data,
    )


def make_plan(
    inputs: Sequence[str], options: Options, model: str, *,
    leave_out: Callable[[Path], bool] = lambda path: False,
) -> Plan:  # fmt: skip
    """Hashes the inputs and cuts them into shards.

    Args:
        inputs: Files, directories, patterns, lists; see `formats.readers.files_of`.
        model: Id of the model that will run.
        leave_out: Whether a file is no input although it was found; such are told.

    Raises:
        InputError: An input is not there, or there is none.
    """
    found: list[Input] = []
    slices: list[tuple[int, Slice]] = []
    paths = list(dict.fromkeys(p for name in inputs for p in files_of(name)))
    kept = [path for path in paths if not leave_out(path)]
    if len(kept) < len(paths):
        _LOG.warning("%d files that the run wrote itself passed over", len(paths) - len(kept))
    for path in kept:
        one, parts = _read(path, options.shard_bytes)
        found.append(one)
        slices += parts
    if not found:
        raise InputError(f"{', '.join(inputs)}: no articles there. Name files or directories.")
    shards = tuple(_shards(slices, options.shard_bytes))
    return Plan(model, options, tuple(found), shards, versions=versions())


def _read(path: Path, limit: int) -> tuple[Input, list[tuple[int, Slice]]]:
    """A file's hash, and its slices with their sizes in bytes."""
    name = path.as_posix()
    try:
        kind = cut_type_of(path)
        with path.open("rb") as file:
            written = os.fstat(file.fileno()).st_mtime_ns
            size, digest, cuts = _scan(file, name, limit, cut=kind == JSONL)
        if kind == PARQUET:
            cuts = list(_groups(path, limit))
    except OSError:
        return Input(name, 0, ""), [(0, Slice(name))]  # its shard will tell what is wrong
    return Input(name, size, digest, written), cuts


def _scan(
    file: IO[bytes], name: str, limit: int, *, cut: bool
) -> tuple[int, str, list[tuple[int, Slice]]]:
    """Size in bytes and hash of a file, and its slices: one, or cut at ends of lines."""
    digest, size = hashlib.sha256(), 0
    cuts, start, first, rows = [], 0, 1, 0
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
        if cut:
            for end, lines in _line_ends(chunk, size, start, limit):
                rows += lines
                cuts.append((end - start, Slice(name, start, end, first)))
                start, first = end, rows + 1
            rows += chunk.count(b"\n", max(0, start - size))
        size += len(chunk)
    if not cut:
        cuts.append((size, Slice(name)))
    elif start < size:
        cuts.append((size - start, Slice(name, start, size, first)))
    return size, digest.hexdigest(), cuts


def _line_ends(chunk: bytes, offset: int, start: int, limit: int) -> Iterator[tuple[int, int]]:
    """Ends of lines at which a slice is full, and the lines since the last one or the chunk."""
    counted = 0
    while True:
        at = max(start + limit - offset - 1, counted)
        end = chunk.find(b"\n", at) + 1
        if not end:
            return
        yield offset + end, chunk.count(b"\n", counted, end)
        start, counted = offset + end, end


def _groups(path: Path, limit: int) -> Iterator[tuple[int, Slice]]:
    """Row groups of a Parquet file, joined up to the limit."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
    except (pa.ArrowException, OSError):
        yield path.stat().st_size, Slice(path.as_posix())  # its shard will tell what is wrong
        return
    start, size, first, rows = 0, 0, 1, 1
    for index, group in enumerate(groups):
        size += group.total_byte_size
        rows += group.num_rows
        if size >= limit or index == len(groups) - 1:
            yield size, Slice(path.as_posix(), start, index + 1, first)
            start, size, first = index + 1, 0, rows


def _shards(slices: Iterable[tuple[int, Slice]], limit: int) -> Iterator[tuple[Slice, ...]]:
    """Neighbours that fit a shard together."""
    held: list[Slice] = []
    filled = 0
    for size, part in slices:
        if held and filled + size > limit:
            yield tuple(held)
            held, filled = [], 0
        held.append(part)
        filled += size
    if held:
        yield tuple(held)
