"""Every kernel by name: how to call it, what it costs, and what it is checked against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import Tensor

from . import public
from .costs import Costs, Shape
from .flex import flex_attention_compiled
from .linear import linear_attention
from .linear_costs import linear_costs, performer_costs, series_costs
from .performer import performer_attention
from .reference import Weights, linear_weights, softmax_weights
from .series import limit_attention, taylor_attention
from .softmax import naive_attention, sdpa_attention
from .softmax_costs import flash_costs, math_costs, naive_costs


@dataclass(frozen=True)
class KernelEntry:
    """One kernel.

    Attributes:
        run: Takes q, k, v, causal, and the projection if ``projected``.
        costs: What a call of a shape costs.
        weights: The attention weights of its reference.
        exact: Whether it computes its reference up to rounding; else it approximates it.
        projected: Whether it takes a random projection ``(features, head_dim)``.
    """

    run: Callable[..., Tensor]
    costs: Callable[[Shape], Costs]
    weights: Weights = softmax_weights
    exact: bool = True
    projected: bool = False


def _series(run: Callable[..., Tensor], order: int) -> KernelEntry:
    def call(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
        return run(q, k, v, order, causal)

    return KernelEntry(call, partial(series_costs, order=order), exact=False)


KERNELS: dict[str, KernelEntry] = {
    "naive": KernelEntry(naive_attention, naive_costs),
    "sdpa": KernelEntry(sdpa_attention, flash_costs),
    "sdpa_math": KernelEntry(partial(sdpa_attention, backend="math"), math_costs),
    "sdpa_flash": KernelEntry(partial(sdpa_attention, backend="flash"), flash_costs),
    "sdpa_efficient": KernelEntry(partial(sdpa_attention, backend="efficient"), flash_costs),
    "sdpa_cudnn": KernelEntry(partial(sdpa_attention, backend="cudnn"), flash_costs),
    "flex": KernelEntry(flex_attention_compiled, flash_costs),
    "linear": KernelEntry(linear_attention, linear_costs, linear_weights),
    "performer": KernelEntry(performer_attention, performer_costs, exact=False, projected=True),
    "taylor1": _series(taylor_attention, 1),
    "taylor2": _series(taylor_attention, 2),
    "taylor4": _series(taylor_attention, 4),
    "limit1": _series(limit_attention, 1),
    "limit2": _series(limit_attention, 2),
    "limit4": _series(limit_attention, 4),
    "fla": KernelEntry(public.fla_attention, linear_costs, linear_weights),
    "flash_attn": KernelEntry(public.flash_attn_attention, flash_costs),
    "performer_pytorch": KernelEntry(public.performer_pytorch_attention, performer_costs, exact=False, projected=True),
}
"""All kernels, by the names that :func:`attend` takes."""


def kernel_entry(kernel: str) -> KernelEntry:
    """The kernel of that name.

    Raises:
        ValueError: If there is none; the message lists them.
    """
    try:
        return KERNELS[kernel]
    except KeyError:
        raise ValueError(f"unknown kernel {kernel!r}; there are {', '.join(KERNELS)}") from None


def attend(
    kernel: str, q: Tensor, k: Tensor, v: Tensor, *, causal: bool = False, projection: Tensor | None = None
) -> Tensor:
    """Attention by the named kernel.

    Args:
        kernel: A key of :data:`KERNELS`.
        q: Queries ``(batch, heads, n, head_dim)``.
        k: Keys, the same shape.
        v: Values, the same shape.
        causal: Let a query see only the keys at its own position and before.
        projection: ``(features, head_dim)``, for the kernels with random features.

    Returns:
        ``(batch, heads, n, head_dim)``.

    Raises:
        ValueError: If there is no such kernel, or it lacks its projection.
        Unsupported: If the kernel does not run on this device, dtype or installation.
    """
    entry = kernel_entry(kernel)
    if not entry.projected:
        return entry.run(q, k, v, causal=causal)
    if projection is None:
        raise ValueError(f"kernel {kernel!r} needs a projection of shape (features, head_dim)")
    return entry.run(q, k, v, projection, causal=causal)


def core_flops(
    kernel: str,
    batch: int,
    heads: int,
    n: int,
    head_dim: int,
    causal: bool = False,
    backward: bool = False,
    features: int = 256,
) -> float:
    """FLOP of one :func:`attend` (1 multiply-add = 2, matrix products only); with ``backward`` its gradients too."""
    return kernel_entry(kernel).costs(Shape(batch, heads, n, head_dim, "float32", causal, backward, features)).flops


def core_peak_bytes(
    kernel: str,
    batch: int,
    heads: int,
    n: int,
    head_dim: int,
    causal: bool = False,
    backward: bool = False,
    features: int = 256,
    dtype: str = "float32",
) -> float | None:
    """Peak bytes of tensors above the inputs of one :func:`attend`, by formula; with ``backward`` its gradients too."""
    return kernel_entry(kernel).costs(Shape(batch, heads, n, head_dim, dtype, causal, backward, features)).peak_bytes
