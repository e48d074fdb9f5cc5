"""HTML to its main text and metadata, through trafilatura; nothing is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from extractor.errors import InputError

MAX_HTML_CHARS = 20_000_000
TITLE_REACH = 5  # lines before which a title may stand: a rubric, a day, a kicker


@dataclass(frozen=True, slots=True)
class Page:
    """What a web page holds.

    Attributes:
        text: Headings and paragraphs of the main content, a blank line between.
        published: ISO 8601 date.
        language: Of the page's own declaration, ISO 639-1.
    """

    text: str
    title: str | None = None
    url: str | None = None
    site: str | None = None
    published: str | None = None
    language: str | None = None


def read_html(html: str, where: str) -> Page:
    """The main content of a page.

    Raises:
        InputError: No text can be got out of it, and why.
    """
    if len(html) > MAX_HTML_CHARS:
        raise InputError(
            f"{where}: {len(html)} characters of HTML; at most {MAX_HTML_CHARS} are read. "
            "Cut the page, or give its text."
        )
    from lxml.etree import ParserError
    from trafilatura import bare_extraction

    try:
        found = bare_extraction(
            html,
            favor_precision=True,
            include_comments=False,
            with_metadata=True,
            # An extensive search takes any date in the prose for the page's own.
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except (ParserError, RecursionError, ValueError) as error:
        raise InputError(f"{where}: HTML that cannot be parsed: {error}") from error
    if found is None or not (found.text or "").strip():
        raise InputError(f"{where}: no main text in this HTML page. Give its text instead.")
    lines = [line.strip() for line in found.text.split("\n") if line.strip()]
    headline = _headline(found, lines)
    return Page(
        text="\n\n".join(lines),
        title=headline or found.title or None,
        url=found.url or None,
        site=found.sitename or None,
        published=found.date or None,
        language=_declared(html, found.language),
    )


def _headline(found: Any, lines: list[str]) -> str | None:
    """The `h1` of the main text, whose lines become one; None where it is no headline.

    What a page tells machines for its title is often cut, adorned or worded otherwise, and
    the text would have both. Of several `h1` only one that opens the text is taken: the
    others head sections.
    """
    opening = [" ".join(line.split()) for line in lines[:TITLE_REACH]]
    if " ".join((found.title or "").split()) in opening:
        return None
    heads = [head for head in found.body.iter("head") if head.get("rend") == "h1"]
    parts = [" ".join(part.split()) for part in heads[0].itertext()] if heads else []
    parts = [part for part in parts if part]
    reach = len(opening) if len(heads) == 1 else 1
    for at in range(reach):
        if parts and opening[at : at + len(parts)] == parts:
            lines[at : at + len(parts)] = [" ".join(parts)]
            return lines[at]
    return None


def _declared(html: str, found: str | None) -> str | None:
    """The language in `<html lang=...>`, or what the extraction says."""
    import re

    tag = re.search(r"<html\b[^<>]{0,500}?\blang=[\"']?([A-Za-z]{2})", html[:5000], re.IGNORECASE)
    return tag.group(1).lower() if tag else (found or None)
