"""References in float64, on some rows of queries only: checking costs O(rows · n · d) and not O(n² · d)."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

ROWS = 256
"""Most query rows that an answer is checked on."""

Weights = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Rows of queries ``(r, d)``, keys ``(n, d)`` and a mask ``(r, n)`` to attention weights ``(r, n)`` that sum to 1."""


def sample_rows(n: int, most: int = ROWS) -> Tensor:
    """At most ``most`` row numbers spread evenly over ``0 … n - 1``, the first and the last among them."""
    return torch.linspace(0, n - 1, min(n, most), dtype=torch.float64).round().long()


def softmax_weights(q: Tensor, k: Tensor, seen: Tensor) -> Tensor:
    """``softmax(q kᵀ / sqrt(d))`` over the keys seen."""
    scores = q @ k.mT * q.shape[-1] ** -0.5
    return torch.softmax(scores.masked_fill(~seen, float("-inf")), dim=-1)


def linear_weights(q: Tensor, k: Tensor, seen: Tensor) -> Tensor:
    """``φ(q)·φ(k)`` over its sum, ``φ = elu + 1``, over the keys seen."""
    scores = (F.elu(q) + 1) @ (F.elu(k) + 1).mT * seen
    return scores / scores.sum(-1, keepdim=True)


def row_reference(
    weights: Weights, q: Tensor, k: Tensor, v: Tensor, rows: Tensor, causal: bool, grad: Tensor | None = None
) -> dict[str, Tensor]:
    """Output rows, and the gradients that come from these rows alone, in float64 on the CPU.

    Args:
        weights: The attention's weights.
        q: Queries ``(batch, heads, n, d)``, already rounded to the case's dtype.
        k: Keys, the same shape.
        v: Values, the same shape.
        rows: Row numbers ``(r,)``.
        causal: Whether a row sees only keys at its position and before.
        grad: Upstream gradient of the rows ``(batch, heads, r, d)``; without it no gradient is computed.

    Returns:
        ``output`` ``(batch, heads, r, d)`` and, with ``grad``, ``dq`` of the rows, ``dk`` and ``dv`` complete.
    """
    n, rows = q.shape[-2], rows.cpu()
    seen = torch.arange(n) <= rows[:, None] if causal else torch.ones(len(rows), n, dtype=torch.bool)
    flat = [tensor.detach().to("cpu", torch.float64).flatten(0, 1) for tensor in (q[..., rows.to(q.device), :], k, v)]
    pulls = None if grad is None else grad.to("cpu", torch.float64).flatten(0, 1)
    found = []
    # One head at a time: the weights of all heads at n = 16384 would take 268 MB, and as much again for each gradient.
    for head in range(len(flat[0])):
        inputs = tuple(tensor[head].requires_grad_(pulls is not None) for tensor in flat)
        with torch.set_grad_enabled(pulls is not None):
            out = weights(inputs[0], inputs[1], seen) @ inputs[2]
        grads = () if pulls is None else torch.autograd.grad(out, inputs, pulls[head])
        found.append((out.detach(), *grads))
    names = ("output", "dq", "dk", "dv")
    joined = (torch.stack(parts).view(*q.shape[:2], -1, q.shape[-1]) for parts in zip(*found, strict=True))
    return dict(zip(names, joined, strict=False))
