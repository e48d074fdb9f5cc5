"""CSV: articles in, records out and in again.

A spreadsheet runs a cell that opens with `=`, `+`, `-` or `@`. Unless asked for
raw text, a single quote goes before such an opening, also where a spreadsheet
that splits at semicolons, tabs or line ends would see one; reading takes it away.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import IO, Any

from extractor.errors import FormatError, InputError
from extractor.formats.decoding import MAX_LINE_BYTES, Decoded, lines
from extractor.formats.flat import COLUMNS, RecordWriter, nested, number_text, record_of
from extractor.formats.rows import Numbered, OnError, rows_articles
from extractor.schema import Article, Record
from extractor.taxonomy import ROLES

SEPARATOR = " | "
_DELIMITERS = (",", ";", "\t")
_OPENERS = "=+\\-@\t\r\n＝＋－＠"
_RISKY = re.compile(rf"(?:^|(?<=[;\t\r\n]))(?=['\"]*[{_OPENERS}])")
_GUARDED = re.compile(rf"(?:^|(?<=[;\t\r\n]))'(?=['\"]*[{_OPENERS}])")
_SPANS = "spans"
_HEADER = (*(name for name in COLUMNS if name != "period_span"), _SPANS)
_PARTIES = ("speaker", *ROLES)


def guard(text: str) -> str:
    """The text with a single quote where a spreadsheet would see a formula.

    >>> guard("=1+1")
    "'=1+1"
    """
    return _RISKY.sub("'", text)


def unguard(text: str) -> str:
    """What `guard` was given."""
    return _GUARDED.sub("", text)


def articles(
    file: IO[bytes], where: str, text_field: str | None, on_error: OnError
) -> Iterator[Article]:
    """Yields an article a row; the first row names the fields.

    The delimiter (comma, semicolon or tab) is the one that the header has most.
    """
    yield from rows_articles(_rows(file, where), where, text_field, on_error)


def _rows(file: IO[bytes], where: str) -> Numbered:
    # Python's own limit of 131,072 characters a cell is short for an article.
    csv.field_size_limit(MAX_LINE_BYTES)
    source = _Lines(file, where)
    first = next((line for line in source if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    # Not strict, it takes all up to the next quote, or the end, for the cell.
    reader = csv.reader(chain([first], source), delimiter=delimiter, strict=True)
    header: list[str] = []
    start = source.number
    while True:
        source.odd = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            told = InputError(f"{where}:{start}: not CSV: {error}. Mend the row.")
            if not header:
                raise told from error
            yield start, told
        except InputError as error:
            yield source.number, error
        else:
            if header:
                yield from _row(header, cells, f"{where}:{start}", start, source.odd)
            header = header or cells
        start = source.number + 1


def _row(
    header: list[str], cells: list[str], where: str, number: int, odd: Decoded | None
) -> Numbered:
    """The row as fields, or what is wrong with it; nothing for a blank line."""
    if len(cells) == len(header):
        row = dict(zip(header, cells, strict=True))
        yield number, {**row, **odd.meta} if odd else row
    elif cells:
        told = f"{where}: {len(cells)} cells where the header has {len(header)}. "
        advice = "Put cells that hold the delimiter or a line end in double quotes."
        yield number, InputError(told + advice)


class _Lines:
    """Decoded lines; goes on after the error that a line too long raises.

    Attributes:
        number: Of the line last given, from 1.
        odd: The last that was not plain UTF-8, until it is set back.
    """

    def __init__(self, file: IO[bytes], where: str) -> None:
        self._lines = lines(file, where)
        self.number = 0
        self.odd: Decoded | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        if isinstance(line, InputError):
            raise line
        if line.by is not None:
            self.odd = line
        return line.text


class Writer(RecordWriter):
    """Writes a header and a row a record.

    Parties stand by name, joined by ` | `; where they stand in the text is in the
    last column, `spans`, as JSON.

    Args:
        raw: No guard against formulas.
    """

    def __init__(self, file: IO[str], *, raw: bool = False) -> None:
        self._raw = raw
        self._rows = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        self._rows.writerow(_HEADER)

    def row(self, record: Record) -> list[Any]:
        """The cells of a record.

        Raises:
            FormatError: An amount is not a finite number.
        """
        row = nested(record)
        spans = {name: row[name] for name in (*_PARTIES, "period_span") if row[name]}
        row[_SPANS] = json.dumps(spans, ensure_ascii=False) if spans else ""
        row["scores"] = json.dumps(row["scores"], ensure_ascii=False, allow_nan=False)
        for name in _PARTIES:
            parties = row[name] if isinstance(row[name], list) else [row[name] or {"name": ""}]
            row[name] = SEPARATOR.join(party["name"] for party in parties)
        return [self._cell(row[name]) for name in _HEADER]

    def add(self, row: list[Any]) -> None:
        """Writes cells."""
        self._rows.writerow(row)

    def _cell(self, value: Any) -> Any:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Decimal):
            return number_text(value)
        return value if self._raw or not isinstance(value, str) else guard(value)


def records(file: IO[bytes], where: str, *, raw: bool = False) -> Iterator[Record]:
    """Yields the records that `Writer` wrote; an empty cell is an absent value.

    Raises:
        FormatError: A row is not a record, and why.
    """
    for number, row in _rows(file, where):
        if isinstance(row, InputError):
            raise FormatError(str(row))
        cells = {name: cell if raw else unguard(cell) for name, cell in row.items()}
        yield record_of(_unflattened(cells, f"{where}:{number}"), f"{where}:{number}")


def _unflattened(cells: dict[str, str], where: str) -> dict[str, Any]:
    row: dict[str, Any] = {name: cell if cell else None for name, cell in cells.items()}
    row["sentence"] = row.get("sentence") or ""
    try:
        spans = json.loads(row.pop(_SPANS, None) or "{}")
        row["scores"] = json.loads(row.get("scores") or "{}")
    except ValueError as error:
        raise FormatError(f"{where}: column '{_SPANS}' or 'scores': {error}.") from error
    for name in (*_PARTIES, "period_span"):
        row[name] = spans.get(name, () if name in ROLES else None)
    return row
