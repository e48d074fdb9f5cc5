"""What the name finder knows by heart, per language, from the TOML files here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Words and names of one language; see the comments in the TOML files.

    Attributes:
        bodies: Whole names of bodies, longest first.
        phrases: Known firms whose name opens with an article, longest first.
        places: Names of countries and cities.
        firms: Media houses, and firms that look like persons.
        not_names: Acronyms that are no names, whoever finds them.
        doubtful: What may be a name or not, currency codes among them; no name to the rules.
        marks: Words in a name that make it a firm's, legal forms among them.
    """

    bodies: tuple[str, ...]
    phrases: tuple[str, ...]
    heads: frozenset[str]
    links: frozenset[str]
    titles: frozenset[str]
    common: frozenset[str]
    particles: frozenset[str]
    given: frozenset[str]
    not_names: frozenset[str]
    doubtful: frozenset[str]
    places: frozenset[str]
    firms: frozenset[str]
    marks: frozenset[str]
    verbs: frozenset[str]
    nouns_capitalised: bool


@cache
def gazetteer(language: str) -> Gazetteer:
    """The gazetteer of a language, read once."""
    table = read_table("names.toml")
    shared: Mapping[str, Sequence[str]] = table["all"]
    own: Mapping[str, Any] = table[language]
    firms = read_table("legal_forms.toml")
    known = [name for names in read_table("gazetteer.toml").values() for name in names]
    bodies = [*own["exact"], *shared["bodies"]]
    return Gazetteer(
        bodies=tuple(sorted(bodies, key=len, reverse=True)),
        phrases=tuple(sorted((f for f in known if _is_phrase(f)), key=len, reverse=True)),
        heads=frozenset(own["heads"]),
        links=frozenset(own["links"]),
        titles=frozenset(own["titles"]),
        common=frozenset(own["common"]),
        particles=frozenset(shared["particles"]),
        given=frozenset(shared["given"]),
        not_names=frozenset(shared["not_names"]),
        doubtful=(frozenset(shared["doubtful"]) | _currency_codes()) - {*known, *bodies},
        places=frozenset(shared["places"]) | _territories(language),
        firms=frozenset(known),
        marks=frozenset(firms["forms"]) | frozenset(firms["marks"]),
        verbs=frozenset(own["verbs"]),
        nouns_capitalised=bool(own.get("nouns_capitalised", False)),
    )


def _is_phrase(name: str) -> bool:
    """Whether a name opens with an article, so that its shape does not tell it."""
    first = name.replace("'", " ").split(" ")[0]
    return first in ("Le", "La", "Les", "L", "The", "Der", "Die", "El", "Il", "O", "De", "Het")


@cache
def legal_forms() -> tuple[str, ...]:
    """Legal forms as written, longest first."""
    return tuple(sorted(read_table("legal_forms.toml")["forms"], key=len, reverse=True))


@cache
def openers() -> frozenset[str]:
    """Words that open a firm's name and that its short form leaves out, casefolded."""
    return frozenset(word.casefold() for word in read_table("legal_forms.toml")["openers"])


@cache
def media_names() -> frozenset[str]:
    """Media houses and news agencies, casefolded."""
    return frozenset(name.casefold() for name in read_table("gazetteer.toml")["media"])


@cache
def read_table(name: str) -> dict[str, Any]:
    """A data file of this package, read once."""
    path = files("extractor.cues") / name
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _currency_codes() -> frozenset[str]:
    """The codes of today's currencies; those of the past are names by now, as ESA and ATS."""
    from babel.core import get_global
    from babel.numbers import get_territory_currencies

    territories = get_global("territory_currencies")
    return frozenset(code for t in territories for code in get_territory_currencies(t))


def _territories(language: str) -> frozenset[str]:
    """Countries by CLDR, and the cities after which it names time zones."""
    from babel import Locale

    locale = Locale(language)
    countries = {name for code, name in locale.territories.items() if code.isalpha()}
    cities = {zone["city"] for zone in locale.time_zones.values() if "city" in zone}
    english = {zone.rpartition("/")[2].replace("_", " ") for zone in Locale("fr").time_zones}
    return frozenset(countries | cities | english)
