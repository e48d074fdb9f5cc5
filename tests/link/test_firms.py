"""One name per firm in a document."""

from __future__ import annotations

import time

import pytest

from extractor.link.firms import entities, name_key
from extractor.schema import Document, Mention

BLANK = Document("d", " " * 20)


def mention(number: int, text: str, label: str = "FIRM") -> Mention:
    return Mention(f"F{number}", number, number + 1, label, text)


@pytest.mark.parametrize(
    ("names", "fullest"),
    [
        (["Meta", "Meta Platforms, Inc."], ["Meta Platforms, Inc."] * 2),
        (
            ["Apple", "Apple Records", "Apple Computer"],
            ["Apple", "Apple Records", "Apple Computer"],
        ),
        (["SIEMENS", "Siemens AG"], ["Siemens AG"] * 2),
        (["Blue Owl", "Blue Owl Capital"], ["Blue Owl Capital"] * 2),
        (["Banque Raetzer", "Raetzer"], ["Banque Raetzer"] * 2),
        (["Bank of America", "America First"], ["Bank of America", "America First"]),
        (["Banque centrale européenne", "BCE"], ["Banque centrale européenne"] * 2),
        (["LVMH", "Louis Vuitton Moët Hennessy"], ["Louis Vuitton Moët Hennessy"] * 2),
        (["BNP", "BNP Paribas", "BNP Paribas Cardif"], ["BNP Paribas Cardif"] * 3),
        (["Siemens AG", "Siemens Energy AG"], ["Siemens AG", "Siemens Energy AG"]),
        (["Siemens", "Siemens AG", "Siemens Energy"], ["Siemens AG"] * 2 + ["Siemens Energy"]),
        (
            ["BNP", "BNP Paribas SA", "BNP Paribas Cardif"],
            ["BNP Paribas SA"] * 2 + ["BNP Paribas Cardif"],
        ),
        (
            ["IBM", "International Business Machines Corporation"],
            ["International Business Machines Corporation"] * 2,
        ),
        (["BBC", "British Broadcasting Corporation"], ["British Broadcasting Corporation"] * 2),
        (["Amazon", "Amazon.com", "Amazon.com, Inc."], ["Amazon.com, Inc."] * 3),
    ],
)
def test_names_of_one_firm(names: list[str], fullest: list[str]) -> None:
    mentions = [mention(i, name) for i, name in enumerate(names)]
    full = entities(mentions, BLANK)
    assert [full[m.id] for m in mentions] == fullest


@pytest.mark.parametrize(
    ("place", "firm"),
    [("Qatar", "Qatar Luxury Group"), ("US", "US Steel"), ("Austria", "Bank Austria")],
)
def test_a_country_is_no_part_of_a_firm(place: str, firm: str) -> None:
    both = [mention(0, place, "ORG"), mention(1, firm)]
    assert entities(both, BLANK) == {"F0": place, "F1": firm}


def test_a_person_is_known_by_the_last_name() -> None:
    people = [mention(0, "Mark Zuckerberg", "PERSON"), mention(1, "Zuckerberg", "PERSON")]
    assert set(entities(people, BLANK).values()) == {"Mark Zuckerberg"}


def test_a_firm_and_a_person_stay_apart() -> None:
    both = [mention(0, "Ford"), mention(1, "Henry Ford", "PERSON")]
    assert entities(both, BLANK)["F0"] == "Ford"


@pytest.mark.parametrize("name", ["Siemens AG", "Siemens A.G.", "SIEMENS", "Siemens"])
def test_legal_forms_and_case_do_not_tell_apart(name: str) -> None:
    assert name_key(name) == ("siemens",)


def test_capitals_in_brackets_are_the_name_before() -> None:
    text = "Ligue de football professionnel (LFP)"
    both = [Mention("O1", 0, 31, "ORG", text[:31]), Mention("O2", 33, 36, "ORG", "LFP")]
    assert set(entities(both, Document("d", text)).values()) == {"Ligue de football professionnel"}


def test_capitals_after_a_comma_are_a_name_of_their_own() -> None:
    text = "Morgan Stanley, MUFG"
    both = [Mention("F1", 0, 14, "FIRM", text[:14]), Mention("F2", 16, 20, "FIRM", "MUFG")]
    assert entities(both, Document("d", text))["F2"] == "MUFG"


def test_the_time_grows_with_the_names() -> None:
    names = [mention(i, f"{'Bank ' * (i % 2)}Firm{i} {i}") for i in range(3000)]
    entities(names[:2], BLANK)  # reads the tables
    begun = time.process_time()
    assert len(set(entities(names, BLANK).values())) == len(names)
    assert time.process_time() - begun < 1.0
