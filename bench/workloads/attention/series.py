"""Softmax attention approximated by polynomials in q·k: the Taylor series of exp, and the limit ``(1 + x/n)^n``."""

from __future__ import annotations

from torch import Tensor

from .features import limit_weights, polynomial_features, taylor_weights
from .linear import feature_attention


def taylor_attention(q: Tensor, k: Tensor, v: Tensor, order: int, causal: bool = False) -> Tensor:
    """Linear attention whose weights are the Taylor series of ``exp(q·k / sqrt(d))`` up to ``order``.

    Even orders are positive everywhere; an odd one can be negative or divide by zero where ``q·k`` is far below 0.

    Args:
        q: Queries ``(batch, heads, n, d)``.
        k: Keys, the same shape.
        v: Values ``(batch, heads, n, e)``.
        order: Highest power, from 1. There are ``C(d + order, order)`` features: at d = 64 65, 2145 (order 2),
            814,385 (order 4).
        causal: Let a query see only the keys at its own position and before.

    Returns:
        ``(batch, heads, n, e)``.
    """
    return _series_attention(q, k, v, taylor_weights(order), causal)


def limit_attention(q: Tensor, k: Tensor, v: Tensor, order: int, causal: bool = False) -> Tensor:
    """Linear attention with weights ``(1 + x/order)^order``, ``x = q·k / sqrt(d)``; see :func:`taylor_attention`."""
    return _series_attention(q, k, v, limit_weights(order), causal)


def _series_attention(q: Tensor, k: Tensor, v: Tensor, weights: tuple[float, ...], causal: bool) -> Tensor:
    scale = q.shape[-1] ** -0.25
    fq, fk = polynomial_features(q * scale, weights), polynomial_features(k * scale, weights)
    return feature_attention(fq, fk, v, causal)
