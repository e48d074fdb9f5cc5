"""Web archives: an article a page that was fetched, through warcio."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from io import BufferedReader
from itertools import count
from typing import Any

from extractor.errors import InputError
from extractor.formats import plain
from extractor.formats.compressed import MAX_DOCUMENT_BYTES, BrokenStream, Unpacked, read_whole
from extractor.formats.media import GZIP, HTML, TEXT, ZSTD
from extractor.formats.rows import OnError, tried
from extractor.schema import Article

_PAGES = {"text/html": HTML, "application/xhtml+xml": HTML, "text/plain": TEXT}
_KINDS = ("warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion")
_MAJOR = ("text", "image", "audio", "video", "font", "application")
# Some archives hold a body plain and keep the header that says it is packed.
_CODINGS = {
    "gzip": (b"\x1f\x8b", (GZIP,)),
    "x-gzip": (b"\x1f\x8b", (GZIP,)),
    "zstd": (b"\x28\xb5\x2f\xfd", (ZSTD,)),
    "deflate": (b"", ("deflate", "raw deflate")),
}
_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_MAX_HEADER_BYTES = 1024**2
_DRAINED_BYTES = 64 * 1024
_AGAIN = "Fetch or copy it again."
_LOG = logging.getLogger(__name__)


def articles(file: BufferedReader, where: str, on_error: OnError) -> Iterator[Article]:
    """Yields an article a response with HTML or plain text; the rest is counted and logged.

    Args:
        on_error: Called for a page that cannot be read.

    Raises:
        InputError: There is no record in it.
        BrokenStream: It is cut off or damaged; what is whole has been given.
    """
    passed: Counter[str] = Counter()
    number = 0
    try:
        for number, found in enumerate(_records(file), 1):
            if isinstance(found, str):
                passed[found] += 1
                continue
            place = f"{where}:{number}"
            yield from tried(partial(_article, found, place), place, on_error)
    finally:
        told = ", ".join(f"{n} {kind}" for kind, n in sorted(passed.items()))
        if passed:
            _LOG.warning("%s: %d records passed over: %s", where, passed.total(), told)
    if not number:
        raise InputError(f"{where}: no record in it. Give a WARC file that holds pages.")


@dataclass(frozen=True, slots=True)
class _Page:
    """A response with HTML or text.

    Attributes:
        header: Of the record, by name.
        http: Header of the response, by name.
        raw: The body as it was sent; None if it is too large.
    """

    header: Callable[[str], str | None]
    http: Callable[[str], str | None]
    media_type: str
    raw: bytes | None


class _Source:
    """What warcio reads from: it hands out what is there, up to an allowance."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self._offset = 0
        self.allowance: int | None = None

    def tell(self) -> int:
        return self._offset

    def read(self, size: int) -> bytes:
        # Not `read`: where the file breaks off, it would lose whole records before that.
        raw = self._file.read1(size)
        self._offset += len(raw)
        if self.allowance is not None:
            self.allowance -= len(raw)
            if self.allowance < 0:
                raise BrokenStream(f"a header of more than {_MAX_HEADER_BYTES} bytes", _AGAIN)
        return raw


def _records(file: BufferedReader) -> Iterator[_Page | str]:
    """Pages, and in a few words what other records are; each is whole when it is given.

    Raises:
        BrokenStream: A record is cut off or damaged.
    """
    from warcio.archiveiterator import WARCIterator
    from warcio.exceptions import ArchiveLoadFailed

    source = _Source(file)
    records = WARCIterator(source, no_record_parse=True)
    records.reader.set_decomp(None)  # it is unpacked already, and under limits
    records.INC_RECORD = ""  # what it would write on stderr; told below
    for number in count(1):
        source.allowance = _MAX_HEADER_BYTES
        try:
            record = next(records, None)
        except ArchiveLoadFailed as error:
            raise BrokenStream(f"record {number} does not begin as one of WARC", _AGAIN) from error
        if record is None:
            return
        if not (record.rec_headers.get_header("Content-Length") or "").isdecimal():
            raise BrokenStream(f"a damaged header at record {number}", _AGAIN)
        record.http_headers = _http_headers(record)
        source.allowance = None
        found = _other(record) or _page(record)
        _drain(record)
        source.allowance = _MAX_HEADER_BYTES
        broken = _broken_after(records)
        if records.err_count:
            raise BrokenStream(f"record {number} has another length than its header says", _AGAIN)
        yield found
        if broken is not None:
            raise broken


def _broken_after(records: Any) -> BrokenStream | None:
    """Reads on to the next record; what goes wrong there is no fault of this one."""
    try:
        records.read_to_end()
    except BrokenStream as error:
        return error
    return None


def _http_headers(record: Any) -> Any:
    """The HTTP headers of a response; None where it has none."""
    from warcio.statusandheaders import StatusAndHeadersParser, StatusAndHeadersParserException

    kind = record.rec_headers.get_header("Content-Type") or ""
    if record.rec_type != "response" or not kind.startswith("application/http"):
        return None
    try:
        return StatusAndHeadersParser(["HTTP/"]).parse(record.raw_stream)
    except (EOFError, StatusAndHeadersParserException):
        return None


def _drain(record: Any) -> None:
    """Reads what is left of a record, which must be all that its header says."""
    while record.raw_stream.read(_DRAINED_BYTES):
        pass
    if record.raw_stream.limit:
        raise BrokenStream("an archive that is cut off in the middle of a record", _AGAIN)


def _other(record: Any) -> str | None:
    """What a record is, if it is no page; None for a page."""
    if record.rec_type != "response":
        return record.rec_type if record.rec_type in _KINDS else "of unknown type"
    if record.http_headers is None:
        return "response without HTTP headers"
    status = record.http_headers.statusline.split()[1:2]  # of "1.1 200 OK"
    if status != ["200"]:
        known = bool(status) and status[0].isdecimal() and len(status[0]) == 3
        return f"response {status[0]}" if known else "response without status"
    kind = _content_type(record.http_headers.get_header)
    if kind in _PAGES:
        return None
    major = kind.partition("/")[0]
    return f"{major}/*" if major in _MAJOR else "response of unknown type"


def _content_type(http: Callable[[str], str | None]) -> str:
    return (http("Content-Type") or "").partition(";")[0].strip().lower()


def _page(record: Any) -> _Page:
    http = record.http_headers.get_header
    raw = bytes(record.raw_stream.read()) if record.length <= MAX_DOCUMENT_BYTES else None
    return _Page(record.rec_headers.get_header, http, _PAGES[_content_type(http)], raw)


def _article(page: _Page, where: str) -> Article:
    label = _CHARSET.search(page.http("Content-Type") or "")
    found = plain.article(
        _body(page, where),
        where,
        page.media_type,
        (page.header("WARC-Record-ID") or "").strip("<> ") or where,
        label.group(1) if label else None,
    )
    told = {"captured": page.header("WARC-Date"), "truncated": page.header("WARC-Truncated")}
    return replace(
        found,
        url=page.header("WARC-Target-URI"),
        published=_day(told["captured"] or ""),
        meta=dict(found.meta) | {name: value for name, value in told.items() if value},
    )


def _body(page: _Page, where: str) -> bytes:
    """The body of a response as it was before it was sent.

    Raises:
        InputError: It is too large, or packed in a way that cannot be undone.
    """
    from warcio.bufferedreaders import ChunkedDataReader

    raw = page.raw
    if raw is None:
        limit = f"{MAX_DOCUMENT_BYTES // 1024**2} MB"
        raise InputError(f"{where}: more than {limit} in one page. Take it out of the archive.")
    if (page.http("Transfer-Encoding") or "").strip().lower() == "chunked":
        raw = bytes(ChunkedDataReader(io.BytesIO(raw)).read())
    coding = (page.http("Content-Encoding") or "identity").strip().lower()
    magic, codecs = _CODINGS.get(coding, (b"", ()))
    if coding == "identity" or not raw.startswith(magic):
        return raw
    why = "which is not known here"
    for codec in codecs:
        try:
            return read_whole(io.BufferedReader(Unpacked(io.BytesIO(raw), codec)), where)
        except BrokenStream as error:
            why = error.what
    raise InputError(f"{where}: its body has the coding '{coding:.20}', {why}. Unpack it first.")


def _day(moment: str) -> str | None:
    """The ISO date of a time such as `2025-01-02T03:04:05Z`; None for no such time."""
    try:
        return date.fromisoformat(moment[:10]).isoformat()
    except ValueError:
        return None
