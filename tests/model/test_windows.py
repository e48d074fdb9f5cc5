"""Windows cover every block once and see their heading."""

from __future__ import annotations

import itertools

import pytest

from extractor.cues import may_hold_name
from extractor.model.windows import BUDGET_PIECES, NAMES_PIECES, cut_windows
from extractor.pipeline.core import find_amounts
from extractor.schema import Article
from extractor.text import read_document

LONG = "Le groupe a levé 27 milliards de dollars auprès de prêteurs privés hier soir. " * 12


def document(body: str):
    return read_document(Article(body), language="fr")


def test_every_block_is_the_core_of_one_window(tokenizer) -> None:
    read = document("Meta : le pari\n\n" + "\n\n".join([LONG] * 9))
    windows = cut_windows(read, find_amounts(read), tokenizer)
    cores = [span for w in windows for span in w.core]
    assert len(windows) > 2
    assert cores == [(b.start, b.end) for b in read.blocks]
    assert all(len(w.pieces) <= BUDGET_PIECES + 2 for w in windows)


def test_a_window_reads_the_title(tokenizer) -> None:
    read = document("Meta : le pari\n\n" + "\n\n".join([LONG] * 9))
    last = cut_windows(read, find_amounts(read), tokenizer)[-1]
    assert (0, 14) in last.context
    assert last.sees(0, 4)
    assert not last.holds(0, 4)


def test_a_window_without_an_amount_is_short_and_alone(tokenizer) -> None:
    bare = LONG.replace("27 milliards de dollars", "les fonds de Meta")
    read = document("Meta : le pari\n\n" + "\n\n".join([LONG, *[bare] * 9, LONG]))
    windows = cut_windows(read, find_amounts(read), tokenizer)
    covered = [span for w in windows for span in w.core]
    assert (covered[0][0], covered[-1][1]) == (0, read.blocks[-1].end)
    assert all(b.start in {s for s, _ in covered} for b in read.blocks)
    alone = [w for w in windows if not w.claims]
    assert len(alone) > 2
    assert all(not w.context and len(w.pieces) <= NAMES_PIECES + 2 for w in alone)
    assert all(w.context for w in windows[1:] if w.claims)


def test_names_are_sought_only_where_a_capital_stands(tokenizer) -> None:
    bare = "Il a plu toute la nuit sur les champs. " * 3
    read = document(f"{bare}Hier, Meta a ouvert un bureau. {bare}\n\n{bare}\n\nEt Oracle aussi.")
    (window,) = cut_windows(read, [], tokenizer)
    assert window.core == tuple((b.start, b.end) for b in read.blocks)
    sentences = {read.text[s.start : s.end]: s for s in read.sentences}
    for sentence, span in sentences.items():
        assert window.sees(span.start, span.end) == ("Meta" in sentence or "Oracle" in sentence)


@pytest.mark.parametrize(
    ("sentence", "may"),
    [
        ("Il a plu.", False),
        ("« Le groupe », a-t-on dit.", False),
        ("27 % de plus.", False),
        ("Meta grandit.", True),
        ("3M aussi.", True),
        ("un iPhone neuf", True),
        ("", False),
    ],
)
def test_which_sentence_may_hold_a_name(sentence: str, may: bool) -> None:
    assert may_hold_name(sentence, "fr") is may


@pytest.mark.parametrize("body", [LONG * 6, "mot " * 2000, "🙂 " * 900, "27 €"])
def test_a_block_longer_than_a_window_is_cut(tokenizer, body: str) -> None:
    read = document(body.strip())
    windows = cut_windows(read, find_amounts(read), tokenizer)
    cores = [span for w in windows for span in w.core]
    assert cores[0][0] == 0
    assert cores[-1][1] == len(read.text)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(cores))


def test_no_cut_falls_into_an_amount(tokenizer) -> None:
    read = document("Meta a " * 57 + "versé " + "27 milliards de dollars et puis " * 90)
    amounts = find_amounts(read)
    windows = cut_windows(read, amounts, tokenizer)
    assert len(windows) > 2
    assert all(any(w.holds(a.start, a.end) for w in windows) for a in amounts)


def test_pieces_stand_for_their_words(tokenizer) -> None:
    read = document("Meta a levé 27 milliards de dollars. 🙂 Oui.")
    (window,) = cut_windows(read, find_amounts(read), tokenizer)
    first, last = window.range(12, 24)
    words = [read.text[s:e] for s, e in zip(window.starts, window.ends, strict=True)]
    assert words[first:last] == ["27", "milliards"]
    assert words[0] == words[-1] == ""


def test_a_panic_of_the_tokenizer_is_an_error_of_the_article() -> None:
    class PanicException(BaseException):
        """As pyo3 names what breaks in Rust."""

    class Breaking:
        def encode_batch(self, texts: list[str], *, add_special_tokens: bool) -> None:
            raise PanicException("index out of bounds")

    with pytest.raises(RuntimeError, match="the tokenizer broke: index out of bounds"):
        cut_windows(document("Meta a levé 27 millions."), [], Breaking())
