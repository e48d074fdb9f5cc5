"""Prediction: one claim an amount, whatever the batch."""

from __future__ import annotations

import pytest

from extractor.errors import BundleError
from extractor.model.device import pick_device
from extractor.model.predictor import BATCH_PIECES
from extractor.pipeline.core import Extractor

TEXTS = [
    "Meta a levé 27 milliards de dollars auprès de PIMCO.",
    "Sans montant, rien ici.",
    "Pari\n\nMeta Platforms a levé 3 M€.\n\nLe groupe a payé 5 M€ à Oracle. "
    + "Et puis rien. " * 90,
]


def plain(extraction) -> list[tuple[object, ...]]:
    return [(c.id, c.type, c.modality, c.roles, c.period) for c in extraction.claims]


def test_every_amount_has_one_claim(model) -> None:
    for text in TEXTS:
        found = Extractor(model, language="fr")(text)
        amounts = [m.id for m in found.mentions if m.label == "MONEY"]
        assert [c.money for c in found.claims] == amounts
        assert all(found.document.text[m.start : m.end] == m.text for m in found.mentions)


def test_a_batch_is_its_articles_one_by_one(model) -> None:
    extractor = Extractor(model, language="fr")
    together = list(extractor.stream(TEXTS, batch_size=3))
    assert [plain(e) for e in together] == [plain(extractor(t)) for t in TEXTS]


def test_a_gpu_without_memory_halves_its_batches(model, monkeypatch) -> None:
    import torch

    extractor = Extractor(model, language="fr", scope="all")
    articles = TEXTS * 4
    expected = [plain(e) for e in extractor.stream(articles)]
    encode, sizes = model.network.encode, []

    def small(pieces, *rest, **claims):
        if pieces.numel() > 700:
            raise torch.OutOfMemoryError("CUDA out of memory")
        sizes.append(len(pieces))
        return encode(pieces, *rest, **claims)

    monkeypatch.setattr(model.network, "encode", small)
    assert [plain(e) for e in extractor.stream(articles)] == expected
    assert model.batch_pieces < BATCH_PIECES
    assert max(sizes) > 1


def test_a_gpu_that_is_not_there_is_told() -> None:
    import torch

    if torch.cuda.is_available():
        assert pick_device("auto") == "cuda"
    else:
        with pytest.raises(BundleError, match="sees no GPU"):
            pick_device("cuda")
