"""Feature maps ``φ`` whose products ``φ(q)·φ(k)`` stand in for ``exp(q·k)``, and how the linear kernels read them."""

from __future__ import annotations

import math
from array import array
from functools import lru_cache
from itertools import chain, combinations_with_replacement

import torch
import torch.nn.functional as F
from torch import Tensor


def wide_dtype(like: Tensor) -> torch.dtype:
    """The dtype that sums are kept in: float32 for half precision, else the tensor's own."""
    return torch.float32 if like.dtype in (torch.bfloat16, torch.float16) else like.dtype


def elu_plus_one(x: Tensor, out: Tensor | None = None, scratch: Tensor | None = None) -> Tensor:
    """``elu(x) + 1`` (Katharopoulos et al. 2020), in x's dtype and rounded once.

    ``out`` takes the result and ``scratch`` an intermediate one, where they are given: memory used just now is nearer.

    It is the middle one of 1, x + 1 and exp(x), as exp(x) is never below x + 1: three passes instead of four, and half
    of what ``torch.nn.functional.elu`` takes for its ``expm1``. The middle is found on the numbers' bits, since floats
    of one sign are ordered like integers, and CPUs compare integers of 16 bits many times faster than bfloat16.
    """
    # A trace, such as FLOP counters take, cannot hold a view of another dtype.
    if torch.jit.is_tracing():  # type: ignore[attr-defined, no-untyped-call]
        return F.elu(x) + 1
    lower = torch.empty_like(x) if out is None else out
    if _is_slow_to_read(x):
        upper = torch.exp(lower.copy_(x), out=scratch)
        lower += 1
    else:
        upper = torch.exp(x, out=scratch)
        torch.add(x, 1, out=lower)
    bits = _bits(lower)
    torch.clamp(_bits(x.new_ones(())), bits, _bits(upper), out=bits)
    return lower


def times_elu_slope(grad: Tensor, features: Tensor, out: Tensor) -> None:
    """``grad`` times the slope of :func:`elu_plus_one`, which is 1 above 0, else its value. Overwrites ``features``."""
    torch.clamp(_bits(features), max=_bits(features.new_ones(())), out=_bits(features))
    torch.mul(grad, features, out=out)


def nearby(x: Tensor) -> Tensor:
    """The block ``x`` of a tensor, or a copy of it where it pays to copy before computing."""
    return x.clone() if _is_slow_to_read(x) else x


FAR_BYTES = 2**22
"""From this size on a tensor's memory is taken to be outside the cache when a block of it comes up."""


def _is_slow_to_read(x: Tensor) -> bool:
    """Whether x is far and of half precision on a CPU.

    There torch's elementwise kernels take two to three times as long as on memory in the cache; its copies and matrix
    products do not.
    """
    half = x.element_size() == 2 and x.device.type == "cpu"
    return half and int(x.untyped_storage().nbytes()) > FAR_BYTES


_INTEGERS = {2: torch.int16, 4: torch.int32, 8: torch.int64}


def _bits(x: Tensor) -> Tensor:
    return x.view(_INTEGERS[x.element_size()])


def orthogonal_projection(features: int, head_dim: int, seed: int, device: torch.device | str = "cpu") -> Tensor:
    """A FAVOR+ projection ``(features, head_dim)``: rows ~ N(0, I), orthogonal within each block of ``head_dim`` rows.

    Each block is the orthogonal factor of a Gaussian matrix, its rows scaled to lengths of independent Gaussian vectors
    (Choromanski et al. 2021). Drawn in float64 on the CPU, so that a seed gives the same projection on every device.
    """
    generator = torch.Generator().manual_seed(seed)
    blocks = []
    for _ in range(math.ceil(features / head_dim)):
        square = torch.randn(head_dim, head_dim, dtype=torch.float64, generator=generator)
        directions, triangle = torch.linalg.qr(square)
        # QR fixes a sign per column; undoing it makes the factor uniform over rotations.
        blocks.append((directions * triangle.diagonal().sign()).T)
    lengths = torch.randn(features, head_dim, dtype=torch.float64, generator=generator).norm(dim=1, keepdim=True)
    projection: Tensor = torch.cat(blocks)[:features] * lengths
    return projection.float().to(device)


def monomial_count(head_dim: int, order: int) -> int:
    """Monomials of at most ``order`` in ``head_dim`` variables: C(head_dim + order, order)."""
    return math.comb(head_dim + order, order)


@lru_cache(maxsize=8)
def _monomials(head_dim: int, degree: int) -> tuple[Tensor, Tensor]:
    """The monomials of exactly ``degree`` as variable indices ``(count, degree)``, and how often each occurs."""
    # torch.combinations goes through all head_dim^degree index tuples: 9 GB for 64 and 4.
    every = chain.from_iterable(combinations_with_replacement(range(head_dim), degree))
    rows = torch.tensor(array("q", every)).view(-1, degree)
    # degree! over the factorials of the runs: the product of each position's place in its run is those factorials.
    place = torch.ones(len(rows), dtype=torch.float64)
    factorials = torch.ones_like(place)
    for position in range(1, degree):
        place = torch.where(rows[:, position] == rows[:, position - 1], place + 1, torch.ones_like(place))
        factorials *= place
    return rows, math.factorial(degree) / factorials


def polynomial_features(x: Tensor, weights: tuple[float, ...]) -> Tensor:
    """Features with ``φ(x)·φ(y) = Σ_j weights[j] (x·y)^j``, one per monomial: C(d + order, order) in all.

    Args:
        x: ``(..., d)``.
        weights: The series' coefficients from degree 0, all positive.

    Returns:
        ``(..., C(d + len(weights) - 1, d))``.
    """
    parts = [torch.full_like(x[..., :1], math.sqrt(weights[0]))]
    for degree, weight in enumerate(weights[1:], start=1):
        indices, repeats = _monomials(x.shape[-1], degree)
        columns = indices.to(x.device).unbind(1)
        product = x.index_select(-1, columns[0])
        for column in columns[1:]:
            product = product * x.index_select(-1, column)
        parts.append(product * (repeats * weight).sqrt().to(x.device, x.dtype))
    return torch.cat(parts, dim=-1)


def taylor_weights(order: int) -> tuple[float, ...]:
    """Coefficients of the Taylor series of ``exp`` up to ``order``: ``1/j!``."""
    return tuple(1 / math.factorial(j) for j in range(order + 1))


def limit_weights(order: int) -> tuple[float, ...]:
    """Coefficients of ``(1 + x/n)^n`` for n = ``order``: ``C(n, j) / n^j``."""
    return tuple(math.comb(order, j) / order**j for j in range(order + 1))
