"""A tiny model for shapes and rules, not accuracy; slow tests where they are asked for.

Those run with `pytest --slow`, or EXTRACTOR_SLOW=1.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from extractor.model.predictor import ClaimModel

# torch is imported where it is used: most tests need none.

ENCODER = {
    "vocab_size": 16, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 48, "max_position_embeddings": 512,
}  # fmt: skip
CONFIG = {
    "name": "tiny", "encoder": ENCODER, "head_width": 16, "names_layer": 1,
    "temperatures": {"type": 1.0, "modality": 1.0, "attribution": 1.0, "links": 1.0},
    "thresholds": {},
}  # fmt: skip


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit

    words = ["<s>", "<pad>", "</s>", "<unk>", "Meta", "a", "levé", "27", "milliards", "de"]
    made = Tokenizer(WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    made.pre_tokenizer = WhitespaceSplit()
    return made


@pytest.fixture
def bundle_folder(tmp_path, tokenizer):
    import torch
    from transformers import BertConfig

    from extractor.model.bundle import save_bundle
    from extractor.model.network import ClaimNetwork

    torch.manual_seed(0)
    network = ClaimNetwork(BertConfig(**ENCODER), CONFIG["names_layer"], width=16)
    folder = tmp_path / "bundle"
    save_bundle(folder, CONFIG, network.state_dict(), tokenizer.to_str(), {"CARD.md": "# tiny\n"})
    return folder


@pytest.fixture
def model(bundle_folder) -> ClaimModel:
    from extractor.model.predictor import ClaimModel

    return ClaimModel.load(bundle_folder)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the slow tests, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow") or os.environ.get("EXTRACTOR_SLOW") == "1":
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="slow: give --slow or EXTRACTOR_SLOW=1"))
