"""FLOP and peak formulas of the linear kernels; they follow the blocks and chunks that the kernels really take."""

from __future__ import annotations

import torch

from . import causal as chunked
from .bidirectional import LEAST_TOKENS
from .blocks import CPU_BLOCK_BYTES, cut
from .costs import Costs, Shape
from .features import monomial_count


def _core_flops(shape: Shape, m: int) -> float:
    """Products of the linear core with m features; the normaliser's are left out."""
    n, e = shape.n, shape.head_dim
    if not shape.causal:
        return shape.groups * n * m * e * (12.0 if shape.backward else 4.0)
    chunk = min(chunked.CHUNK, n)
    squares = n // chunk * chunk**2 + (n % chunk) ** 2
    forward = 2.0 * squares * (m + e) + 4.0 * n * m * e
    backward = squares * (6.0 * m + 4.0 * e) + 10.0 * n * m * e if shape.backward else 0.0
    return shape.groups * (forward + backward)


def _bidirectional_peak(shape: Shape, m: int, elu: bool) -> float:
    """The output, the gradients if asked for, one state per head, and a few temporaries of a block's size."""
    e, item = shape.head_dim, shape.item
    tokens = shape.groups * shape.n
    rows = min(tokens, max(LEAST_TOKENS, CPU_BLOCK_BYTES // item // max(m, e)))
    per_token = 2 * e + 1 + 2 * m if shape.backward else e
    states = shape.groups * m * (e + 1) * item * 2
    temporary = rows * item * (3 * (e + 1) if shape.backward else e + 1 + (2 * m if elu else 0))
    return float(tokens * per_token * item + states + temporary)


def _causal_peak(shape: Shape, m: int, elu: bool) -> float:
    """The output and normaliser, the gradients and a state per block if asked for, and a block's temporaries."""
    e, item, wide = shape.head_dim, shape.item, max(4, shape.item)
    tokens = shape.groups * shape.n
    blocks = cut(shape.groups, shape.n, max(m, e), chunked.CHUNK, CPU_BLOCK_BYTES // item)
    rows = max(block.heads * (block.stop - block.start) for block in blocks)
    states = max(block.heads * block.chunks for block in blocks) * m * e
    kept = sum(block.heads for block in blocks) if shape.backward else 2 * max(block.heads for block in blocks)
    peak = tokens * (e * item + wide) + kept * m * (e + 1) * wide
    peak += states * (wide + item) + rows * min(chunked.CHUNK, shape.n) * item
    peak += rows * m * item * (3 if elu else 1)
    if shape.backward:
        peak += tokens * (2 * m + e) * item + 3 * rows * e * item + states * item
    return float(peak)


def _core_peak(shape: Shape, m: int, elu: bool) -> float:
    return (_causal_peak if shape.causal else _bidirectional_peak)(shape, m, elu)


def linear_costs(shape: Shape) -> Costs:
    """elu+1: as many features as the head is wide, made in the blocks and never stored whole."""
    d = shape.head_dim
    return Costs(_core_flops(shape, d), None, _core_peak(shape, d, True), False, _convention(shape, "d"))


def performer_costs(shape: Shape) -> Costs:
    """FAVOR+: the projection of q and k besides, ``2nmd`` each forward and again backward, and its features stored."""
    m, d, n = shape.features, shape.head_dim, shape.n
    projection = 4.0 * shape.groups * n * m * d * (2 if shape.backward else 1)
    stored = 2 * shape.groups * n * m * shape.item + (shape.tensor_bytes if shape.backward else 0)
    # A block of features while it is made: in float32 where the tensors are of half precision, with the squares of x.
    wide = max(4, shape.item)
    rows = min(shape.groups * n, CPU_BLOCK_BYTES // shape.item * torch.get_num_threads() // m)
    making = rows * ((m + d) * (wide if wide > shape.item else 0) + d * wide)
    return Costs(
        projection + _core_flops(shape, m),
        None,
        stored + max(_core_peak(shape, m, False), making),
        False,
        _convention(shape, "m") + "; 4nmd for the projections, twice that with gradients",
    )


def series_costs(shape: Shape, order: int) -> Costs:
    """Polynomial features up to ``order``: ``C(d + order, order)`` of them, stored whole, and the steps to make them.

    At d = 64 and order 4 these are 814,385 numbers for every token: 27 GB for one head of 4096 in float32, twice over.
    """
    d = shape.head_dim
    m = monomial_count(d, order)
    tokens = shape.groups * shape.n * shape.item
    counts = [monomial_count(d - 1, degree) for degree in range(order + 1)]
    core = tokens * 2 * m + _core_peak(shape, m, False)
    if shape.backward:
        # Each product of degree j keeps 2(j - 1) factors, for q and k; the last steps hold the features' gradients,
        # and three numbers for each monomial of the highest degree.
        kept = tokens * 4 * sum((degree - 1) * counts[degree] for degree in range(1, order + 1))
        peak = kept + max(core, tokens * (2 * m + 3 * counts[-1] + 4 * d))
    else:
        peak = max(core, tokens * (3 * m + counts[-1] + d))
    return Costs(_core_flops(shape, m), None, peak, False, _convention(shape, f"m = {m}"))


def _convention(shape: Shape, features: str) -> str:
    width = features if features == "d" else f"{features}, e = d"
    if not shape.causal:
        return (
            f"4nme per head forward, 8nme backward ({width}); normaliser left out"
            if features != "d"
            else ("4nd² per head forward, 8nd² backward; normaliser left out")
        )
    return f"as executed in chunks of {chunked.CHUNK} tokens, masked half counted ({width}); normaliser left out"
