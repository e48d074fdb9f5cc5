"""Time grows linearly with the text."""

import time

import pytest

from extractor.money import find_money

LINES = {
    "digits": "1 234 567,89 ",
    "amounts": "entre 27 et 29 milliards de dollars, ",
    "words": "deux cent cinquante mille et quatre-vingt-dix ",
    "dots": "1.234.",
    "symbols": "$€£",
    "scales": "milliards de millions de ",
    "plain": "la société a annoncé hier que tout va bien ",
    "brackets": "((((",
    "families": "5 euros. 5 dinars. ",
    "cents": "5 euros. 5 cents. ",
}


def seconds(text: str) -> float:
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        find_money(text, "fr")
        best = min(best, time.process_time() - began)
    return best


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_doubling_the_text_at_most_doubles_the_time(line):
    find_money("5 euros", "fr")  # reads the lexicon
    size = 200_000 // len(line)
    # A busy machine may slow one measurement; more than linear time fails each of them.
    ratios = []
    while len(ratios) < 4 and min(ratios, default=9.0) > 2.6:
        one, other = seconds(line * size), seconds(line * (2 * size))
        ratios.append(other / (one + 0.01))
    assert min(ratios) < 2.6


def test_a_line_of_ten_megabytes():
    line = "Meta a levé 27 milliards de dollars auprès de prêteurs, a-t-on appris hier soir; "
    text = line * (10_000_000 // len(line))
    began = time.process_time()
    found = find_money(text, "fr")
    assert len(found) == 10_000_000 // len(line)
    assert time.process_time() - began < 120
