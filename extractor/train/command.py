"""`extractor train`: from gold and base encoder to a bundle."""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import BertConfig

from extractor.errors import BundleError
from extractor.model.bundle import Bundle, bundle_id, is_bundle, load_bundle, save_bundle
from extractor.model.device import pick_device
from extractor.model.int8 import observe
from extractor.model.network import ClaimNetwork
from extractor.model.predictor import ClaimModel, build_network
from extractor.pipeline.core import Extractor
from extractor.schema import Extraction
from extractor.taxonomy import DEAL_TYPES
from extractor.train.calibrate import calibrate, judge
from extractor.train.evaluate import summarise, tally
from extractor.train.frames import FrameFiller
from extractor.train.gold import Gold, load_gold
from extractor.train.items import Item, make_items
from extractor.train.loop import Settings, Trainer, best_epoch

NAME = "claims-multi"
HEAD_WIDTH = 256
# Authored text is ten times as much as real text, which is what is to be read.
_WEIGHTS = {"real": 4.0, "article": 1.5, "frame": 1.0}
_NAMES_PER_EPOCH = 2000
_FRAMES_PER_EPOCH = 2000
_OBSERVED = 400  # windows, about, that the ranges for 8-bit integers are taken from
_SCORED = ("type", "modality", "attribution", "role", "speaker", "FIRM")


def train(
    *, base: Path, gold: Path, folder: Path, output: Path, settings: Settings, device: str
) -> None:
    """Trains, calibrates and writes a bundle; resumes a run that was stopped.

    Args:
        base: Folder of `extractor base`, or a bundle, which is trained on.
        gold: The annotations folder.
        folder: Checkpoints; a run is resumed from its last epoch.
        output: Folder of the bundle.
    """
    seed = settings.seed
    where = torch.device(pick_device(device))
    torch.manual_seed(seed)
    # Gradients of gathered rows are else summed in the order in which threads come.
    torch.use_deterministic_algorithms(True, warn_only=where.type != "cpu")
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # slow
    tokenizer_json, sizes, network = start_network(base, settings.names_layer)
    before = {"base": bundle_id(base)} if is_bundle(base) else {}
    network.to(where)
    tokenizer = Tokenizer.from_str(tokenizer_json)
    without = [kind for kind in settings.without.split(",") if kind]
    data = load_gold(gold).part(settings.share, without, seed)
    told = f"{len(data.real)} real, {len(data.articles)} authored, {len(data.frames)} frames, "
    told += f"{len(data.names)} with names; {len(data.development)} for development"
    print(f"extractor: gold: {told}", file=sys.stderr)
    epoch = _Epochs(data, tokenizer, seed)
    config: dict[str, Any] = {"name": NAME, **sizes}
    held_out = [i for g in data.development for i in make_items(g, tokenizer)]

    def bundle() -> Bundle:
        return Bundle("training", config, network.state_dict(), tokenizer)

    def score() -> float:
        config.update(calibrate(network, held_out, where))
        model = ClaimModel(bundle(), str(where))
        figures = development_figures(Extractor(model, scope="all"), data.development)
        print("  " + " ".join(f"{k} {v:.3f}" for k, v in figures.items()), file=sys.stderr)
        return sum(figures.values()) / len(figures)

    trainer = Trainer(network, settings, _hash(gold, base), folder, where)
    history = trainer.fit(epoch.items, score)
    trainer.load_best()
    config |= calibrate(network, held_out, where)
    network.ranges.copy_(observe(network, lambda: judge(network, epoch.sample(_OBSERVED), where)))
    best = best_epoch(history)
    config |= {"training": {"settings": asdict(settings), "best_epoch": best, **before}}
    card = output / "CARD.md"
    extra = {"CARD.md": card.read_text(encoding="utf-8")} if card.is_file() else {}
    save_bundle(output, config, network.state_dict(), tokenizer_json, extra)
    print(f"extractor: wrote {output}", file=sys.stderr)


def start_network(base: Path, names_layer: int) -> tuple[str, dict[str, Any], ClaimNetwork]:
    """A network on the base encoder, its type head on the types' descriptions; or a bundle's.

    Args:
        base: Folder of `extractor base` or a bundle.
        names_layer: Names are read from the output of so many layers; a bundle tells its own.

    Returns:
        The tokenizer's JSON, the sizes as in a bundle's configuration, the network.

    Raises:
        BundleError: The folder is no base encoder and no bundle.
    """
    from safetensors.torch import load_file

    if is_bundle(base):
        bundle = load_bundle(base)
        network = build_network(bundle.config, bundle.weights)
        network.encoder.set_attn_implementation("eager")
        tokenizer_json = (base / "tokenizer.json").read_text(encoding="utf-8")
        sizes = {name: bundle.config[name] for name in ("encoder", "names_layer", "head_width")}
        return tokenizer_json, sizes, network
    try:
        encoder = json.loads((base / "config.json").read_text(encoding="utf-8"))
        tokenizer_json = (base / "tokenizer.json").read_text(encoding="utf-8")
        weights = load_file(base / "model.safetensors")
    except OSError as error:
        raise BundleError(f"{base}: {error}. Make it with 'extractor base'.") from error
    # Dropout of attention is slow on a CPU and brought nothing.
    encoder |= {"attention_probs_dropout_prob": 0.0}
    network = ClaimNetwork(BertConfig(**encoder), names_layer, HEAD_WIDTH)
    network.encoder.load_state_dict({k: v.float() for k, v in weights.items()})
    # The backward pass of fused attention takes a third longer a step on a CPU.
    network.encoder.set_attn_implementation("eager")
    tokenizer = Tokenizer.from_str(tokenizer_json)
    encodings = [tokenizer.encode(f"query: {t.description}").ids for t in DEAL_TYPES]
    longest = max(map(len, encodings))
    pieces = torch.tensor([ids + [1] * (longest - len(ids)) for ids in encodings])
    network.eval()
    network.describe_types(pieces, (pieces != 1).long())
    sizes = {"encoder": encoder, "names_layer": names_layer, "head_width": HEAD_WIDTH}
    return tokenizer_json, sizes, network


def _hash(*folders: Path) -> str:
    """One hash of all files of the folders, by their relative names."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class _Epochs:
    """The items of each epoch: gold texts as they are, some frames filled anew."""

    def __init__(self, gold: Gold, tokenizer: Tokenizer, seed: int) -> None:
        self._gold = gold
        self._tokenizer = tokenizer
        self._seed = seed
        self._fixed = [
            *self._items(gold.real, _WEIGHTS["real"]),
            *self._items(gold.articles, _WEIGHTS["article"]),
        ]

    def items(self, epoch: int) -> list[Item]:
        """All items of an epoch, the same for the same seed and epoch."""
        seed = self._seed * 1000 + epoch
        draw = random.Random(seed)
        frames, names = self._gold.frames, self._gold.names
        frames = draw.sample(frames, min(len(frames), _FRAMES_PER_EPOCH))
        filler = FrameFiller(frames, self._gold.firms, seed)
        chosen = draw.sample(names, min(len(names), _NAMES_PER_EPOCH))
        return [
            *self._fixed,
            *self._items(filler.epoch(), _WEIGHTS["frame"]),
            *self._items(chosen, 1.0),
        ]

    def sample(self, count: int) -> list[Item]:
        """So many windows of real and authored text, evenly spread."""
        return self._fixed[:: max(1, len(self._fixed) // count)]

    def _items(
        self, golds: Sequence[Extraction] | Iterator[Extraction], weight: float
    ) -> list[Item]:
        return [item for gold in golds for item in make_items(gold, self._tokenizer, weight)]


def development_figures(extractor: Extractor, gold: Sequence[Extraction]) -> dict[str, float]:
    """The figures that choose the best epoch."""
    found = extractor.extract_documents([g.document for g in gold])
    figures = summarise([tally(g, f) for g, f in zip(gold, found, strict=True)], intervals=False)
    return {name: figures[name]["value"] for name in _SCORED}
