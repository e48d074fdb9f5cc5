"""JSON Lines: articles in, records out and in again.

Amounts are JSON numbers, written digit by digit from their `Decimal`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import IO, Any

from extractor.errors import FormatError, InputError
from extractor.formats.decoding import Decoded, lines
from extractor.formats.flat import RecordWriter, nested, number_text, record_of
from extractor.formats.rows import Numbered, OnError, rows_articles
from extractor.schema import Article, Record


def articles(
    file: IO[bytes], where: str, text_field: str | None, on_error: OnError,
    part: tuple[int, int, int] | None = None,
) -> Iterator[Article]:  # fmt: skip
    """Yields an article a line; blank lines are passed over.

    Args:
        part: First byte, one past the last, number of the first line; None for all.
    """
    yield from rows_articles(_rows(file, where, part), where, text_field, on_error)


def _rows(file: IO[bytes], where: str, part: tuple[int, int, int] | None) -> Numbered:
    for number, line in lines(file, where, part):
        if isinstance(line, InputError):
            yield number, line
        elif line.text.strip():
            yield number, _row(line, f"{where}:{number}")


def _row(line: Decoded, where: str) -> Mapping[str, Any] | InputError:
    try:
        row = json.loads(line.text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return InputError(
            f"{where}: not JSON ({error}): {line.text.strip()[:60]!r}. Mend the line."
        )
    if not isinstance(row, dict):
        kind = type(row).__name__
        return InputError(f'{where}: a JSON {kind}, not an object. Write {{"text": ...}}.')
    return row if line.by is None else {**row, **line.meta}


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


class Writer(RecordWriter):
    """Writes a record a line."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def row(self, record: Record) -> str:
        """The line of a record.

        Raises:
            FormatError: An amount is not a finite number.
        """
        cells = [f'"{name}": {_json(value)}' for name, value in nested(record).items()]
        return "{" + ", ".join(cells) + "}\n"

    def add(self, row: str) -> None:
        """Writes a line."""
        self._file.write(row)


def _json(value: object) -> str:
    if isinstance(value, Decimal):
        return number_text(value)
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def records(file: IO[bytes], where: str) -> Iterator[Record]:
    """Yields the records that `Writer` wrote.

    Raises:
        FormatError: A line is not a record, and why.
    """
    for number, line in lines(file, where):
        if isinstance(line, InputError):
            raise line
        try:
            row = json.loads(line.text, parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"{where}:{number}: not JSON: {error}. Mend the line.") from error
        yield record_of(row, f"{where}:{number}")
