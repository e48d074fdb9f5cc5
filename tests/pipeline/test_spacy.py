"""The components in a user's own spaCy pipeline."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy import displacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from extractor.errors import BundleError, UnknownName
from extractor.pipeline import spacy_components
from extractor.pipeline.core import load
from extractor.pipeline.offsets import in_raw_text
from extractor.pipeline.records import records
from extractor.schema import Block, Document, Extraction, Mention
from extractor.schema import Span as Interval
from extractor.text.clean import clean_text

TEXT = "Meta a levé 27 milliards de dollars auprès de PIMCO. Le groupe a payé 12M€. Voilà."
AMOUNTS = [
    ("27 milliards de dollars", Decimal("2.7E+10"), "USD"),
    ("12M€", Decimal("1.2E+7"), "EUR"),
]


def pipeline(name: str = "extractor_claims", lang: str = "fr", **config: Any) -> Language:
    nlp = spacy.blank(lang)
    if name == "extractor_claims":
        config = {"model": "cues", **config}
    nlp.add_pipe(name, config=config)
    return nlp


@pytest.fixture(scope="module")
def nlp() -> Language:
    return pipeline()


@pytest.fixture(autouse=True, scope="module")
def no_extensions_left() -> Iterator[None]:
    yield
    for name in ("extraction", "amounts", "claims"):
        Doc.remove_extension(name)


def amounts(doc: Doc) -> list[tuple[str, Decimal | None, str | None]]:
    found = []
    for mention in doc._.amounts:
        assert doc.text[mention.start : mention.end] == mention.text
        found.append((mention.text, mention.money.low, mention.money.currency))
    return found


def ents(doc: Doc) -> list[tuple[str, str]]:
    return [(ent.text, ent.label_) for ent in doc.ents]


# What they set


@pytest.mark.parametrize("name", ["extractor_money", "extractor_claims"])
def test_amounts(name: str) -> None:
    doc = pipeline(name)(TEXT)
    assert amounts(doc) == AMOUNTS
    assert doc.text == TEXT


def test_money_finds_no_names_and_no_claims() -> None:
    doc = pipeline("extractor_money")(TEXT)
    assert {ent.label_ for ent in doc.ents} == {"MONEY"}
    assert doc._.claims == []
    assert doc._.extraction.model == "grammar"


def test_claims_are_those_of_the_core(nlp: Language) -> None:
    doc = nlp(TEXT)
    extraction = load("cues", language="fr")(TEXT)
    assert doc._.extraction == extraction
    assert doc._.claims == list(records(extraction))
    assert [c.surface for c in doc._.claims] == [text for text, *_ in AMOUNTS]
    assert [p.name for p in doc._.claims[0].recipient] == ["Meta"]


def test_an_amount_inside_a_token_keeps_its_exact_offsets(nlp: Language) -> None:
    doc = nlp(TEXT)
    span = next(s for s in doc.spans["extractor"] if s.start_char == TEXT.index("12M"))
    assert span.text == "12M€."  # spaCy's token, which no entity can split
    mention = next(m for m in doc._.amounts if m.id == span.id_)
    assert mention.text == "12M€"


def test_spans_hold_every_mention(nlp: Language) -> None:
    doc = nlp(TEXT)
    assert [s.id_ for s in doc.spans["extractor"]] == [m.id for m in doc._.extraction.mentions]
    assert {"MONEY", "FIRM"} <= {s.label_ for s in doc.spans["extractor"]}


@pytest.mark.parametrize(
    ("lang", "text", "language"),
    [
        ("en", "Meta raised 27 billion dollars from PIMCO.", "en"),
        ("de", "Siemens investiert 3 Milliarden Euro in Bayern.", "de"),
        ("xx", "L'entreprise Meta a levé 27 milliards de dollars auprès de ses prêteurs.", "fr"),
    ],
)
def test_the_language_is_the_pipelines(lang: str, text: str, language: str) -> None:
    doc = pipeline(lang=lang)(text)
    assert len(doc._.amounts) == 1
    assert [c.language for c in doc._.claims] == [language]


# Docs as they come


@pytest.mark.parametrize("name", ["extractor_money", "extractor_claims"])
@pytest.mark.parametrize("text", ["", " ", "\n\t\u00a0"])
def test_docs_without_text(name: str, text: str) -> None:
    doc = pipeline(name)(text)
    assert doc._.amounts == doc._.claims == []
    assert doc._.extraction is None
    assert doc.ents == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: text.replace(". ", ".\r\n\r\n"),
        lambda text: "\x00\u2028" + unicodedata.normalize("NFD", text).replace(" Le", "\r\nLe"),
    ],
)
def test_offsets_are_those_of_the_text_as_it_is(nlp: Language, change: Any) -> None:
    raw = change(TEXT)
    assert len(raw) != len(clean_text(raw)) or raw != clean_text(raw)
    doc = nlp(raw)
    assert amounts(doc) == AMOUNTS
    extraction = doc._.extraction
    assert extraction.document.text == raw
    for mention in extraction.mentions:
        assert raw[mention.start : mention.end] == mention.text
    for claim in doc._.claims:
        assert raw[claim.start : claim.end] == claim.surface
        assert claim.surface in claim.sentence
        assert claim.sentence in raw
        for party in (*claim.payer, *claim.recipient):
            assert raw[party.start : party.end] in ("Meta", "PIMCO")


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.sampled_from("ae1 $\r\n\u0301\u0327éÅ\u212b\u0958\u1100\u1161\u11a8각\x00\u2028🙂"))
)
def test_every_raw_span_cleans_to_its_clean_span(raw: str) -> None:
    text = clean_text(raw)
    cut = [Interval(i, i + 1) for i in range(len(text))]
    mentions = [Mention(str(i), i, i + 1, "MONEY", text[i]) for i in range(len(text))]
    blocks = (Block(0, len(text)),) if text else ()
    found = in_raw_text(Extraction(Document("d", text, blocks, tuple(cut)), tuple(mentions)), raw)
    at = 0
    for mention, sentence, clean in zip(
        found.mentions, found.document.sentences, text, strict=True
    ):
        assert (mention.start, mention.end) == (sentence.start, sentence.end)
        assert mention.text == raw[mention.start : mention.end]
        assert clean in clean_text(mention.text)
        assert mention.start <= at or raw[at : mention.start] == ""
        at = mention.end
    assert [(b.start, b.end) for b in found.document.blocks] == [(0, len(raw))] * len(blocks)


def test_an_extraction_of_another_text_is_refused() -> None:
    with pytest.raises(ValueError, match="not of this text"):
        in_raw_text(Extraction(Document("d", "abc")), "abcd")


# Other components


def test_entities_that_others_set_stay() -> None:
    nlp = spacy.blank("fr")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "QUANTITY", "pattern": "27 milliards"},
                        {"label": "WORD", "pattern": "auprès"}])  # fmt: skip
    nlp.add_pipe("extractor_money")
    doc = nlp(TEXT)
    assert ents(doc) == [("27 milliards", "QUANTITY"), ("auprès", "WORD"), ("12M€.", "MONEY")]
    assert [s.text for s in doc.spans["extractor"]] == ["27 milliards de dollars", "12M€."]


def test_entities_that_others_set_give_way_when_asked() -> None:
    nlp = spacy.blank("fr")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "QUANTITY", "pattern": "27 milliards"},
                        {"label": "WORD", "pattern": "auprès"}])  # fmt: skip
    nlp.add_pipe("extractor_money", config={"overwrite_ents": True})
    doc = nlp(TEXT)
    assert ents(doc)[:2] == [("27 milliards de dollars", "MONEY"), ("auprès", "WORD")]


def test_two_mentions_in_one_token_give_one_entity() -> None:
    def extract(texts: list[str]) -> list[Extraction]:
        name = Mention("F", 0, 4, "FIRM", "Meta")
        amount = Mention("M", 5, 7, "MONEY", "5€")
        return [Extraction(Document("d", text), (name, amount)) for text in texts]

    component = spacy_components.Component("x", extract)
    doc = component(Doc(spacy.blank("fr").vocab, ["Meta_5€"], spaces=[False]))
    assert ents(doc) == [("Meta_5€", "MONEY")]
    assert len(doc.spans["extractor"]) == 2


@pytest.mark.parametrize("order", [("extractor_money", "extractor_claims"),
                                   ("extractor_claims", "extractor_money")])  # fmt: skip
def test_both_together_are_the_claims(nlp: Language, order: tuple[str, str]) -> None:
    both = spacy.blank("fr")
    for name in order:
        both.add_pipe(name, config={"model": "cues"} if name == "extractor_claims" else {})
    doc = both(TEXT)
    assert doc._.claims == nlp(TEXT)._.claims
    assert ents(doc) == ents(nlp(TEXT))


def test_a_second_pass_changes_nothing(nlp: Language) -> None:
    doc = nlp(TEXT)
    before = doc.to_bytes()
    assert nlp.get_pipe("extractor_claims")(doc).to_bytes() == before


# Batches


class Spy:
    """An extractor that counts its batches and fails on a word."""

    def __init__(self, poison: str = "") -> None:
        self.sizes: list[int] = []
        self.poison = poison

    def __call__(self, texts: list[str]) -> list[Extraction]:
        self.sizes.append(len(texts))
        if self.poison and any(self.poison in text for text in texts):
            raise RuntimeError(self.poison)
        return [Extraction(Document("d", text)) for text in texts]


def spied(poison: str = "") -> tuple[Language, Spy]:
    spy = Spy(poison)
    nlp = spacy.blank("fr")
    component = spacy_components.Component("spied", spy)
    nlp.add_pipe("sentencizer")
    nlp._components.append(("spied", component))
    return nlp, spy


def test_pipe_hands_whole_batches_to_the_core() -> None:
    nlp, spy = spied()
    texts = [f"texte {i}" for i in range(7)]
    assert [doc.text for doc in nlp.pipe(texts, batch_size=3)] == texts
    assert spy.sizes == [3, 3, 1]


def test_pipe_gives_what_call_gives(nlp: Language) -> None:
    texts = [TEXT, "", "Rien ici.", TEXT.upper(), unicodedata.normalize("NFD", TEXT)] * 2
    piped = list(nlp.pipe(texts, batch_size=4))
    assert [doc.text for doc in piped] == texts
    for doc, text in zip(piped, texts, strict=True):
        assert doc._.extraction == nlp(text)._.extraction
        assert ents(doc) == ents(nlp(text))


def test_pipe_keeps_contexts(nlp: Language) -> None:
    pairs = nlp.pipe([(TEXT, 1), ("", 2)], as_tuples=True)
    assert [(len(doc._.amounts), context) for doc, context in pairs] == [(2, 1), (0, 2)]


def test_a_doc_that_fails_costs_only_itself() -> None:
    nlp, _ = spied("poison")
    texts = ["un", "deux", "poison", "quatre"]
    with pytest.raises(RuntimeError, match="poison"):
        list(nlp.pipe(texts))
    failed: list[str] = []
    handler = spacy_components.Component.set_error_handler
    handler(
        nlp.get_pipe("spied"), lambda name, component, docs, error: failed.extend(map(str, docs))
    )
    assert [doc.text for doc in nlp.pipe(texts)] == ["un", "deux", "quatre"]
    assert failed == ["poison"]


# Keeping and showing


@pytest.mark.parametrize("text", [TEXT, "", unicodedata.normalize("NFD", TEXT)])
def test_doc_bin_keeps_everything(nlp: Language, text: str) -> None:
    doc = nlp(text)
    kept = DocBin(docs=[doc], store_user_data=True).to_bytes()
    (back,) = DocBin().from_bytes(kept).get_docs(spacy.blank("fr").vocab)
    assert back._.extraction == doc._.extraction
    assert back._.claims == doc._.claims
    assert ents(back) == ents(doc)
    spans = [[(s.start, s.end, s.label_, s.id_) for s in d.spans.get("extractor", ())]
             for d in (doc, back)]  # fmt: skip
    assert spans[0] == spans[1]


def test_amounts_are_kept_exactly() -> None:
    doc = pipeline("extractor_money")("Un prix de 0,10 euro, puis de 1 234 567,89 euros.")
    back = Doc(doc.vocab).from_bytes(doc.to_bytes())
    lows = [m.money.low for m in back._.amounts]
    assert lows == [Decimal("0.1"), Decimal("1234567.89")]
    assert all(isinstance(low, Decimal) for low in lows)


def test_a_pipeline_is_saved_and_loaded(nlp: Language, tmp_path: Any) -> None:
    nlp.to_disk(tmp_path)
    assert spacy.load(tmp_path)(TEXT)._.claims == nlp(TEXT)._.claims


def test_displacy_escapes(nlp: Language) -> None:
    doc = nlp("<script>alert(1)</script> Meta a levé 27 milliards de dollars.")
    for style, options in (("ent", {}), ("span", {"spans_key": "extractor"})):
        html = displacy.render(doc, style=style, options=options, jupyter=False)
        assert "MONEY" in html
        assert "<script" not in html


def test_user_extensions_are_defined_by_our_factories_alone() -> None:
    for name in ("extraction", "amounts", "claims"):
        Doc.remove_extension(name)
    spacy.blank("fr")
    assert not Doc.has_extension("claims")
    spacy_components.register_extensions()
    assert Doc(spacy.blank("fr").vocab)._.claims == []


# Options


def test_min_score_and_zones() -> None:
    everything = pipeline()(TEXT)
    assert len(everything._.claims) == 2
    none = pipeline(zones=["boilerplate"])(TEXT)
    assert none._.claims == []
    assert amounts(none) == AMOUNTS
    high = max(c.score for c in everything._.claims)
    kept = pipeline(min_score=high)(TEXT)._.claims
    assert kept == [c for c in everything._.claims if c.score >= high]


@pytest.mark.parametrize(
    ("config", "error", "message"),
    [
        ({"zones": ["footer"]}, UnknownName, "Unknown zone 'footer'"),
        ({"scope": "some"}, UnknownName, "Unknown scope 'some'"),
        ({"model": "/nowhere"}, BundleError, "/nowhere"),
        ({"modle": "cues"}, Exception, "modle"),
    ],
)
def test_wrong_options(config: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        pipeline(**config)


def test_the_factories_say_what_they_assign(nlp: Language) -> None:
    assert "doc._.claims" in Language.get_factory_meta("extractor_claims").assigns
    assert nlp.analyze_pipes()["problems"] == {"extractor_claims": []}


def test_they_are_the_entry_points() -> None:
    import tomllib
    from importlib import import_module
    from pathlib import Path

    project = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text("utf-8"))
    for name, where in project["project"]["entry-points"]["spacy_factories"].items():
        module, _, function = where.partition(":")
        made = getattr(import_module(module), function)(spacy.blank("fr"), name, **{
            **Language.get_factory_meta(name).default_config,
            **({"model": "cues"} if name == "extractor_claims" else {}),
        })  # fmt: skip
        assert made.name == name
