"""Raw text to clean text: NFC, one kind of line end, nothing that breaks a writer."""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNWANTED = re.compile("[\x00\ud800-\udfff]")
_MAX_MARKS = 30  # on a letter; as many has Unicode's stream-safe format (UAX 15)
_MAYBE_MARKS = re.compile(rf"[^\x00-\u02ff\w\s]{{{_MAX_MARKS + 1},}}")
REPLACEMENT = "\ufffd"


def clean_text(raw: str) -> str:
    r"""NFC with `\n` line ends; NUL and lone surrogates become U+FFFD one for one.

    So do combining marks after the thirtieth in a row, which NFC sorts in quadratic time.

    >>> clean_text("cafe\u0301\r\n\x00")
    'café\n\ufffd'
    """
    text = _UNWANTED.sub(REPLACEMENT, _LINE_ENDS.sub("\n", raw))
    text = unicodedata.normalize("NFC", _MAYBE_MARKS.sub(_capped, text))
    return _MAYBE_MARKS.sub(_capped, text)  # for NFC makes two of some marks


def _capped(run: re.Match[str]) -> str:
    marks, kept = 0, []
    for char in run.group():
        marks = marks + 1 if unicodedata.combining(char) else 0
        kept.append(char if marks <= _MAX_MARKS else REPLACEMENT)
    return "".join(kept)
