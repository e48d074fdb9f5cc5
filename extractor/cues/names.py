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
from functools import cache

from extractor.cues.dates import find_dates
from extractor.cues.gazetteer import Gazetteer, gazetteer
from extractor.cues.matcher import matcher
from extractor.cues.runs import WORD, Run, find_runs, is_whole, read_words
from extractor.cues.scene import language_of
from extractor.cues.tokens import tokenize
from extractor.schema import Block, Document, Mention

_NOUN_ENDINGS = re.compile(
    r"(?:ung|ungen|heit|heiten|keit|keiten|schaft|schaften|tion|tionen|tät|ismus|nis|nisse|chen|lein|"
    r"er|ern|en|e|em|es|in|innen|tum|sal|ling|um|us|ur|at|al|or|ent|ant|ist|ie|ien|ik)$"
)


def find_names(document: Document) -> list[Mention]:
    """Firms, bodies, persons, places and dates, in text order, not overlapping.

    Args:
        document: The text; without blocks it is read as one.

    Returns:
        Mentions with `source` "cues". Amounts are not looked for: where one
        overlaps a name, the amount is right.
    """
    spans: dict[tuple[int, int], str] = {}
    runs: list[tuple[Run, Gazetteer]] = []
    openings = {sentence.start for sentence in document.sentences}
    for block in document.blocks or (Block(0, len(document.text)),):
        language = language_of(document, block)
        known = gazetteer(language)
        taken = _fixed(document, block, language, known, spans)
        words = read_words(document, block, language, openings)
        for run in find_runs(document, words, known, taken):
            if not runs or run.start >= runs[-1][0].end:  # else the legal form of the last
                runs.append((run, known))
    for run, label in _labelled(document, runs):
        spans[run.start, run.end] = label
    return [
        Mention(
            f"{label[0]}{start}-{end}", start, end, label, document.text[start:end], 0.5, "cues"
        )
        for (start, end), label in sorted(spans.items())
    ]


_OPENING_WORD = re.compile(r"\W*(\w+)")


def may_hold_name(sentence: str, language: str) -> bool:
    """Whether a capital stands in a sentence, beside that of a common word that opens it.

    Names without one ("bpost", "la police afghane") are some two in a thousand.
    """
    opening = _OPENING_WORD.match(sentence)
    if opening is None:
        return False
    rest = sentence[opening.end() :]
    if rest != rest.lower():
        return True
    word = opening[1]
    common = word.capitalize() == word and word.lower() in gazetteer(language).common
    return word != word.lower() and not common


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
    for label, names in (("ORG", known.bodies), ("FIRM", known.phrases)):
        places = (match.span() for match in _any_of(names).finditer(text))
        found += [(start, end, label) for start, end in places if is_whole(text, start, end)]
    taken: list[tuple[int, int]] = []
    for start, end, label in sorted(found, key=lambda f: (f[0], -f[1])):
        if taken and start + block.start < taken[-1][1]:
            continue
        taken.append((start + block.start, end + block.start))
        spans[taken[-1]] = label
    return taken


@cache
def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(name) for name in names))


def _labelled(document: Document, runs: list[tuple[Run, Gazetteer]]) -> Iterator[tuple[Run, str]]:
    """The runs that are names, each with the label its name has most often."""
    lower = _lower_words(document)
    speakers, subjects = _beside_verbs(document, runs)
    counts: dict[str, Counter[str]] = {}
    sure: set[str] = set()
    for run, known in runs:
        label, certain = _label(document, run, known, run.start in speakers)
        if label == "PLACE" and run.start in subjects:
            label = "ORG"  # a country or a capital that acts
        if run.sure or certain or run.start in subjects:
            sure.add(run.text)
            sure.update((run.words[0].text, run.words[-1].text) if len(run.words) > 1 else ())
        if certain:
            counts.setdefault(run.text, Counter())[label] += 1
    surnames = {
        text.split()[-1] for text, c in counts.items() if c.most_common(1)[0][0] == "PERSON"
    }
    for run, known in runs:
        if run.text in counts and run.text in known.places:
            yield run, "ORG" if run.start in subjects else "PLACE"
            continue
        if not run.sure and not _is_name(run, known, sure, lower):
            continue
        if run.text in counts:
            yield run, counts[run.text].most_common(1)[0][0]
        elif run.text in surnames:
            yield run, "PERSON"
        else:
            yield run, "FIRM"


def _lower_words(document: Document) -> set[str]:
    return {word for word in WORD.findall(document.text) if word[0].islower()}


def _is_name(run: Run, known: Gazetteer, sure: set[str], lower: set[str]) -> bool:
    """Whether a lone capitalised word that may be a plain word is a name."""
    text = run.text
    if text in sure or text in known.places:
        return True
    if text.lower() in lower or text.lower() in known.common:
        return False
    if known.nouns_capitalised:
        return not run.words[0].opens and not _NOUN_ENDINGS.search(text)
    return False


def _label(document: Document, run: Run, known: Gazetteer, speaks: bool) -> tuple[str, bool]:
    """The label of one run, and whether anything speaks for it."""
    words = [word.text for word in run.words]
    if run.text in known.places:
        return "PLACE", True
    if run.text in known.firms:
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


def _titled(text: str, run: Run, known: Gazetteer) -> bool:
    """Whether a title stands right before the name, or after it and a comma."""
    before = WORD.findall(text[max(0, run.start - 25) : run.start])
    if before and before[-1] in known.titles and text[run.start - 1] in " .  ":
        return True
    if text[run.end : run.end + 1] != ",":
        return False
    after = WORD.findall(text[run.end : run.end + 40])[:3]
    return any(word in known.titles for word in after)


def _beside_verbs(
    document: Document, runs: list[tuple[Run, Gazetteer]]
) -> tuple[set[int], set[int]]:
    """Starts of the runs beside a verb of saying, and of those right before a verb."""
    edges: list[tuple[int, int, bool]] = []
    for block in document.blocks or (Block(0, len(document.text)),):
        language = language_of(document, block)
        tokens = tokenize(document.text[block.start : block.end], (), block.start)
        for cue in matcher(language).find(tokens):
            if cue.kind != "anaphora" and cue.value not in ("led", "backed", "formulas"):
                edges.append((cue.start, cue.end, (cue.kind, cue.value) == ("speech", "verbs")))
    starts = [start for start, _, _ in edges]
    speakers: set[int] = set()
    subjects: set[int] = set()
    for run, known in runs:
        at = bisect_right(starts, run.start)
        near = [(start - run.end, says) for start, _, says in edges[at : at + 3]]
        near += [(run.start - end, says) for _, end, says in edges[max(0, at - 2) : at]]
        if any(0 <= gap <= 2 and says for gap, says in near):
            speakers.add(run.start)
        following = WORD.match(document.text, run.end + 1)
        verb = following is not None and following.group() in known.verbs
        if verb or any(0 <= start - run.end <= 1 for start in starts[at : at + 3]):
            subjects.add(run.start)
    return speakers, subjects
