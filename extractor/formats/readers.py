"""Files, directories and stdin to articles, one at a time."""

from __future__ import annotations

import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from glob import glob
from io import BufferedReader
from pathlib import Path
from typing import IO

from extractor.errors import InputError, UnknownName
from extractor.formats.compressed import BrokenStream, unpacked
from extractor.formats.decoding import decode
from extractor.formats.media import (
    ATOM,
    CSV,
    JSON,
    JSONL,
    MEDIA_TYPES,
    PARQUET,
    RSS,
    SNIFFED_BYTES,
    SUFFIXES,
    TEXT,
    WARC,
    XML,
    bare_type,
    compression_of,
    sniff,
    suffixes_of,
)
from extractor.formats.rows import OnError
from extractor.schema import Article

_LOG = logging.getLogger(__name__)


def files_of(name: str, within: tuple[str, ...] = ()) -> list[Path]:
    """The files that an input names, in order.

    Args:
        name: A file; a directory, of which files of known suffixes are taken, hidden
            ones not; a pattern such as `news/*.html`; or `@list.txt`, a file that names
            inputs, one a line.
        within: Real paths of the lists that lead to it.

    Raises:
        InputError: There is nothing of that name, or a list names itself.
    """
    if name == "-":
        raise InputError("-: stdin cannot be read twice. Write it to a file first.")
    if name.startswith("@"):
        inner = (*within, os.path.realpath(name[1:]))
        if inner[-1] in within:
            raise InputError(f"{name[1:]}: this list names itself. Take that line out.")
        return [path for line in _listed(Path(name[1:])) for path in files_of(line, inner)]
    path = Path(name)
    if path.is_dir():
        return list(_inputs(path))
    if path.exists():
        return [path]
    found = sorted(Path(match) for match in glob(name, recursive=True))
    if not found:
        raise InputError(f"{name}: no such file, directory or match. Name one.")
    # Of a folder in which the pattern matches, too, these files and no others are meant.
    holders = {folder for path in found for folder in path.parents}
    taken = (path for path in found if path not in holders)
    return [file for path in taken for file in (_inputs(path) if path.is_dir() else [path])]


def _listed(path: Path) -> list[str]:
    try:
        lines = decode(path.read_bytes()).text.splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}.") from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _walk(root: Path, skipped: Counter[str]) -> Iterator[Path]:
    """The files in a directory and those below it, sorted; hidden ones are passed over.

    Linked folders, which may lead round in circles, are counted and not entered.
    """
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if links := sum(os.path.islink(os.path.join(folder, name)) for name in folders):
            skipped["linked folder"] += links
        for name in sorted(name for name in names if not name.startswith(".")):
            yield Path(folder, name)


def _inputs(root: Path) -> Iterator[Path]:
    """The files of a directory that are read; the others are counted and told at the end."""
    skipped: Counter[str] = Counter()
    for path in _walk(root, skipped):
        if _is_input(path):
            yield path
        else:
            skipped["".join(suffixes_of(path)) or "no suffix"] += 1
    told = ", ".join(f"{count} {suffix}" for suffix, count in sorted(skipped.items()))
    if skipped:
        _LOG.warning("%s: %d files passed over: %s", root, skipped.total(), told)


def _is_input(path: Path) -> bool:
    """Whether a file in a directory is read: by its suffix, and XML if it is a feed."""
    known = SUFFIXES.get(suffixes_of(path)[0])
    try:
        return known is not None and (known != XML or media_type_of(path) != XML)
    except OSError:
        return True  # reading it tells what is wrong


def media_type_of(path: Path) -> str:
    """The media type of what a file holds, unpacked, by its suffix or its first bytes."""
    known = SUFFIXES.get(suffixes_of(path)[0])
    if known not in (None, XML):
        return known
    with path.open("rb") as file:
        return _sniffed(unpacked(file, path)[0], known)


def _sniffed(file: BufferedReader, known: str | None) -> str:
    """The media type by the first bytes; XML stays XML unless it is a feed or a page."""
    try:
        found = sniff(file.peek(SNIFFED_BYTES))
    except BrokenStream:
        return RSS if known == XML else TEXT  # reading it tells what is wrong
    return XML if known == XML and found == TEXT else found


def cut_type_of(path: Path) -> str | None:
    """The media type of a file that can be read from its middle on; None for any other.

    These are JSON Lines and Parquet, unless compressed.
    """
    with path.open("rb") as file:
        if compression_of(path, file.peek(4)) is not None:
            return None
    found = media_type_of(path)
    return found if found in (JSONL, PARQUET) else None


def read_slice(
    path: str, start: int, stop: int | None, first: int, *,
    text_field: str | None = None, on_error: OnError, readable: bool = False,
) -> Iterator[Article]:  # fmt: skip
    """Reads a part of a file as `read_articles` would read it within the whole.

    Args:
        path: Of the file.
        start: First byte of JSON Lines, first row group of Parquet.
        stop: One past the last; None for the whole file.
        first: Number of the first row in the file, from 1.
        on_error: Called for a row or file that cannot be read.
        readable: The file could be read before: that it cannot be now is a fault of the
            machine, which is raised.

    Raises:
        OSError: The file is `readable` and cannot be read.
    """
    reader = _Reader(text_field, None, on_error, readable=readable)
    yield from reader.file(Path(path), (start, stop, first) if stop is not None else None)


def read_articles(
    path: str | Path,
    *,
    text_field: str | None = None,
    media_type: str | None = None,
    on_error: Callable[[InputError], None] | None = None,
) -> Iterator[Article]:
    """Reads articles as they are asked for.

    In a directory, files of known suffixes are read in sorted order, hidden ones
    are passed over, and files of other suffixes and linked folders are counted and logged.

    Args:
        path: A file, a directory, or `-` for stdin.
        text_field: Field of the text in JSONL, CSV and Parquet.
        media_type: One of `MEDIA_TYPES`; None to go by suffix, or by the first
            bytes where there is no known one.
        on_error: Called for a row or file that cannot be read, which is then
            left out; without it the error is raised.

    Raises:
        InputError: `path` is not there (at once), or something in it cannot be
            read (while iterating, unless `on_error` is given).
        UnknownName: Of a media type.
    """
    if media_type is not None and (media_type := bare_type(media_type)) not in MEDIA_TYPES:
        raise UnknownName("media type", media_type, MEDIA_TYPES)
    path = str(path)
    if path != "-" and not os.path.exists(path):
        raise InputError(f"{path}: no such file or directory. Name one, or - for stdin.")
    reader = _Reader(text_field, media_type, on_error or _raise)
    if path == "-":
        return reader.stdin()
    return reader.directory(Path(path)) if os.path.isdir(path) else reader.file(Path(path))


def _raise(error: InputError) -> None:
    raise error


class _Reader:
    """The options of one call, and what they do to each kind of source."""

    def __init__(
        self, text_field: str | None, media_type: str | None, on_error: OnError, *,
        readable: bool = False,
    ) -> None:  # fmt: skip
        self.text_field = text_field
        self.media_type = media_type
        self.on_error = on_error
        self.readable = readable

    def stdin(self) -> Iterator[Article]:
        """Articles of stdin."""
        try:
            yield from self._articles(sys.stdin.buffer, "stdin", None)
        except InputError as error:
            self.on_error(error)

    def file(self, path: Path, part: tuple[int, int, int] | None = None) -> Iterator[Article]:
        """Articles of a file, or of its part `(start, stop, first)`."""
        where = path.as_posix()
        try:
            with path.open("rb") as file:
                yield from self._articles(file, where, path, part)
        except InputError as error:
            self.on_error(error)
        except OSError as error:
            if self.readable and error.errno is not None:  # what libraries raise has none
                error.filename = error.filename or where  # `read` names none
                raise
            self.on_error(InputError(f"{where}: cannot be read: {error.strerror or error}."))

    def directory(self, root: Path) -> Iterator[Article]:
        """Articles of the files in a directory and those below it."""
        read = 0
        for path in _inputs(root):
            read += 1
            yield from self.file(path)
        if not read:
            known = ", ".join(SUFFIXES)
            self.on_error(
                InputError(f"{root}: no articles in it. Known suffixes: {known}; .gz, .zst.")
            )

    def _articles(
        self, file: IO[bytes], where: str, path: Path | None,
        part: tuple[int, int, int] | None = None,
    ) -> Iterator[Article]:  # fmt: skip
        """Articles of an open file; what breaks off is told with their number."""
        name = path or Path()
        opened, codec = unpacked(file, name)
        known = self.media_type or SUFFIXES.get(suffixes_of(name)[0])
        media_type = _sniffed(opened, known) if known in (None, XML) else known
        if media_type == PARQUET:
            from extractor.formats import parquet

            if path is None or codec:
                kind = f"{codec} data" if codec else "a stream"
                raise InputError(f"{where}: Parquet is not read from {kind}. Give it as a file.")
            yield from parquet.articles(path, where, self.text_field, self.on_error, part)
            return
        count = 0
        try:
            for article in self._parsed(opened, where, media_type, path, part):
                count += 1
                yield article
        except BrokenStream as error:
            self.on_error(error.told(where, count))

    def _parsed(
        self, file: BufferedReader, where: str, media_type: str, path: Path | None,
        part: tuple[int, int, int] | None,
    ) -> Iterator[Article]:  # fmt: skip
        from extractor.formats import delimited, feed, jsonl, plain, warc

        if media_type == JSONL:
            return jsonl.articles(file, where, self.text_field, self.on_error, part)
        if media_type == CSV:
            return delimited.articles(file, where, self.text_field, self.on_error)
        if media_type == WARC:
            return warc.articles(file, where, self.on_error)
        if media_type in (RSS, ATOM):
            return feed.articles(file, where, self.on_error)
        if media_type == XML:
            raise InputError(f"{where}: no RSS or Atom in this XML file. Give it as text or HTML.")
        if media_type == JSON:
            raise InputError(f"{where}: a JSON list of objects. Write one object a line.")
        return plain.articles(file, where, media_type, where if path else None, self.on_error)
