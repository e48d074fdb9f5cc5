"""Kinds of block, on a real page dump and on made-up ones."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from extractor.schema import Article
from extractor.text import read_document
from extractor.text.blocks import split_blocks

PAGE = Path(__file__).parents[2] / "corpus" / "xpert-digital-ia-a-credit.txt"
PROSE = (
    "Le groupe a détaillé mardi, dans un communiqué adressé à la presse, les emprunts qui "
    "financent depuis deux ans sa croissance en Europe du Nord et en Amérique."
)


@pytest.fixture(scope="module")
def kinds() -> dict[str, list[str]]:
    document = read_document(Article(PAGE.read_text(encoding="utf-8")))
    found: dict[str, list[str]] = {}
    for block in document.blocks:
        found.setdefault(block.kind, []).append(document.text[block.start : block.end])
    return found


def test_the_article_of_a_page_dump_is_found(kinds: dict[str, list[str]]) -> None:
    assert kinds["title"] == [
        "Bonne idée ? L'intelligence artificielle à crédit : la transformation du secteur "
        "technologique grâce à un endettement massif."
    ]
    assert kinds["body"][0].startswith("Une course sans précédent")
    assert kinds["body"][-1].startswith("Pour les analystes, il s'agit")
    assert "Deutsche Bank et le dilemme de la gestion des risques" in kinds["heading"]


def test_adverts_and_menus_are_boilerplate(kinds: dict[str, list[str]]) -> None:
    plain = "\n".join(kinds["boilerplate"])
    for text in ("500 €/mois", "CATÉGORIES", "Convient à:", "formulaire de contact"):
        assert text in plain
    assert "500 €" not in "\n".join(kinds["body"] + kinds["heading"])


def test_doubled_link_texts_are_teasers(kinds: dict[str, list[str]]) -> None:
    assert len(kinds["teaser"]) == 7
    assert all("milliard" in t or "IA" in t for t in kinds["teaser"])


def test_a_dispatch_has_title_and_body() -> None:
    text = "Lumivance lève 27 M€\n\nLa jeune pousse a bouclé un tour de table de 27 M€ hier soir."
    assert [k for *_, k in split_blocks(text)] == ["title", "body"]


def test_hard_wrapped_lines_are_one_block() -> None:
    text = (
        "The company said on Monday that it had agreed to borrow\n"
        "two billion dollars from a group of lenders in order to\n"
        "refinance its debt.\n\nShares rose by four per cent in London on the news of it."
    )
    assert Counter(k for *_, k in split_blocks(text)) == {"body": 2}


def test_a_list_after_the_prose_of_a_text_is_part_of_it() -> None:
    amounts = [f"- Bond {n}: {n} M€" for n in range(1, 9)]
    text = "\n".join(["Lumivance publie ses comptes", "", PROSE, *amounts])
    kinds = [k for *_, k in split_blocks(text)]
    assert kinds == ["title", *["body"] * 9]
    menu = "\n".join(["", "", "Accueil", "Contact", "Bourse", "Emploi", "Radio", "Archives"])
    kinds = [k for *_, k in split_blocks(text + menu)]
    assert kinds == ["title", *["body"] * 9, *["boilerplate"] * 6]


def test_a_list_and_a_table_at_the_end_of_a_page_are_kept() -> None:
    items = "".join(f"<li>Bond {n}: {n} M€</li>" for n in range(1, 5))
    rows = "".join(f"<tr><td>Prêt {n}</td><td>{n} M€</td></tr>" for n in range(5, 9))
    page = f"<html><body><article><h1>Lumivance publie ses comptes</h1><p>{PROSE}</p><p>{PROSE}</p>"
    page += f"<ul>{items}</ul><table>{rows}</table></article></body></html>"
    document = read_document(Article(page, media_type="text/html"), "fr")
    kept = "\n".join(document.text[b.start : b.end] for b in document.blocks if b.kind == "body")
    assert [n for n in range(1, 9) if f"{n} M€" not in kept] == []


def test_lines_of_a_list_stay_apart() -> None:
    text = "Figures:\n- Revenue: 5 M€\n- Profit: 1 M€\n- Debt: 3 M€"
    assert len(split_blocks(text)) == 4


def test_time_is_linear() -> None:
    page = PAGE.read_text(encoding="utf-8")

    def seconds(times: int) -> float:
        text = page * times
        best = 9.0
        for _ in range(3):
            began = time.perf_counter()
            split_blocks(text)
            best = min(best, time.perf_counter() - began)
        return best

    assert seconds(16) < 3 * seconds(8) + 0.05


def test_hard_wrapped_lines_take_linear_time() -> None:
    def seconds(lines: int) -> float:
        text = "the group said that it had agreed to borrow two billion of them\n" * lines
        began = time.process_time()
        assert len(split_blocks(text)) == 1
        return time.process_time() - began

    assert seconds(1200) < 4 * seconds(400) + 0.05


def test_a_given_title_is_not_joined_with_what_follows() -> None:
    title = "Lumivance borrows two billion dollars from a group of lenders"
    text = f"{title}\nto refinance its debt, it said on Monday. Its shares rose in London."
    document = read_document(Article(text, title=title), "en")
    assert [b.kind for b in document.blocks] == ["title", "body"]
    assert document.title == title
