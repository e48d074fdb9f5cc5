"""Parquet: articles in, records out and in again. Amounts are `decimal128(38, 9)`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from extractor.errors import FormatError, InputError, of_machine
from extractor.formats.flat import RecordWriter, nested, record_of
from extractor.formats.rows import Numbered, OnError, rows_articles
from extractor.schema import SCHEMA_VERSION, Article, Record
from extractor.taxonomy import ROLES

ROW_GROUP_ROWS = 8192
_READ_ROWS = 256
_DIGITS, _DECIMALS = 38, 9
_DATES = ("period_start", "period_end")


def articles(
    path: Path, where: str, text_field: str | None, on_error: OnError,
    part: tuple[int, int, int] | None = None,
) -> Iterator[Article]:  # fmt: skip
    """Yields an article a row, a few hundred rows in memory at a time.

    Args:
        part: First row group, one past the last, number of the first row; None for all.

    Raises:
        InputError: It is not a Parquet file.
        OSError: The machine cannot read it.
    """
    yield from rows_articles(_rows(path, where, part), where, text_field, on_error)


def _rows(path: Path, where: str, part: tuple[int, int, int] | None = None) -> Numbered:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = part[2] - 1 if part else 0
    groups = list(range(*part[:2])) if part else None
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_READ_ROWS, row_groups=groups):
                for row in _plain_rows(batch, where, number + 1):
                    number += 1
                    yield number, row
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        # Arrow tells of broken files by errors of the same types, but without a number.
        if isinstance(error, MemoryError) or getattr(error, "errno", None) is not None:
            raise
        raise InputError(
            f"{where}: not a whole Parquet file, after {number} rows: {error}. Write it again."
        ) from error


def _plain_rows(batch: Any, where: str, first: int) -> list[Mapping[str, Any] | InputError]:
    """The rows of a batch; one with a cell that Python does not hold is what is wrong with it.

    Such are times beyond the year 9999 or of unknown time zones, and text that is not UTF-8.

    Args:
        first: Number of its first row.
    """
    try:
        return list(batch.to_pylist())
    except Exception as error:
        if of_machine(error):
            raise
        if batch.num_rows == 1:
            told = f"{where}:{first}: a cell that cannot be read ({error}). Mend or drop the row."
            return [InputError(told)]
    singly = (_plain_rows(batch.slice(i, 1), where, first + i) for i in range(batch.num_rows))
    return [row for rows in singly for row in rows]


class Writer(RecordWriter):
    """Writes records in row groups.

    Args:
        path: The file; made anew.
    """

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        self._pending: list[dict[str, Any]] = []
        self._file = pq.ParquetWriter(path, record_schema(), compression="zstd")

    def row(self, record: Record) -> dict[str, Any]:
        """The row of a record.

        Raises:
            FormatError: The column's type does not hold an amount or a date.
        """
        row = record_row(record)
        return row | {"scores": list(row["scores"].items())}

    def add(self, row: dict[str, Any]) -> None:
        """Takes a row; the file grows by `ROW_GROUP_ROWS` at a time."""
        self._pending.append(row)
        if len(self._pending) == ROW_GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._pending:
            self._file.write_table(pa.Table.from_pylist(self._pending, schema=record_schema()))
            self._pending.clear()

    def close(self) -> None:
        """Writes what is pending and the footer."""
        try:
            self._flush()
        finally:
            self._file.close()


def record_row(record: Record) -> dict[str, Any]:
    """A record as plain values of the types of `record_schema`, a map as a dict.

    Raises:
        FormatError: The column's type does not hold an amount or a date.
    """
    row = nested(record)
    for name in ("low", "high"):
        row[name] = _amount(row[name], record.claim_id)
    for name in _DATES:
        row[name] = _date(row[name], record.claim_id)
    return row


def _amount(value: Decimal | None, claim: str) -> Decimal | None:
    if value is None:
        return None
    digits = value.normalize().as_tuple() if value.is_finite() else None
    exact = digits is not None and int(digits.exponent) >= -_DECIMALS
    if not exact or value.adjusted() >= _DIGITS - _DECIMALS:
        raise FormatError(
            f"claim {claim}: amount {value} does not fit decimal128({_DIGITS}, {_DECIMALS}). "
            "Write JSONL, which holds any amount."
        )
    return value


def _date(value: str | None, claim: str) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError as error:
        raise FormatError(f"claim {claim}: '{value}' is no ISO date (YYYY-MM-DD).") from error


@cache
def record_schema() -> Any:
    """The Arrow schema of a record."""
    import pyarrow as pa

    span = [("start", pa.int64()), ("end", pa.int64())]
    party = pa.struct([("name", pa.string()), ("label", pa.string()), *span])
    special: dict[str, Any] = {
        **dict.fromkeys(("language_certain", "approx", "vague", "negative"), pa.bool_()),
        **dict.fromkeys(("start", "end"), pa.int64()),
        **dict.fromkeys(("low", "high"), pa.decimal128(_DIGITS, _DECIMALS)),
        **dict.fromkeys(ROLES, pa.list_(party)),
        **dict.fromkeys(_DATES, pa.date32()),
        "speaker": party,
        "period_span": pa.struct(span),
        "score": pa.float64(),
        "scores": pa.map_(pa.string(), pa.float64()),
    }
    from extractor.formats.flat import COLUMNS

    return pa.schema(
        [(name, special.get(name, pa.string())) for name in COLUMNS],
        metadata={"extractor.schema_version": SCHEMA_VERSION},
    )


def records(path: Path, where: str) -> Iterator[Record]:
    """Yields the records that `Writer` wrote.

    Raises:
        FormatError: A row is not a record, and why.
        InputError: It is not a Parquet file.
        OSError: The machine cannot read it.
    """
    for number, row in _rows(path, where):
        if isinstance(row, InputError):
            raise row
        plain = dict(row)
        plain["scores"] = dict(plain.get("scores") or {})
        for name in _DATES:
            plain[name] = plain[name].isoformat() if plain.get(name) else None
        yield record_of(plain, f"{where}:{number}")
