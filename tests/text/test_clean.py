"""Text is cleaned one for one, and a title is put before its body."""

from __future__ import annotations

import hashlib
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.errors import InputError
from extractor.schema import Article
from extractor.text import read_document
from extractor.text.clean import clean_text

ANY_TEXT = st.text(st.characters(), max_size=300)


@given(ANY_TEXT)
def test_clean_text_is_stable(raw: str) -> None:
    clean = clean_text(raw)
    assert clean_text(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert not {"\r", "\x00", "\u2028"} & set(clean)
    clean.encode("utf-8")


def test_scrubbing_keeps_offsets() -> None:
    assert clean_text("a\ud800b\x00c") == "a\ufffdb\ufffdc"


@given(ANY_TEXT)
def test_blocks_and_sentences_partition_the_text(raw: str) -> None:
    try:
        document = read_document(Article(raw), language="fr")
    except InputError:
        assert not clean_text(raw).strip()
        return
    text, covered = document.text, set()
    previous = 0
    for block in document.blocks:
        assert previous <= block.start < block.end <= len(text)
        previous = block.end
        covered.update(range(block.start, block.end))
    for sentence in document.sentences:
        assert any(b.start <= sentence.start and sentence.end <= b.end for b in document.blocks)
        assert text[sentence.start : sentence.end].strip() == text[sentence.start : sentence.end]
    rules = {i for i, c in enumerate(text) if not c.isspace()} - covered
    assert all(text[i] in "-_*=~—–·•#" for i in rules)


def test_marks_without_end_are_capped_in_linear_time() -> None:
    letter = "a" + "\u0323\u0301" * 15  # thirty marks: all that Unicode's stream-safe format has
    assert clean_text(f"{letter}.") == unicodedata.normalize("NFC", f"{letter}.")
    raw = "a" + "\u0301\u0323" * 20_000 + "b"
    began = time.process_time()
    clean = clean_text(raw)
    assert time.process_time() - began < 0.5
    assert clean.count("\ufffd") == len(raw) - 32
    assert clean_text(clean) == clean


def test_marks_that_normalising_multiplies_are_capped() -> None:
    clean = clean_text("a" + "\u0344" * 30)  # each is two marks in NFC
    assert clean_text(clean) == clean
    assert clean.count("\u0301") + clean.count("\u0308") <= 30


def test_the_hash_is_of_the_raw_input() -> None:
    raw = "Cafe\u0301\r\nà 3 €"
    assert read_document(Article(raw)).raw_sha256 == hashlib.sha256(raw.encode()).hexdigest()


def test_a_title_is_put_before_the_body() -> None:
    document = read_document(Article("Le groupe a levé 3 M€.", title="Lumivance\nlève"), "fr")
    assert document.text == "Lumivance lève\n\nLe groupe a levé 3 M€."
    assert [b.kind for b in document.blocks] == ["title", "body"]
    assert document.title == "Lumivance lève"


def test_a_title_that_opens_the_body_is_not_doubled() -> None:
    document = read_document(Article("Un titre\n\nUn corps.", title="Un titre"), "fr")
    assert document.text == "Un titre\n\nUn corps."
    assert document.blocks[0].kind == "title"


@pytest.mark.parametrize("body", ["Économie\n\nUn  titre \n\nUn corps.", " \nUn titre \nUn corps."])
def test_a_title_among_the_first_lines_is_not_doubled(body: str) -> None:
    document = read_document(Article(body, title="Un titre"), "fr")
    assert document.text == body
    (title,) = (b for b in document.blocks if b.kind == "title")
    assert document.text[title.start : title.end].split() == ["Un", "titre"]


def test_a_title_that_a_later_line_repeats_is_put_before_the_body() -> None:
    body = "a\nb\nc\nd\ne\nUn titre\nUn corps."
    assert read_document(Article(body, title="Un titre"), "fr").text == f"Un titre\n\n{body}"


@pytest.mark.parametrize("body", ["Un titre", "Un titre qui continue.\n\nUn corps."])
def test_a_body_that_only_opens_like_its_title_has_none(body: str) -> None:
    document = read_document(Article(body, title="Un titre"), "fr")
    assert (document.text, document.blocks[0].start) == (body, 0)
    assert document.blocks[0].end == len(body.partition("\n")[0])


@pytest.mark.parametrize("body", ["", " \n\t", "\ufeff  "])
def test_empty_text_is_an_input_error(body: str) -> None:
    with pytest.raises(InputError, match=r"a\.txt: no text"):
        read_document(Article(body.replace("\ufeff", ""), id="a.txt"))


HTML = """<html lang="fr"><head><title>Lumivance lève 27 millions d'euros</title>
<meta property="article:published_time" content="2025-11-10"></head><body>
<nav><a href="/">Accueil</a> <a href="/x">Abonnez-vous pour 500 €</a></nav><article>
<h1>Lumivance lève 27 millions d'euros</h1>
<p>La jeune pousse a bouclé un tour de table de 27 millions d'euros mené par Banque Delorme,
a-t-elle annoncé mardi dans un communiqué adressé à la presse.</p>
<p>Le groupe emploie 300 personnes à Lyon et prévoit d'en recruter cent autres cette année
pour accompagner sa croissance en Europe du Nord et en Amérique.</p></article>
<script>alert("5 €")</script></body></html>"""


def test_html_keeps_its_main_text_and_metadata() -> None:
    document = read_document(Article(HTML, media_type="text/html"))
    assert "27 millions d'euros mené" in document.text
    assert "alert" not in document.text
    assert "500 €" not in document.text
    assert document.title == "Lumivance lève 27 millions d'euros"
    assert (document.published, document.language) == ("2025-11-10", "fr")


def test_the_headline_of_a_page_with_a_kicker_is_not_doubled() -> None:
    kicked = HTML.replace("<h1>", "<p>Économie et finance de la région lyonnaise</p><h1>")
    document = read_document(Article(kicked, media_type="text/html"))
    assert document.text.count("Lumivance lève 27 millions d'euros") == 1
    assert document.title == "Lumivance lève 27 millions d'euros"


H1 = "<h1>Lumivance lève 27 millions d'euros</h1>"


@pytest.mark.parametrize(
    ("given", "h1", "title"),
    [
        ("Lumivance lève 27 M€", H1, "Lumivance lève 27 millions d'euros"),
        ("Lumivance lève 27 millions d’euros", H1, "Lumivance lève 27 millions d'euros"),
        ("Lumivance lève 27 millions d'euros - L'Écho", H1, "Lumivance lève 27 millions d'euros"),
        ("Elle vaut 100 millions", f"<p>Économie</p>{H1}", "Lumivance lève 27 millions d'euros"),
        ("Une levée", "<h1>Lumivance<br>lève 27 M€</h1>", "Lumivance lève 27 M€"),
        ("Lumivance", "<h1>Lumivance <i>lève</i> 27 M€</h1>", "Lumivance lève 27 M€"),
        ("Elle lève 27 M€", "", "Elle lève 27 M€"),
        ("Elle lève 27 M€", "<h1>Presse</h1><h2>Elle lève 27 M€</h2>", "Elle lève 27 M€"),
        ("Elle lève 27 M€", "<p>Lyon</p><h1>Le tour</h1><h1>Et après</h1>", "Elle lève 27 M€"),
    ],
)
def test_a_page_has_one_title_and_its_own_h1_comes_first(given: str, h1: str, title: str) -> None:
    meta = f'<meta property="og:title" content="{given}"><meta property="article:pub'
    page = HTML.replace(H1, h1).replace('<meta property="article:pub', meta)
    document = read_document(Article(page, media_type="text/html"))
    assert document.title == title
    lines = document.text.split("\n\n")
    assert lines.count(title) == 1
    assert given == title or given not in lines
    (block,) = (b for b in document.blocks if b.kind == "title")
    assert document.text[block.start : block.end] == title


def test_html_without_text_is_an_input_error() -> None:
    with pytest.raises(InputError, match="no main text"):
        read_document(Article("<html><body></body></html>", media_type="text/html"))
