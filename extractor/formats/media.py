"""What a file holds: its media type and its compression, by suffix or by first bytes."""

from __future__ import annotations

import re
from pathlib import PurePath

TEXT, MARKDOWN, HTML = "text/plain", "text/markdown", "text/html"
JSONL, CSV, PARQUET = "application/jsonl", "text/csv", "application/vnd.apache.parquet"
JSON = "application/json"  # known to be refused with advice
RSS, ATOM, XML = "application/rss+xml", "application/atom+xml", "application/xml"
WARC = "application/warc"
GZIP, ZSTD = "gzip", "zstd"
SUFFIXES = {
    ".txt": TEXT,
    ".md": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".jsonl": JSONL,
    ".ndjson": JSONL,
    ".csv": CSV,
    ".tsv": CSV,
    ".parquet": PARQUET,
    ".rss": RSS,
    ".atom": ATOM,
    ".xml": XML,
    ".warc": WARC,
}
COMPRESSIONS = {".gz": GZIP, ".zst": ZSTD}
MEDIA_TYPES = tuple(dict.fromkeys(SUFFIXES.values()))
SNIFFED_BYTES = 4096
_MAGIC = {b"\x1f\x8b": GZIP, b"\x28\xb5\x2f\xfd": ZSTD}
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)  # on SNIFFED_BYTES at most
_ROOT = re.compile(rb"<(?:[a-z][\w.-]{0,40}:)?([a-z][\w-]{0,40})")
_HTML_ROOTS = (b"html", b"head", b"body")


def bare_type(told: str) -> str:
    """A media type without its parameters, in lower case; HTML for XHTML.

    >>> bare_type("Text/HTML; charset=utf-8")
    'text/html'
    """
    bare = told.partition(";")[0].strip().lower()
    return HTML if bare == "application/xhtml+xml" else bare


def suffixes_of(path: PurePath) -> tuple[str, str]:
    """The suffix of what is inside, and that of a compression, or nothing, in lower case.

    >>> suffixes_of(PurePath("News.JSONL.gz"))
    ('.jsonl', '.gz')
    """
    outer = path.suffix.lower()
    return (PurePath(path.stem).suffix.lower(), outer) if outer in COMPRESSIONS else (outer, "")


def compression_of(path: PurePath, opening: bytes) -> str | None:
    """`gzip`, `zstd` or None, by the suffix or by the first bytes where it tells nothing."""
    by_suffix = COMPRESSIONS.get(suffixes_of(path)[1])
    return by_suffix or next((c for mark, c in _MAGIC.items() if opening.startswith(mark)), None)


def sniff(opening: bytes) -> str:
    """The media type that the first bytes speak of: text, where they speak of no other.

    >>> sniff(b'{"text": "..."}')
    'application/jsonl'
    """
    # Without the NULs, markup in UTF-16 shows as well.
    bare = opening[:SNIFFED_BYTES].lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"")
    bare = bare.lstrip().lower()
    if bare.startswith(b"warc/"):
        return WARC
    if re.match(rb'\{\s{0,9}"', bare):
        return JSONL
    if re.match(rb'\[\s{0,99}\{\s{0,99}"', bare):
        return JSON
    return _markup(bare) if bare.startswith(b"<") else TEXT


def _markup(opening: bytes) -> str:
    if opening.startswith(b"<!doctype html"):
        return HTML
    root = _ROOT.search(_COMMENT.sub(b"", opening))
    name = root.group(1) if root else b""
    if name in _HTML_ROOTS:
        return HTML
    if name == b"rss" or (name == b"rdf" and b"rss" in opening):
        return RSS
    return ATOM if name == b"feed" else TEXT
