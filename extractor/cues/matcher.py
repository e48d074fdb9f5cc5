"""Finds the cues of a language in running text, in linear time.

All patterns of a language share one trie over words. From each word that
opens a pattern the trie is walked; a walk is bounded by the longest pattern and
its gaps, so the time grows with the text alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from extractor.cues.lexicon import SYNTAX_CUES, Group, Lexicon, lexicon
from extractor.cues.pattern import GAP, MAX_GAP_WORDS, fold, parse_pattern
from extractor.cues.tokens import BREAK, COMMA, Tokens, tokenize
from extractor.schema import Mention

_CACHE_WORDS = 200_000
_MIN_HEAD_CHARS = 5  # the shortest stem looked for at the end of a compound
_MAX_WORD_CHARS = 60
_MIN_MODIFIER_CHARS = 3  # of what stands before that stem
_MAX_INFLECTION_CHARS = 3  # of what stands after it


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue in the text.

    Attributes:
        start, end: Code points, half-open; gaps inside the cue are covered.
        kind: `type`, `modality`, `speech` or `anaphora`.
        value: Of a type cue the type ("debt.loan"), of others the list it
            stands in ("planned", "verbs", "firm").
        group: Of a type cue, the direction of the money.
        words: How many words of the pattern matched: its specificity.
    """

    start: int
    end: int
    kind: str
    value: str
    group: Group | None = None
    words: int = 1


_Output = tuple[str, str, Group | None]


@dataclass(slots=True)
class _Node:
    children: dict[int, _Node] = field(default_factory=dict)
    gap: _Node | None = None
    outputs: dict[_Output, None] = field(default_factory=dict)
    words: int = 0
    chars: int = 0


@dataclass(frozen=True, slots=True)
class _Match:
    first: int
    last: int
    node: _Node


class Matcher:
    """The cues of one lexicon, compiled."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._compounds = lexicon.syntax.compounds
        self._atoms: dict[str, int] = {}
        self._heads: set[int] = set()
        self._root = _Node()
        self._known: dict[tuple[str, bool], tuple[int, ...]] = {}
        for pattern, output in _entries(lexicon):
            self._add(pattern, output)
        self._spelled = {atom: (key,) for atom, key in self._atoms.items()}
        self._folded: dict[str, tuple[int, ...]] = {}
        for atom, key in self._atoms.items():
            folded = "".join("*" if c == "*" else fold(c) for c in atom)
            self._folded[folded] = (*self._folded.get(folded, ()), key)
        self._prefixes = _lengths(self._atoms, opening=False, ending=True)
        self._suffixes = _lengths(self._atoms, opening=True, ending=False)
        self._infixes = _lengths(self._atoms, opening=True, ending=True)

    def find(self, tokens: Tokens) -> list[Cue]:
        """All cues, in text order; the longest match wins within a kind."""
        keys = [self._keys(word, at in tokens.bare) for at, word in enumerate(tokens.words)]
        root = self._root.children
        matches = [
            match
            for first, atoms in enumerate(keys)
            if atoms
            for atom in atoms
            if atom in root
            for match in _walk(root[atom], first, keys, tokens.words)
        ]
        return _best(matches, tokens)

    def _add(self, pattern: str, output: _Output) -> None:
        for path in parse_pattern(pattern):
            node = self._root
            for atom in path.atoms:
                if atom == GAP:
                    node.gap = node = node.gap or _Node()
                    continue
                key = self._atoms.setdefault(atom, len(self._atoms))
                if output[0] == "type" and len(atom.strip("*")) >= _MIN_HEAD_CHARS:
                    self._heads.add(key)
                node = node.children.setdefault(key, _Node())
            node.outputs[output] = None
            node.words = path.words
            node.chars = sum(len(atom.strip("*")) for atom in path.atoms if atom != GAP)

    def _keys(self, word: str, bare: bool) -> tuple[int, ...]:
        """The atoms that a word satisfies."""
        found = self._known.get((word, bare))
        if found is None:
            if len(self._known) > _CACHE_WORDS:
                self._known.clear()
            atoms = list(self._satisfied(word, self._spelled))
            if bare and not atoms:
                atoms = list(self._satisfied(word, self._folded))
            if self._compounds and not atoms and len(word) <= _MAX_WORD_CHARS:
                atoms = list(self._compound_heads(word))
            found = self._known[word, bare] = tuple(dict.fromkeys(atoms))
        return found

    def _satisfied(self, word: str, atoms: Mapping[str, tuple[int, ...]]) -> Iterator[int]:
        size = len(word)
        yield from atoms.get(word, ())
        for n in self._prefixes:
            if n <= size:
                yield from atoms.get(word[:n] + "*", ())
        if size > _MAX_WORD_CHARS:
            return
        for n in self._suffixes:
            if n <= size:
                yield from atoms.get("*" + word[size - n :], ())
        for n in self._infixes:
            for at in range(size - n + 1):
                yield from atoms.get("*" + word[at : at + n] + "*", ())

    def _compound_heads(self, word: str) -> Iterator[int]:
        """The atoms that the last part of a compound satisfies, longest part first."""
        for at in range(_MIN_MODIFIER_CHARS, len(word) - _MIN_HEAD_CHARS + 1):
            tail = word[at:]
            least = max(_MIN_HEAD_CHARS, len(tail) - _MAX_INFLECTION_CHARS)
            stems = [tail, *(tail[:n] + "*" for n in range(len(tail), least - 1, -1))]
            found = [key for stem in stems if (key := self._atoms.get(stem)) in self._heads]
            if found:
                yield from (key for key in found if key is not None)
                return


def _lengths(atoms: Iterable[str], *, opening: bool, ending: bool) -> list[int]:
    """Lengths of the stems that have `*` at exactly those ends."""
    return sorted(
        {
            len(atom.strip("*"))
            for atom in atoms
            if (atom.startswith("*"), atom.endswith("*")) == (opening, ending)
        }
    )


def _entries(lexicon: Lexicon) -> Iterator[tuple[str, _Output]]:
    for group in lexicon.groups:
        for pattern in group.triggers:
            yield pattern, ("type", group.type, group)
    sections = (
        ("modality", lexicon.modality),
        ("speech", lexicon.speech),
        ("anaphora", lexicon.anaphora),
    )
    for kind, section in sections:
        for value, patterns in section.items():
            for pattern in patterns:
                yield pattern, (kind, value, None)
    for value in SYNTAX_CUES:
        for pattern in getattr(lexicon.syntax, value):
            yield pattern, ("syntax:" + value, value, None)


def _walk(
    node: _Node, first: int, keys: Sequence[tuple[int, ...]], words: Sequence[str]
) -> Iterator[_Match]:
    """Every pattern end that can be reached from a matched first word."""
    stack = [(node, first)]
    size = len(keys)
    while stack:
        node, last = stack.pop()
        if node.outputs:
            yield _Match(first, last, node)
        follow = node.children
        at = last + 1
        while at < size and words[at] == COMMA:
            at += 1
        if follow and at < size:
            stack.extend((follow[key], at) for key in keys[at] if key in follow)
        if node.gap is None:
            continue
        follow = node.gap.children
        for at in range(last + 1, min(last + 2 + MAX_GAP_WORDS, size)):
            if words[at] == BREAK:
                break
            stack.extend((follow[key], at) for key in keys[at] if key in follow)


def _best(matches: Iterable[_Match], tokens: Tokens) -> list[Cue]:
    """Longest first within each kind, overlaps dropped, equals all kept."""
    taken: dict[str, dict[int, _Match]] = {}
    found: dict[Cue, None] = {}
    ranked = sorted(matches, key=lambda m: (-m.node.words, -m.node.chars, m.last - m.first))
    for match in ranked:
        for kind, value, group in match.node.outputs:
            held = taken.setdefault(kind, {})
            places = range(match.first, match.last + 1)
            holders = {id(held[at]): held[at] for at in places if at in held}
            if any(not _equal(match, holder) for holder in holders.values()):
                continue
            for at in places:
                held[at] = match
            start, end = tokens.starts[match.first], tokens.ends[match.last]
            found[Cue(start, end, kind, value, group, match.node.words)] = None
    return sorted(found, key=lambda cue: (cue.start, cue.end))


def _equal(one: _Match, other: _Match) -> bool:
    return (one.first, one.last, one.node.words, one.node.chars) == (
        other.first,
        other.last,
        other.node.words,
        other.node.chars,
    )


@cache
def matcher(language: str) -> Matcher:
    """The compiled cues of a language. Raises as `lexicon`."""
    return Matcher(lexicon(language))


def find_cues(text: str, language: str, mentions: Sequence[Mention] = ()) -> list[Cue]:
    """The cues of a text, in text order.

    Args:
        text: Any text.
        language: One of `taxonomy.LANGUAGES`.
        mentions: Amounts and names in it, in order, not overlapping. Patterns
            with `#` need the amounts; cues inside a name are not found.

    Raises:
        UnknownName: If the language is not one of ours.
        LexiconError: If its file breaks the rules.
    """
    cues = matcher(language).find(tokenize(text, mentions))
    return [cue for cue in cues if not cue.kind.startswith("syntax:")]
