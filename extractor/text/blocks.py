"""Blocks of a text, and what each is: title, heading, body, teaser, boilerplate.

A plain dump of a web page carries menus, adverts and teasers around its
article. No word list tells them apart here, for it would fit one site: prose
does. A block of prose ends like a sentence and has words enough; the article is
the contiguous run of blocks that holds most prose (maximum-sum subarray, as in
Pasternack & Roth, "Extracting article text from the web with maximum
subsequence segmentation", WWW 2009). Inside the run, link texts that stand
doubled are teasers, and a section between rules that is not mostly prose is an
advert.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_BULLET = re.compile(r"\s*(?:[•●▪◦‣·*–—-]|\d{1,2}[.)])\s")
_RULE = re.compile(r"[\s\u00a0]*(?:[-_*=~—–·•#][\s\u00a0]?){3,}$|[ \t]*\u00a0[\s\u00a0]*$")
_ENDS = re.compile(r"[.!?…:;][\"»”’')\]\s]{0,4}$")
_SENTENCE_END = re.compile(r"[.!?…][\"»”’')\]\s]{0,4}$")
_MIN_PROSE_WORDS = 8
_MAX_PROSE_WEIGHT = 60
_TITLE_WORDS = range(2, 41)
_TITLE_REACH = 10  # blocks before the run in which its title is looked for
_DUMP_BLOCKS = 6  # not of prose, outside the run, that make a text a page dump
_ADVERT_PROSE = 0.6


@dataclass(slots=True)
class _Line:
    start: int
    end: int
    text: str
    words: int
    prose: bool
    bullet: bool
    doubled: bool
    rules_before: int
    kind: str = "body"

    @property
    def weight(self) -> int:
        """What the line says for (above 0) or against being part of the article."""
        if self.prose and not self.doubled:
            return min(self.words, _MAX_PROSE_WEIGHT)
        pictured = any(unicodedata.category(c) == "So" for c in self.text[:80])
        return -10 - 8 * pictured


def split_blocks(
    text: str, title_at: int | None = None, *, cleaned: bool = False
) -> list[tuple[int, int, str]]:
    """Start, end and kind of each block of a clean text.

    Args:
        text: Clean text.
        title_at: Start of a line that is known to be the title.
        cleaned: Known to be an article with nothing around it.
    """
    lines = _lines(text, title_at)
    for line in lines:
        if line.start == title_at:
            line.kind = "title"
    classify = _plain if cleaned else _classify
    classify([line for line in lines if line.kind != "title"], titled=title_at is not None)
    return [(line.start, line.end, line.kind) for line in lines]


def _lines(text: str, title_at: int | None) -> list[_Line]:
    """Paragraphs: lines, but for hard-wrapped ones, which are joined; the title stays apart."""
    rules = blank = 0
    offset = 0
    spans: list[tuple[int, int, int, int]] = []
    for raw in text.split("\n"):
        start, offset = offset, offset + len(raw) + 1
        if _RULE.match(raw):
            rules, blank = rules + 1, blank + 1
        elif not raw.strip():
            blank += 1
        else:
            lead = len(raw) - len(raw.lstrip())
            spans.append((start + lead, start + len(raw.rstrip()), rules, blank))
            rules = blank = 0
    joined: list[tuple[int, int, int]] = []
    for start, end, rules, blank in spans:
        apart = not joined or blank or title_at in (joined[-1][0], start)
        if not apart and _wraps(text, joined[-1][:2], start, end):
            start, _, rules = joined.pop()
        joined.append((start, end, rules))
    # Looked at when whole: at each line that joins it, a long one would take quadratic time.
    return [_line(text, *bounds) for bounds in joined]


def _wraps(text: str, before: tuple[int, int], start: int, end: int) -> bool:
    """Whether a line goes on in the next, as in hard-wrapped text."""
    last = text.rfind("\n", *before) + 1 or before[0]
    width = before[1] - last
    if not 40 <= width <= 120 or _BULLET.match(text[start:end]):
        return False
    if text[start].islower():
        return True
    return not _ENDS.search(text[max(last, before[1] - 8) : before[1]]) and end - start > 60


def _line(text: str, start: int, end: int, rules: int) -> _Line:
    body = text[start:end]
    bullet = _BULLET.match(text[start : start + 8] + " ") is not None
    doubled = _doubled(_BULLET.sub("", body, count=1).strip() if bullet else body)
    words = len(body.split())
    prose = words >= _MIN_PROSE_WORDS and _SENTENCE_END.search(body[-8:]) is not None
    prose = prose and not bullet and "|" not in body
    return _Line(start, end, body, words, prose, bullet, doubled, rules)


def _doubled(text: str) -> bool:
    """Whether a link's text stands twice in a row: "TitleTitle"."""
    half, odd = divmod(len(text), 2)
    if half < 12:
        return False
    return text[:half] == text[half + odd :].lstrip() or (
        text[:half].strip() == text[half:].strip()
    )


def _classify(lines: list[_Line], *, titled: bool) -> None:
    if not lines:
        return
    first, last = _best_run([line.weight - 15 * (line.rules_before > 0) for line in lines])
    while 0 < last < len(lines) and _lists(lines[last]):
        last += 1
    outside = [*lines[:first], *lines[last:]]
    has_prose = any(line.prose for line in lines)
    strays = sum(not line.prose for line in outside)
    if not has_prose or strays < _DUMP_BLOCKS:
        _plain(lines, titled=titled)
        return
    for line in outside:
        line.kind = "teaser" if line.doubled else "boilerplate"
    if not titled:
        _find_title(lines, first)
    _article(lines[first:last])


def _best_run(weights: Sequence[int]) -> tuple[int, int]:
    """Start and end of the slice with the greatest sum (Kadane's algorithm)."""
    best = total = 0
    begin, run = 0, (0, 0)
    for index, weight in enumerate(weights):
        if total <= 0:
            total, begin = 0, index
        total += weight
        if total > best:
            best, run = total, (begin, index + 1)
    return run


def _plain(lines: list[_Line], *, titled: bool) -> None:
    """A text with nothing around it: a title, headings, paragraphs."""
    for index, line in enumerate(lines):
        follows = index + 1 < len(lines)
        headed = follows and not line.prose and not line.bullet and _heads(line)
        if headed and index == 0 and not titled:
            line.kind = "title"
        elif line.doubled:
            line.kind = "teaser"
        elif headed and lines[index + 1].prose:
            line.kind = "heading"


def _lists(line: _Line) -> bool:
    """Whether a line goes on with what the prose before it says, as an item of a list."""
    return line.bullet and not line.doubled and not line.rules_before


def _heads(line: _Line) -> bool:
    return (
        line.words <= 30 and not line.text.endswith((".", ",", ";", ":")) and "\n" not in line.text
    )


def _find_title(lines: list[_Line], first: int) -> None:
    """The title among the blocks just before the article; what follows it, headings."""
    counts = Counter(line.text for line in lines[:first])
    reach = range(max(0, first - _TITLE_REACH), first)
    fit = [
        i
        for i in reach
        if lines[i].words in _TITLE_WORDS and "|" not in lines[i].text and _heads_title(lines[i])
    ]
    if not fit:
        return
    repeated = [i for i in fit if counts[lines[i].text] > 1]
    longest = max(fit, key=lambda i: (lines[i].words >= 4, i == first - 1, lines[i].words))
    title = repeated[-1] if repeated else longest
    lines[title].kind = "title"
    for line in lines[title + 1 : first]:
        if line.words >= _MIN_PROSE_WORDS and _heads_title(line) and line.kind != "teaser":
            line.kind = "heading"


def _heads_title(line: _Line) -> bool:
    return not (line.bullet or line.doubled) and not line.text.endswith((",", ";", ":"))


def _article(lines: list[_Line]) -> None:
    """Kinds inside the run: sections between rules, then line by line."""
    begin = 0
    for index in range(1, len(lines) + 1):
        if index == len(lines) or lines[index].rules_before:
            section = lines[begin:index]
            if begin and index < len(lines) and _prose_share(section) < _ADVERT_PROSE:
                for line in section:
                    line.kind = "boilerplate"
            begin = index
    for index, line in enumerate(lines):
        after = lines[index + 1] if index + 1 < len(lines) else None
        if line.kind == "boilerplate":
            continue
        if line.doubled:
            line.kind = "teaser"
        elif after and after.doubled and not line.prose:
            line.kind = "boilerplate"  # the short line that announces links
        elif after and not line.prose and not line.bullet and _heads(line):
            line.kind = "heading"


def _prose_share(lines: Sequence[_Line]) -> float:
    return sum(len(x.text) for x in lines if x.prose) / sum(len(x.text) for x in lines)
