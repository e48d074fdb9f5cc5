"""The bundle: a folder with everything a trained model is.

config.json        sizes, calibration, thresholds
labels.json        the closed lists, in the order of the output columns
model.safetensors  weights; matrices in 8 bits with one scale a row
tokenizer.json     the cut Unigram tokenizer
CARD.md            data, licences, figures, limits
metrics.json       what `extractor evaluate` measured
SHA256SUMS         of all the above, checked on load
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractor.errors import BundleError
from extractor.model import labels

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

FORMAT = "extractor-claims/2"
NEEDED = ("config.json", "labels.json", "model.safetensors", "tokenizer.json")
SUMS = "SHA256SUMS"
_SMALL = 4096  # weights; a smaller matrix stays in 16 bits


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle in memory.

    Attributes:
        id: Name and the first 12 hex digits of the hash of the needed files' checksums.
        config: As in config.json.
        weights: Restored to float32.
    """

    id: str
    config: Mapping[str, Any]
    weights: Mapping[str, torch.Tensor]
    tokenizer: Tokenizer


def label_lists() -> dict[str, list[Any]]:
    """The closed lists that a bundle must agree with."""
    return {
        "types": list(labels.TYPE_NAMES),
        "modalities": list(labels.MODALITIES),
        "attributions": list(labels.ATTRIBUTIONS),
        "bio": list(labels.BIO),
        "links": list(labels.LINKS),
        "cue_tags": [list(tag) for tag in labels.CUE_TAGS],
    }


def save_bundle(
    folder: Path,
    config: Mapping[str, Any],
    weights: Mapping[str, torch.Tensor],
    tokenizer_json: str,
    extra: Mapping[str, str],
) -> None:
    """Writes a bundle.

    Args:
        extra: Further text files by name (CARD.md, metrics.json).
    """
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "config.json": json.dumps({"format": FORMAT, **config}, indent=1, ensure_ascii=False)
        + "\n",
        "labels.json": json.dumps(label_lists(), indent=1) + "\n",
        "tokenizer.json": tokenizer_json,
        **extra,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    save_file(quantise(weights), folder / "model.safetensors")
    write_sums(folder)


def write_sums(folder: Path) -> None:
    """Writes the checksums of every file of the bundle."""
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.name != SUMS)
    lines = [f"{_sha256(path)}  {path.name}\n" for path in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def load_bundle(folder: Path) -> Bundle:
    """Reads and checks a bundle.

    Raises:
        BundleError: A file is missing, broken or not of this program; the
            message says which and what to do.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    id, config = _identify(folder)
    if config.get("format") != FORMAT:
        raise BundleError(
            f"{folder}/config.json: format is {config.get('format')!r}, this program reads "
            f"'{FORMAT}'. Train a bundle with 'extractor train' or install the matching version."
        )
    if _json(folder / "labels.json") != label_lists():
        raise BundleError(
            f"{folder}/labels.json: the labels are not those of this program. Retrain the bundle "
            "with 'extractor train' or install the version it was made with."
        )
    try:
        stored = load_file(folder / "model.safetensors")
        weights = restore(stored)
    except (SafetensorError, KeyError, RuntimeError) as error:
        raise BundleError(f"{folder}/model.safetensors: {error}. Fetch the file again.") from error
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises bare Exception
        raise BundleError(f"{folder}/tokenizer.json: {error}. Fetch the file again.") from error
    return Bundle(id, config, weights, tokenizer)


def is_bundle(folder: Path) -> bool:
    """Whether a folder holds a bundle, whole or broken."""
    return (folder / SUMS).is_file()


def bundle_id(folder: Path) -> str:
    """The id of a bundle, without loading it. Raises BundleError."""
    return _identify(folder)[0]


def _identify(folder: Path) -> tuple[str, dict[str, Any]]:
    digest = _check_sums(folder)
    config = _json(folder / "config.json")
    return f"{config.get('name', folder.name)}-{digest[:12]}", config


def _check_sums(folder: Path) -> str:
    if not folder.is_dir():
        raise BundleError(
            f"{folder}: no such folder. Give --model the folder of a bundle, or 'cues' for the "
            "rule labeller."
        )
    sums = folder / SUMS
    if not sums.is_file():
        raise BundleError(f"{folder}: no {SUMS}, so this is no bundle, or an incomplete one.")
    named = {}
    for line in sums.read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        named[name] = digest
    for name in sorted({*NEEDED, *named}):
        path = folder / name
        if name not in named:
            raise BundleError(f"{sums}: '{name}' is not listed. Fetch the bundle again.")
        if "/" in name or "\\" in name or not path.is_file():
            raise BundleError(f"{folder}: '{name}' is missing. Fetch the bundle again.")
        found = _sha256(path)
        if found != named[name]:
            raise BundleError(
                f"{path}: SHA-256 is {found[:12]}..., {SUMS} says {named[name][:12]}... The file "
                "is broken or was changed. Fetch the bundle again."
            )
    # The card and the figures may change; the model is what these four files are.
    return hashlib.sha256("".join(named[name] for name in NEEDED).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BundleError(f"{path}: not JSON: {error}. Fetch the file again.") from error
    if not isinstance(value, dict):
        raise BundleError(f"{path}: holds a {type(value).__name__}, not an object.")
    return value


def quantise(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Matrices to int8 with a float32 scale a row, the rest to float16."""
    import torch

    stored: dict[str, torch.Tensor] = {}
    for name, tensor in weights.items():
        value = tensor.detach().float().cpu()
        if value.ndim == 2 and value.numel() >= _SMALL:
            scale = value.abs().amax(1, keepdim=True).clamp_min(1e-12) / 127
            stored[f"{name}.q8"] = (value / scale).round().clamp(-127, 127).to(torch.int8)
            stored[f"{name}.scale"] = scale
        else:
            stored[name] = value.half()
    return stored


def restore(stored: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The inverse of `quantise`, in float32."""
    weights: dict[str, torch.Tensor] = {}
    for name, tensor in stored.items():
        if name.endswith(".q8"):
            base = name.removesuffix(".q8")
            weights[base] = tensor.float() * stored[f"{base}.scale"]
        elif not name.endswith(".scale"):
            weights[name] = tensor.float()
    return weights
