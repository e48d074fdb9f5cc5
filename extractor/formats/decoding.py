"""Bytes to text: which character set they are in, and what decided it.

A document goes by its byte order mark, then by what it declares, then by being UTF-8,
then by detection; a line of a large file by being UTF-8, else it is cp1252.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from extractor.errors import InputError

MAX_LINE_BYTES = 64 * 1024 * 1024
UTF8, CP1252 = "utf-8", "cp1252"
BOM, DECLARED, DETECTED = "bom", "declared", "detected"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# The mark of UTF-32 opens with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
WIDE_MARKS = tuple(_MARKS)
_DECLARED_BYTES = 4096
_META = re.compile(
    rb"<meta\b[^<>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{2,40})", re.IGNORECASE
)
_XML = re.compile(rb"\s{0,99}<\?xml\b[^<>?]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{2,40})")
# What browsers read for a name: the wider set, where the name is of a narrower one.
_WIDER = {
    "ascii": CP1252, "iso8859-1": CP1252, "iso8859-9": "cp1254", "iso8859-11": "cp874",
    "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932",
    "euc_kr": "cp949",
}  # fmt: skip
_CANDIDATES = (
    CP1252, "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254",
    "cp932", "euc_jp", "gb18030", "big5", "cp949",
)  # fmt: skip
# Python has names that are no character sets of documents (utf_7, unicode_escape, idna).
_KNOWN = {
    UTF8, *_CANDIDATES, "cp866", "cp874", "cp1255", "cp1256", "cp1257", "cp1258", "koi8-r",
    "koi8-u", "mac-roman", "mac-cyrillic", "big5hkscs",
    *(f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and how it was read.

    Attributes:
        by: `bom`, `declared` or `detected`; None for plain UTF-8.
    """

    text: str
    encoding: str = UTF8
    by: str | None = None

    @property
    def meta(self) -> dict[str, str]:
        """As an article keeps it; empty for plain UTF-8."""
        return {} if self.by is None else {"encoding": self.encoding, "encoding_by": self.by}


def decode(raw: bytes, labels: Iterable[str] = ()) -> Decoded:
    """The text of a document.

    A label is heeded unless the bytes deny it: what reads as UTF-8 beyond ASCII is UTF-8
    whatever it says, and what leaves bytes unread is in another character set.

    Args:
        labels: Names of character sets that its surroundings and it itself declare, the
            weightier first.
    """
    for mark, name in _MARKS.items():
        if raw.startswith(mark):
            return Decoded(raw.decode(name, "replace"), name, BOM)
    try:
        return Decoded(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        pass
    names = [name for name in map(charset, labels) if name]
    for name in (UTF8, *names):
        text = _read(raw, name)
        if text is not None:
            return Decoded(text, name, DECLARED if name in names else DETECTED)
    return _detected(raw)


def labels_in(raw: bytes, media_type: str) -> list[str]:
    """The character sets that a document declares: XML declaration, `meta` of HTML."""
    opening = raw[:_DECLARED_BYTES]
    found = [_XML.match(opening)]
    if media_type == "text/html":
        found.append(_META.search(opening))
    return [match.group(1).decode("ascii", "replace") for match in found if match]


def charset(label: str) -> str | None:
    """Python's name of a character set of documents; None for any other.

    >>> charset("ISO-8859-1"), charset("unicode_escape")
    ('cp1252', None)
    """
    try:
        name = codecs.lookup(label).name
    except (LookupError, UnicodeError):
        return None
    name = _WIDER.get(name, name)
    return name if name in _KNOWN else None


def _read(raw: bytes, name: str) -> str | None:
    """The text, unless more than one in twenty of its characters beyond ASCII is lost."""
    text = raw.decode(name, "replace")
    lost = text.count("\ufffd")
    return text if lost * 20 <= len(text) - len(text.encode("ascii", "ignore")) else None


def _detected(raw: bytes) -> Decoded:
    from charset_normalizer import from_bytes

    found = from_bytes(raw, cp_isolation=list(_CANDIDATES), preemptive_behaviour=False)
    best = found.best()
    # The seven languages are written in cp1252, which detection takes for cp1250 or others
    # in two of five of their texts: it is heeded where cp1252 would be no text at all.
    plausible = {name for match in found for name in match.could_be_from_charset}
    name = CP1252 if best is None or CP1252 in plausible else best.encoding
    return Decoded(raw.decode(name, "replace"), name, DETECTED)


def decode_line(raw: bytes) -> Decoded:
    """The text of a line: UTF-8, else cp1252."""
    try:
        return Decoded(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Decoded(raw.decode(CP1252, "replace"), CP1252, DETECTED)


def lines(
    file: IO[bytes], where: str, part: tuple[int, int, int] | None = None
) -> Iterator[tuple[int, Decoded | InputError]]:
    """Numbered lines, decoded one by one.

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
            yield number, InputError(error)
            continue
        if number == 1 and raw.startswith(_UTF16):
            raise InputError(f"{where}: UTF-16 lines. Save the file as UTF-8.")
        yield number, decode_line(raw)
