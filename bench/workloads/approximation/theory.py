"""What theory says of a kernel's relative error ``φ(q)·φ(k) / exp(x) - 1`` at the score x."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def taylor_bound(x: Tensor, order: int) -> Tensor:
    """Most that the Taylor series of this order can be off, relative to ``exp(x)``.

    Lagrange's remainder: ``|x|^(n+1) / (n+1)! · exp(max(x, 0))``, over ``exp(x)``.
    """
    return x.abs().pow(order + 1) / math.factorial(order + 1) * (x.clamp(min=0) - x).exp()


def limit_bound(x: Tensor, order: int) -> Tensor:
    """Most that ``(1 + x/n)^n`` can be off, relative to ``exp(x)``: ``min(1, x²/n)`` for x ≥ -n, else infinite.

    For u = x/n ≥ -1, ``(1 + u) e^-u`` lies between 0 and 1, so that the error does between -1 and 0. And from
    ``e^-u ≥ 1 - u`` and Bernoulli's inequality ``((1 + u) e^-u)^n ≥ (1 - u²)^n ≥ 1 - n u² = 1 - x²/n`` for |u| ≤ 1.
    Below -n there is none: the power grows while ``exp(x)`` falls. To first order the error is ``-x²/(2n)``.
    """
    bound = (x.square() / order).clamp(max=1)
    # A score of -n that rounding took below it is still -n.
    return torch.where(x >= -order * (1 + 1e-9), bound, torch.inf)


def random_deviation(q: Tensor, k: Tensor, features: int) -> Tensor:
    """Standard deviation of the relative error of that many independent random features, ``(n,)``.

    One feature's product has the mean ``exp(q'·k')`` and the second moment ``exp(2 q'·k' + |q' + k'|²)``: relative to
    the mean, the variance of the mean of m is ``(exp(|q' + k'|²) - 1) / m``. Orthogonal features have less.

    Args:
        q: Queries ``(n, d)``, before their scaling to q'.
        k: Keys, the same shape.
        features: m.
    """
    squared = (q.double() + k.double()).square().sum(-1) * q.shape[-1] ** -0.5
    found: Tensor = (squared.expm1() / features).sqrt()
    return found
