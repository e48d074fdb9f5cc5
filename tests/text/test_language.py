"""Language of documents and blocks."""

from __future__ import annotations

import pytest

from extractor.schema import Article
from extractor.text import read_document
from extractor.text.language import detect

PARAGRAPHS = {
    "fr": "Le groupe a annoncé mardi qu'il investirait trois milliards d'euros dans une usine "
    "située près de Lyon, où il emploie déjà plus de deux mille personnes.",
    "en": "The company said on Tuesday that it would spend three billion dollars on a plant near "
    "Austin, where it already employs more than two thousand people.",
    "de": "Der Konzern teilte am Dienstag mit, dass er drei Milliarden Euro in ein Werk bei "
    "Leipzig stecken werde, wo er bereits mehr als zweitausend Menschen beschäftigt.",
    "es": "El grupo anunció el martes que invertirá tres mil millones de euros en una fábrica "
    "cerca de Zaragoza, donde ya emplea a más de dos mil personas.",
    "it": "Il gruppo ha annunciato martedì che investirà tre miliardi di euro in uno stabilimento "
    "vicino a Torino, dove lavorano già più di duemila persone.",
    "pt": "O grupo anunciou na terça-feira que vai investir três mil milhões de euros numa fábrica "
    "perto de Braga, onde já emprega mais de duas mil pessoas.",
    "nl": "Het concern maakte dinsdag bekend dat het drie miljard euro steekt in een fabriek bij "
    "Eindhoven, waar al meer dan tweeduizend mensen werken.",
}


@pytest.mark.parametrize("language", PARAGRAPHS)
def test_paragraphs(language: str) -> None:
    code, score = detect(PARAGRAPHS[language])
    assert code == language
    assert score > 0.9


def test_detection_is_repeatable() -> None:
    assert len({detect("OpenAI lève 40 milliards de dollars") for _ in range(5)}) == 1


@pytest.mark.parametrize("text", ["500 €", "12,5", "…"])
def test_no_letters_are_undetermined(text: str) -> None:
    document = read_document(Article(text))
    assert (document.language, document.grammar_language) == ("und", "en")


def test_an_unsupported_language_is_named_and_read_by_the_nearest_grammar() -> None:
    text = (
        "Spółka podpisała umowę o wartości pięciu milionów złotych z firmą budowlaną w Warszawie, "
        "poinformowano we wtorek w komunikacie giełdowym dla inwestorów."
    )
    document = read_document(Article(text))
    assert document.language == "pl"
    assert document.grammar_language in PARAGRAPHS


def test_a_block_may_speak_another_language() -> None:
    body = "\n\n".join([PARAGRAPHS["fr"]] * 3 + [PARAGRAPHS["de"]])
    document = read_document(Article(body))
    assert [b.language for b in document.blocks] == ["fr", "fr", "fr", "de"]


def test_a_declared_language_settles_short_texts() -> None:
    assert read_document(Article("Meta: 27 Mrd", language="de-DE")).language == "de"


def test_a_forced_language_is_taken() -> None:
    document = read_document(Article(PARAGRAPHS["fr"]), language="it")
    assert (document.language, document.language_score) == ("it", 1.0)
    assert {b.language for b in document.blocks} == {"it"}
