"""What must hold for every amount and every text."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.money import find_money
from extractor.taxonomy import LANGUAGES

# Of each language: decimal sign, group signs, scale words (one, many), currency, templates.
STYLES = {
    "fr": (",", " \u00a0\u202f", {6: ("million", "millions"), 9: ("milliard", "milliards")},
           ("EUR", "d'euros", "euros", "€"), "Le groupe a versé {} hier."),
    "en": (".", ",", {6: ("million", "million"), 9: ("billion", "billion"),
                      12: ("trillion", "trillion")},
           ("USD", "dollars", "dollars", "$"), "The group paid {} yesterday."),
    "de": (",", ".", {6: ("Million", "Millionen"), 9: ("Milliarde", "Milliarden"),
                      12: ("Billion", "Billionen")},
           ("EUR", "Euro", "Euro", "€"), "Der Konzern zahlte gestern {} dafür."),
    "es": (",", ".", {6: ("millón", "millones"), 9: ("mil millones", "mil millones"),
                      12: ("billón", "billones")},
           ("EUR", "de euros", "euros", "€"), "El grupo pagó {} ayer."),
    "it": (",", ".", {6: ("milione", "milioni"), 9: ("miliardo", "miliardi")},
           ("EUR", "di euro", "euro", "€"), "Il gruppo ha versato {} ieri."),
    "pt": (",", ".", {6: ("milhão", "milhões"), 9: ("mil milhões", "mil milhões")},
           ("EUR", "de euros", "euros", "€"), "O grupo pagou {} ontem."),
    "nl": (",", ".", {6: ("miljoen", "miljoen"), 9: ("miljard", "miljard"),
                      12: ("biljoen", "biljoen")},
           ("EUR", "euro", "euro", "€"), "Het concern betaalde {} gisteren."),
}  # fmt: skip


def written(whole: int, cents: int | None, group: str, point: str) -> str:
    digits = f"{whole:,}".replace(",", group)
    return digits if cents is None else f"{digits}{point}{cents:02d}"


@settings(max_examples=150, deadline=None)
@given(
    language=st.sampled_from(LANGUAGES),
    whole=st.integers(2, 10**9),
    cents=st.none() | st.integers(1, 99),
    pick=st.integers(0, 2),
    symbol=st.booleans(),
)
def test_a_plain_amount_is_read_as_it_was_written(language, whole, cents, pick, symbol) -> None:
    point, groups, _, (code, _, word, sign), frame = STYLES[language]
    number = written(whole, cents, groups[pick % len(groups)], point)
    surface = f"{sign}{number}" if symbol and language == "en" else f"{number} {word}"
    text = frame.format(surface)
    (found,) = find_money(text, language)
    value = Decimal(whole) + Decimal(cents or 0) / 100
    assert (found.low, found.high, found.currency) == (value, value, code)
    assert text[found.start : found.end] == found.text == surface


@settings(max_examples=150, deadline=None)
@given(
    language=st.sampled_from(LANGUAGES),
    tenths=st.integers(20, 9999),
    pick=st.integers(0, 2),
)
def test_a_scaled_amount_is_read_as_it_was_written(language, tenths, pick) -> None:
    point, _, scales, (code, of, _, _), frame = STYLES[language]
    power = sorted(scales)[pick % len(scales)]
    number = str(Decimal(tenths) / 10).replace(".", point).removesuffix(f"{point}0")
    text = frame.format(f"{number} {scales[power][1]} {of}")
    (found,) = find_money(text, language)
    assert found.low == found.high == Decimal(tenths) / 10 * 10**power
    assert found.currency == code


@settings(max_examples=100, deadline=None)
@given(language=st.sampled_from(LANGUAGES), low=st.integers(2, 400), more=st.integers(1, 500))
def test_a_range_keeps_its_bounds(language, low, more) -> None:
    words = {
        "fr": ("entre", "et"), "en": ("between", "and"), "de": ("zwischen", "und"),
        "es": ("entre", "y"), "it": ("tra", "e"), "pt": ("entre", "e"), "nl": ("tussen", "en"),
    }  # fmt: skip
    _, _, scales, (code, of, _, _), frame = STYLES[language]
    opening, joining = words[language]
    text = frame.format(f"{opening} {low} {joining} {low + more} {scales[6][1]} {of}")
    (found,) = find_money(text, language)
    assert (found.low, found.high) == (low * 10**6, (low + more) * 10**6)
    assert found.currency == code


@settings(max_examples=200, deadline=None)
@given(
    language=st.sampled_from(LANGUAGES),
    text=st.text(
        st.sampled_from("0123456789 .,'’-–€$£%()/MmKkBdn\u00a0\u202f😀éàetdeuromilliardsjan\n"),
        max_size=120,
    ),
)
def test_any_text_gives_grounded_amounts_in_order(language, text) -> None:
    found = find_money(text, language)
    for one, other in itertools.pairwise(found):
        assert one.end <= other.start
    for amount in found:
        assert text[amount.start : amount.end] == amount.text
        if amount.low is not None and amount.high is not None:
            assert amount.low <= amount.high


@pytest.mark.parametrize("language", LANGUAGES)
def test_emoji_and_astral_letters_do_not_shift_offsets(language) -> None:
    text = "😀🇫🇷 𝔘 5 000 000 €"
    (found,) = find_money(text, language)
    assert text[found.start : found.end] == "5 000 000 €"
