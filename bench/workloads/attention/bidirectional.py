"""``φ(q) (φ(k)ᵀ v)`` with its normaliser, forward and by hand backward, in parts that stay in a core's cache.

All tensors are ``(groups, n, width)``. Queries and keys have m numbers per token, values e. What is summed over tokens
is one ``(m, e + 1)`` state per head: in its last column the features alone, so that one product gives output and
normaliser. States are added up in float32 at least, and in float16 used as averages, since it overflows at 65504.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from .blocks import Scratch, block_numbers
from .features import elu_plus_one, nearby, times_elu_slope, wide_dtype

Kept = tuple[Tensor | None, tuple[Tensor, Tensor] | None]
"""Each row's normaliser ``(groups, n, 1)``, and the features of q and k where they are not the inputs themselves."""


FLOAT16_TOKENS = 8192
"""Most tokens that are summed up in float16, which ends at 65504."""


LEAST_TOKENS = 256
"""Least tokens of a part: each adds up a state of its own, which with many features costs more than the cache saves."""


def _cut(q: Tensor, width: int) -> Iterator[tuple[slice, list[slice]]]:
    """Some heads at a time, and the parts that their tokens are taken in."""
    groups, n = q.shape[:2]
    rows = max(LEAST_TOKENS, block_numbers(q) // width)
    if q.dtype == torch.float16:
        rows = min(rows, FLOAT16_TOKENS)
    step = max(1, rows // n)
    parts = [slice(start, min(start + rows, n)) for start in range(0, n, rows)]
    for first in range(0, groups, step):
        yield slice(first, first + step), parts


def _total(parts: list[Tensor], n: int, dtype: torch.dtype) -> Tensor:
    """The sum of the parts, added up in float32 at least; in float16 over n, lest it overflow."""
    total = parts[0] if len(parts) == 1 else torch.stack(parts).sum(0, dtype=wide_dtype(parts[0]))
    return (total / n if dtype == torch.float16 else total).to(dtype)


def _token_sum(features: Tensor) -> Tensor:
    """``(heads, m, 1)``. Only float16 needs a wide result: it ends at 65504."""
    dtype = torch.float32 if features.dtype == torch.float16 else features.dtype
    return features.sum(1, dtype=dtype).unsqueeze(-1)


def forward(q: Tensor, k: Tensor, v: Tensor, elu: bool, keep: bool) -> tuple[Tensor, list[Tensor], Kept]:
    """The output, the states ``(heads, m, e + 1)`` and, if ``keep``, what :func:`backward` can use up."""
    groups, n, m = q.shape
    e = v.shape[-1]
    out, states = v.new_empty(groups, n, e), list[Tensor]()
    norm = q.new_empty(groups, n, 1) if keep else None
    features = (torch.empty_like(q), torch.empty_like(k)) if keep and elu else None
    scratch = Scratch(q)

    def read(x: Tensor, kept: Tensor | None) -> Tensor:
        if not elu:
            return x
        out = scratch.get("features", *x.shape) if kept is None else kept
        return elu_plus_one(x, out, scratch.get("exp", *x.shape))

    for heads, parts in _cut(q, max(m, e)):
        values: list[Tensor] = []
        for tokens in parts:
            key = read(k[heads, tokens], features and features[1][heads, tokens])
            values.append(torch.cat((torch.bmm(key.mT, v[heads, tokens]), _token_sum(key)), dim=-1))
        state = _total(values, n, q.dtype)
        states.append(state)
        for tokens in parts:
            query = read(q[heads, tokens], features and features[0][heads, tokens])
            sums = torch.bmm(query, state, out=scratch.get("sums", *query.shape[:2], e + 1))
            torch.div(sums[..., :e], sums[..., e:], out=out[heads, tokens])
            if norm is not None:
                norm[heads, tokens] = sums[..., e:]
    return out, states, (norm, features)


def backward(
    grad: Tensor,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    out: Tensor,
    norm: Tensor,
    states: Sequence[Tensor],
    features: tuple[Tensor, Tensor] | None,
    elu: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of q, k and v, from what :func:`forward` returned.

    ``features`` are used up: the gradients of q and k come to lie in their memory. Without them they are computed anew.
    """
    groups, n, m = q.shape
    e = v.shape[-1]
    dq, dk = features or (q.new_empty(groups, n, m), k.new_empty(groups, n, m))
    dv = v.new_empty(groups, n, e)
    scratch = Scratch(q)
    for state, (heads, parts) in zip(states, _cut(q, max(m, e)), strict=True):
        signed = state.mT.clone()
        signed[:, e:].neg_()
        slopes = []
        for tokens in parts:
            target = dq[heads, tokens]
            query = target if features else elu_plus_one(q[heads, tokens]) if elu else q[heads, tokens]
            # The sums' gradient: upstream over the normaliser, and in the last column what reaches the normaliser.
            pull = scratch.get("pull", *target.shape[:-1], e + 1)
            torch.div(nearby(grad[heads, tokens]), norm[heads, tokens], out=pull[..., :e])
            torch.sum(pull[..., :e] * nearby(out[heads, tokens]), -1, keepdim=True, out=pull[..., e:])
            slopes.append(torch.bmm(query.mT, pull))
            if elu:
                down = torch.bmm(pull, signed, out=scratch.get("down", *target.shape))
                times_elu_slope(down, query, out=target)
            else:
                torch.bmm(pull, signed, out=target)
        slope = _total(slopes, n, q.dtype)
        value_slope, key_slope = slope[..., :e], slope[..., e:].mT.neg()
        for tokens in parts:
            target = dk[heads, tokens]
            key = target if features else elu_plus_one(k[heads, tokens]) if elu else k[heads, tokens]
            torch.bmm(key, value_slope, out=dv[heads, tokens])
            down = scratch.get("down", *target.shape) if elu else target
            torch.baddbmm(key_slope.expand_as(key), v[heads, tokens], value_slope.mT, out=down)
            if elu:
                times_elu_slope(down, key, out=target)
    return dq, dk, dv
