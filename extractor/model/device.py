"""Where the network runs and in which numbers."""

from __future__ import annotations

import torch

from extractor.errors import BundleError, UnknownName
from extractor.model.int8 import has_int8
from extractor.model.network import ClaimNetwork

PRECISIONS = ("auto", "bf16", "int8", "float32")


def pick_device(name: str) -> str:
    """`auto` is the GPU where there is one.

    Raises:
        BundleError: A GPU was asked for and there is none.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise BundleError(
            f"Device '{name}' was asked for, but torch {torch.__version__} sees no GPU."
        )
    return name


def pick_precision(name: str, device: torch.device, network: ClaimNetwork) -> str:
    """`auto` is bfloat16 where that is fast, else 8-bit integers where those are, else float32.

    Raises:
        UnknownName: Of no precision.
        BundleError: 8-bit integers were asked for, which the device or the model has not.
    """
    if name not in PRECISIONS:
        raise UnknownName("precision", name, PRECISIONS)
    observed = bool(network.ranges.any())
    possible = observed and device.type == "cpu" and has_int8()
    if name == "auto":
        return "bf16" if has_bf16(device) else "int8" if possible else "float32"
    if name == "int8" and not possible:
        lack = "the bundle holds no ranges" if not observed else f"{device} is not fast with them"
        raise BundleError(f"Precision 'int8' was asked for, but {lack}. Use 'auto'.")
    return name


def has_bf16(device: torch.device) -> bool:
    """Whether bfloat16 is fast: a CPU without the instructions is 70 times slower with it."""
    if device.type == "cpu":
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return True
