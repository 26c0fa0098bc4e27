"""The arithmetic: how many FLOPs a product of given shapes takes. Plain integers, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple


class Cost(NamedTuple):
    """FLOPs of one operator: all of them, and those left when causal pairs are skipped (``None``: not causal)."""

    full: int
    causal: int | None = None


def matmul(rows: int, inner: int, columns: int, batch: int = 1) -> int:
    """Return the FLOPs of ``batch`` products of (rows, inner) and (inner, columns) matrices."""
    return 2 * batch * rows * inner * columns


def linear(inputs: Sequence[int], weight: Sequence[int]) -> int:
    """Return the FLOPs of ``inputs`` (…, in) times the transpose of ``weight`` (out, in)."""
    return 2 * prod(inputs) * weight[0]


def convolution(inputs: Sequence[int], weight: Sequence[int], output: Sequence[int], transposed: bool) -> int:
    """Return the FLOPs of a convolution, padded positions counted in full.

    Args:
        inputs: Shape (N, C_in, *spatial).
        weight: Shape (C_out, C_in / groups, *kernel), or (C_in, C_out / groups, *kernel) if transposed.
        output: Shape (N, C_out, *spatial).
        transposed: Whether it is a transposed convolution: each *input* position then meets the whole kernel.
    """
    return 2 * inputs[0] * prod((inputs if transposed else output)[2:]) * prod(weight)


def causal_pairs(queries: int, keys: int, bottom_right: bool = False) -> int:
    """Return how many query-key pairs a causal mask keeps.

    The mask starts in the top left corner (query i sees keys ≤ i), as ``scaled_dot_product_attention`` aligns it, or
    ends in the bottom right corner (the last query sees every key), as ``torch.nn.attention.bias.causal_lower_right``
    does.
    """
    shift = keys - queries if bottom_right else 0
    full_rows = min(max(queries + shift - keys + 1, 0), queries)
    partial = queries - full_rows
    first = shift + 1
    empty = min(max(-shift, 0), partial)
    count = partial - empty
    return full_rows * keys + count * (2 * (first + empty) + count - 1) // 2


def attention(
    batch: int, heads: int, queries: int, keys: int, head_dim: int, value_dim: int, pairs: int | None = None,
    backward: bool = False,
) -> Cost:  # fmt: skip
    """Return the FLOPs of attention for ``heads`` query heads (grouped key/value heads are used once per query head).

    Forward: Q·Kᵀ and P·V, in all 4·n²·d per head. Backward as fused kernels execute it, five products: Q·Kᵀ again,
    dO·Vᵀ, Pᵀ·dO, dS·K, dSᵀ·Q, so 2.5 times the forward (FlashAttention, Dao et al. 2022, counts the same).

    Args:
        batch: Sequences.
        heads: Query heads.
        queries: Query positions.
        keys: Key positions.
        head_dim: Length of a query and a key.
        value_dim: Length of a value.
        pairs: Query-key pairs that a causal kernel keeps, of queries·keys; ``None`` if not causal.
        backward: Whether to count the backward pass instead of the forward pass.
    """
    width = 3 * head_dim + 2 * value_dim if backward else head_dim + value_dim
    per_pair = 2 * batch * heads * width
    return Cost(per_pair * queries * keys, None if pairs is None else per_pair * pairs)
