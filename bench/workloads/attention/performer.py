"""Performer: softmax attention estimated by positive orthogonal random features (FAVOR+)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .blocks import block_numbers
from .features import wide_dtype
from .linear import feature_attention

EPSILON = 1e-4
"""Added to every feature, as performer-pytorch does: it pulls rows without a strong key towards the mean of v."""


def performer_attention(
    q: Tensor, k: Tensor, v: Tensor, projection: Tensor, causal: bool = False, epsilon: float = EPSILON
) -> Tensor:
    """FAVOR+ attention (Choromanski et al. 2021, "Rethinking Attention with Performers").

    ``exp(q·k / sqrt(d))`` is estimated by ``φ(q)·φ(k) / m``, ``φ(x) = exp(W x' - |x'|² / 2 - c) + epsilon`` with
    ``x' = x / d^(1/4)``; without epsilon the estimate is unbiased. c guards against overflow and is the largest element
    of ``W x'`` in the row of a query, in the head for the keys; constants cancel in the ratio. The keys' looks at every
    key, so that in a causal call a later key can change the weight of epsilon and the rounding in an earlier row.

    Args:
        q: Queries ``(batch, heads, n, d)``.
        k: Keys, the same shape.
        v: Values ``(batch, heads, n, e)``.
        projection: ``W``, ``(m, d)``, from :func:`~.features.orthogonal_projection`.
        causal: Let a query see only the keys at its own position and before.
        epsilon: See above.

    Returns:
        ``(batch, heads, n, e)``.
    """
    scaled = (projection.to(wide_dtype(q)) * q.shape[-1] ** -0.25).to(q.dtype)
    fq, fk = (_features(x, scaled, by_row, epsilon) for x, by_row in ((q, True), (k, False)))
    return feature_attention(fq, fk, v, causal)


def favor_features(x: Tensor, projection: Tensor, by_row: bool, epsilon: float = EPSILON) -> Tensor:
    """``exp(W x' - |x'|² / 2 - c) + epsilon``, ``(batch, heads, n, m)``.

    Args:
        x: ``(batch, heads, n, d)``.
        projection: ``W / d^(1/4)``, ``(m, d)``, in x's dtype.
        by_row: Take c by row (queries) and not by head (keys).
        epsilon: Added to every feature.
    """
    features = x.new_empty(*x.shape[:-1], len(projection))
    # The product goes straight into the features' memory, block by block while it is in the cache.
    if by_row:
        for row, target in _blocks(x.flatten(0, 2), features.flatten(0, 2)):
            torch.mm(row, projection.T, out=target)
            _exponential_(row, target, target.amax(-1, keepdim=True), epsilon)
        return features
    # The shift is one number per head. Small heads go several at a time, large ones in blocks of their own.
    heads = max(1, block_numbers(x) // max(1, features[0, 0].numel()))
    for some, into in zip(torch.split(x.flatten(0, 1), heads), torch.split(features.flatten(0, 1), heads), strict=True):
        blocks = list(_blocks(some.flatten(0, 1), into.flatten(0, 1)))
        for row, target in blocks:
            torch.mm(row, projection.T, out=target)
        if len(some) > 1:
            _exponential_(some, into, into.amax((1, 2), keepdim=True), epsilon)
        else:
            peak = torch.stack([target.amax() for _, target in blocks]).amax()
            for row, target in blocks:
                _exponential_(row, target, peak, epsilon)
    return features


def _blocks(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Blocks of the rows of ``(rows, width)`` tensors that stay in the cache; the last one's width decides how many."""
    step = max(1, block_numbers(tensors[0]) // tensors[-1].shape[-1])
    return zip(*(torch.split(tensor, step) for tensor in tensors), strict=True)


def _exponential_(x: Tensor, product: Tensor, peak: Tensor, epsilon: float) -> None:
    wide, x = product.to(wide_dtype(product)), x.to(wide_dtype(x))
    shift = x.square().sum(-1, keepdim=True).mul_(x.shape[-1] ** -0.5 / 2).add_(peak)
    wide.sub_(shift).exp_().add_(epsilon)
    if wide is not product:
        product.copy_(wide)


def _features(x: Tensor, projection: Tensor, by_row: bool, epsilon: float) -> Tensor:
    if torch.is_grad_enabled() and x.requires_grad:
        return cast(Tensor, _Favor.apply(x, projection, by_row, epsilon))  # type: ignore[no-untyped-call]
    return favor_features(x, projection, by_row, epsilon)


class _Favor(torch.autograd.Function):
    """The features, with a backward that keeps only them and x. c counts as a constant."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, projection: Tensor, by_row: bool, epsilon: float) -> Tensor:
        features = favor_features(x, projection, by_row, epsilon)
        ctx.save_for_backward(x, projection, features)
        ctx.epsilon = epsilon
        return features

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, projection, features = ctx.saved_tensors
        dx = x.new_empty(x.shape)
        for rows, target, pull, feature in _blocks(*(each.flatten(0, 2) for each in (x, dx, grad, features))):
            inner = (feature - ctx.epsilon).mul_(pull)
            torch.mm(inner, projection, out=target)
            target.addcmul_(rows, inner.sum(-1, keepdim=True), value=-(x.shape[-1] ** -0.5))
        return dx, None, None, None
