"""Whole files: plain text, Markdown, HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import IO

from extractor.errors import InputError
from extractor.formats.compressed import read_whole
from extractor.formats.decoding import WIDE_MARKS, decode, labels_in
from extractor.formats.rows import OnError, row_article, tried
from extractor.schema import Article

_FRONT_MAX_LINES = 100


def articles(
    file: IO[bytes], where: str, media_type: str, id: str | None, on_error: OnError
) -> Iterator[Article]:
    """Yields the one article of a file.

    Args:
        on_error: Called if it is empty or not text.

    Raises:
        InputError: The file is too large.
        BrokenStream: It is compressed, and cut off or damaged.
    """
    raw = read_whole(file, where)
    yield from tried(partial(article, raw, where, media_type, id), where, on_error)


def article(
    raw: bytes, where: str, media_type: str, id: str | None, label: str | None = None
) -> Article:
    """The article that some bytes are.

    Args:
        label: The character set that they came with, if any.

    Raises:
        InputError: There is no text in them.
    """
    if b"\0" in raw[:4096] and not raw.startswith(WIDE_MARKS):
        raise InputError(f"{where}: not text but binary data. Convert it to text first.")
    decoded = decode(raw, [label or "", *labels_in(raw, media_type)])
    if not decoded.text.strip():
        raise InputError(f"{where}: no text in it. Give a file that holds an article.")
    if media_type == "text/markdown":
        return _markdown(decoded.text, where, id, decoded.meta)
    return Article(decoded.text, id=id, media_type=media_type, meta=decoded.meta)


# Marks inside a line would cut amounts and names: "**27 milliards** de dollars".
_TITLE = r"""\s{1,9}(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'|\([^()\n]{0,300}\))"""
_ADDRESS = r"[^()\s]{0,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,200}){0,5}"
_LINK = re.compile(rf"!?\[([^\[\]\n]{{0,300}})\]\({_ADDRESS}(?:{_TITLE})?\s{{0,9}}\)")
_UNDERLINE = re.compile(r"(?<!\w)(_{1,3})(?=[^\s_])([^_\n]{1,500})(?<=\S)\1(?!\w)")
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
    body = _EMPHASIS.sub(r"\2", _UNDERLINE.sub(r"\2", _LINK.sub(r"\1", body)))
    found = row_article({**meta, **fields, "text": body}, where, "text")
    return replace(found, id=fields.get("id") or id, media_type="text/markdown")


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
