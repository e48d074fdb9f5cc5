"""Who says so: votes for the attribution and the speaker of an amount."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from extractor.cues.pattern import AMOUNT
from extractor.cues.scene import REACH_TOKENS, Actor, Placed, Scene
from extractor.cues.tokens import BREAK, COMMA
from extractor.taxonomy import SPEAKER_LABELS

_SUBJECT_WORDS = 14
_INVERTED_WORDS = 5
_FORMULA_WORDS = 7
_SCOPE_DECAY = 0.2  # a source speaks for its whole sentence
_CLOSING = 0.6
_CLOSING_WORDS = 3


@dataclass(frozen=True, slots=True)
class Speech:
    """Who says so.

    Attributes:
        speakers: Votes by mention id.
        others: Votes for sources without a name: `vague`, `anonymous`, `media`
            and `third` (a source that is said but not found among the mentions).
        sources: Words of the actors who say it, and how: by `verbs`, `estimates`
            (verbs of estimating), `formulas` or `closing`.
        outside: Words of the actors who only report: what follows their verb is
            a clause of its own, or a formula names them; and of the firms that
            an outside person works for.
    """

    speakers: dict[str, float] = field(default_factory=dict)
    others: dict[str, float] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)
    outside: set[int] = field(default_factory=set)


def speech_votes(scene: Scene, at: int) -> Speech:
    """The sources of an amount."""
    found = Speech()
    speakers, others = found.speakers, found.others
    for placed, weight in _in_scope(scene, at):
        value = placed.cue.value
        if value in ("vague", "anonymous"):
            others[value] = others.get(value, 0.0) + weight
        elif value == "media":
            others["media"] = others.get("media", 0.0) + 0.2 * weight
        else:
            actor = _source(scene, placed)
            if actor is not None:
                key = actor.mention.id
                speakers[key] = speakers.get(key, 0.0) + weight * max(actor.strength, 0.7)
                found.sources[actor.at] = "estimates" if _estimates(scene, placed) else value
                if value == "formulas" or _is_apart(scene, actor.at, placed, at):
                    found.outside.add(actor.at)
            elif value == "formulas":
                others["third"] = others.get("third", 0.0) + 0.5 * weight
    if not speakers and not others:
        _add_closing(scene, at, found)
    return found


def _add_closing(scene: Scene, at: int, found: Speech) -> None:
    """Who is named at the end, after a comma and a verb that no list need hold.

    "..., relate Bloomberg." and "« ... », lâche un banquier".
    """
    quote = scene.quote_of(at)
    here = quote[1] + 1 if quote is not None else at + 1
    stop = min(here + REACH_TOKENS, len(scene.tokens))
    while here < stop and scene.sentence[here] == scene.sentence[at]:
        if scene.word(here) == COMMA or (quote is not None and here == quote[1] + 1):
            source = _closing_source(scene, here, quoted=quote is not None)
            if source is not None:
                found.speakers[scene.mentions[source].id] = _CLOSING
                found.sources[source] = "closing"
                found.outside.add(source)
                return
            if _opens_unnamed(scene, here, quoted=quote is not None):
                found.others["anonymous"] = _CLOSING
                return
        here += 1


def _closing_source(scene: Scene, comma: int, *, quoted: bool) -> int | None:
    """The word of the speaker after a comma and one to three words of no grammar."""
    for here in _verb_after(scene, comma):
        mention = scene.mentions.get(here)
        if mention is not None:
            final = quoted or scene.word(here + 1) == BREAK or mention.label == "PERSON"
            return here if final and mention.label in SPEAKER_LABELS else None
    return None


def _opens_unnamed(scene: Scene, comma: int, *, quoted: bool) -> bool:
    """Whether a verb and "un", "a" follow: "..., lâche un banquier"."""
    last = max(_verb_after(scene, comma), default=comma)
    return quoted and last > comma and scene.word(last) in scene.syntaxes[comma].articles


def _verb_after(scene: Scene, comma: int) -> Iterator[int]:
    """Up to three words after a comma, and the name or article that ends them."""
    grammar = scene.syntaxes[comma]
    first = comma + (scene.word(comma) == COMMA)
    for here in range(first, first + _CLOSING_WORDS + 1):
        word = scene.word(here)
        if here > first and (here in scene.mentions or word in grammar.articles):
            yield here
            return
        if here in scene.mentions or word in grammar.small or word in (COMMA, BREAK):
            return
        yield here


def _estimates(scene: Scene, placed: Placed) -> bool:
    """Whether a verb of saying is one of estimating too."""
    return any(
        cue.cue.value == "estimated" and cue.first <= placed.last and placed.first <= cue.last
        for cue in scene.near("modality", placed.first, 3)
    )


def _is_apart(scene: Scene, source: int, placed: Placed, at: int) -> bool:
    """Whether the amount stands in another clause than the verb of saying."""
    if source > placed.last or at < placed.first:  # "..., X said": what is said goes before
        return True
    grammar = scene.syntaxes[at]
    return any(w in grammar.clauses or w == BREAK for w in scene.tokens.words[placed.last + 1 : at])


def _in_scope(scene: Scene, at: int) -> Iterator[tuple[Placed, float]]:
    """Speech cues of the amount's sentence, nearest strongest."""
    for placed in scene.near("speech", at):
        if scene.sentence[placed.first] != scene.sentence[at]:
            continue
        if placed.first <= at <= placed.last:
            yield placed, 1.0
            continue
        way = min(scene.distance(placed.first, at), scene.distance(placed.last, at))
        yield placed, math.exp(-_SCOPE_DECAY * way)


def _source(scene: Scene, placed: Placed) -> Actor | None:
    """The actor who says it: after a formula; before a verb, or right after it."""
    actors = [a for a in scene.actors_near(placed.first) if a.mention.label in SPEAKER_LABELS]
    if placed.cue.value == "formulas":
        return _first_after(scene, placed, actors, _FORMULA_WORDS)
    inverted = _first_after(scene, placed, actors, _INVERTED_WORDS)
    opened = scene.word(placed.first - 1) in (COMMA, BREAK)
    if inverted is not None and opened:
        return inverted
    before = [
        a
        for a in actors
        if 0 < placed.first - a.at <= _SUBJECT_WORDS
        and scene.sentence[a.at] == scene.sentence[placed.first]
    ]
    if before:
        return max(before, key=lambda a: _subject_score(scene, a, placed))
    return inverted


def _subject_score(scene: Scene, actor: Actor, placed: Placed) -> float:
    """Nearest first; a name after a preposition is seldom who speaks."""
    score = -scene.distance(actor.at, placed.first)
    grammar = scene.syntaxes[actor.at]
    word = scene.word(actor.at - 1)
    if word in grammar.prepositions or word in grammar.of or word in grammar.by:
        score -= 0.6
    if actor.mention.label == "PERSON":
        score += 0.4
    return score


def _first_after(scene: Scene, placed: Placed, actors: list[Actor], words: int) -> Actor | None:
    """The first actor after a cue, within some words and no amount between."""
    actor = next((a for a in actors if a.at > placed.last), None)
    if actor is None or actor.at - placed.last - 1 > words:
        return None
    between = scene.tokens.words[placed.last + 1 : actor.at]
    return None if AMOUNT in between or BREAK in between else actor
