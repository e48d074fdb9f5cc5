"""The pattern language and the matcher."""

from __future__ import annotations

import time

import pytest

from extractor.cues.lexicon import Lexicon, Syntax, read_lexicon
from extractor.cues.matcher import Matcher, find_cues, tokenize
from extractor.cues.pattern import fold, parse_pattern
from extractor.errors import UnknownName
from extractor.schema import Mention

FRENCH = """
[[group]]
type = "debt.loan"
left = "recipient"
triggers = ["emprunt*", "contract* ... prêt*", "prêt*", "ligne de crédit", "crédit*"]
[[group]]
type = "debt.bond"
triggers = ["emprunt* obligataire*", "prend ... participation"]
[[group]]
type = "contract.supply"
triggers = ["pour # en espèces"]
[modality]
planned = ["prévoit|prévoient de|d"]
[speech]
verbs = ["a annoncé"]
[anaphora]
firm = ["l'entreprise"]
"""


def cues(text: str, source: str = FRENCH, mentions: tuple[Mention, ...] = ()) -> list[str]:
    found = Matcher(read_lexicon("fr", source)).find(tokenize(text, mentions))
    return [f"{cue.value}: {text[cue.start : cue.end]}" for cue in found]


def mention(text: str, surface: str, label: str) -> Mention:
    start = text.index(surface)
    return Mention(f"{label}{start}", start, start + len(surface), label, surface)


def test_case_accents_and_apostrophes_do_not_matter() -> None:
    assert cues("L’ENTREPRISE A ANNONCE") == ["firm: L’ENTREPRISE", "verbs: A ANNONCE"]


def test_longest_match_wins_within_a_kind() -> None:
    assert cues("un emprunt obligataire") == ["debt.bond: emprunt obligataire"]


def test_gap_takes_up_to_three_words() -> None:
    assert cues("contracté un tout nouveau prêt") == ["debt.loan: contracté un tout nouveau prêt"]
    assert cues("contracté un tout nouveau gros prêt") == ["debt.loan: prêt"]


def test_gap_stops_at_the_end_of_a_sentence() -> None:
    assert cues("Il prend. Une participation") == []


def test_amount_is_one_word_and_fills_a_gap() -> None:
    text = "Elle a contracté 3 milliards de dollars de prêts, pour 5 € en espèces"
    found = cues(
        text,
        mentions=(mention(text, "3 milliards de dollars", "MONEY"), mention(text, "5 €", "MONEY")),
    )
    assert found == [
        "debt.loan: contracté 3 milliards de dollars de prêts",
        "contract.supply: pour 5 € en espèces",
    ]


def test_words_of_a_name_are_no_cues() -> None:
    text = "Le Crédit Agricole prévoit d'emprunter"
    found = cues(text, mentions=(mention(text, "Crédit Agricole", "FIRM"),))
    assert found == ["planned: prévoit d", "debt.loan: emprunter"]


def test_offsets_are_those_of_the_text() -> None:
    text = "Œuvre — ﬁn: l'ÉCOLE emprunte"
    (cue,) = Matcher(read_lexicon("fr", FRENCH)).find(tokenize(text))
    assert text[cue.start : cue.end] == "emprunte"


def test_a_word_in_two_groups_gives_two_cues() -> None:
    source = "".join(
        f'[[group]]\ntype = "{t}"\ntriggers = ["deal"]\n' for t in ("none", "debt.bond")
    )
    assert cues("a deal", source) == ["none: deal", "debt.bond: deal"]


def test_stars_open_and_end_words() -> None:
    source = '[[group]]\ntype = "debt.bond"\ntriggers = ["*bond", "*anleihe*"]\n'
    found = cues("Eurobond bonds Staatsanleihen Anleihe", source)
    assert found == ["debt.bond: Eurobond", "debt.bond: Staatsanleihen", "debt.bond: Anleihe"]


@pytest.mark.parametrize(("word", "found"), [("Konsortialkredits", 1), ("Kreditvolumen", 0)])
def test_the_head_of_a_compound_is_its_last_part(word: str, found: int) -> None:
    groups = read_lexicon(
        "de", '[[group]]\ntype = "debt.loan"\ntriggers = ["kredit|kredits"]'
    ).groups
    lexicon = Lexicon("de", groups, syntax=Syntax(compounds=True))
    assert len(Matcher(lexicon).find(tokenize(word))) == found


@pytest.mark.parametrize("bad", ["", "a  b", "... b", "a ...", "a*b", "a|", "* b", "#*"])
def test_bad_patterns_are_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_pattern(bad)


def test_too_many_alternatives_are_refused() -> None:
    with pytest.raises(ValueError, match="combinations"):
        parse_pattern("a|b|c|d a|b|c|d a|b|c|d a|b|c|d a|b|c|d")


def test_fold_joins_spellings() -> None:
    assert fold("ŒUVRE") == fold("oeuvre")
    assert fold("Straße") == fold("STRASSE")


def test_unknown_language() -> None:
    with pytest.raises(UnknownName, match="Unknown language 'xx'"):
        find_cues("text", "xx")


@pytest.mark.parametrize(
    "unit",
    [
        "Le groupe prévoit de contracter un prêt. ",
        "contracté " * 3 + "prêt ",
        "prend contracté ",
        "a",
        "emprunt-",
    ],
)
def test_time_is_linear(unit: str) -> None:
    matcher = Matcher(read_lexicon("fr", FRENCH))

    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        times = []
        for _ in range(3):
            start = time.process_time()
            matcher.find(tokenize(text))
            times.append(time.process_time() - start)
        return min(times)

    short = seconds(100_000)
    assert seconds(400_000) < 4 * 1.8 * max(short, 0.01)


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("La película recaudó 36 millones de dólares en Estados Unidos.", "figure.revenue"),
        ("Se rodó con un presupuesto de 3 millones de dólares.", "spending.other"),
        ("Fue transferido al Southampton por 22 millones de euros.", "contract.supply"),
        ("El ministerio destinará 6 millones de euros al puerto.", "public.funding"),
        ("Los asaltantes se llevaron 8 millones de dólares.", "public.penalty"),
    ],
)
def test_spanish_news_wordings(text: str, type_: str) -> None:
    assert {cue.value for cue in find_cues(text, "es") if cue.kind == "type"} == {type_}


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("a fundraising appeal", "spending.other"),
        ("an employment tribunal", "public.penalty"),
        ("in forgivable loans", "public.funding"),
        ("against the dollar", "figure.price"),
        ("before its gate receipts", "figure.revenue"),
    ],
)
def test_everyday_english_has_triggers(text: str, type_: str) -> None:
    assert type_ in {cue.value for cue in find_cues(text, "en") if cue.kind == "type"}


@pytest.mark.parametrize("text", ["paid", "cash", "prices", "new shares", "worldwide"])
def test_words_that_stand_beside_any_english_amount_are_no_triggers(text: str) -> None:
    assert not [cue for cue in find_cues(text, "en") if cue.kind == "type"]
