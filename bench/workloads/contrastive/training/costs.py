"""What a training step costs, by formula."""

from __future__ import annotations

from .network import FEATURES, KERNEL, PLACES, PROJECTED, SIDE, STRIDES, WIDTHS

CONVENTION = (
    "1 multiply-add = 2 FLOPs; convolutions, linear layers and products of embeddings only, no norm, softmax or "
    "update; backward twice the forward, but for the first convolution once: images need no gradient"
)
"""What the FLOP formula counts, in words."""


def step_flops(batch: int, chunk: int) -> float:
    """FLOPs of one training step on ``batch`` images in two views, with the scores of ``chunk`` images at a time.

    The scores of a chunk are ``(2 chunk)²`` products of 32 numbers, and twice that in the backward pass.
    """
    first, *others = _products()
    scores = (2 * chunk) ** 2 * PROJECTED * (batch // chunk)
    return 2.0 * (2 * batch * (2 * first + 3 * sum(others)) + 3 * scores)


def parameter_count() -> int:
    """Weights of the encoder and the projector."""
    inputs = (1, *WIDTHS[:-1])
    convolutions = sum(KERNEL**2 * before * after for before, after in zip(inputs, WIDTHS, strict=True))
    return convolutions + PLACES * WIDTHS[-1] * FEATURES + FEATURES * FEATURES + FEATURES * PROJECTED


def input_bytes(batch: int, item: int) -> float:
    """Bytes of weights, of the optimiser's state at one number a weight, and of a batch in two views."""
    return float(item * (2 * parameter_count() + 2 * batch * SIDE**2))


def _products() -> list[int]:
    """Multiply-adds of each layer for one image."""
    products, side, before = [], SIDE, 1
    for stride, after in zip(STRIDES, WIDTHS, strict=True):
        side //= stride
        products.append(side * side * KERNEL**2 * before * after)
        before = after
    return [*products, PLACES * WIDTHS[-1] * FEATURES, FEATURES * FEATURES, FEATURES * PROJECTED]
