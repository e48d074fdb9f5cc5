"""A document as the rules see it: words, mentions, clauses and cues in one row.

How far a cue is from an amount is one number: words cost little, commas more,
the opening of a clause, another amount or the end of a sentence much. The costs
are summed once from the left (`depth`), so that the distance of any two words
is a subtraction.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from extractor.cues.lexicon import Syntax, syntax
from extractor.cues.matcher import Cue, matcher
from extractor.cues.pattern import AMOUNT
from extractor.cues.tokens import BREAK, COMMA, Tokens, tokenize
from extractor.schema import Block, Document, Mention
from extractor.taxonomy import LANGUAGES, PARTY_LABELS

WORD_COST = 0.07
COMMA_COST = 0.25
BREAK_COST = 0.6  # a colon, a semicolon, a full stop inside a sentence
CLAUSE_COST = 0.45
AMOUNT_COST = 0.7
SENTENCE_COST = 1.6
BLOCK_COST = 1.2  # on top of the sentence's
REACH_TOKENS = 60
_QUOTE = re.compile(
    r"«[^«»\n]{1,600}»|“[^“”\n]{1,600}”|„[^„“”\n]{1,600}[“”]|\"[^\"\n]{1,600}\"|»[^«»\n]{1,600}«"
)
_HEADINGS = ("title", "heading")


@dataclass(frozen=True, slots=True)
class Placed:
    """A cue and the first and last word it covers."""

    cue: Cue
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Actor:
    """A firm, body or person at a word, itself or through an anaphor.

    Attributes:
        at: The word.
        mention: Who is meant.
        strength: 1 for a name, less where an anaphor was resolved.
    """

    at: int
    mention: Mention
    strength: float = 1.0


@dataclass(slots=True)
class Scene:
    """See the module's docstring. All lists run over words."""

    tokens: Tokens
    depth: list[float] = field(default_factory=list)
    sentence: list[int] = field(default_factory=list)
    block: list[int] = field(default_factory=list)
    syntaxes: list[Syntax] = field(default_factory=list)
    mentions: dict[int, Mention] = field(default_factory=dict)
    cues: dict[str, list[Placed]] = field(default_factory=dict)
    actors: list[Actor] = field(default_factory=list)
    headings: dict[int, tuple[int, int]] = field(default_factory=dict)
    quotes: list[tuple[int, int]] = field(default_factory=list)
    _firsts: dict[str, list[int]] = field(default_factory=dict)
    _amounts: list[int] = field(default_factory=list)

    def near(self, kind: str, at: int, reach: int = REACH_TOKENS) -> list[Placed]:
        """Cues of a kind that begin within `reach` words of a word."""
        placed = self.cues.get(kind, [])
        firsts = self._firsts.get(kind)
        if firsts is None:
            firsts = self._firsts[kind] = [cue.first for cue in placed]
        return placed[bisect_left(firsts, at - reach) : bisect_right(firsts, at + reach)]

    def actors_near(self, at: int, reach: int = REACH_TOKENS) -> list[Actor]:
        """Actors within `reach` words of a word, in text order."""
        low = bisect_left(self.actors, at - reach, key=lambda a: a.at)
        return self.actors[low : bisect_right(self.actors, at + reach, key=lambda a: a.at)]

    def amounts_beside(self, placed: Placed, but: int) -> list[int]:
        """The amounts right before, in and right after a cue, one left out."""
        low = bisect_left(self._amounts, placed.first)
        high = bisect_right(self._amounts, placed.last)
        return [a for a in self._amounts[max(0, low - 1) : high + 1] if a != but]

    def amount_before(self, at: int) -> int | None:
        """The nearest amount before a word."""
        low = bisect_left(self._amounts, at)
        return self._amounts[low - 1] if low else None

    def said_by(self, at: int) -> Mention:
        """The mention of the actor at a word."""
        return self.actors[bisect_left(self.actors, at, key=lambda a: a.at)].mention

    def quote_of(self, at: int) -> tuple[int, int] | None:
        """The first and last word of the quotation that holds a word."""
        number = bisect_right(self.quotes, (at, len(self.tokens))) - 1
        if number < 0 or self.quotes[number][1] < at:
            return None
        return self.quotes[number]

    def distance(self, one: int, other: int) -> float:
        """The cost of the way between two words."""
        return abs(self.depth[one] - self.depth[other])

    def closeness(self, placed: Placed, at: int) -> float:
        """1 where a cue touches or holds the word, falling with the distance."""
        if placed.first <= at <= placed.last:
            return 1.0
        if placed.last < at:
            return math.exp(-self.distance(placed.last, at))
        return math.exp(-max(0.0, self.distance(placed.first, at) - AMOUNT_COST))

    def word(self, at: int) -> str:
        """The folded word, or a break beyond the ends."""
        return self.tokens.words[at] if 0 <= at < len(self.tokens) else BREAK


def build_scene(document: Document, mentions: Sequence[Mention]) -> Scene:
    """Reads a document once: words, costs, cues, and who is meant where."""
    scene = Scene(Tokens([], [], []))
    ordered = _not_overlapping(mentions)
    starts = [mention.start for mention in ordered]
    blocks = document.blocks or (Block(0, len(document.text)),)
    for number, block in enumerate(blocks):
        low, high = bisect_left(starts, block.start), bisect_left(starts, block.end)
        _add_block(scene, document, number, block, ordered[low:high])
    _set_depth(scene, [s.start for s in document.sentences])
    _set_quotes(scene, document.text)
    _set_actors(scene)
    _set_headings(scene, blocks)
    scene._amounts = sorted(a for a, m in scene.mentions.items() if m.label == "MONEY")
    return scene


def language_of(document: Document, block: Block) -> str:
    """The supported language whose cues a block is read with."""
    for language in (block.language, document.language, document.grammar_language):
        if language in LANGUAGES:
            return language
    return "en"


def _not_overlapping(mentions: Sequence[Mention]) -> list[Mention]:
    """In text order; where two overlap the amount stays, then the longer."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if kept and mention.start < kept[-1].end:
            if mention.label == "MONEY" and kept[-1].label != "MONEY":
                kept[-1] = mention
            continue
        kept.append(mention)
    return kept


def _add_block(
    scene: Scene, document: Document, number: int, block: Block, mentions: list[Mention]
) -> None:
    language = language_of(document, block)
    text = document.text[block.start : block.end]
    tokens = tokenize(text, mentions, block.start)
    base = len(scene.tokens)
    index = {start: base + i for i, start in enumerate(tokens.starts)}
    ends = {end: base + i for i, end in enumerate(tokens.ends)}
    for mention in mentions:
        scene.mentions[index[mention.start]] = mention
    for cue in matcher(language).find(tokens):
        placed = Placed(cue, index[cue.start], ends[cue.end])
        scene.cues.setdefault(cue.kind, []).append(placed)
    scene.tokens.words.extend(tokens.words)
    scene.tokens.starts.extend(tokens.starts)
    scene.tokens.ends.extend(tokens.ends)
    scene.block.extend([number] * len(tokens))
    scene.syntaxes.extend([syntax(language)] * len(tokens))


def _set_depth(scene: Scene, sentence_starts: list[int]) -> None:
    depth = 0.0
    sentence = block = -1
    for at, word in enumerate(scene.tokens.words):
        here = bisect_right(sentence_starts, scene.tokens.starts[at])
        if scene.block[at] != block:
            depth += SENTENCE_COST + BLOCK_COST
        elif here != sentence:
            depth += SENTENCE_COST
        sentence, block = here, scene.block[at]
        scene.sentence.append(here)
        depth += _cost(word, scene.word(at - 1), scene.syntaxes[at])
        scene.depth.append(depth)


def _cost(word: str, before: str, grammar: Syntax) -> float:
    """What it costs to step onto a word."""
    cost = WORD_COST
    if word == COMMA:
        cost = COMMA_COST
    elif word == BREAK:
        cost = BREAK_COST
    elif word in grammar.clauses:
        cost = CLAUSE_COST
    if before == AMOUNT:
        cost += AMOUNT_COST
    return cost


def _set_quotes(scene: Scene, text: str) -> None:
    starts = scene.tokens.starts
    for match in _QUOTE.finditer(text):
        first = bisect_left(starts, match.start())
        last = bisect_left(starts, match.end()) - 1
        if first <= last:
            scene.quotes.append((first, last))


def _set_actors(scene: Scene) -> None:
    """Names, and the anaphors that stand for one, in text order."""
    anaphors: dict[int, Cue] = {}
    for placed in scene.cues.get("anaphora", []):
        if not any(at in scene.mentions for at in (placed.first, placed.last, placed.last + 1)):
            anaphors[placed.last] = placed.cue
    topic: dict[str, tuple[int, Mention]] = {}
    for at in range(len(scene.tokens)):
        mention = scene.mentions.get(at)
        if mention is not None and mention.label in (*PARTY_LABELS, "PERSON"):
            scene.actors.append(Actor(at, mention))
            held = topic.get(mention.label)
            if held is None or not _is_topic(scene, held[0], at):
                topic[mention.label] = (at, mention)
        elif scene.word(at) in scene.syntaxes[at].we:
            meant = _spoken_for(scene, at)
            if meant is not None:
                scene.actors.append(Actor(at, meant, _WE))
        elif at in anaphors:
            meant = _meant(anaphors[at].value, topic)
            if meant is not None:
                scene.actors.append(Actor(at, meant, _ANAPHORS[anaphors[at].value][1]))


_WE = 0.9
_SPEAKER_WORDS = 14
_ANAPHORS = {
    "firm": (("FIRM",), 0.85),
    "body": (("ORG",), 0.7),
    "plain": (("FIRM", "ORG"), 0.6),
}


def _spoken_for(scene: Scene, at: int) -> Mention | None:
    """Whose "we" it is: the firm named right after the quotation."""
    quote = scene.quote_of(at)
    if quote is None:
        return None
    for here in range(quote[1] + 1, min(quote[1] + _SPEAKER_WORDS, len(scene.tokens))):
        mention = scene.mentions.get(here)
        if mention is not None and mention.label in PARTY_LABELS:
            return mention
    return None


def _is_topic(scene: Scene, held: int, at: int) -> bool:
    """Whether a name goes on being what its sentence is about, after another name.

    The first name of a sentence that no preposition governs is its topic.
    """
    if scene.sentence[held] != scene.sentence[at]:
        return False
    grammar = scene.syntaxes[held]
    word = scene.word(held - 1)
    return not (word in grammar.by or word in grammar.of or word in grammar.prepositions)


def _meant(kind: str, topic: dict[str, tuple[int, Mention]]) -> Mention | None:
    """The topic of the nearest sentence that has one the anaphor can stand for."""
    held = [topic[label] for label in _ANAPHORS[kind][0] if label in topic]
    return max(held, key=lambda item: item[0], default=(0, None))[1]


def _set_headings(scene: Scene, blocks: Sequence[Block]) -> None:
    """For each block, the words of the heading (else the title) above it."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for at, number in enumerate(scene.block):
        first.setdefault(number, at)
        last[number] = at
    above: tuple[int, int] | None = None
    for number, block in enumerate(blocks):
        if above is not None and block.kind not in _HEADINGS:
            scene.headings[number] = above
        if block.kind in _HEADINGS and number in first:
            above = (first[number], last[number])
