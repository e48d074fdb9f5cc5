"""`extractor audit`: the claims whose gold is probably wrong.

Confident learning (Northcutt et al., "Confident Learning: Estimating Uncertainty in
Dataset Labels", 2021) by cleanlab, over documents that the model was not trained on:
two models of `--share 0.5` with seeds 1 and 2 see the two halves, so that each audits
the other's.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from extractor.errors import InputError
from extractor.model.labels import ATTRIBUTIONS, MODALITIES, TYPE_NAMES
from extractor.model.predictor import ClaimModel
from extractor.schema import Extraction, Mention
from extractor.train.calibrate import FIELDS, judge
from extractor.train.gold import load_gold
from extractor.train.items import make_items

_NAMES = dict(zip(FIELDS, (TYPE_NAMES, MODALITIES, ATTRIBUTIONS), strict=True))
_AROUND = 120


def audit(gold: Path, bundle: Path, device: str = "cpu") -> Iterator[dict[str, Any]]:
    """Doubtful labels of the training documents that a model has not seen, worst first.

    Args:
        gold: The annotations folder that the model was trained from.
        bundle: A model of `extractor train --share`.

    Yields:
        Id of the document, field, label, `expected` label, their probabilities, text
        around the amount.

    Raises:
        InputError: The model has seen all documents.
        BundleError: The bundle is missing or broken.
    """
    from cleanlab.filter import find_label_issues

    model = ClaimModel.load(bundle, device)
    unseen = unseen_by(model, gold)
    judged = judge(model.network, [i for _, items in unseen for i in items], model.device)
    amounts = [(g, m) for g, items in unseen for i in items for m in i.amounts.mentions]
    for column, field in enumerate(FIELDS):
        heat = model.config["temperatures"][field]
        probabilities = (judged.logits[field] / heat).softmax(-1).numpy()
        labels = judged.classes[:, column].numpy()
        with warnings.catch_warnings():
            # It says that a class of one or two cases cannot be judged.
            warnings.filterwarnings("ignore", message="May not flag all label issues")
            doubtful = find_label_issues(
                labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1
            )
        for row in doubtful:
            document, amount = amounts[row]
            given, expected = labels[row], probabilities[row].argmax()
            yield {
                "id": document.document.id,
                "field": field,
                "label": _NAMES[field][given],
                "expected": _NAMES[field][expected],
                "p_label": round(float(probabilities[row][given]), 4),
                "p_expected": round(float(probabilities[row][expected]), 4),
                "amount": amount.text,
                "text": _context(document, amount),
            }


def unseen_by(model: ClaimModel, gold: Path) -> list[tuple[Extraction, Sequence[Any]]]:
    """The training documents that a model has not seen, with their items.

    Raises:
        InputError: There is none.
    """
    data = load_gold(gold)
    settings = model.config["training"]["settings"]
    without = [kind for kind in settings["without"].split(",") if kind]
    part = data.part(settings["share"], without, settings["seed"])
    seen = {id(g) for g in (*part.real, *part.articles)}
    left = [g for g in (*data.real, *data.articles) if id(g) not in seen]
    if not left:
        raise InputError(
            f"{model.id} was trained on every document of {gold}. Train one with --share 0.5."
        )
    return [(g, list(make_items(g, model.tokenizer))) for g in left]


def _context(gold: Extraction, amount: Mention) -> str:
    text = gold.document.text
    before, after = text[: amount.start][-_AROUND:], text[amount.end :][:_AROUND]
    return f"{before}[{amount.text}]{after}".replace("\n", " ")
