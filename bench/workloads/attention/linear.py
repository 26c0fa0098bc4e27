"""Linear attention: ``φ(q) (φ(k)ᵀ v)`` over its normaliser, bidirectional and causal, for any feature map."""

from __future__ import annotations

from itertools import chain
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from . import bidirectional
from . import causal as chunked


def linear_attention(q: Tensor, k: Tensor, v: Tensor, causal: bool = False) -> Tensor:
    """Linear attention with ``φ(x) = elu(x) + 1`` (Katharopoulos et al. 2020, "Transformers are RNNs").

    Args:
        q: Queries ``(batch, heads, n, d)``.
        k: Keys, the same shape.
        v: Values ``(batch, heads, n, e)``.
        causal: Let a query see only the keys at its own position and before; chunked matrix products.

    Returns:
        ``(batch, heads, n, e)``, in q's dtype; sums over tokens are kept in float32 at least.
    """
    return _attend(q, k, v, causal, True)


def feature_attention(fq: Tensor, fk: Tensor, v: Tensor, causal: bool = False) -> Tensor:
    """Linear attention on features that are already there: ``fq (fkᵀ v) / (fq Σ fk)``.

    Args:
        fq: Features of the queries ``(batch, heads, n, m)``.
        fk: Features of the keys, the same shape.
        v: Values ``(batch, heads, n, e)``.
        causal: As in :func:`linear_attention`.

    Returns:
        ``(batch, heads, n, e)``.
    """
    return _attend(fq, fk, v, causal, False)


def _attend(q: Tensor, k: Tensor, v: Tensor, causal: bool, elu: bool) -> Tensor:
    flat = q.flatten(0, 1), k.flatten(0, 1), v.flatten(0, 1)
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in flat):
        out = cast(Tensor, (_Causal if causal else _Bidirectional).apply(*flat, elu))  # type: ignore[no-untyped-call]
    elif causal:
        out = chunked.forward(*flat, elu, keep=False)[0]
    else:
        out = bidirectional.forward(*flat, elu, keep=False)[0]
    return out.view(*q.shape[:2], *out.shape[1:])


class _Bidirectional(torch.autograd.Function):
    """Keeps the inputs, the output, a small state, and the features until the first backward has used them up."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, elu: bool) -> Tensor:
        out, states, (norm, features) = bidirectional.forward(q, k, v, elu, keep=True)
        ctx.save_for_backward(q, k, v, out, norm, *states)
        ctx.features, ctx.elu = features, elu
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, out, norm, *states = ctx.saved_tensors
        features, ctx.features = ctx.features, None
        return (*bidirectional.backward(grad, q, k, v, out, norm, states, features, ctx.elu), None)


class _Causal(torch.autograd.Function):
    """Keeps the inputs, the output, the normaliser and the state before each block."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, elu: bool) -> Tensor:
        out, norm, states = chunked.forward(q, k, v, elu, keep=True)
        ctx.save_for_backward(q, k, v, out, norm, *chain.from_iterable(states))
        ctx.elu = elu
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, out, norm, *states = ctx.saved_tensors
        pairs = list(zip(states[::2], states[1::2], strict=True))
        return (*chunked.backward(grad, q, k, v, out, norm, pairs, ctx.elu), None)
