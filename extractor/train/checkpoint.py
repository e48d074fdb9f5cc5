"""What a training keeps after each epoch, and how it goes on from there.

`last.safetensors` holds weights, optimiser and, in its metadata, what is told of the run;
`best.safetensors` the weights of the best epoch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

_STATE = "state"
_OPTIMISER = "optimiser."


def save(
    folder: Path,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    told: Mapping[str, Any],
    *,
    is_best: bool,
) -> None:
    """Writes the last epoch, and the best one where it is that.

    Args:
        told: Anything that JSON holds.
    """
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    weights = {k: v.detach().contiguous().cpu() for k, v in network.state_dict().items()}
    if is_best:
        save_file(weights, folder / "best.safetensors")
    state = {
        f"{_OPTIMISER}{i}.{k}": torch.as_tensor(v).cpu()
        for i, values in optimiser.state_dict()["state"].items()
        for k, v in values.items()
    }
    # One file, put in place at once: weights never stand beside another epoch's history.
    part = folder / "last.part"
    save_file(weights | state, part, metadata={_STATE: json.dumps(told)})
    part.replace(folder / "last.safetensors")


def told(folder: Path) -> dict[str, Any] | None:
    """What the last epoch's file tells of its run; None where there is none."""
    from safetensors import safe_open

    path = folder / "last.safetensors"
    if not path.is_file():
        return None
    with safe_open(path, "pt") as file:
        read: dict[str, Any] = json.loads(file.metadata()[_STATE])
    return read


def restore(folder: Path, network: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    """Puts weights and optimiser of the last epoch back."""
    from safetensors.torch import load_file

    stored = load_file(folder / "last.safetensors")
    network.load_state_dict({k: v for k, v in stored.items() if not k.startswith(_OPTIMISER)})
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in stored.items():
        if name.startswith(_OPTIMISER):
            _, index, key = name.split(".")
            state.setdefault(int(index), {})[key] = tensor
    optimiser.load_state_dict(optimiser.state_dict() | {"state": state})


def restore_best(folder: Path, network: nn.Module) -> None:
    """Puts the weights of the best epoch back."""
    from safetensors.torch import load_file

    network.load_state_dict(load_file(folder / "best.safetensors"))
