"""Whole files: plain text, Markdown, HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from extractor.errors import InputError
from extractor.formats.decoding import UTF8, decode
from extractor.formats.rows import row_article
from extractor.schema import Article

_FRONT_MAX_LINES = 100


def articles(file: IO[bytes], where: str, media_type: str, id: str | None) -> Iterator[Article]:
    """Yields the one article of a file.

    Raises:
        InputError: The file is empty, or not text.
    """
    raw = file.read()
    if b"\0" in raw[:4096] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{where}: not text but binary data. Convert it to text first.")
    body, encoding = decode(raw, html=media_type == "text/html")
    if not body.strip():
        raise InputError(f"{where}: no text in it. Give a file that holds an article.")
    meta = {} if encoding == UTF8 else {"encoding": encoding}
    if media_type == "text/markdown":
        yield _markdown(body, where, id, meta)
    else:
        yield Article(body, id=id, media_type=media_type, meta=meta)


# Marks inside a line would cut amounts and names: "**27 milliards** de dollars".
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]{0,2000}\)")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*\n]{1,500})(?<=\S)\1(?![\w*])")


def _markdown(text: str, where: str, id: str | None, meta: dict[str, str]) -> Article:
    """Front matter becomes fields, a first `# Title` the title if they give no other.

    Of links and emphasis their text is kept.
    """
    fields, body = _front_matter(text)
    line, _, rest = body.lstrip().partition("\n")
    heading = line.removeprefix("# ").strip()
    if line.startswith("# ") and fields.get("title") in (None, "", heading):
        fields["title"] = heading
        body = rest
    body = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", body))
    article = row_article({**meta, **fields, "text": body}, where, "text")
    return replace(article, id=fields.get("id") or id, media_type="text/markdown")


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The `name: value` lines between two `---` at the top, and what follows."""
    opening, *rest = text.split("\n", _FRONT_MAX_LINES)
    if opening.rstrip() != "---":
        return {}, text
    fields: dict[str, str] = {}
    for at, line in enumerate(rest):
        if line.rstrip() in ("---", "..."):
            return fields, "\n".join(rest[at + 1 :])
        name, colon, value = line.partition(":")
        if colon and name == name.strip() and name:
            fields[name.lower()] = value.strip().strip("\"'")
    return {}, text
