"""A record as plain values, and back: what every format of records shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import fields
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from extractor.errors import FormatError
from extractor.formats.rows import without_surrogates
from extractor.schema import Party, Record, Span

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_PLAIN_DIGITS = 40
COLUMNS = tuple(field.name for field in fields(Record))


class RecordWriter(ABC):
    """What writes records to a file of a format."""

    @abstractmethod
    def row(self, record: Record) -> Any:
        """A record as `add` takes it.

        Raises:
            FormatError: The format cannot hold it.
        """

    @abstractmethod
    def add(self, row: Any) -> None:
        """Writes what `row` gave."""

    def write(self, record: Record) -> None:
        """Writes one record.

        Raises:
            FormatError: The format cannot hold it. The writer can go on with the next.
        """
        self.add(self.row(record))


def nested(record: Record) -> dict[str, Any]:
    """Field names to text, numbers, `Decimal`, dicts and lists, in the record's order."""
    return {name: _plain(getattr(record, name)) for name in COLUMNS}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, Party):
        name = without_surrogates(value.name)
        return {"name": name, "label": value.label, "start": value.start, "end": value.end}
    if isinstance(value, Span):
        return {"start": value.start, "end": value.end}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return dict(value) if hasattr(value, "items") else value


def number_text(value: Decimal) -> str:
    """A number digit by digit, with an exponent only where it is very long.

    Raises:
        FormatError: It is not finite.

    >>> number_text(Decimal("2.7E+10"))
    '27000000000'
    """
    if not value.is_finite():
        raise FormatError(f"amount {value}: not a number. Leave the bound null.")
    return f"{value:f}" if abs(value.adjusted()) <= _PLAIN_DIGITS else str(value)


def record_of(row: Any, where: str) -> Record:
    """The record of such values, checked.

    Raises:
        FormatError: A field is missing, unknown or of the wrong kind.
    """
    from pydantic import ValidationError

    if isinstance(row, dict):
        unknown = [name for name in row if name not in COLUMNS]
        if unknown:
            raise FormatError(f"{where}: field '{unknown[0]}' is not of a record. Drop it.")
        if isinstance(row.get("score"), Decimal):
            row["score"] = float(row["score"])
        if isinstance(row.get("scores"), dict):
            row["scores"] = {n: float(v) for n, v in row["scores"].items()}
    try:
        return _adapter().validate_python(row)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "row"
        raise FormatError(
            f"{where}: field '{place}': {first['msg']}; was {first['input']!r:.60}. "
            "Give a record as `extractor schema` defines it."
        ) from error


@cache
def _adapter() -> TypeAdapter[Record]:
    from pydantic import TypeAdapter

    return TypeAdapter(Record)
