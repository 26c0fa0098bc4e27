"""What an attention call costs, by formula: the shape that the formulas take and the numbers they give."""

from __future__ import annotations

from dataclasses import dataclass

ITEM_BYTES = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}
"""Bytes per element, by dtype name."""


@dataclass(frozen=True)
class Shape:
    """One attention call on ``(batch, heads, n, head_dim)`` tensors.

    Attributes:
        batch: Sequences.
        heads: Heads.
        n: Tokens, the same for queries and keys.
        head_dim: Width of a head, ``d`` in the formulas.
        dtype: Name of the inputs' dtype, a key of :data:`ITEM_BYTES`.
        causal: Whether a query sees only keys at its own position and before.
        backward: Whether the gradients of q, k and v are computed too.
        features: Width of the random feature map, where the kernel has one.
    """

    batch: int
    heads: int
    n: int
    head_dim: int
    dtype: str = "float32"
    causal: bool = False
    backward: bool = False
    features: int = 256

    @property
    def item(self) -> int:
        """Bytes per element."""
        return ITEM_BYTES[self.dtype]

    @property
    def groups(self) -> int:
        """Independent attentions: ``batch * heads``."""
        return self.batch * self.heads

    @property
    def tensor_bytes(self) -> int:
        """Bytes of one ``(batch, heads, n, head_dim)`` tensor."""
        return self.groups * self.n * self.head_dim * self.item

    @property
    def traffic_bytes(self) -> int:
        """Least traffic in bytes: q, k, v read, the output written; with gradients g read, dq, dk, dv written."""
        return self.tensor_bytes * (8 if self.backward else 4)


@dataclass(frozen=True)
class Costs:
    """The cost of one call by formula (1 multiply-add = 2 FLOP, matrix products only).

    Attributes:
        flops: What the kernel executes.
        flops_causal: The same without the work above the diagonal, where the kernel can skip it.
        peak_bytes: Peak bytes of tensors above the inputs; ``None`` where there is no formula.
        peak_exact: Whether ``peak_bytes`` is the exact number.
        convention: The formula in words.
    """

    flops: float
    flops_causal: float | None = None
    peak_bytes: float | None = None
    peak_exact: bool = False
    convention: str = ""
