"""Sentence ends, by language."""

from __future__ import annotations

import pytest

from extractor.taxonomy import LANGUAGES
from extractor.text.sentences import habits, split_sentences

CASES = [
    ("fr", "M. Dupont a payé 2,5 M€.|Mme Durand a refusé."),
    ("fr", "Il a dit : « Non. »|Le cours a monté de 3 %."),
    ("fr", "Le groupe S.A.R.L. Dupont vaut 1.5 M€ env. 3 fois plus."),
    ("en", "Apple Inc. paid $1.5bn.|It was in Jan. 2024."),
    ("en", "J. P. Morgan lent the money!|Did it?|Yes."),
    ("en", "He works for the U.S. Treasury."),
    ("de", "Am 3. März zahlte die Bank rd. 5 Mio. Euro.|Das war viel."),
    ("de", "Dr. Müller sagte das z.B. Herrn Meier."),
    ("es", "El Sr. Pérez pagó 3 M€.|¿Cuánto?|Nada."),
    ("it", "La Fiat S.p.A. ha pagato 3 mln. di euro.|Poi basta."),
    ("pt", "O Dr. Silva pagou R$ 3 mi.|Depois saiu."),
    ("nl", "De heer J. de Vries betaalde ca. 3 mln. euro.|Daarna niets."),
]


@pytest.mark.parametrize(("language", "marked"), CASES)
def test_sentences(language: str, marked: str) -> None:
    text = marked.replace("|", " ")
    spans = split_sentences(text, 0, len(text), language)
    assert [text[s.start : s.end] for s in spans] == marked.split("|")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_habits(language: str) -> None:
    assert len(habits(language).abbreviations) > 40
