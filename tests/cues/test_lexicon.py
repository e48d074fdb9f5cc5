"""The cue files are read and checked."""

from __future__ import annotations

import pytest

from extractor.cues.lexicon import lexicon, read_lexicon, syntax
from extractor.errors import LexiconError, UnknownName
from extractor.taxonomy import LANGUAGES

GROUP = '[[group]]\ntype = "debt.loan"\n'


def test_a_group_is_read() -> None:
    source = GROUP + 'left = "recipient"\nprepositions = { "à" = "payer", "auprès de" = "payer" }\n'
    (group,) = read_lexicon("fr", source + 'triggers = ["emprunt*"]').groups
    assert (group.type, group.left, group.right) == ("debt.loan", "recipient", "")
    assert [pattern for pattern, _ in group.prepositions] == ["auprès de", "à"]
    assert group.triggers == ("emprunt*",)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("[[group]\n", "fr.toml: not TOML"),
        ('[[group]]\ntype = "debt.loen"', "fr.toml: group 1: type 'debt.loen' is unknown. Use one"),
        (GROUP + 'left = "buyer"', r"fr.toml: group 1 \(debt.loan\): left: role 'buyer'"),
        (GROUP + 'triggers = ["a  b"]', "triggers: pattern 'a  b'.*Mend"),
        (GROUP + 'triggers = "a"', "triggers is not a list of strings"),
        (GROUP + 'trigger = ["a"]', "unknown key 'trigger'. Known:"),
        (GROUP + 'prepositions = { "à" = "subject" }', "'subject' does not suit debt.loan"),
        (GROUP + 'prepositions = ["à"]', "prepositions is not a table"),
        ('[group]\ntype = "debt.loan"', "Write each as"),
        ('[modality]\nsure = ["a"]', r"\[modality\]: unknown key 'sure'"),
        ('speech = ["a"]', r"\[speech\]: not a table"),
        ("[sense]", "unknown key 'sense'"),
    ],
)
def test_broken_files_are_told(source: str, message: str) -> None:
    with pytest.raises(LexiconError, match=message):
        read_lexicon("fr", source, "fr.toml")


def test_a_figure_has_a_subject_only() -> None:
    with pytest.raises(LexiconError, match=r"'payer' does not suit figure.revenue"):
        read_lexicon("fr", '[[group]]\ntype = "figure.revenue"\nleft = "payer"')


def test_unknown_language() -> None:
    with pytest.raises(UnknownName, match="Did you mean"):
        lexicon("fra")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_grammar(language: str) -> None:
    grammar = syntax(language)
    assert grammar.by
    assert grammar.of
    assert grammar.joins
    assert grammar.passive
    assert grammar.led
    assert grammar.negative
