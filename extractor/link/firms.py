"""One name per firm or body inside a document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from extractor.cues.gazetteer import gazetteer, legal_forms, openers
from extractor.schema import Document, Mention
from extractor.taxonomy import SPEAKER_LABELS

_WORD = re.compile(r"\w+")
_CAPITALS = re.compile(r"[A-ZÀ-Ý]{3,6}")
_DOMAIN = re.compile(r"(?<=\w\w\w)\.(?:com|net|org|fr|de|es|it|pt|nl)\b")  # "Amazon.com"
_PARTICLE = 3  # letters of "von", "des"

_Key = tuple[str, tuple[str, ...]]  # kind, and the words of `name_key`


@cache
def _legal_words() -> frozenset[str]:
    return frozenset(f.replace(".", "").casefold() for f in legal_forms() if " " not in f)


def name_key(name: str) -> tuple[str, ...]:
    """The words of a name that tell it apart: case-folded, legal form and opener dropped."""
    words = [w.casefold() for w in _formless(name)]
    if len(words) > 1 and words[0] in openers() and len(words[1]) > _PARTICLE:
        words.pop(0)
    return tuple(words)


def _words(name: str) -> list[str]:
    return _WORD.findall(_DOMAIN.sub("", name).replace(".", ""))


def _formless(name: str) -> list[str]:
    """The words of a name without its legal form."""
    words = _words(name)
    while len(words) > 1 and words[-1].casefold() in _legal_words():
        words.pop()
    return words


def _key(mention: Mention, places: frozenset[str]) -> _Key:
    """A person, a place that acts ("Qatar raised"), or a name; they never merge by words."""
    if mention.label == "ORG" and mention.text in places:
        return "place", tuple(w.casefold() for w in _words(mention.text))
    return "person" if mention.label == "PERSON" else "name", name_key(mention.text)


def entities(mentions: Iterable[Mention], document: Document) -> dict[str, str]:
    """Maps the id of each FIRM, ORG and PERSON mention to its entity's fullest name.

    Two names are one entity when they are equal but for case and legal form, or
    when one begins (a person's: ends) with the other and no second longer name
    does: "Meta" is "Meta Platforms" unless the text also has "Meta Financial". A name that
    the text gives with its legal form is whole: "Siemens AG" is not "Siemens Energy AG". Nor
    is a country or city part of a firm's name: "Qatar" is not "Qatar Airways". Capitals are
    the name whose initials they are, or that they follow in brackets: "Ligue de football
    professionnel (LFP)".

    Args:
        document: The text in which the mentions stand.
    """
    named = [m for m in mentions if m.label in SPEAKER_LABELS]
    places = gazetteer(document.grammar_language).places
    keys = {m.id: _key(m, places) for m in named}
    distinct = set(keys.values())
    whole = {keys[m.id] for m in named if len(_formless(m.text)) < len(_words(m.text))}
    longer = _longer(distinct)
    roots = {key: key if key in whole else _root(key, longer, whole) for key in distinct}
    for short, long in _acronyms(named, document.text):
        roots[keys[short.id]] = roots[keys[long.id]]
    fullest: dict[_Key, str] = {}
    for mention in named:
        root = roots[keys[mention.id]]
        if len(mention.text) > len(fullest.get(root, "")):
            fullest[root] = mention.text
    return {m.id: fullest[roots[keys[m.id]]] for m in named}


def _acronyms(mentions: list[Mention], text: str) -> Iterator[tuple[Mention, Mention]]:
    """Names of capitals alone, each with the longer name that it stands for."""
    by_initials: dict[str, Mention] = {}
    by_end: dict[int, Mention] = {}
    for long in mentions:
        if long.label != "PERSON" and len(_WORD.findall(long.text)) > 1:
            by_end[long.end] = long
            for letters in _initials(long.text):
                by_initials.setdefault(letters, long)
    for short in mentions:
        if short.label == "PERSON" or not _CAPITALS.fullmatch(short.text):
            continue
        found = by_end.get(short.start - 2)
        if found is None or not _opens_bracket(text, found, short):
            found = by_initials.get(short.text)
        if found is not None:
            yield short, found


def _opens_bracket(text: str, long: Mention, short: Mention) -> bool:
    """Whether a bracket stands between two names of the same first letter."""
    between = text[long.end : short.start]
    return between.endswith("(") and between[0].isspace() and long.text[0] == short.text[0]


def _initials(name: str) -> set[str]:
    """The initials of all words, and of all but the particles; with and without legal form."""
    found = set()
    for words in (_WORD.findall(name), _formless(name)):
        long = [w for w in words if len(w) > _PARTICLE or w[0].isupper()]
        found |= {"".join(w[0] for w in some).upper() for some in (words, long)}
    return found


def _longer(keys: Iterable[_Key]) -> dict[_Key, list[_Key]]:
    """What each name may be short for: the keys that begin (a person's: end) with it."""
    table: dict[_Key, list[_Key]] = {}
    for key in keys:
        kind, words = key
        for cut in range(1, len(words) if kind != "place" else 0):
            part = words[cut:] if kind == "person" else words[:cut]
            table.setdefault((kind, part), []).append(key)
    return table


def _root(key: _Key, longer: dict[_Key, list[_Key]], whole: set[_Key]) -> _Key:
    """The longest name that the text has for a key's; it goes no further than a whole one."""
    _, words = key
    if len(words) == 1 and len(words[0]) < 2:
        return key
    chain = sorted(longer.get(key, ()), key=lambda k: len(k[1]))
    if not chain or not all(_extends(chain[-1], k) for k in chain[:-1]):
        return key
    return next((k for k in chain if k in whole), chain[-1])


def _extends(longer: _Key, shorter: _Key) -> bool:
    (kind, words), count = longer, len(shorter[1])
    part = words[-count:] if kind == "person" else words[:count]
    return len(words) > count and part == shorter[1]
