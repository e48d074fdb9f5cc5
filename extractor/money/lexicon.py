"""The words of a language: one TOML file, read once into look-up tables."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from extractor.errors import LexiconError
from extractor.money.currencies import (
    Currency,
    cldr_names,
    country_names,
    currency_table,
    make_currency,
    month_names,
)
from extractor.money.phrases import Phrases, expand_all, pieces
from extractor.money.spelled import fused_numbers
from extractor.taxonomy import LANGUAGES


@dataclass(frozen=True, slots=True)
class Numbers:
    """Number words, and how they join."""

    decimal: str
    dot_groups: bool
    tenths: bool
    points: frozenset[str]
    words: Mapping[str, int]
    fused: Mapping[str, int]
    thousands: tuple[str, ...]
    articles: frozenset[str]
    joiners: frozenset[str]
    scales: Phrases[Decimal]
    singles: Mapping[str, Decimal]
    singles_before: frozenset[str]
    short: Mapping[str, Decimal]
    collectives: Phrases[Decimal]
    fractions: Phrases[Decimal]
    halves: Phrases[Decimal]
    quantifiers: Phrases[bool]
    vague_collectives: Phrases[bool]
    vague_scales: frozenset[str]


@dataclass(frozen=True, slots=True)
class Moneys:
    """Currency words, adjectives, and which of them need evidence."""

    links: frozenset[str]
    words: Phrases[Currency]
    prefixes: Phrases[Currency]
    signs: Mapping[str, Currency]
    adjectives: Phrases[str]
    countries: Phrases[str]
    fused: Mapping[str, tuple[Decimal, Currency]]
    of_scale: Mapping[str, str]
    own: Mapping[str, str]
    home: bool
    old: frozenset[str]
    old_dates: re.Pattern[str]
    old_times: frozenset[str]
    not_old_times: frozenset[str]


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around amounts: ranges, lists, bounds, rates, evidence."""

    open: Phrases[bool]
    open_to: Phrases[bool]
    between: Phrases[bool]
    infix: Phrases[bool]
    either: Phrases[bool]
    spread: Phrases[bool]
    change: Phrases[bool]
    moved: Phrases[bool]
    list_and: Phrases[bool]
    list_end: Phrases[bool]
    versus: Phrases[bool]
    partitive: Phrases[bool]
    noun_links: Phrases[bool]
    compared: Phrases[bool]
    compared_after: Phrases[bool]
    further: Phrases[bool]
    added: Phrases[bool]
    idioms: Phrases[bool]
    out_of: Phrases[bool]
    verbs: Phrases[bool]
    loose: Phrases[bool]
    clitics: frozenset[str]
    clitic_ends: tuple[str, ...]
    participles: tuple[str, ...]
    percent: Phrases[bool]
    months: frozenset[str]
    respectively: frozenset[str]
    bounds: Phrases[str]
    reach: Phrases[bool]
    negations: Phrases[bool]
    after: Phrases[str]
    fillers: Phrases[bool]
    topics: frozenset[str]
    per: Phrases[str]
    per_before: Phrases[str]
    per_any: Phrases[bool]
    rated: Phrases[str]
    subjects: Phrases[str]
    subjects_end: Phrases[str]
    per_far: frozenset[str]
    per_article: frozenset[str]
    context: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All that the grammar knows of a language."""

    language: str
    elision: bool
    abbreviations: frozenset[str]
    continuing: frozenset[str]
    numbers: Numbers
    moneys: Moneys
    around: Around
    starts: frozenset[str]
    triggers: frozenset[str]


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of a supported language.

    Raises:
        LexiconError: The language is not one of `LANGUAGES`, or its file lacks a key.
    """
    if language not in LANGUAGES:
        raise LexiconError(
            f"no money grammar for language '{language}'; there is one for {', '.join(LANGUAGES)}"
        )
    name = f"{language}.toml"
    source = files("extractor.money.lang").joinpath(name).read_text("utf-8")
    data = tomllib.loads(source)
    try:
        return _build(language, data)
    except KeyError as error:
        raise LexiconError(f"extractor/money/lang/{name}: no key {error}. Add it.") from error


def _build(language: str, data: Mapping[str, Any]) -> Lexicon:
    numbers, moneys, around = (
        _numbers(language, data),
        _moneys(language, data),
        _around(language, data),
    )
    starts = {
        *numbers.words, *numbers.fused, *numbers.articles, *numbers.vague_scales,
        *numbers.singles,
        *numbers.collectives.heads, *numbers.fractions.heads, *numbers.quantifiers.heads,
        *numbers.vague_collectives.heads, *around.open.heads, *around.open_to.heads,
        *moneys.prefixes.heads, *(sign.lower() for sign in moneys.signs),
    }  # fmt: skip
    codes = {code.lower() for code in currency_table().codes}
    signs = {pieces(sign)[0] for sign in currency_table().signs}
    return Lexicon(
        language=language,
        elision=data["elision"],
        abbreviations=frozenset(data["abbreviations"].lower().split()),
        continuing=frozenset(numbers.scales.heads | moneys.words.heads),
        numbers=numbers,
        moneys=moneys,
        around=around,
        starts=frozenset(starts),
        triggers=frozenset(
            moneys.words.heads
            | codes
            | signs
            | set(moneys.fused)
            | {sign.lower() for sign in moneys.signs}
            | numbers.scales.heads
            | numbers.vague_scales
        ),
    )


def _values(table: Mapping[str, Iterable[str]]) -> Phrases[Decimal]:
    return Phrases({form: Decimal(v) for v, forms in table.items() for form in expand_all(forms)})


def _numbers(language: str, data: Mapping[str, Any]) -> Numbers:
    vague = data["vague"]
    singles = data.get("singles", {})
    return Numbers(
        decimal=data["decimal"],
        dot_groups=data["dot_groups"],
        points=frozenset(data.get("points", ())),
        tenths=data.get("tenths", False),
        words={w: int(v) for v, words in data["numbers"].items() for w in words.split()},
        fused=fused_numbers(language),
        thousands=tuple(data["thousands"]),
        articles=frozenset(data["articles"]),
        joiners=frozenset(data["joiners"]),
        scales=_values(data["scales"]),
        singles={w: Decimal(v) for v, ws in singles.items() if v != "before" for w in ws},
        singles_before=frozenset(singles.get("before", [])),
        short={w: Decimal(v) for v, words in data["short"].items() for w in words.split()},
        collectives=_values(data["collectives"]),
        fractions=_values(data["fractions"]),
        halves=_values(data["halves"]),
        quantifiers=Phrases.of(vague["quantifiers"], True),
        vague_collectives=Phrases.of(vague["collectives"], True),
        vague_scales=frozenset(expand_all(vague["scales"])),
    )


def _moneys(language: str, data: Mapping[str, Any]) -> Moneys:
    doubt = {form: why for why, forms in data["doubt"].items() for form in expand_all(forms)}
    words = {
        name: make_currency(code, doubt=doubt.get(name, "")) for code, name in cldr_names(language)
    }
    for target, forms in [*data["currencies"].items(), *data["minor"].items()]:
        code, _, factor = target.partition(" ")
        for form in expand_all(forms):
            words[form] = make_currency(code, factor or "1", doubt.get(form, ""))
    fused = {}
    old = data.get("old", {})
    for short, value in data["short"].items():
        for letter in value.split():
            for code in ("EUR", "USD", "CHF", "GBP", "CAD", "DKK", "SEK", "NOK", "F"):
                currency = make_currency("franc" if code == "F" else code)
                fused[(letter + code).lower()] = (Decimal(short), currency)
    for form, (scale, target) in data.get("fused", {}).items():
        fused[form] = (Decimal(scale), make_currency(target))
    before = {form: words[form] for form in expand_all(data.get("prefixes", []))}
    for form, code in data.get("dotted_prefixes", {}).items():
        before[form] = make_currency(code, doubt="dotted")
    adjectives = {
        form: country for country, forms in data["adjectives"].items() for form in expand_all(forms)
    }
    return Moneys(
        links=frozenset(data["links"]),
        words=Phrases(words),
        prefixes=Phrases(before),
        signs=_signs(data.get("signs", {})),
        adjectives=Phrases(adjectives),
        countries=Phrases(adjectives | country_names(language)),
        fused=fused,
        of_scale=data.get("scale_currency", {}),
        own=data["own"],
        home=data.get("home", True),
        old=frozenset(old.get("codes", [])),
        old_dates=re.compile(old.get("dates", "(?!)")),
        old_times=frozenset(old.get("times", "").split()),
        not_old_times=frozenset(old.get("not_times", "").split()),
    )


def _signs(table: Mapping[str, str]) -> dict[str, Currency]:
    """Letters that are a sign before a number in this language alone; "?" marks doubtful ones."""
    return {
        sign: replace(
            make_currency(target.strip("?"), doubt="scale" * ("?" in target)), kind="sign"
        )
        for sign, target in table.items()
    }


def _units(table: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {form: unit for unit, forms in table.items() for form in expand_all(forms)}


def _around(language: str, data: Mapping[str, Any]) -> Around:
    ranges, lists, bounds = data["ranges"], data["lists"], data["bounds"]
    before = {
        form: kind
        for kind in ("low", "high", "approx", "none")
        for form in expand_all(bounds.get(kind, []))
    }
    after = {
        form: kind
        for kind in ("low", "high", "approx")
        for form in expand_all(bounds[f"{kind}_after"])
    }
    after |= dict.fromkeys(expand_all(bounds.get("not_after", [])), "")
    beside = ("any", "far", "article")
    per = _units({unit: forms for unit, forms in data["per"].items() if unit not in beside})
    subjects = _units(data.get("subjects", {}))
    return Around(
        open=Phrases.of(ranges["open"], True),
        open_to=Phrases.of(ranges["open_to"], True),
        between=Phrases.of(ranges["between"], True),
        infix=Phrases.of(ranges["infix"], True),
        either=Phrases.of(ranges["either"], True),
        spread=Phrases.of(ranges["spread"], True),
        change=Phrases.of(ranges["change"], True),
        moved=Phrases.of([*ranges["change"], *ranges.get("moved", [])], True),
        list_and=Phrases.of(lists["and"], True),
        list_end=Phrases.of(lists["and"], True, backward=True),
        versus=Phrases.of(lists["versus"], True),
        partitive=Phrases.of(lists["partitive"], True, backward=True),
        noun_links=Phrases.of(data["ellipsis"].get("noun_links", ()), True, backward=True),
        compared=Phrases.of(lists["compared"], True, backward=True),
        out_of=Phrases.of(lists.get("out_of", []), True, backward=True),
        added=Phrases.of(lists.get("added", []), True),
        idioms=Phrases.of(data.get("idioms", {}).get("not_money", []), True),
        compared_after=Phrases(
            dict.fromkeys(expand_all(lists.get("related", [])), True)
            | dict.fromkeys(expand_all(lists.get("related_signed", [])), False)
        ),
        further=Phrases.of(lists["further"], True, backward=True),
        verbs=Phrases.of(data["ellipsis"]["verbs"], True, backward=True),
        loose=Phrases.of(data["ellipsis"].get("loose", []), True, backward=True),
        clitics=frozenset(data["ellipsis"]["clitics"]),
        participles=tuple(data["ellipsis"].get("participles", ())),
        clitic_ends=tuple(data["ellipsis"].get("clitic_ends", ())),
        percent=Phrases.of(data["ellipsis"]["percent"], True),
        months=month_names(language),
        respectively=frozenset(lists["respectively"]),
        bounds=Phrases(before, backward=True),
        reach=Phrases.of(bounds["reach"], True),
        negations=Phrases(
            dict.fromkeys(expand_all(bounds["negations"]), True)
            | dict.fromkeys(expand_all(bounds["not_negations"]), False)
        ),
        after=Phrases(after),
        fillers=Phrases.of(bounds["fillers"], True, backward=True),
        topics=frozenset(bounds.get("topics", "").split()),
        per=Phrases(per),
        per_before=Phrases(per, backward=True),
        rated=Phrases(_units(data.get("rated", {}))),
        subjects=Phrases(subjects),
        subjects_end=Phrases(subjects, backward=True),
        per_any=Phrases.of(data["per"]["any"], True),
        per_far=frozenset(data["per"]["far"]),
        per_article=frozenset(data["per"].get("article", ())),
        context={
            "links": frozenset(data["links"]),
            "symbolic": frozenset(),
            "crowd": frozenset(),
            **{key: frozenset(words.split()) for key, words in data["context"].items()},
        },
    )
