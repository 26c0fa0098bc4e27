"""One draw of inputs: a kernel and its attention against the exact ones, as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..attention.reference import row_reference, sample_rows, softmax_weights
from .inputs import draw_pairs, draw_tokens, pair_scores
from .inputs import scores as all_scores
from .kernels import FeatureKernel, matrix_values, pair_values
from .numbers import float64_matrix, kernel_numbers, output_numbers, rank_numbers, rounding_slack, share
from .theory import limit_bound, random_deviation, taylor_bound

RANK_TOKENS = 512
"""Most tokens of which the rank is computed, by the singular values of the whole kernel matrix."""


@dataclass(frozen=True)
class Draw:
    """What is drawn.

    Attributes:
        kernel: Which kernel.
        n: Tokens, or pairs of one query and one key.
        head_dim: Width of queries, keys and values.
        dtype: Of all of them.
        spread: Standard deviation of the scores of random tokens.
        x: 0 for tokens, else the score of all pairs.
        epsilon: Of random features in attention.
        device: Where it is computed.
    """

    kernel: FeatureKernel
    n: int
    head_dim: int
    dtype: torch.dtype
    spread: float
    x: float
    epsilon: float
    device: str


@dataclass(frozen=True)
class Drawn:
    """Inputs ``(n, head_dim)`` in the case's dtype, and the projection of random features."""

    q: Tensor
    k: Tensor
    v: Tensor
    projection: Tensor | None

    def heads(self) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values as attention takes them: ``(1, 1, n, head_dim)``."""
        return self.q[None, None], self.k[None, None], self.v[None, None]

    def scores(self) -> Tensor:
        """The scores of row with row, in float64 from the rounded inputs."""
        return pair_scores(self.q, self.k)


def draw(setting: Draw, generator: torch.Generator) -> Drawn:
    """The next inputs; all kernels see the same ones from the same generator."""
    size = setting.n, setting.head_dim, setting.spread
    if setting.x:
        q, k = draw_pairs(*size, setting.x, generator)
        v = q
    else:
        q, k, v = draw_tokens(*size, generator)
    seed = int(torch.randint(2**31, (), generator=generator))
    projection = setting.kernel.projection(setting.head_dim, seed, setting.device)
    q, k, v = (tensor.to(setting.device, setting.dtype) for tensor in (q, k, v))
    if projection is not None and setting.dtype == torch.float64:
        projection = projection.double()
    return Drawn(q, k, v, projection)


def pair_numbers(setting: Draw, drawn: Drawn) -> dict[str, float]:
    """The numbers of n pairs with one score.

    ``error_of_bound`` is the largest error over what theory allows it, for the polynomials where there is a bound;
    ``error_of_deviation`` the root mean square of random features' errors, each over its standard deviation for
    independent features.
    """
    kernel, x = setting.kernel, drawn.scores()
    features = kernel.both(drawn.q, drawn.k, drawn.projection)
    values = pair_values(drawn.q, drawn.k, features)
    numbers = _widths(setting) | kernel_numbers(values, x, features, rounding_slack(features, values, pairs=True))
    errors = (values.double() / x.exp() - 1).abs()
    if kernel.order:
        bound = (taylor_bound if kernel.kind == "taylor" else limit_bound)(x, kernel.order)
        if bool(bound.isfinite().all()):
            numbers["error_of_bound"] = float((errors / bound).max())
    elif kernel.projected:
        deviation = random_deviation(drawn.q, drawn.k, kernel.size)
        numbers["error_of_deviation"] = float((errors / deviation).square().mean().sqrt())
    return numbers


def attention_numbers(setting: Draw, drawn: Drawn) -> dict[str, float]:
    """The numbers of attention on n tokens.

    Those of the kernel and the rank of its matrix are of all queries and keys; beyond :data:`RANK_TOKENS` tokens there
    is no rank, and the kernel's are of 256 queries, as those of the output always are. ``bad_rows`` is the share of
    queries whose weights sum to 0 or less, so that their average of values is none.
    """
    kernel, n = setting.kernel, setting.n
    rows = torch.arange(n) if n <= RANK_TOKENS else sample_rows(n)
    rows = rows.to(drawn.q.device)
    q, x = drawn.q[rows], all_scores(drawn.q[rows], drawn.k)
    features = kernel.both(q, drawn.k, drawn.projection)
    values = matrix_values(q, drawn.k, features)
    numbers = _widths(setting) | kernel_numbers(values, x, features, rounding_slack(features, values, pairs=False))
    if features is not None:
        numbers["bad_rows"] = share(values.double().sum(-1) <= 0)
    if n <= RANK_TOKENS:
        numbers |= rank_numbers(
            x.exp() if features is None else float64_matrix(features), kernel.features(setting.head_dim)
        )
    del features, values, x
    heads = drawn.heads()
    found = kernel.attend(*heads, drawn.projection, setting.epsilon)[0, 0]
    sampled = sample_rows(n).to(found.device)
    right = row_reference(softmax_weights, *heads, sampled, causal=False)["output"][0, 0]
    return numbers | output_numbers(found[sampled].cpu(), right)


def _widths(setting: Draw) -> dict[str, float]:
    """The widths of the feature map as built and as the article has it, and the order."""
    kernel, d = setting.kernel, setting.head_dim
    numbers = {} if kernel.kind == "exact" else {"features": float(kernel.features(d))}
    if kernel.order:
        numbers |= {"tensor_features": float(kernel.tensor_features(d)), "order": float(kernel.order)}
    return numbers
