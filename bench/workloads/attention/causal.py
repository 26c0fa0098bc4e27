"""Causal linear attention as chunked matrix products, forward and by hand backward, block by block.

Inside a chunk of C tokens the C × C products are computed and their upper half dropped; what lies before comes in
through a running ``(m, e)`` state, so that the work is linear in n. All tensors are ``(groups, n, width)``.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .blocks import Block, block_numbers, cut
from .features import elu_plus_one, nearby, times_elu_slope, wide_dtype

CHUNK = 64
"""Tokens per chunk: at d = 64 the fastest of 32, 64, 128, 256 in float32, and close to it in bfloat16."""

FLOAT16_KEYS = 2.0**-8
"""What keys' features are multiplied by in float16, whose sums over tokens would overflow at 65504; it cancels."""

State = tuple[Tensor, Tensor]
"""Sums over the tokens before a block: ``(heads, m, e)`` of feature times value and ``(heads, m)`` of the feature."""


def plan(q: Tensor, v: Tensor) -> list[Block]:
    """The blocks of ``(groups, n, m)`` queries and ``(groups, n, e)`` values."""
    width = max(q.shape[-1], v.shape[-1])
    return cut(q.shape[0], q.shape[1], width, CHUNK, block_numbers(q))


def _scan(parts: Tensor, carry: Tensor, block: Block, backwards: bool = False) -> Tensor:
    """For each chunk the sum of the parts before it (after it if ``backwards``); ``carry`` comes in and moves on.

    A loop of additions, since ``cumsum`` over chunks is ten times slower and, less the part itself, inexact.
    """
    parts = parts.view(block.heads, block.chunks, *parts.shape[1:])
    sums = torch.empty_like(parts, dtype=carry.dtype)
    part_of, sum_of = parts.unbind(1), sums.unbind(1)
    if backwards:
        part_of, sum_of = part_of[::-1], sum_of[::-1]
    sum_of[0].copy_(carry)
    for before, part, after in zip(sum_of, part_of, sum_of[1:], strict=False):
        torch.add(before, part, out=after)
    torch.add(sum_of[-1], part_of[-1], out=carry)
    return sums.flatten(0, 1)


def _features(q: Tensor, k: Tensor, elu: bool) -> tuple[Tensor, Tensor]:
    return (elu_plus_one(q), elu_plus_one(k)) if elu else (q, k)


def _zero_state(like: Tensor, heads: int, m: int, e: int) -> State:
    wide = wide_dtype(like)
    return like.new_zeros(heads, m, e, dtype=wide), like.new_zeros(heads, m, dtype=wide)


def forward(q: Tensor, k: Tensor, v: Tensor, elu: bool, keep: bool) -> tuple[Tensor, Tensor, list[State]]:
    """The output, each row's normaliser ``(groups, n, 1)`` and, if ``keep``, the state before each block."""
    groups, n, m = q.shape
    e, dtype, wide = v.shape[-1], q.dtype, wide_dtype(q)
    out = v.new_empty(groups, n, e)
    norm = q.new_empty(groups, n, 1, dtype=wide)
    states: list[State] = []
    for block in plan(q, v):
        if block.start == 0:
            carry, key_carry = _zero_state(q, block.heads, m, e)
        if keep:
            states.append((carry.clone(), key_carry.clone()))
        values, target, row = block.of(v), block.of(out), block.of(norm)
        fq, fk = _features(block.of(q), block.of(k), elu)
        if dtype == torch.float16:
            fk = fk * FLOAT16_KEYS
        before = _scan(torch.bmm(fk.mT, values), carry, block).to(dtype)
        keys_before = _scan(fk.sum(1, dtype=wide), key_carry, block).unsqueeze(1).to(dtype)
        scores = torch.bmm(fq, fk.mT).tril_()
        row.copy_(torch.bmm(fq, keys_before.mT))
        row += scores.sum(-1, keepdim=True, dtype=row.dtype)
        torch.bmm(scores, values, out=target)
        torch.baddbmm(target, fq, before, out=target).mul_(row.reciprocal().to(dtype))
    return out, norm, states


def backward(
    grad: Tensor, q: Tensor, k: Tensor, v: Tensor, out: Tensor, norm: Tensor, states: list[State], elu: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of q, k and v in one pass from the last block to the first, features and scores computed anew."""
    groups, n, m = q.shape
    e, dtype, wide = v.shape[-1], q.dtype, wide_dtype(q)
    dq, dk, dv = q.new_empty(groups, n, m), k.new_empty(groups, n, m), v.new_empty(groups, n, e)
    for block, (carry, key_carry) in zip(reversed(plan(q, v)), reversed(states), strict=True):
        if block.stop == n:
            pull_carry, pull_key_carry = _zero_state(q, block.heads, m, e)
        values = block.of(v)
        fq, features = _features(block.of(q), block.of(k), elu)
        fk = features * FLOAT16_KEYS if dtype == torch.float16 else features
        grad_sum = nearby(block.of(grad)) * block.of(norm).reciprocal().to(dtype)
        pull = (grad_sum * nearby(block.of(out))).sum(-1, keepdim=True)

        # The running sums move on in place: a second backward through the same graph needs them as they were.
        before = _scan(torch.bmm(fk.mT, values), carry.clone(), block).to(dtype)
        keys_before = _scan(fk.sum(1, dtype=wide), key_carry.clone(), block).unsqueeze(1).to(dtype)
        after = _scan(torch.bmm(fq.mT, grad_sum), pull_carry, block, backwards=True).to(dtype)
        pulls = torch.bmm(pull.mT, fq).squeeze(1)
        pulls_after = _scan(pulls, pull_key_carry, block, backwards=True).unsqueeze(1).to(dtype)

        d_scores = torch.bmm(grad_sum, values.mT).sub_(pull).tril_()
        # ``out=`` and not ``baddbmm_``: torch's FLOP counter doesn't know the in-place name.
        block_dq, block_dk, block_dv = block.of(dq), block.of(dk), block.of(dv)
        torch.bmm(d_scores, fk, out=block_dq)
        torch.baddbmm(block_dq, grad_sum, before.mT, out=block_dq)
        torch.baddbmm(block_dq, pull, keys_before, alpha=-1, out=block_dq)
        torch.bmm(d_scores.mT, fq, out=block_dk)
        torch.baddbmm(block_dk, values, after.mT, out=block_dk).sub_(pulls_after)
        scores = torch.bmm(fq, fk.mT, out=d_scores).tril_()
        torch.bmm(scores.mT, grad_sum, out=block_dv)
        torch.baddbmm(block_dv, fk, after, out=block_dv)
        if elu:
            times_elu_slope(block_dq, fq, out=block_dq)
            times_elu_slope(block_dk, features, out=block_dk)
        if dtype == torch.float16:
            block_dk *= FLOAT16_KEYS
    return dq, dk, dv
