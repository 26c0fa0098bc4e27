"""FLOP and peak formulas of the softmax kernels."""

from __future__ import annotations

from .costs import Costs, Shape

CONVENTION = "4n²d per head forward, 8n²d backward; the masked half counted"
"""What the formula of a kernel that writes its scores out counts."""


def _half(shape: Shape, flops: float) -> float | None:
    """What is left of a causal call's ``n²`` products at and below the diagonal; ``None`` for a bidirectional call."""
    return flops * (shape.n + 1) / (2 * shape.n) if shape.causal else None


def _products(shape: Shape, backward: float) -> float:
    """Two products of ``2 n² d`` per head forward, ``backward`` times as much for the gradients."""
    return 4.0 * shape.groups * shape.n**2 * shape.head_dim * (1 + backward * shape.backward)


def naive_costs(shape: Shape) -> Costs:
    """The masked half of a causal call is computed all the same. The peak is exact on a CPU for contiguous inputs.

    Forward: the scores and the weights together, ``2 n²`` per head, or where n < d the scores with the scaled q.
    With gradients: the weights, their gradient and that of the scores, ``3 n²``, beside the scaled q, the output and
    dv, the scale as a number of 8 bytes and the causal mask (1 byte each), which the graph keeps.
    """
    square, rows, mask = shape.groups * shape.n**2 * shape.item, shape.tensor_bytes, shape.n**2 * shape.causal
    peak = 3 * square + 3 * rows + mask + 8 if shape.backward else max(2 * square, square + rows, square + mask)
    return Costs(_products(shape, 2), None, float(peak), shape.n >= shape.head_dim, CONVENTION)


def math_costs(shape: Shape) -> Costs:
    """SDPA's math backend: as naive, but half precision is computed in float32 and the causal mask holds numbers."""
    wide = max(4, shape.item)
    square, rows = shape.groups * shape.n**2 * wide, shape.groups * shape.n * shape.head_dim * wide
    mask = shape.n**2 * wide * shape.causal
    weights = square // 2 if shape.item < wide else 0
    peak = 3 * square + 4 * rows + mask if shape.backward else 2 * square + max(5 * rows, weights) + mask
    return Costs(_products(shape, 2), None, float(peak), False, CONVENTION)


def flash_costs(shape: Shape) -> Costs:
    """Fused kernels that never hold the scores: ``4n²d`` forward, 2.5 times as much backward (scores computed anew).

    The peak is the output, the row sums and the kernel's tiles (on a CPU up to 256 × 512 scores per thread, and in half
    precision k and v packed), and with gradients dq, dk, dv and one more of their size.
    """
    tile = (256 * 512 + 256 * (shape.head_dim + 2)) * (4 if shape.item >= 4 else 6)
    sums, tensor = shape.groups * shape.n * 4, shape.tensor_bytes
    forward = (3 if shape.item == 2 else 1) * tensor + sums + tile
    peak = 5 * tensor + 2 * (sums + tile) if shape.backward else forward
    flops = _products(shape, 2.5)
    convention = "4n²d per head forward, 10n²d backward (scores computed anew); the masked half counted"
    return Costs(flops, _half(shape, flops), float(peak), False, convention)
