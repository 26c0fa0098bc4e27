"""What the parts of an encoder cost, by formula.

Notation: b sequences of n tokens, D hidden size, F inner width of the feed-forward network, T = b n D.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..attention.catalog import kernel_entry
from ..attention.costs import ITEM_BYTES, Costs, Shape

KERNEL_FREE = ("projections", "ffn")
"""Parts in which no attention kernel runs."""

CONVENTION = (
    "1 multiply-add = 2 FLOPs; matrix products only, no softmax, norm, GELU or bias; "
    "backward twice the forward for linear layers, the kernel's own for the core"
)
"""What the FLOP formula counts, in words."""


@dataclass(frozen=True)
class Size:
    """Everything the formulas depend on; the names are those of the workload's parameters."""

    kernel: str
    n: int
    hidden: int
    heads: int
    ffn: int
    layers: int
    dtype: str
    causal: bool
    backward: bool
    batch: int
    features: int

    @property
    def head_dim(self) -> int:
        """Width of a head."""
        return self.hidden // self.heads

    @cached_property
    def core(self) -> Costs:
        """Costs of the attention kernel by itself."""
        return kernel_entry(self.kernel).costs(
            Shape(self.batch, self.heads, self.n, self.head_dim, self.dtype, self.causal, self.backward, self.features)
        )

    @property
    def tensor_bytes(self) -> int:
        """Bytes of one ``(batch, n, hidden)`` tensor."""
        return self.batch * self.n * self.hidden * ITEM_BYTES[self.dtype]


def flops(part: str, size: Size) -> float:
    """FLOPs of one call of a part.

    ``projections`` 8 b n D², ``ffn`` 4 b n D F (16 b n D² for F = 4 D), ``core`` as its kernel says (4 b n² D for
    softmax), ``layer`` their sum, ``model`` that times the layers. A backward pass adds twice that to linear layers.
    """
    return _sum(part, size, size.core.flops)


def flops_causal(part: str, size: Size) -> float | None:
    """The same without the work above the diagonal; ``None`` where the kernel cannot skip it or there is none."""
    if part in KERNEL_FREE or size.core.flops_causal is None:
        return None
    return _sum(part, size, size.core.flops_causal)


def _sum(part: str, size: Size, core: float) -> float:
    linear = 2.0 * size.batch * size.n * size.hidden * (3 if size.backward else 1)
    projections, ffn = linear * 4 * size.hidden, linear * 2 * size.ffn
    layer = projections + core + ffn
    return {"projections": projections, "core": core, "ffn": ffn, "layer": layer, "model": size.layers * layer}[part]


def parameter_count(part: str, size: Size) -> int:
    """Weights, biases and norms of a part."""
    projections = 4 * (size.hidden * size.hidden + size.hidden)
    ffn = 2 * size.hidden * size.ffn + size.hidden + size.ffn
    layer = projections + ffn + 4 * size.hidden
    return {"projections": projections, "core": 0, "ffn": ffn, "layer": layer, "model": size.layers * layer}[part]


def input_bytes(part: str, size: Size) -> float:
    """Bytes ``prepare`` allocates: inputs, parameters, and for a backward pass the gradient of the output."""
    tensors = (3 if part == "core" else 1) + size.backward
    return float(tensors * size.tensor_bytes + parameter_count(part, size) * ITEM_BYTES[size.dtype])


def traffic_bytes(part: str, size: Size) -> float:
    """Least traffic of one call: inputs and parameters read once and outputs written once, gradients too."""
    outputs = 4 if part == "projections" else 1
    forward = input_bytes(part, size) + outputs * size.tensor_bytes
    gradients = (3 if part == "core" else 1) * size.tensor_bytes + parameter_count(part, size) * ITEM_BYTES[size.dtype]
    return forward + size.backward * gradients
