"""Offsets in clean text to offsets in the raw text that it was made from."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypeVar
from unicodedata import is_normalized

from extractor.schema import Block, Extraction, Mention, Span
from extractor.text.clean import clean_text

# Canonical composition never joins an ASCII character to what stands before it, so
# cleaning these pieces one by one is cleaning the text.
_PIECES = re.compile(r"\r\n|.[^\x00-\x7f]*", re.DOTALL)

Placed = TypeVar("Placed", Block, Mention, Span)


def in_raw_text(extraction: Extraction, raw: str) -> Extraction:
    """An extraction of `clean_text(raw)` with all its offsets in `raw`.

    Where cleaning changes lengths (a decomposed é, a Windows line end), a span is
    widened to the whole raw characters that it came from.
    """
    document = extraction.document
    if document.text == raw:
        return extraction
    starts, ends = _origins(raw)
    if len(starts) != len(document.text):
        raise ValueError(f"document {document.id} is not of this text: its length differs")

    def placed(span: Placed) -> Placed:
        return replace(span, start=starts[span.start], end=ends[span.end - 1])

    def surfaced(mention: Mention) -> Mention:
        mention = placed(mention)
        return replace(mention, text=raw[mention.start : mention.end])

    return replace(
        extraction,
        document=replace(
            document,
            text=raw,
            blocks=tuple(map(placed, document.blocks)),
            sentences=tuple(map(placed, document.sentences)),
        ),
        mentions=tuple(map(surfaced, extraction.mentions)),
    )


def _origins(raw: str) -> tuple[list[int], list[int]]:
    """Start and end in the raw text of what each clean character came from."""
    starts: list[int] = []
    ends: list[int] = []
    for piece in _PIECES.finditer(raw):
        start, end = piece.span()
        if piece.group() != "\r\n" and is_normalized("NFC", piece.group()):
            # What else cleaning does, it does one for one.
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            length = len(clean_text(piece.group()))
            starts.extend([start] * length)
            ends.extend([end] * length)
    return starts, ends
