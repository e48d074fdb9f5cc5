"""RSS and Atom: an article an entry, through feedparser; nothing is fetched."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from functools import partial
from typing import IO, Any

from extractor.errors import InputError
from extractor.formats.compressed import BrokenStream, read_whole
from extractor.formats.decoding import decode, labels_in
from extractor.formats.media import HTML, TEXT, XML
from extractor.formats.rows import OnError, tried, without_surrogates
from extractor.schema import Article

_MARKUP = (HTML, "application/xhtml+xml")
_CLOSED = re.compile(r"</(?:\w{1,40}:)?(?:item|entry)\s{0,9}>")
_ROOT_CLOSED = re.compile(r"</(?:\w{1,40}:)?(?:rss|feed|rdf)\s{0,9}>", re.IGNORECASE)
_LOST = "\ufffd"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#([xX][0-9a-fA-F]{1,6}|[0-9]{1,7});")
_SPACE = re.compile(r"\s*")
_PROLOG = (("<?", "?>"), ("<!--", "-->"), ("<!DOCTYPE", ">"))
_SUBSET_END = re.compile(r"\]\s{0,99}>")
_TAIL_CHARS = 2000
_LOG = logging.getLogger(__name__)


def articles(file: IO[bytes], where: str, on_error: OnError) -> Iterator[Article]:
    """Yields an article an entry; one with a headline alone is its headline.

    Args:
        on_error: Called for an entry without text.

    Raises:
        InputError: It is no feed, or has no entries.
        BrokenStream: It ends in the middle; whole entries have been given.
    """
    decoded = decode(raw := read_whole(file, where), labels_in(raw, XML))
    found = _parsed(decoded.text, where)
    if not found.get("version"):
        raise InputError(f"{where}: neither RSS nor Atom. Give it as text or HTML.")
    cut = found.bozo and not _ROOT_CLOSED.search(decoded.text[-_TAIL_CHARS:])
    entries = found.entries
    if cut:
        # The entry that the end cuts is read too, without its rest.
        entries = entries[: len(_CLOSED.findall(decoded.text))]
    elif found.bozo:
        why = getattr(found.bozo_exception, "getMessage", "".__str__)()
        _LOG.warning("%s: not well-formed XML (%s); read as far as it goes", where, why)
    for number, entry in enumerate(entries, 1):
        place = f"{where}:{number}"
        make = partial(_article, entry, found.feed, place, decoded.meta)
        yield from tried(make, place, on_error)
    if cut:
        raise BrokenStream("a feed that ends in the middle", "Fetch or copy it again.")
    if not entries:
        raise InputError(f"{where}: a feed without entries. Leave it out, or fetch it again.")


def _parsed(text: str, where: str) -> Any:
    import feedparser

    # Told UTF-8 from outside, it does not guess. A stream: a string might be an address.
    # What is in the markup is the business of whoever reads the article's HTML.
    raw = io.BytesIO(_legal(_from_root(text)).encode())
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(
            raw, response_headers=headers, resolve_relative_uris=False, sanitize_html=False
        )
    except Exception as error:  # its lenient parser fails on broken markup in many ways
        raise InputError(
            f"{where}: no XML that can be read ({type(error).__name__} {error!s:.80}). Mend it."
        ) from error


def _legal(text: str) -> str:
    """The text with U+FFFD for what XML may not hold, written out or as `&#0;`."""
    return _REFERENCE.sub(_legal_reference, _ILLEGAL.sub(_LOST, text))


def _legal_reference(found: re.Match[str]) -> str:
    digits = found.group(1)
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    legal = code <= 0x10FFFF and not _ILLEGAL.match(chr(code))
    return found.group() if legal else _LOST


def _from_root(text: str) -> str:
    """The text without what stands before its root: the declaration, now wrong, and a DOCTYPE.

    A DOCTYPE may define entities that grow a thousandfold; without it they are unknown.
    """
    at = 0
    while True:
        at = end = _SPACE.match(text, at).end()  # type: ignore[union-attr]
        for opening, closing in _PROLOG:
            if text.startswith(opening, at):
                end = _end(text, at, closing)
                break
        if end == at:
            return text[at:]
        at = end


def _end(text: str, at: int, closing: str) -> int:
    """Where a part of the prolog ends; where it begins, if it does not."""
    found_at = text.find(closing, at)
    if found_at == -1:
        return at
    if closing == ">" and (subset := text.find("[", at, found_at)) != -1:
        found = _SUBSET_END.search(text, subset)
        return found.end() if found else at
    return found_at + len(closing)


def _article(entry: Any, feed: Any, where: str, meta: dict[str, str]) -> Article:
    """The article of an entry. Its day is that of its time in UTC."""
    title = _plain(entry.get("title_detail"))
    body, media_type, language = _body(entry)
    if not body:
        body = title or ""
    if not body:
        present = ", ".join(sorted(entry)[:8]) or "nothing"
        raise InputError(f"{where}: no text in this entry; present: {present}. Drop it.")
    # Not its own `get`, which has one day stand for another, and warns of it.
    days = (dict.get(entry, name) for name in ("published_parsed", "updated_parsed"))
    day = next(filter(None, days), None)
    return Article(
        body=without_surrogates(body),
        id=_field(entry, "id") or where,
        media_type=media_type,
        title=title,
        url=_field(entry, "link"),
        source=_plain(feed.get("title_detail")),
        published=f"{day.tm_year:04}-{day.tm_mon:02}-{day.tm_mday:02}" if day else None,
        language=language or _field(entry, "language") or _field(feed, "language"),
        meta=meta,
    )


def _body(entry: Any) -> tuple[str, str, str | None]:
    """Text, media type and language of the fullest account that has text; else no text."""
    for part in (*entry.get("content", ()), entry.get("summary_detail")):
        if part and part.get("type") in (*_MARKUP, TEXT) and _plain(part):
            if part.type == TEXT:
                return part.value, TEXT, part.language
            # A page, since a bare fragment is not taken for an article.
            page = f"<html><body><article>{part.value}</article></body></html>"
            return page, HTML, part.language
    return "", TEXT, None


def _plain(part: Any) -> str | None:
    """The text of a part that may be HTML, on one line."""
    value = part.value if part else ""
    if value and part.get("type") in _MARKUP:
        from lxml.html import document_fromstring

        page = document_fromstring(f"<body>{_ILLEGAL.sub(_LOST, value)}</body>")
        value = str(page.text_content())
    return " ".join(without_surrogates(value).split()) or None


def _field(fields: Any, name: str) -> str | None:
    return without_surrogates(fields.get(name) or "").strip() or None
