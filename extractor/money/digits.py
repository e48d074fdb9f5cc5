"""Digit groups to exact decimals, by the habits of a language."""

from __future__ import annotations

import re
from decimal import Decimal

NUMBER = (
    # Groups of three behind a space or an apostrophe, then plain or dotted numbers. Some
    # corpora of Wikipedia text have a quotation mark for a no-break space.
    r"[0-9]{1,3}(?::[0-9]{3})+(?=\$[0-9]{3})"  # "40:000$000": contos and mil-réis
    r"|[0-9]{1,3}(?:(?:[ \u00a0\u2009\u202f]| ?['’] ?| \" )[0-9]{3}(?![0-9]))+(?:[.,][0-9]+)?[½¼¾]?"
    r"|[0-9]+(?:[.,'’][0-9]+)*(?:[.,](?:[-–—]{1,2}| --)(?!\w))?(?: ?[½¼¾])?"
    r"|[½¼¾]"
)
_MAX_CHARS = 40
_DROPPED = str.maketrans("", "", " \u00a0\u2009\u202f'’\":")
_VULGAR = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}
_TAIL = re.compile(r"[.,] ?[-–—]{1,2}$")


def digits_value(
    raw: str, decimal: str, *, foreign: bool = False, counted: bool = False
) -> Decimal | None:
    """The value of a digit group, or None where it is no number (a version, an IP).

    Args:
        raw: As it stands in the text.
        decimal: The language's decimal sign, `.` or `,`.
        foreign: A lone decimal sign before three digits groups thousands, as in
            "$41,370" in a Portuguese text.
        counted: The number is below two, so the sign is a decimal sign: "1.425 milliard".

    >>> digits_value("1 234,5", ",")
    Decimal('1234.5')
    >>> digits_value("1,234.5", ",")
    Decimal('1234.5')
    >>> digits_value("1.2.3", ".") is None
    True
    """
    if len(raw) > _MAX_CHARS:
        return None
    fraction = _VULGAR.get(raw[-1])
    body = _TAIL.sub("", raw.rstrip("½¼¾ "))
    if not body:
        return fraction
    plain = body.translate(_DROPPED)
    grouped = plain != body
    text = _plain(plain, decimal, grouped=grouped, foreign=foreign, counted=counted)
    if text is None:
        return None
    value = Decimal(text)
    if fraction is None:
        return value
    places = len(text.partition(".")[2])  # "5.41½" is half a cent more
    return value + fraction.scaleb(-places)


def _plain(body: str, decimal: str, *, grouped: bool, foreign: bool, counted: bool) -> str | None:
    """The digits with a point for the decimal sign, or None."""
    dots, commas = body.count("."), body.count(",")
    if not dots and not commas:
        return body
    if dots and commas:
        last, other = (".", ",") if body.rfind(".") > body.rfind(",") else (",", ".")
        head, _, tail = body.rpartition(last)
        if last in head or not _grouped_by(head, other):
            return None
        return f"{head.replace(other, '')}.{tail}"
    sign = "." if dots else ","
    if dots + commas > 1:
        return None if grouped or not _grouped_by(body, sign) else body.replace(sign, "")
    head, tail = body.split(sign)
    thousands = len(tail) == 3 and head[0] != "0" and len(head) <= 3 and not grouped
    if thousands and not counted and (sign != decimal or foreign):
        return head + tail
    return f"{head}.{tail}"


def _grouped_by(body: str, sign: str) -> bool:
    """Whether the sign cuts threes, or twos and a last three as in India."""
    first, *groups = body.split(sign)
    if not groups:
        return True
    if len(groups[-1]) != 3 or not 1 <= len(first) <= 3:
        return False
    sizes = {len(group) for group in groups[:-1]}
    return sizes <= {3} or (sizes == {2} and len(first) <= 2)
