"""The kernels by name: their feature maps, their values and their attention.

Throughout, ``x' = x / d^(1/4)`` for a head of width d, so that ``q'·k' = q·k / sqrt(d)`` is what softmax attention
takes the exponential of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from ..attention import (
    limit_attention,
    orthogonal_projection,
    performer_attention,
    sdpa_attention,
    taylor_attention,
)
from ..attention.features import limit_weights, monomial_count, polynomial_features, taylor_weights

KernelName = Literal[
    "sdpa",
    "performer16",
    "performer64",
    "performer256",
    "performer1024",
    "performer4096",
    "random16",
    "random64",
    "random256",
    "random1024",
    "random4096",
    "taylor1",
    "taylor2",
    "taylor3",
    "taylor4",
    "taylor8",
    "limit2",
    "limit3",
    "limit4",
    "limit8",
]
"""The number is that of the random features, or the order of the polynomial.

``sdpa`` is softmax itself. ``performer``: FAVOR+, rows of the projection orthogonal in blocks of d; ``random``: the
same features with independent rows. The limit of order 1 is the Taylor series of order 1.
"""

Kind = Literal["exact", "performer", "random", "taylor", "limit"]


@dataclass(frozen=True)
class FeatureKernel:
    """One way to compute ``exp(q'·k')``.

    Attributes:
        kind: Its family.
        size: Random features, or order of the polynomial; 0 for the exact kernel.
    """

    kind: Kind
    size: int = 0

    @property
    def projected(self) -> bool:
        """Whether it takes a random projection."""
        return self.kind in ("performer", "random")

    @property
    def order(self) -> int:
        """Order of the polynomial; 0 for the others."""
        return self.size if self.kind in ("taylor", "limit") else 0

    @property
    def weights(self) -> tuple[float, ...]:
        """Coefficients of the polynomial in q'·k', from degree 0."""
        return (taylor_weights if self.kind == "taylor" else limit_weights)(self.size)

    def features(self, head_dim: int) -> int:
        """Width of the feature map: C(d + order, order) for a polynomial, whose equal monomials are one feature."""
        return self.size if self.projected else monomial_count(head_dim, self.order) if self.order else 0

    def tensor_features(self, head_dim: int) -> int:
        """Width of the map of article 8601, which keeps equal monomials apart; 0 without a polynomial.

        The Taylor map is ``1, x, x⊗x, …``, hence ``1 + d + … + d^order``; that of the limit the order-fold tensor
        product of ``(1, x)``, hence ``(d + 1)^order``.
        """
        if self.kind == "limit":
            found: int = (head_dim + 1) ** self.order
            return found
        return sum(head_dim**degree for degree in range(self.order + 1)) if self.order else 0

    def projection(self, head_dim: int, seed: int, device: torch.device | str = "cpu") -> Tensor | None:
        """A projection ``(size, head_dim)`` in float32, drawn on the CPU; ``None`` if it takes none."""
        if self.kind == "performer":
            return orthogonal_projection(self.size, head_dim, seed, device)
        if self.kind == "random":
            return torch.randn(self.size, head_dim, generator=torch.Generator().manual_seed(seed)).to(device)
        return None

    def map(self, x: Tensor, projection: Tensor | None) -> Tensor:
        """The features ``(…, m)`` of x ``(…, d)``, computed in x's dtype from beginning to end.

        Random features are ``exp(W x' - |x'|²/2) / sqrt(m)``, as defined. What implementations add against overflow
        (a shift that cancels in attention, a small constant) is left out: it would make another kernel of it.
        """
        scaled = x * x.shape[-1] ** -0.25
        if projection is None:
            return polynomial_features(scaled, self.weights)
        exponent = scaled @ projection.to(x.dtype).mT - scaled.square().sum(-1, keepdim=True) / 2
        found: Tensor = exponent.exp() * self.size**-0.5
        return found

    def both(self, q: Tensor, k: Tensor, projection: Tensor | None) -> tuple[Tensor, Tensor] | None:
        """The features of q and of k; ``None`` for the exact kernel, which has none of finite width."""
        return None if self.kind == "exact" else (self.map(q, projection), self.map(k, projection))

    def attend(self, q: Tensor, k: Tensor, v: Tensor, projection: Tensor | None, epsilon: float) -> Tensor:
        """Attention on ``(batch, heads, n, d)`` tensors by the kernels of :mod:`..attention`."""
        if projection is not None:
            return performer_attention(q, k, v, projection, epsilon=epsilon)
        if not self.order:
            return sdpa_attention(q, k, v)
        series: Callable[..., Tensor] = taylor_attention if self.kind == "taylor" else limit_attention
        return series(q, k, v, self.order)


def _kernel(name: str) -> FeatureKernel:
    for kind in ("performer", "random", "taylor", "limit"):
        if name.startswith(kind):
            return FeatureKernel(kind, int(name.removeprefix(kind)))
    return FeatureKernel("exact")


KERNELS: dict[str, FeatureKernel] = {name: _kernel(name) for name in get_args(KernelName)}
"""All kernels by name."""


def pair_values(q: Tensor, k: Tensor, features: tuple[Tensor, Tensor] | None) -> Tensor:
    """The kernel of each query with the key of the same row, ``(n,)``, in the dtype of q and k ``(n, d)``.

    ``features`` are those of q and k, ``(n, m)`` each; ``None`` for the exact kernel.
    """
    if features is None:
        found: Tensor = (torch.bmm(q[:, None], k[:, :, None]).flatten() * q.shape[-1] ** -0.5).exp()
        return found
    return torch.bmm(features[0][:, None], features[1][:, :, None]).flatten()


def matrix_values(q: Tensor, k: Tensor, features: tuple[Tensor, Tensor] | None) -> Tensor:
    """The kernel of each query with each key, ``(rows, n)``; else as :func:`pair_values`."""
    if features is None:
        found: Tensor = (q @ k.mT * q.shape[-1] ** -0.5).exp()
        return found
    return features[0] @ features[1].mT
