"""Whether an encoder was restored and its vocabulary cut without harm."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from extractor.errors import BundleError

if TYPE_CHECKING:
    import torch

_LEAST_GAP = 0.05
_LEAST_SAME = 0.5


@dataclass(frozen=True, slots=True)
class BaseCheck:
    """What `check_base` measured.

    Attributes:
        pairs: Mean cosine of translations of one sentence.
        others: Mean cosine of different sentences in different languages.
        same: Share of the sentences that the cut tokenizer cuts as the full one does.
        extra: Further pieces that it needs, as a share.
    """

    pairs: float
    others: float
    same: float
    extra: float

    def __str__(self) -> str:
        return (
            f"translations {self.pairs:.3f}, other sentences {self.others:.3f} (mean cosine); "
            f"cut tokenizer agrees on {self.same:.0%}, {self.extra:+.1%} pieces"
        )


def check_base(
    config: Mapping[str, Any],
    tensors: Mapping[str, torch.Tensor],
    full: Mapping[str, Any],
    cut: Mapping[str, Any],
    kept: list[int],
) -> BaseCheck:
    """Compares sentence vectors (mean over pieces) and both tokenizers on known sentences.

    Args:
        config: Of the encoder, with all its layers.
        tensors: Its weights, with the full vocabulary.
        full: The full tokenizer.
        cut: The cut one.
        kept: Ids that the cut one keeps.

    Raises:
        BundleError: Translations are not nearer than other sentences, or the
            tokenizers disagree: the weights or the layout are not what they claim.
    """
    import torch
    from tokenizers import Tokenizer
    from transformers import BertConfig, BertModel

    text = (files("extractor.train") / "verify.toml").read_text(encoding="utf-8")
    sentences = [
        f"query: {s}" for group in zip(*tomllib.loads(text).values(), strict=True) for s in group
    ]
    both = [Tokenizer.from_str(json.dumps(t)) for t in (full, cut)]
    whole, short = ([e.tokens for e in t.encode_batch(sentences)] for t in both)
    word = "embeddings.word_embeddings.weight"
    state = {k: v.float() for k, v in tensors.items() if not k.endswith("position_ids")}
    state[word] = state[word][torch.tensor(kept)]
    settings = {**config, "vocab_size": len(kept), "pad_token_id": 1}
    model = BertModel(BertConfig(**settings), add_pooling_layer=False).eval()
    model.load_state_dict(state)
    vectors = []
    with torch.inference_mode():
        for encoding in both[1].encode_batch(sentences):
            hidden = model(input_ids=torch.tensor([encoding.ids])).last_hidden_state[0]
            vectors.append(torch.nn.functional.normalize(hidden.mean(0), dim=0))
    table = torch.stack(vectors)
    cosines = table @ table.T
    count = len(tomllib.loads(text))
    group = torch.arange(len(sentences)) // count
    language = torch.arange(len(sentences)) % count
    apart = language[:, None] != language[None]
    alike = (group[:, None] == group[None]) & apart
    check = BaseCheck(
        pairs=float(cosines[alike].mean()),
        others=float(cosines[~alike & apart].mean()),
        same=sum(a == b for a, b in zip(whole, short, strict=True)) / len(sentences),
        extra=sum(map(len, short)) / sum(map(len, whole)) - 1,
    )
    if check.pairs - check.others < _LEAST_GAP or check.same < _LEAST_SAME:
        raise BundleError(f"The encoder was not restored as it should be: {check}.")
    return check
