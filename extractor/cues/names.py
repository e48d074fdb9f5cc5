"""Finds names by rules: the mentions of `--model cues`, with no model at all.

A name is a run of capitalised words, with particles inside and a legal form at
its end. A single capital that opens a sentence counts only if the word is a
name elsewhere in the text, or has a shape no plain word has. The label comes
from known bodies and places, from words inside the name and beside it; what is
left is a firm. One label holds for a name in the whole document.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from extractor.cues.dates import find_dates
from extractor.cues.gazetteer import Gazetteer, gazetteer, legal_forms
from extractor.cues.matcher import matcher
from extractor.cues.scene import language_of
from extractor.cues.tokens import tokenize
from extractor.schema import Block, Document, Mention

_WORD = re.compile(r"[^\W_]+(?:[.&+'’/-][^\W_]+)*")
_ELISIONS = {
    "fr": re.compile(r"(?:[ldsjncmt]|qu|jusqu|lorsqu|puisqu)['’]", re.IGNORECASE),
    "it": re.compile(
        r"(?:l|d|un|all|dall|dell|nell|sull|coll|c|quest|quell|gl)['’]", re.IGNORECASE
    ),
}
_POSSESSIVE = re.compile(r"['’]s?$")
_NOUN_ENDINGS = re.compile(
    r"(?:ung|ungen|heit|heiten|keit|keiten|schaft|schaften|tion|tionen|tät|ismus|nis|nisse|chen|lein|"
    r"er|ern|en|e|em|es|in|innen|tum|sal|ling|um|us|ur|at|al|or|ent|ant|ist|ie|ien|ik)$"
)
_MAX_RUN_WORDS = 8
_SPEECH_WORDS = 3


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str
    opens: bool  # a sentence

    @property
    def capital(self) -> bool:
        return any(c.isupper() for c in self.text[:3]) or (
            self.text[0].isdigit() and any(c.isupper() for c in self.text)
        )

    @property
    def peculiar(self) -> bool:
        """A shape that plain words do not have: "SAP", "OpenAI", "E.ON", "3M"."""
        inner = self.text[1:]
        return len(self.text) > 1 and any(c.isupper() for c in inner)


@dataclass(frozen=True, slots=True)
class _Run:
    words: tuple[_Word, ...]
    start: int
    end: int
    text: str
    sure: bool
    label: str = ""


def find_names(document: Document) -> list[Mention]:
    """Firms, bodies, persons, places and dates, in text order, not overlapping.

    Args:
        document: The text; without blocks it is read as one.

    Returns:
        Mentions with `source` "cues". Amounts are not looked for: where one
        overlaps a name, the amount is right.
    """
    spans: dict[tuple[int, int], str] = {}
    runs: list[tuple[_Run, Gazetteer]] = []
    for block in document.blocks or (Block(0, len(document.text)),):
        language = language_of(document, block)
        known = gazetteer(language)
        taken = _fixed(document, block, language, known, spans)
        for run in _runs(document, block, language, known, taken):
            runs.append((run, known))
    for run, label in _labelled(document, runs):
        spans[run.start, run.end] = label
    return [
        Mention(
            f"{label[0]}{start}-{end}", start, end, label, document.text[start:end], 0.5, "cues"
        )
        for (start, end), label in sorted(spans.items())
    ]


def _fixed(
    document: Document,
    block: Block,
    language: str,
    known: Gazetteer,
    spans: dict[tuple[int, int], str],
) -> list[tuple[int, int]]:
    """Dates and the bodies known by name; they stop the runs."""
    text = document.text[block.start : block.end]
    found = [(start, end, "DATE") for start, end in find_dates(text, language)]
    body = re.compile("|".join(re.escape(name) for name in known.bodies))
    found += [(m.start(), m.end(), "ORG") for m in body.finditer(text) if _whole(text, *m.span())]
    taken: list[tuple[int, int]] = []
    for start, end, label in sorted(found, key=lambda f: (f[0], -f[1])):
        if taken and start + block.start < taken[-1][1]:
            continue
        taken.append((start + block.start, end + block.start))
        spans[taken[-1]] = label
    return taken


def _whole(text: str, start: int, end: int) -> bool:
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (before.isalnum() or after.isalnum() or before == "-")


def _words(document: Document, block: Block, language: str) -> Iterator[_Word]:
    text = document.text
    elision = _ELISIONS.get(language)
    starts = {sentence.start for sentence in document.sentences} | {block.start}
    opens = True
    end = block.start
    for match in _WORD.finditer(text, block.start, block.end):
        gap = text[end : match.start()]
        opens = (
            end == block.start or any(c in '.!?:•|\n«“„"' for c in gap) or match.start() in starts
        )
        start, end = match.span()
        if elision is not None and (cut := elision.match(text, start, end)):
            yield _Word(start, cut.end() - 1, text[start : cut.end() - 1], opens)
            start = cut.end()
        if start < end:
            word = _POSSESSIVE.sub("", text[start:end])
            yield _Word(start, start + len(word), word, opens)


def _runs(
    document: Document, block: Block, language: str, known: Gazetteer, taken: list[tuple[int, int]]
) -> Iterator[_Run]:
    """Maximal runs of capitalised words, particles between them."""
    text = document.text
    current: list[_Word] = []
    pending: list[_Word] = []
    begins = [span[0] for span in taken]
    for word in _words(document, block, language):
        at = bisect_right(begins, word.start) - 1
        fixed = at >= 0 and word.start < taken[at][1]
        last = (pending or current)[-1].end if current else word.start
        gap = text[last : word.start]
        joined = gap in ("", " ", " ", " ", " & ", "'", "’", ". ") and len(current) < _MAX_RUN_WORDS
        if gap == ". ":
            joined = len(current[-1].text) == 1 or current[-1].text in known.titles
        if current and (not joined or fixed):
            yield from _finished(document, current, known)
            current, pending = [], []
        if fixed:
            continue
        if word.capital and not (not current and _is_common(word, known)):
            current += [*pending, word]
            pending = []
        elif not current and word.text in known.heads:
            current = [word]
        elif current and _carries(word, current, known) and len(pending) < 3:
            pending.append(word)
        elif current:
            yield from _finished(document, current, known)
            current, pending = [], []
    if current:
        yield from _finished(document, current, known)


def _is_common(word: _Word, known: Gazetteer) -> bool:
    return word.text.lower() in known.common and not word.peculiar


def _carries(word: _Word, current: list[_Word], known: Gazetteer) -> bool:
    """Whether a small word may stand inside the name that has begun."""
    if current[0].text in known.heads:
        return word.text in known.links or word.text in known.particles
    return word.text in known.particles and not current[-1].peculiar


def _finished(document: Document, words: list[_Word], known: Gazetteer) -> Iterator[_Run]:
    """A run as a candidate: titles cut off, legal form taken in."""
    while words and words[0].text in known.titles:
        words = words[1:]
    while words and (words[-1].text in known.titles and len(words) > 1):
        words = words[:-1]
    if not words or all(w.text in known.not_names or w.text.isdigit() for w in words):
        return
    if len(words) == 1 and (len(words[0].text) < 2 or not words[0].capital):
        return
    start, end = words[0].start, words[-1].end
    text = document.text
    for form in legal_forms():
        if (
            text.startswith(form, end + 1)
            and text[end] in "  ,"
            and _whole(text, end + 1, end + 1 + len(form))
        ):
            end = end + 1 + len(form)
            break
        if text[start:end].endswith(" " + form[:-1]) and text.startswith(form, end + 1 - len(form)):
            end += 1
            break
    first = words[0]
    formed = end > words[-1].end
    sure = formed or first.peculiar or not first.opens or len(words) > 1
    if known.nouns_capitalised and len(words) == 1 and not formed and not first.peculiar:
        sure = False
    yield _Run(tuple(words), start, end, text[start:end], sure)


def _labelled(document: Document, runs: list[tuple[_Run, Gazetteer]]) -> Iterator[tuple[_Run, str]]:
    """The runs that are names, each with the label its name has most often."""
    lower = _lower_words(document)
    speakers = _beside_speech(document, runs)
    counts: dict[str, Counter[str]] = {}
    sure: set[str] = set()
    for run, known in runs:
        label, certain = _label(document, run, known, run.start in speakers)
        if run.sure or certain:
            sure.add(run.text)
            sure.update((run.words[0].text, run.words[-1].text) if len(run.words) > 1 else ())
        if certain:
            counts.setdefault(run.text, Counter())[label] += 1
    surnames = {
        text.split()[-1] for text, c in counts.items() if c.most_common(1)[0][0] == "PERSON"
    }
    for run, known in runs:
        if not run.sure and not _is_name(run, known, sure, lower):
            continue
        if run.text in counts:
            yield run, counts[run.text].most_common(1)[0][0]
        elif run.text in surnames:
            yield run, "PERSON"
        else:
            yield run, "FIRM"


def _lower_words(document: Document) -> set[str]:
    return {word for word in _WORD.findall(document.text) if word[0].islower()}


def _is_name(run: _Run, known: Gazetteer, sure: set[str], lower: set[str]) -> bool:
    """Whether a lone capitalised word that may be a plain word is a name."""
    text = run.text
    if text in sure or text in known.places:
        return True
    if text.lower() in lower or text.lower() in known.common:
        return False
    if known.nouns_capitalised:
        return not run.words[0].opens and not _NOUN_ENDINGS.search(text)
    return False


def _label(document: Document, run: _Run, known: Gazetteer, speaks: bool) -> tuple[str, bool]:
    """The label of one run, and whether anything speaks for it."""
    words = [word.text for word in run.words]
    if run.text in known.places:
        return "PLACE", True
    if run.text in known.media:
        return "FIRM", True
    if any(word in known.marks for word in words) or run.end > run.words[-1].end:
        return "FIRM", True
    if words[0] in known.heads:
        return "ORG", True
    titled = _titled(document.text, run, known)
    if 2 <= len(words) <= 4 and not any(w.isupper() and len(w) > 2 for w in words):
        if words[0] in known.given or words[0].partition("-")[0] in known.given:
            return "PERSON", True
        if titled or (speaks and len(words) < 4):
            return "PERSON", True
    return "FIRM", False


def _titled(text: str, run: _Run, known: Gazetteer) -> bool:
    """Whether a title stands right before the name, or after it and a comma."""
    before = _WORD.findall(text[max(0, run.start - 25) : run.start])
    if before and before[-1] in known.titles and text[run.start - 1] in " .  ":
        return True
    if text[run.end : run.end + 1] != ",":
        return False
    after = _WORD.findall(text[run.end : run.end + 40])[:3]
    return any(word in known.titles for word in after)


def _beside_speech(document: Document, runs: list[tuple[_Run, Gazetteer]]) -> set[int]:
    """Starts of the runs that stand beside a verb of saying."""
    edges: list[tuple[int, int]] = []
    for block in document.blocks or (Block(0, len(document.text)),):
        language = language_of(document, block)
        tokens = tokenize(document.text[block.start : block.end], (), block.start)
        for cue in matcher(language).find(tokens):
            if cue.kind == "speech" and cue.value == "verbs":
                edges.append((cue.start, cue.end))
    starts = [start for start, _ in edges]
    found: set[int] = set()
    for run, _ in runs:
        at = bisect_right(starts, run.start)
        after = edges[at][0] - run.end if at < len(edges) else 99
        before = run.start - edges[at - 1][1] if at else 99
        if 0 <= after <= 2 or 0 <= before <= 2:
            found.add(run.start)
    return found
