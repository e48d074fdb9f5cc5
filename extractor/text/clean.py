"""Raw text to clean text: NFC, one kind of line end, nothing that breaks a writer."""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNWANTED = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT = "\ufffd"


def clean_text(raw: str) -> str:
    r"""NFC with `\n` line ends; NUL and lone surrogates become U+FFFD one for one.

    >>> clean_text("cafe\u0301\r\n\x00")
    'café\n\ufffd'
    """
    text = _UNWANTED.sub(REPLACEMENT, _LINE_ENDS.sub("\n", raw))
    return unicodedata.normalize("NFC", text)
