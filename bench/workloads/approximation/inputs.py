"""Random queries and keys whose scores ``q·k / sqrt(d)`` are known, or known to scatter by so much."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def draw_tokens(n: int, head_dim: int, spread: float, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values ``(n, head_dim)`` in float64: q and k ~ N(0, spread), v ~ N(0, 1).

    The scores ``q·k / sqrt(head_dim)`` have mean 0 and standard deviation ``spread``.
    """
    q, k, v = (torch.randn(n, head_dim, generator=generator, dtype=torch.float64) for _ in range(3))
    return q * math.sqrt(spread), k * math.sqrt(spread), v


def draw_pairs(n: int, head_dim: int, spread: float, x: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Queries and keys ``(n, head_dim)`` as :func:`draw_tokens` gives them, where the scores of row with row are ``x``.

    That is the distribution of a query and a key under this condition: the key's part along the query is what the score
    asks for, and the rest is left as drawn. So their lengths are those of the tokens, on which the error of random
    features depends.
    """
    q, k, _ = draw_tokens(n, head_dim, spread, generator)
    along = q / q.norm(dim=1, keepdim=True)
    part = x * math.sqrt(head_dim) / q.norm(dim=1, keepdim=True)
    return q, k + (part - (k * along).sum(dim=1, keepdim=True)) * along


def scores(q: Tensor, k: Tensor) -> Tensor:
    """``q kᵀ / sqrt(d)`` in float64, ``(rows, n)``."""
    found: Tensor = q.double() @ k.double().mT * q.shape[-1] ** -0.5
    return found


def pair_scores(q: Tensor, k: Tensor) -> Tensor:
    """``q·k / sqrt(d)`` of row with row in float64, ``(n,)``."""
    found: Tensor = (q.double() * k.double()).sum(-1) * q.shape[-1] ** -0.5
    return found
