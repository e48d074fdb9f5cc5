"""Rows of named fields, of whatever format, to articles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from extractor.errors import InputError, of_machine
from extractor.formats.media import TEXT, bare_type
from extractor.schema import Article

TEXT_FIELDS = ("text", "body", "content")
_NAMES = {
    "id": ("id",),
    "title": ("title",),
    "url": ("url",),
    "source": ("source",),
    "published": ("published", "date"),
    "language": ("language", "lang"),
    "media_type": ("media_type",),
}
_SURROGATES = re.compile("[\ud800-\udfff]")

OnError = Callable[[InputError], None]
Numbered = Iterable[tuple[int, Mapping[str, Any] | InputError]]


def without_surrogates(text: str) -> str:
    """Lone surrogates, which no file can hold, as U+FFFD one for one."""
    return _SURROGATES.sub("\ufffd", text)


def row_article(row: Mapping[str, Any], where: str, text_field: str | None = None) -> Article:
    """The article of a row; fields without a place of their own go to `meta`.

    Args:
        where: File and line, told in errors; the id of a row that has none.
        text_field: Field of the text; None for the first of `TEXT_FIELDS`.

    Raises:
        InputError: No text in the row.
    """
    fields = {str(name).strip().casefold(): name for name in row if name is not None}
    body_name = _text_name(fields, row, where, text_field)
    used = {body_name}
    found: dict[str, str | None] = {}
    for attribute, names in _NAMES.items():
        name = next((fields[n] for n in names if n in fields and fields[n] not in used), None)
        found[attribute] = None if name is None else _scalar(row[name])
        if name is not None:
            used.add(name)
    rest = {str(n): _scalar(v) for n, v in row.items() if n not in used and n is not None}
    return Article(
        body=without_surrogates(row[body_name]),
        id=found["id"] or where,
        media_type=bare_type(found["media_type"] or TEXT),
        title=found["title"],
        url=found["url"],
        source=found["source"],
        published=found["published"],
        language=found["language"],
        meta={without_surrogates(n): v for n, v in rest.items() if v is not None},
    )


def rows_articles(
    rows: Numbered, where: str, text_field: str | None, on_error: OnError
) -> Iterator[Article]:
    """Articles of numbered rows; a row that fails is handed to `on_error` and lost."""
    for number, row in rows:
        if isinstance(row, InputError):
            on_error(row)
            continue
        place = f"{where}:{number}"
        yield from tried(partial(row_article, row, place, text_field), place, on_error)


def tried(make: Callable[[], Article], where: str, on_error: OnError) -> Iterator[Article]:
    """The article that is made; one that cannot be, for whatever reason, costs itself alone.

    Raises:
        Exception: It is the machine that fails.
    """
    try:
        article = make()
    except InputError as error:
        on_error(error)
        return
    except Exception as error:
        if of_machine(error):
            raise
        unforeseen = InputError(f"{where}: {type(error).__name__}: {error}")
        unforeseen.__cause__ = error
        on_error(unforeseen)
        return
    yield article


def _text_name(
    fields: Mapping[str, str], row: Mapping[str, Any], where: str, text_field: str | None
) -> str:
    if text_field is not None:
        name = text_field if text_field in row else None
    else:
        name = next((fields[n] for n in TEXT_FIELDS if n in fields), None)
    if name is None:
        present = ", ".join(sorted(str(n) for n in row)) or "nothing"
        likely = next((n for n in row if isinstance(row[n], str) and len(row[n]) > 40), None)
        hint = likely or "NAME"
        raise InputError(
            f"{where}: no field '{text_field or TEXT_FIELDS[0]}'; present: {present}. "
            f"Use --text-field {hint}."
        )
    if not isinstance(row[name], str):
        kind = "null" if row[name] is None else type(row[name]).__name__
        raise InputError(f"{where}: field '{name}' is {kind}, not text. Give it a string.")
    if not row[name].strip():
        raise InputError(f"{where}: field '{name}' is empty. Give it a text, or drop the row.")
    return name


def _scalar(value: object) -> str | None:
    """A scalar as text; None for absent, empty, list and object."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str | int | float | Decimal):
        return without_surrogates(str(value)).strip() or None
    return None
