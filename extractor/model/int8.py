"""The encoder in 8-bit integers, for CPUs that multiply those fastest (VNNI).

Weights and activations are 8 bits, sums 32, what lies between float32. Three things keep
the states near those of float32 (measured in the model card):

- Each channel of an activation is divided by a factor that its weights are multiplied
  with, so that channels of a wide range do not cost the others their digits (Xiao et al.,
  "SmoothQuant", 2023). Layer norms and values hold the factors, at no time of their own.
- The hidden channels of the feed-forward part with the greatest range are computed in
  float32, beside the others (after Dettmers et al., "LLM.int8()", 2022).
- Scales are fixed by what was observed on training text, so that the texts beside a text
  change how it is read by no more than the rounding of the attention.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from extractor.model.network import ClaimNetwork

_STRENGTH = 0.8  # of the smoothing: 0 leaves all to the activations, 1 to the weights
_FLOAT_SHARE = 24  # of so many hidden channels of the feed-forward part, one stays in float32
_LEAST = 1e-4


def observe(network: ClaimNetwork, read: Callable[[], object]) -> Tensor:
    """The range of each input channel of the encoder's linear maps.

    Args:
        network: In float.
        read: Sends text through the network.

    Returns:
        Least and greatest value; the channels are those of the state, the context of the
        attention, its output and the hidden layer. Shape: (layers, 2, 3 W + hidden).
    """
    ranges = torch.zeros_like(network.ranges)
    width = network.encoder.config.hidden_size
    hooks = []
    for row, layer in enumerate(network.encoder.encoder.layer):
        maps = (
            layer.attention.self.query, layer.attention.output.dense, layer.intermediate.dense,
            layer.output.dense,
        )  # fmt: skip
        for part, linear in enumerate(maps):
            columns = slice(part * width, part * width + linear.in_features)

            def widen(_: Any, given: Any, row: int = row, columns: slice = columns) -> None:
                state = given[0].detach().float().flatten(0, -2)
                low, high = ranges[row, :, columns]
                torch.minimum(low, state.amin(0), out=low)
                torch.maximum(high, state.amax(0), out=high)

            hooks.append(linear.register_forward_pre_hook(widen))
    try:
        read()
    finally:
        for hook in hooks:
            hook.remove()
    return ranges


@torch.no_grad()
def to_int8(network: ClaimNetwork) -> None:
    """Puts 8-bit layers in the place of the encoder's.

    The network then only infers, and its state of names is held as the next layer reads it.

    Raises:
        ValueError: The network holds no ranges.
    """
    if not network.ranges.any():
        raise ValueError("the network holds no ranges")
    layers, width = network.encoder.encoder.layer, network.encoder.config.hidden_size
    grids = [
        _Grid.of(_attending(layer)[0], ranges[:, :width])
        for layer, ranges in zip(layers, network.ranges, strict=True)
    ]
    grids.append(_Grid(torch.ones(width), None))
    norm = network.encoder.embeddings.LayerNorm
    norm.weight.data, norm.bias.data = grids[0].put(norm.weight, norm.bias)
    names = network.mention[-1]
    assert isinstance(names, nn.Linear)
    names.weight.data, names.bias.data = grids[network.names_layer].taken(names.weight, names.bias)
    for row, (given, handed) in enumerate(pairwise(grids)):
        layers[row] = _Layer(layers[row], network.ranges[row], given, handed)


@lru_cache(maxsize=1)
def has_int8() -> bool:
    """Whether this CPU is fast with 8-bit integers and this torch has what it takes."""
    if not torch.cpu._is_vnni_supported():
        return False
    weight = torch.linspace(-1, 1, 64 * 32).view(32, 64)
    state = torch.linspace(-2, 3, 3 * 64).view(3, 64)
    exact = F.linear(state, weight)
    grid = _Grid.of(weight, torch.stack([state.amin(0), state.amax(0)]))
    try:  # an operator of torch's own compiler, which may change
        near = _Linear(weight, torch.zeros(32), grid)(grid.round(state / grid.factors + grid.shift))
    except (AttributeError, RuntimeError, TypeError):
        return False
    return bool((near - exact).norm() < 0.03 * exact.norm())


@dataclass(frozen=True, slots=True)
class _Grid:
    """How an activation is held: divided and moved so that its 8 bits are its whole part.

    Attributes:
        factors: It is divided by them. Shape: (channels,).
        zero: The integer that stands for 0; None where nothing is rounded.
    """

    factors: Tensor
    zero: int | None

    @classmethod
    def of(cls, weight: Tensor, ranges: Tensor, strength: float = _STRENGTH) -> _Grid:
        """The grid of the inputs of a linear map.

        Args:
            weight: Shape: (outputs, channels).
            ranges: Shape: (2, channels).
            strength: Of the smoothing.
        """
        widest = ranges.abs().amax(0).clamp_min(_LEAST)
        heaviest = weight.abs().amax(0).clamp_min(_LEAST)
        smooth = widest**strength / heaviest ** (1 - strength)
        factors = smooth if strength else torch.ones_like(widest)
        low, high = (ranges / factors).aminmax()
        step = (high.clamp_min(_LEAST) - low.clamp_max(0)) / 255
        return cls(factors * step, round(float(-low.clamp_max(0) / step)))

    @property
    def shift(self) -> float:
        """What is added; whole parts then round to the nearest."""
        return 0.0 if self.zero is None else self.zero + 0.5

    def put(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Weight, by output in rows, and bias of what yields it, so that it does so held."""
        rows = self.factors if weight.ndim == 1 else self.factors[:, None]
        return weight / rows, bias / self.factors + self.shift

    def taken(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Weight and bias of a float map that reads it, so that it reads it held."""
        scaled = weight * self.factors
        return scaled, bias - scaled.sum(1) * self.shift

    @staticmethod
    def round(held: Tensor) -> Tensor:
        """The 8 bits. Shape is kept."""
        return held.clamp(0, 255).to(torch.uint8)


class _Linear:
    """y = x W' + b of 8-bit x and W.

    Args:
        weight: Shape: (outputs, inputs).
        bias: Shape: (outputs,).
        grid: Of the inputs.
    """

    def __init__(self, weight: Tensor, bias: Tensor, grid: _Grid) -> None:
        assert grid.zero is not None
        weight = weight * grid.factors
        self.zero = grid.zero
        self.scales = weight.abs().amax(1).clamp_min(1e-12) / 127
        rounded = (weight / self.scales[:, None]).round().to(torch.int8)
        self.weight = torch.ops.onednn.qlinear_prepack(rounded, None)
        self.zeros = torch.zeros(len(weight), dtype=torch.int64)
        self.bias = bias.contiguous()

    def __call__(self, state: Tensor) -> Tensor:
        """Shape: (rows, inputs), uint8 -> (rows, outputs), float32."""
        return self._run(state, 1.0, 0, torch.float32, "none", "")

    def gelu(self, state: Tensor, step: float, zero: int) -> Tensor:
        """GELU of the result, in 8 bits of a grid. Shape: (rows, inputs) -> (rows, outputs)."""
        return self._run(state, step, zero, torch.uint8, "gelu", "none")

    def _run(self, state: Tensor, *out: Any) -> Tensor:
        step, zero, kind, after, algorithm = out
        return torch.ops.onednn.qlinear_pointwise(  # type: ignore[no-any-return]
            state, 1.0, self.zero, self.weight, self.scales, self.zeros, self.bias,
            step, zero, kind, after, [], algorithm,
        )  # fmt: skip


class _Layer(nn.Module):
    """A layer of the encoder.

    Args:
        layer: In float.
        ranges: Of its inputs, as `observe` gives them. Shape: (2, 3 W + hidden).
        given, handed: How it is given the state, and how it hands it on.
    """

    def __init__(self, layer: Any, ranges: Tensor, given: _Grid, handed: _Grid) -> None:
        super().__init__()
        out, up, down = layer.attention.output, layer.intermediate.dense, layer.output
        width = len(given.factors)
        _, context, middle, hidden = torch.split(ranges, [width] * 3 + [up.out_features], -1)
        self.heads, self.eps = layer.attention.self.num_attention_heads, out.LayerNorm.eps

        weight, bias = _attending(layer)
        read = _Grid.of(out.dense.weight, context)
        # The weights of an attention sum to 1: what is added to a value is added to the context.
        weight[2 * width :], bias[2 * width :] = read.put(weight[2 * width :], bias[2 * width :])
        self.attend = _Linear(weight, bias, given)
        self.residual = given.factors
        bias = out.dense.bias - given.factors * given.shift
        self.out = _Linear(out.dense.weight, bias, read)

        between = _Grid.of(up.weight, middle)
        self.first = between.put(out.LayerNorm.weight, out.LayerNorm.bias)
        self.middle = between.factors
        widest = hidden.abs().amax(0).argsort(descending=True)
        apart, rest = widest.tensor_split([len(widest) // _FLOAT_SHARE])
        self.up = _Linear(up.weight[rest], up.bias[rest], between)
        inner = _Grid.of(down.dense.weight[:, rest], hidden[:, rest], strength=0)
        self.inner = float(inner.factors[0]), int(inner.zero or 0)
        bias = down.dense.bias - between.factors * between.shift
        self.down = _Linear(down.dense.weight[:, rest], bias, inner)
        weight, self.float_bias = between.taken(up.weight[apart], up.bias[apart])
        self.float_up = weight.T.contiguous()
        self.float_down = down.dense.weight[:, apart].T.contiguous()
        self.second = handed.put(down.LayerNorm.weight, down.LayerNorm.bias)

    def forward(self, state: Tensor, mask: Tensor | None) -> Tensor:
        """Shape: (B, P, W) -> (B, P, W)."""
        rows, length, width = state.shape
        flat = state.reshape(-1, width)
        heads = (rows, length, 3, self.heads, width // self.heads)
        query, key, value = self.attend(_Grid.round(flat)).view(heads).permute(2, 0, 3, 1, 4)
        context = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        read = self.out(_Grid.round(context.transpose(1, 2).reshape(-1, width)))
        both = torch.addcmul(read, flat, self.residual)
        middle = F.layer_norm(both, (width,), *self.first, self.eps)
        thought = self.down(self.up.gelu(_Grid.round(middle), *self.inner))
        apart = F.gelu(torch.addmm(self.float_bias, middle, self.float_up))
        both = torch.addcmul(thought.addmm_(apart, self.float_down), middle, self.middle)
        return F.layer_norm(both, (width,), *self.second, self.eps).view(state.shape)


def _attending(layer: Any) -> tuple[Tensor, Tensor]:
    """Query, key and value in one. Shape: (3 W, W), (3 W,)."""
    of = layer.attention.self
    parts = (of.query, of.key, of.value)
    return torch.cat([p.weight for p in parts]), torch.cat([p.bias for p in parts])
