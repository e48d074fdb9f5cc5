"""The spaCy components: `extractor_money`, the grammar alone, and `extractor_claims`.

    >>> import spacy
    >>> nlp = spacy.blank("fr")
    >>> pipe = nlp.add_pipe("extractor_claims", config={"model": "cues"})
    >>> doc = nlp("Meta a levé 27 milliards de dollars.")
    >>> [claim.surface for claim in doc._.claims]
    ['27 milliards de dollars']

They fill `doc.ents`, `doc.spans["extractor"]` (token spans; a span's `id_` is its
mention's id) and `doc._.amounts`, `doc._.claims`, `doc._.extraction`, whose offsets
are exact in `doc.text`, also where a token holds more than the amount ("12M€.").

What is found is kept as plain values in `doc.user_data["extractor"]`, so that it
survives `DocBin(store_user_data=True)`. A process that only reads such docs calls
`register_extensions` first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import minibatch, raise_error

from extractor.errors import UnknownName
from extractor.pipeline.offsets import in_raw_text
from extractor.pipeline.records import DEFAULT_ZONES, records
from extractor.schema import Extraction, Mention, Record
from extractor.taxonomy import BLOCK_KINDS, LANGUAGES

if TYPE_CHECKING:
    from pydantic import TypeAdapter

# The core is imported where it is used: spaCy imports this module, by its entry
# point, for every pipeline that is made, ours or not.

KEY = "extractor"
GRAMMAR = "grammar"
_ASSIGNS = ["doc.ents", "doc.spans", "doc._.amounts", "doc._.claims", "doc._.extraction"]


def make_money(nlp: Language, name: str, overwrite_ents: bool) -> Component:
    """Makes `extractor_money`: amounts by the grammar, with no model.

    Args:
        overwrite_ents: Entities that others set give way to amounts.
    """
    from extractor.pipeline.core import Extractor, find_amounts

    read = Extractor(language=_language(nlp)).read

    def extract(texts: list[str]) -> list[Extraction]:
        documents = [read(text) for text in texts]
        return [Extraction(d, tuple(find_amounts(d)), model=GRAMMAR) for d in documents]

    return Component(name, extract, overwrite_ents=overwrite_ents, keep_found=True)


def make_claims(
    nlp: Language,
    name: str,
    model: str | None,
    device: str,
    precision: str,
    scope: str,
    zones: list[str],
    min_score: float,
    overwrite_ents: bool,
) -> Component:
    """Makes `extractor_claims`: amounts, names and claims.

    Args:
        model: Folder of a bundle; `cues` for the rule labeller; None for the bundle
            that comes with the package.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        precision: Of the network: `auto`, `bf16`, `int8` or `float32`.
        scope: `claims` reads names only around amounts, `all` everywhere.
        zones: Kinds of block that claims are taken from.
        min_score: Claims of a lower score are left out.
        overwrite_ents: Entities that others set give way to ours.

    Raises:
        BundleError: The bundle is missing, broken or foreign.
        UnknownName: Of a scope or zone.
    """
    from extractor.pipeline.core import load

    for zone in zones:
        if zone not in BLOCK_KINDS:
            raise UnknownName("zone", zone, BLOCK_KINDS)
    extractor = load(
        model, device=device, precision=precision, scope=scope, language=_language(nlp)
    )

    def extract(texts: list[str]) -> list[Extraction]:
        found = extractor.extract_documents([extractor.read(text) for text in texts])
        return [_selected(extraction, zones, min_score) for extraction in found]

    return Component(name, extract, overwrite_ents=overwrite_ents)


def _language(nlp: Language) -> str | None:
    """The pipeline's language; None, to detect it, where there is no grammar for it."""
    return nlp.lang if nlp.lang in LANGUAGES else None


def _selected(extraction: Extraction, zones: Collection[str], min_score: float) -> Extraction:
    kept = {record.claim_id for record in records(extraction, zones=zones, min_score=min_score)}
    return replace(extraction, claims=tuple(c for c in extraction.claims if c.id in kept))


class Component:
    """Puts what the core finds into docs, a batch at a time.

    Args:
        extract: Texts, none of them blank, to extractions.
        overwrite_ents: Entities that others set give way to ours where they overlap;
            by default ours do. `doc.spans` holds all of ours in any case.
        keep_found: Leave docs alone that another of these components has been over.
    """

    def __init__(
        self,
        name: str,
        extract: Callable[[list[str]], list[Extraction]],
        *,
        overwrite_ents: bool = False,
        keep_found: bool = False,
    ) -> None:
        register_extensions()
        self.name = name
        self._extract = extract
        self._overwrite_ents = overwrite_ents
        self._keep_found = keep_found
        self._on_error: Callable[..., Any] = raise_error

    def set_error_handler(self, handler: Callable[..., Any]) -> None:
        """Sets what is called for a doc that fails, which then leaves the stream."""
        self._on_error = handler

    def __call__(self, doc: Doc) -> Doc:
        """Annotates one doc."""
        self._annotate([doc])
        return doc

    def pipe(self, docs: Iterable[Doc], *, batch_size: int = 32) -> Iterator[Doc]:
        """Annotates docs in order; a batch goes to the core whole."""
        for batch in minibatch(docs, batch_size):
            yield from self._annotated(batch)

    def _annotated(self, docs: list[Doc]) -> Iterator[Doc]:
        try:
            self._annotate(docs)
        except Exception as error:
            if len(docs) == 1:
                self._on_error(self.name, self, docs, error)
                return
        else:
            yield from docs
            return
        # One doc of them fails, so one by one.
        for doc in docs:
            yield from self._annotated([doc])

    def _annotate(self, docs: list[Doc]) -> None:
        wanted = [doc for doc in docs if doc.text.strip()]
        if self._keep_found:
            wanted = [doc for doc in wanted if KEY not in doc.user_data]
        for doc, found in zip(wanted, self._extract([d.text for d in wanted]), strict=True):
            extraction = in_raw_text(found, doc.text)
            doc.user_data[KEY] = _plain(extraction)
            _mark(doc, extraction.mentions, overwrite=self._overwrite_ents)


def _mark(doc: Doc, mentions: Iterable[Mention], *, overwrite: bool) -> None:
    """Sets `doc.spans`, and `doc.ents` where they are free."""
    spans = [
        doc.char_span(m.start, m.end, label=m.label, span_id=m.id, alignment_mode="expand")
        for m in mentions
    ]
    doc.spans[KEY] = spans
    # Where ours share a token: amounts first, then the longer.
    ours = sorted(spans, key=lambda span: (span.label_ != "MONEY", span.start - span.end))
    kept: list[Span] = []
    taken: set[int] = set()
    for span in [*ours, *doc.ents] if overwrite else [*doc.ents, *ours]:
        tokens = range(span.start, span.end)
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            kept.append(span)
    doc.ents = kept


def register_extensions() -> None:
    """Defines `doc._.extraction`, `doc._.amounts` and `doc._.claims`."""
    Doc.set_extension("extraction", getter=_extraction, force=True)
    Doc.set_extension("amounts", getter=_amounts, force=True)
    Doc.set_extension("claims", getter=_claims, force=True)


@cache
def _adapter() -> TypeAdapter[Extraction]:
    from pydantic import TypeAdapter

    return TypeAdapter(Extraction)


def _plain(extraction: Extraction) -> dict[str, Any]:
    """Text, numbers, lists and dicts; the doc holds the text already."""
    textless = replace(extraction, document=replace(extraction.document, text=""))
    plain: dict[str, Any] = _adapter().dump_python(textless, mode="json")
    return plain


def _extraction(doc: Doc) -> Extraction | None:
    """The extraction; None of a doc that holds no text or was not annotated."""
    plain = doc.user_data.get(KEY)
    if plain is None:
        return None
    found = _adapter().validate_python(plain)
    return replace(found, document=replace(found.document, text=doc.text))


def _amounts(doc: Doc) -> list[Mention]:
    """The MONEY mentions, in text order."""
    found = _extraction(doc)
    return [m for m in found.mentions if m.label == "MONEY"] if found else []


def _claims(doc: Doc) -> list[Record]:
    """The claims as records, in text order."""
    found = _extraction(doc)
    return list(records(found, zones=BLOCK_KINDS)) if found else []


Language.factory(
    "extractor_money", func=make_money, assigns=_ASSIGNS, default_config={"overwrite_ents": False}
)
Language.factory(
    "extractor_claims",
    func=make_claims,
    assigns=_ASSIGNS,
    default_config={
        "model": None,
        "device": "auto",
        "precision": "auto",
        "scope": "claims",
        "zones": list(DEFAULT_ZONES),
        "min_score": 0.0,
        "overwrite_ents": False,
    },
)
