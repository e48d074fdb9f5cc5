"""The cue files: one TOML a language, read, checked and kept.

`lang/<xx>.toml` holds the triggers of the deal types with the direction of the
money, the cues of modality, of speech and of anaphora; `syntax.toml` holds the
little grammar (prepositions, passives, conjunctions) that the roles need.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from extractor.cues.pattern import parse_pattern
from extractor.errors import LexiconError, UnknownName
from extractor.taxonomy import LANGUAGES, MODALITIES, TYPES

SPEECH_KINDS = ("verbs", "formulas", "vague", "anonymous", "media")
ANAPHORA_KINDS = ("firm", "body", "plain")
_SIDES = ("left", "right", "by", "of")
_GROUP_KEYS = {"type", "prepositions", "triggers", *_SIDES}
_SYNTAX_WORDS = (
    *("by", "of", "possessive", "prepositions", "passive", "clauses", "joins", "such"),
    *("we", "articles"),
)
SYNTAX_CUES = ("led", "backed", "negative", "gives", "gets", "insiders", "outsiders")
_SYNTAX_PATTERNS = (*SYNTAX_CUES, "toward", "away")


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Triggers of one type that share the direction of the money.

    Groups are compared by identity: two tables that say the same are two.

    Attributes:
        left: Role of the firm before the trigger, `""` for none; so `right`
            (right after it, bare), `by` (the agent of a passive), `of` (genitive).
        prepositions: Pattern to role, longest pattern first.
    """

    type: str
    left: str = ""
    right: str = ""
    by: str = ""
    of: str = ""
    prepositions: tuple[tuple[str, str], ...] = ()
    triggers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Syntax:
    """The little grammar of a language: folded words, and patterns.

    Attributes:
        by: Prepositions of the agent; `of`: of the genitive; `possessive`:
            words that follow an owner; `prepositions`: all others.
        passive: Forms of the auxiliary of the passive.
        clauses: Words that open a clause.
        joins: Words that join names in a list; `such`: that introduce examples.
        we: Words of who speaks for a firm; `articles`: indefinite ones.
        led: Patterns before who leads or arranges; `backed`: before a
            guarantor; `negative`: that make a figure a loss or a drop.
        gives: Patterns of verbs whose subject parts with the money, `gets`:
            whose subject receives it; `toward`: before who gets it from a
            giver, `away`: before who gives it to a getter.
        insiders: Patterns of titles of who speaks for a firm, `outsiders`: of
            who comments on others.
        verb_second: The subject may stand behind the finite verb.
        compounds: Words are written together, the head last.
    """

    by: frozenset[str] = frozenset()
    of: frozenset[str] = frozenset()
    possessive: frozenset[str] = frozenset()
    prepositions: frozenset[str] = frozenset()
    passive: frozenset[str] = frozenset()
    clauses: frozenset[str] = frozenset()
    joins: frozenset[str] = frozenset()
    such: frozenset[str] = frozenset()
    we: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    led: tuple[str, ...] = ()
    backed: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    gets: tuple[str, ...] = ()
    insiders: tuple[str, ...] = ()
    outsiders: tuple[str, ...] = ()
    toward: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    verb_second: bool = False
    compounds: bool = False

    @property
    def small(self) -> frozenset[str]:
        """Words that are no verb: prepositions, conjunctions, auxiliaries."""
        return _small(self)


@cache
def _small(syntax: Syntax) -> frozenset[str]:
    words = (syntax.by, syntax.of, syntax.prepositions, syntax.clauses)
    return frozenset().union(*words, syntax.joins, syntax.such, syntax.passive)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All cues of one language, patterns as written."""

    language: str
    groups: tuple[Group, ...] = ()
    modality: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    speech: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    anaphora: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    syntax: Syntax = Syntax()


@cache
def lexicon(language: str) -> Lexicon:
    """The cues of a language, read once.

    Raises:
        UnknownName: If the language is not one of ours.
        LexiconError: If its file is absent or breaks the rules.
    """
    if language not in LANGUAGES:
        raise UnknownName("language", language, LANGUAGES)
    name = f"cues/lang/{language}.toml"
    return read_lexicon(language, _read(f"lang/{language}.toml"), name, syntax(language))


@cache
def syntax(language: str) -> Syntax:
    """The little grammar of a language. Raises LexiconError as `lexicon`."""
    table = _toml(_read("syntax.toml"), "cues/syntax.toml").get(language)
    where = f"cues/syntax.toml: [{language}]"
    if not isinstance(table, dict):
        raise LexiconError(f"{where}: no such table. Add it.")
    words = {key: frozenset(_words(table, key, where)) for key in _SYNTAX_WORDS}
    patterns = {key: _patterns(table, key, where) for key in _SYNTAX_PATTERNS}
    flags = {key: bool(table.get(key, False)) for key in ("verb_second", "compounds")}
    _no_other_keys(table, {*words, *patterns, *flags}, where)
    return Syntax(**words, **patterns, **flags)  # type: ignore[arg-type]


def read_lexicon(
    language: str, source: str, name: str = "<text>", syntax: Syntax | None = None
) -> Lexicon:
    """A lexicon from the text of its TOML; `name` is what errors call it.

    Raises:
        LexiconError: At the first broken rule: where, what, and what to do.
    """
    table = _toml(source, name)
    _no_other_keys(table, {"group", "modality", "speech", "anaphora"}, name)
    groups = table.get("group", [])
    if not isinstance(groups, list):
        raise LexiconError(f"{name}: 'group' is a table. Write each as [[group]].")
    return Lexicon(
        language,
        tuple(_group(group, f"{name}: group {n}") for n, group in enumerate(groups, 1)),
        _section(table, "modality", MODALITIES, name),
        _section(table, "speech", SPEECH_KINDS, name),
        _section(table, "anaphora", ANAPHORA_KINDS, name),
        syntax or Syntax(),
    )


def _read(name: str) -> str:
    path = files("extractor.cues") / name
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LexiconError(f"cues/{name}: no such file. Install the package again.") from None


def _toml(source: str, name: str) -> dict[str, object]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{name}: not TOML ({error}). Mend that line.") from None


def _no_other_keys(table: Mapping[str, object], known: set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise LexiconError(
            f"{where}: unknown key '{unknown[0]}'. Known: {', '.join(sorted(known))}."
        )


def _section(
    table: Mapping[str, object], key: str, known: Sequence[str], name: str
) -> dict[str, tuple[str, ...]]:
    section = table.get(key, {})
    where = f"{name}: [{key}]"
    if not isinstance(section, dict):
        raise LexiconError(f"{where}: not a table. Write it as [{key}].")
    _no_other_keys(section, set(known), where)
    return {kind: _patterns(section, kind, where) for kind in known if kind in section}


def _group(table: object, where: str) -> Group:
    if not isinstance(table, dict):
        raise LexiconError(f"{where}: not a table. Write it as [[group]].")
    _no_other_keys(table, _GROUP_KEYS, where)
    type_ = table.get("type")
    if type_ not in TYPES:
        raise LexiconError(f"{where}: type {type_!r} is unknown. Use one of {', '.join(TYPES)}.")
    where = f"{where} ({type_})"
    sides = {side: _role(table.get(side, ""), type_, f"{where}: {side}") for side in _SIDES}
    prepositions = table.get("prepositions", {})
    if not isinstance(prepositions, dict):
        raise LexiconError(f"{where}: prepositions is not a table. Write {{ 'à' = 'payer' }}.")
    for pattern in prepositions:
        _check(pattern, f"{where}: prepositions")
    ordered = sorted(prepositions.items(), key=lambda item: -len(item[0].split()))
    return Group(
        type=type_,
        prepositions=tuple((p, _role(r, type_, f"{where}: {p}")) for p, r in ordered),
        triggers=_patterns(table, "triggers", where),
        **sides,
    )


def _role(role: object, type_: str, where: str) -> str:
    if role == "":
        return ""
    if not isinstance(role, str) or role not in TYPES[type_].roles:
        raise LexiconError(
            f"{where}: role {role!r} does not suit {type_}. "
            f"Use one of {', '.join(TYPES[type_].roles) or 'none'}, or ''."
        )
    return role


def _words(table: Mapping[str, object], key: str, where: str) -> list[str]:
    found = []
    for pattern in _patterns(table, key, where):
        atoms = parse_pattern(pattern)[0].atoms
        if len(atoms) != 1:
            raise LexiconError(f"{where}: {key}: '{pattern}' is more than one word. Split it.")
        found.append(atoms[0])
    return found


def _patterns(table: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise LexiconError(f"{where}: {key} is not a list of strings. Write {key} = ['...'].")
    for pattern in value:
        _check(pattern, f"{where}: {key}")
    return tuple(dict.fromkeys(value))


def _check(pattern: str, where: str) -> None:
    try:
        parse_pattern(pattern)
    except ValueError as error:
        raise LexiconError(f"{where}: pattern '{pattern}': {error}. Mend it.") from None
