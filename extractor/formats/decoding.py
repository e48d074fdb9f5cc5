"""Bytes to text: UTF-8, UTF-16 by its mark, else cp1252, and which of them it was."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import IO

from extractor.errors import InputError

MAX_LINE_BYTES = 64 * 1024 * 1024
UTF8 = "utf-8"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARED = re.compile(
    rb"<meta\b[^<>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([\w-]{2,40})", re.IGNORECASE
)


def decode(raw: bytes, *, html: bool = False) -> tuple[str, str]:
    """Text and the name of its encoding.

    Args:
        html: Heed the `charset` that a page declares.
    """
    if raw.startswith(_UTF16):
        return raw.decode("utf-16", "replace"), "utf-16"
    try:
        return raw.decode("utf-8-sig"), UTF8
    except UnicodeDecodeError:
        declared = _DECLARED.search(raw[:4096]) if html else None
        name = _known(declared.group(1).decode("ascii", "replace")) if declared else "cp1252"
        return raw.decode(name, "replace"), name


def _known(name: str) -> str:
    try:
        found = codecs.lookup(name).name
        "".encode(found)
    except (LookupError, UnicodeError):
        return "cp1252"
    # What is said to be Latin-1 or UTF-8 and is not UTF-8 is cp1252 in practice.
    return "cp1252" if found in ("iso8859-1", "ascii", UTF8) else found


def lines(
    file: IO[bytes], where: str, part: tuple[int, int, int] | None = None
) -> Iterator[tuple[int, str | InputError, str]]:
    """Numbered lines, decoded one by one: `(number, text, encoding)`.

    A line over `MAX_LINE_BYTES` comes as an error and is not held in memory.

    Args:
        part: First byte, one past the last, number of the first line; None for all.
    """
    number, stop = 0, None
    if part is not None:
        start, stop, first = part
        file.seek(start)
        number = first - 1
    while (stop is None or file.tell() < stop) and (raw := file.readline(MAX_LINE_BYTES + 1)):
        number += 1
        if len(raw) > MAX_LINE_BYTES and not raw.endswith(b"\n"):
            while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            error = f"{where}:{number}: a line of more than {MAX_LINE_BYTES} bytes. Split the text."
            yield number, InputError(error), UTF8
            continue
        if number == 1 and raw.startswith(_UTF16):
            raise InputError(f"{where}: UTF-16 lines. Save the file as UTF-8.")
        text, encoding = decode(raw)
        yield number, text, encoding
