"""The approximation workload: one kernel on random queries and keys, as a task to measure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from ..attention.costs import Costs, Shape
from ..attention.linear_costs import performer_costs, series_costs
from ..attention.performer import EPSILON
from ..attention.reference import row_reference, sample_rows, softmax_weights
from ..attention.softmax import sdpa_backend
from ..attention.softmax_costs import flash_costs
from ..attention.workload import TOLERANCE
from ..protocol import Outcome, Prepared, Task, Unsupported
from .draws import Draw, Drawn, attention_numbers, draw, pair_numbers
from .kernels import KERNELS, FeatureKernel, KernelName, pair_values

Dtype = Literal["float64", "float32", "bfloat16", "float16"]

FEATURES_DRAWN = 2**27
"""Features that all draws of a case have together at most, or else it has two draws."""

LOGARITHMIC = ("kernel_error", "kernel_error_max", "output_error")
"""The outcomes that range over orders of magnitude."""

PAIRS = "2nm for the products of n pairs of features, and 4nmd for the projections of random ones"


def approximation(
    kernel: KernelName,
    n: int,
    head_dim: int = 16,
    dtype: Dtype = "float32",
    spread: float = 1.0,
    x: float = 0.0,
    epsilon: float = EPSILON,
    draws: int = 8,
    device: str = "cpu",
    seed: int = 0,
) -> Task:
    """How well one kernel stands in for ``exp(q·k / sqrt(d))``, and what attention by it costs.

    With ``x = 0`` the case is attention of one head on n random tokens; the ``call`` is that attention. With another x
    it is n pairs of one query and one key, drawn alike but so that ``q·k / sqrt(d) = x`` in each; the ``call`` computes
    the kernel of each pair, feature maps included. The outcomes are those of :mod:`.draws`, one value for each draw of
    tokens and projection.

    Args:
        kernel: Which kernel; see :data:`.kernels.KernelName`.
        n: Tokens, or pairs.
        head_dim: Width d of queries, keys and values.
        dtype: Of the inputs, the features, the kernel values and the attention.
        spread: Standard deviation of the scores ``q·k / sqrt(d)`` of random tokens: the variance of a component.
        x: 0 for attention, else the score of every pair.
        epsilon: Added to the stabilised random features in attention, not in the kernel values; see
            :func:`..attention.performer_attention`.
        draws: Independent draws, at least 2; fewer where features are many, see :data:`FEATURES_DRAWN`.
        device: Where it runs.
        seed: Of inputs and projections.

    Raises:
        ValueError: If a number is out of its range.
        Unsupported: If the device lacks float64.
    """
    if n < 2 or head_dim < 1 or draws < 2 or not spread > 0 or not epsilon >= 0 or not math.isfinite(x):
        raise ValueError(
            "n and draws must be at least 2, head_dim at least 1, spread above 0, epsilon at least 0 and x finite, not"
            f" {n}, {draws}, {head_dim}, {spread}, {epsilon} and {x}"
        )
    if device.startswith("mps"):
        raise Unsupported("the reference is in float64, which MPS lacks")
    found = KERNELS[kernel]
    features = found.features(head_dim)
    shape = Shape(1, 1, n, head_dim, dtype, features=features)
    fewer = FEATURES_DRAWN // max(1, n * features)
    setting = Draw(found, n, head_dim, getattr(torch, dtype), spread, x, epsilon, device)
    case = _Case(setting, max(2, min(draws, fewer)), seed)
    costs = _pair_costs(found, shape) if x else _attention_costs(found, shape)
    return Task(
        prepare=case.prepare,
        tolerance=TOLERANCE[dtype] if found.kind == "exact" and not x else None,
        flops=costs.flops,
        peak_bytes=costs.peak_bytes,
        input_bytes=float(shape.tensor_bytes * 3 + 4 * features * head_dim * found.projected),
        convention=costs.convention,
    )


def _attention_costs(kernel: FeatureKernel, shape: Shape) -> Costs:
    """The costs of the attention's own formulas, and the normaliser as executed: one more column of ``φ(q) (φ(k)ᵀ v)``.

    In heads 16 wide it is 2 to 3 % of all, too much to leave out when FLOP counts are compared.
    """
    if kernel.kind == "exact":
        return flash_costs(shape)
    costs = performer_costs(shape) if kernel.projected else series_costs(shape, kernel.order)
    words = costs.convention.replace("normaliser left out", "2nm for the normaliser")
    return replace(costs, flops=costs.flops + 2.0 * shape.n * shape.features, convention=words)


def _pair_costs(kernel: FeatureKernel, shape: Shape) -> Costs:
    """Both maps at once, and while the second is made its last products besides."""
    n, m, d = shape.n, shape.features, shape.head_dim
    if kernel.kind == "exact":
        return Costs(2.0 * n * d, None, float(3 * n * shape.item), False, "2nd for the products of n pairs")
    flops = 2.0 * n * m + (4.0 * n * m * d if kernel.projected else 0.0)
    return Costs(flops, None, float(n * (3 * m + 2 * d) * shape.item), False, PAIRS)


@dataclass(frozen=True)
class _Case:
    """One case: how it draws, how often, and from which seed."""

    setting: Draw
    draws: int
    seed: int

    def prepare(self) -> Prepared:
        """Draw the first inputs."""
        setting, kernel = self.setting, self.setting.kernel
        first = draw(setting, torch.Generator().manual_seed(self.seed))
        return self._prepare_pairs(kernel, first) if setting.x else self._prepare_attention(kernel, first)

    def _prepare_pairs(self, kernel: FeatureKernel, first: Drawn) -> Prepared:
        def values(q: Tensor, k: Tensor) -> Tensor:
            with torch.no_grad():
                return pair_values(q, k, kernel.both(q, k, first.projection))

        return Prepared(
            call=lambda: values(first.q, first.k),
            answer=lambda: {"kernel": values(first.q, first.k)},
            reference=lambda: {"kernel": first.scores().exp()},
            forward=values,
            inputs=(first.q, first.k),
            outcome=self.outcome,
        )

    def _prepare_attention(self, kernel: FeatureKernel, first: Drawn) -> Prepared:
        q, k, v = first.heads()
        rows = sample_rows(self.setting.n).to(self.setting.device)

        def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            with torch.no_grad():
                return kernel.attend(q, k, v, first.projection, self.setting.epsilon)

        return Prepared(
            call=lambda: attend(q, k, v),
            answer=lambda: {"output": attend(q, k, v)[..., rows, :]},
            reference=lambda: row_reference(softmax_weights, q, k, v, rows, causal=False),
            forward=attend,
            inputs=(q, k, v),
            facts={"backend": sdpa_backend(q, k, v)} if kernel.kind == "exact" else {},
            outcome=self.outcome,
        )

    def outcome(self) -> dict[str, Outcome]:
        """The numbers of all draws by name."""
        generator = torch.Generator().manual_seed(self.seed)
        numbers = pair_numbers if self.setting.x else attention_numbers
        with torch.no_grad():
            found = [numbers(self.setting, draw(self.setting, generator)) for _ in range(self.draws)]
        return {name: Outcome(tuple(one[name] for one in found), log=name in LOGARITHMIC) for name in found[0]}
