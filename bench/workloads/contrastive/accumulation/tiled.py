"""InfoNCE of two towers in tiles: the loss and gradients of the plain form, without ever holding the matrix of scores.

The forward pass keeps one sum of exponentials for each row and column (an online log-sum-exp); the backward pass
computes each tile of scores again and turns it into a tile of the gradient. Memory is O(batch·dim + tile²) and the work
8·batch²·dim FLOPs, where the plain form has 6: scores twice instead of once, and two products for the gradients.
Related: Inf-CL (arXiv 2410.17243), for rows alone and on GPUs; FlashAttention (arXiv 2205.14135).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

TILE = 512
"""Rows and columns of a tile. On a CPU with 2 MB of L2 cache 256 to 1024 took about the same time."""


def tiled_loss(a: Tensor, b: Tensor, temperature: float, tile: int = TILE) -> Tensor:
    """InfoNCE, the mean of both directions, like :func:`.closed.plain_loss`.

    Scores are products in the inputs' dtype; everything else is done in float32, or float64 for float64 inputs. The
    gradients can be taken once: they carry no graph for a second derivative.

    Args:
        a: Embeddings ``(batch, dim)``; need not be normalised.
        b: The same shape; ``b[i]`` is the positive of ``a[i]``.
        temperature: Divides the scores.
        tile: Most rows and columns of scores held at a time; need not divide the batch.

    Returns:
        A scalar: float64 for float64 inputs, else float32.

    Raises:
        ValueError: Shapes differ or are not two-dimensional, the tile is below 1 or the temperature not above 0.
    """
    if a.ndim != 2 or a.shape != b.shape:
        raise ValueError(f"a and b must have one shape (batch, dim), not {tuple(a.shape)} and {tuple(b.shape)}")
    if tile < 1 or not temperature > 0:
        raise ValueError(f"tile = {tile} must be at least 1 and temperature = {temperature} above 0")
    loss: Tensor = _TiledInfoNCE.apply(a, b, temperature, tile)  # type: ignore[no-untyped-call]
    return loss


class _Tiles:
    """Walks over the tiles of the scores; all of them share the same few buffers."""

    def __init__(self, a: Tensor, b: Tensor, temperature: float, tile: int) -> None:
        self.a, self.b, self.scale, self.tile = a, b, 1 / temperature, tile
        self.wide = torch.promote_types(a.dtype, torch.float32)
        self._size = min(tile, len(a)) ** 2
        self._narrow = self.buffer(a.dtype)
        self._same = a.dtype == self.wide
        self._scores = self._narrow if self._same else self.buffer(self.wide)

    def buffer(self, dtype: torch.dtype) -> Tensor:
        """Room for one tile."""
        return torch.empty(self._size, dtype=dtype, device=self.a.device)

    def __iter__(self) -> Iterator[tuple[slice, slice, Tensor]]:
        """Rows, columns and scores of each tile; the scores are overwritten by the next."""
        starts = range(0, len(self.a), self.tile)
        for rows in (slice(start, start + self.tile) for start in starts):
            for columns in (slice(start, start + self.tile) for start in starts):
                left, right = self.a[rows], self.b[columns].mT
                scores = _fitted(self._narrow, len(left), right.shape[1])
                torch.addmm(scores, left, right, beta=0, alpha=self.scale, out=scores)
                yield rows, columns, scores if self._same else _fitted(self._scores, *scores.shape).copy_(scores)

    def narrowed(self, tile: Tensor) -> Tensor:
        """A tile in the inputs' dtype, in place of the scores it came from."""
        return tile if self._same else _fitted(self._narrow, *tile.shape).copy_(tile)

    def bounded(self) -> bool:
        """Whether no score is so large that its exponential, or the sum of a row, could overflow or vanish.

        Then rows and columns share one exponential and no maximum is needed. Normalised embeddings in float32 are
        bounded at temperatures above about 0.015.
        """
        norms = self.a.norm(dim=1, dtype=self.wide).max() * self.b.norm(dim=1, dtype=self.wide).max()
        largest = math.log(torch.finfo(self.wide).max)
        # A tenth is left for rounding; a norm that is not finite is not bounded.
        return float(norms) * self.scale + math.log(len(self.a)) < 0.9 * largest


class _TiledInfoNCE(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, temperature: float, tile: int) -> Tensor:
        tiles = _Tiles(a, b, temperature, tile)
        bounded = tiles.bounded()
        start = 0.0 if bounded else -math.inf
        rows = torch.full((len(a),), start, dtype=tiles.wide, device=a.device)
        columns = rows.clone()
        positive = torch.empty_like(rows)
        for i, j, scores in tiles:
            if i == j:
                positive[i] = scores.diagonal()
            if bounded:
                scores.exp_()
                rows[i] += scores.sum(1)
                columns[j] += scores.sum(0)
            else:
                rows[i] = torch.logaddexp(rows[i], scores.logsumexp(1))
                columns[j] = torch.logaddexp(columns[j], scores.logsumexp(0))
        if bounded:
            rows.log_()
            columns.log_()
        ctx.save_for_backward(a, b, rows, columns)
        ctx.temperature, ctx.tile, ctx.bounded = temperature, tile, bounded
        return ((rows + columns) / 2 - positive).mean()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor, Tensor, None, None]:
        a, b, rows, columns = ctx.saved_tensors
        tiles = _Tiles(a, b, ctx.temperature, ctx.tile)
        other = tiles.buffer(tiles.wide)
        grad_a, grad_b = torch.zeros_like(a, dtype=tiles.wide), torch.zeros_like(b, dtype=tiles.wide)
        # exp(s - r_i) + exp(s - c_j) is exp(s) · (exp(-r_i) + exp(-c_j)) where that cannot overflow.
        row_shares, column_shares = (-rows).exp(), (-columns).exp()
        for i, j, scores in tiles:
            weights = _fitted(other, *scores.shape)
            if ctx.bounded:
                torch.add(row_shares[i, None], column_shares[j], out=weights)
                weights.mul_(scores.exp_())
            else:
                torch.sub(scores, columns[j], out=weights).exp_()
                weights.add_(scores.sub_(rows[i, None]).exp_())
            if i == j:
                weights.diagonal().sub_(2)
            narrow = tiles.narrowed(weights)
            _add_product(grad_a[i], narrow, b[j])
            _add_product(grad_b[j], narrow.mT, a[i])
        scale = upstream / (2 * len(a) * ctx.temperature)
        return grad_a.mul_(scale).to(a.dtype), grad_b.mul_(scale).to(b.dtype), None, None


def _fitted(buffer: Tensor, rows: int, columns: int) -> Tensor:
    """The part of a buffer that a tile fills."""
    return buffer[: rows * columns].view(rows, columns)


def _add_product(total: Tensor, left: Tensor, right: Tensor) -> None:
    """``total += left @ right``; the sum over tiles stays in the total's dtype, which may be wider."""
    if total.dtype == left.dtype:
        total.addmm_(left, right)
    else:
        total += left @ right
