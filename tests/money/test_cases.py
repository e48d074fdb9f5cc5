"""The grammar against marked sentences: floors that may only rise."""

import pytest
from money_cases import count, read_cases, right

from extractor.money import find_money
from extractor.taxonomy import LANGUAGES

LEAST = {"fr": 100, "en": 100}


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_cases(language):
    assert len(read_cases("money", language)) >= LEAST.get(language, 60)


@pytest.mark.parametrize("language", LANGUAGES)
def test_value_and_currency_of_the_cases(language):
    hits, found, wanted = count(read_cases("money", language))
    assert hits / found >= 0.93
    assert hits / wanted >= 0.93


@pytest.mark.parametrize("language", LANGUAGES)
def test_flags_of_the_cases(language):
    same = total = 0
    for case in read_cases("money", language):
        for wanted in case.wanted:
            for found in (f for f in case.found() if right(wanted, f)):
                flags = (found.approx, found.vague, found.money.negative, found.per)
                told = wanted.attributes
                gold = ("approx" in told, "vague" in told, "neg" in told, told.get("per"))
                same += sum(a == b for a, b in zip(flags, gold, strict=True))
                total += len(gold)
    assert same / total >= 0.96


def test_held_out_phrases_reach_the_bar():
    counts = [count(read_cases("money-heldout", language)) for language in LANGUAGES]
    hits, found, wanted = map(sum, zip(*counts, strict=True))
    assert hits / found >= 0.95
    assert hits / wanted >= 0.95


@pytest.mark.parametrize("folder", ["money", "money-heldout"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_surfaces_stand_in_the_text(folder, language):
    for case in read_cases(folder, language):
        for found in case.found():
            assert case.text[found.start : found.end] == found.text


def test_an_unknown_language_is_told():
    from extractor.errors import UnknownName

    with pytest.raises(UnknownName, match="Did you mean"):
        find_money("5 euros", "fra")
