"""Float64 references: the parts of a layer, for some of their rows, with plain attention written out."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from ..attention.catalog import kernel_entry
from .layer import AttentionCore, EncoderLayer

CHECKED_ROWS = 128
"""Most rows (queries) of an answer that are compared."""

CHECKED_WEIGHTS = 1 << 20
"""Rows times keys per head beyond which fewer rows are compared, to bound the reference's memory."""


def checked_rows(n: int, seed: int) -> Tensor:
    """The rows to compare: all of them up to 128, else the first, the last and a random choice between, in order."""
    count = min(n, CHECKED_ROWS, max(32, CHECKED_WEIGHTS // n))
    if count == n:
        return torch.arange(n)
    inner = torch.randperm(n - 2, generator=torch.Generator().manual_seed(seed))[: count - 2] + 1
    return torch.cat([torch.tensor([0, n - 1]), inner]).sort().values


def in_float64(layer: EncoderLayer) -> EncoderLayer:
    """A float64 copy on the CPU, with the same, already rounded, weights."""
    twin = copy.deepcopy(layer).double()
    for module in twin.children():
        if not any(parameter.is_meta for parameter in module.parameters()):
            module.cpu()
    return twin


def exact_core(core: AttentionCore, rows: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Some rows of the core, with all their attention weights as the kernel's own reference defines them.

    Args:
        core: Says which kernel, how many heads and whether it is causal.
        rows: Indices of the queries, ``(r,)``.
        q: The queries at ``rows``, ``(batch, r, hidden)``.
        k: All keys, ``(batch, n, hidden)``.
        v: All values, the same shape.

    Returns:
        ``(batch, r, hidden)``.
    """
    last = rows[:, None] if core.causal else k.shape[1] - 1
    seen = torch.arange(k.shape[1]).expand(len(rows), -1) <= last
    weights = kernel_entry(core.kernel).weights(core.split(q), core.split(k), seen)
    return (weights @ core.split(v)).transpose(1, 2).reshape(q.shape)


def exact_layer(layer: EncoderLayer, rows: Tensor, x: Tensor) -> Tensor:
    """Some rows of a float64 layer: ``(batch, n, hidden)`` to ``(batch, r, hidden)``; all of ``x`` is attended."""
    own = x[:, rows]
    attended = exact_core(layer.core, rows, layer.query(own), layer.key(x), layer.value(x))
    return layer.finish(own, attended)
