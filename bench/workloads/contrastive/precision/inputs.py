"""Pairs of embeddings with a known cosine, and their scores."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from ..losses import Form, scores_two_tower, scores_two_view


def draw_pairs(batch: int, dim: int, alignment: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Two views ``(batch, dim)`` of length 1 in float64, on the CPU.

    ``b[i]`` has cosine ``alignment`` with ``a[i]``. Different pairs are independent: their cosines have mean 0 and
    standard deviation 1/√dim.
    """
    first, noise = (torch.randn(batch, dim, generator=generator, dtype=torch.float64) for _ in range(2))
    a = F.normalize(first, dim=1)
    across = F.normalize(noise - (noise * a).sum(dim=1, keepdim=True) * a, dim=1)
    return a, alignment * a + math.sqrt(1 - alignment**2) * across


def anchor_scores(a: Tensor, b: Tensor, temperature: float, form: Form) -> tuple[Tensor, Tensor]:
    """Scores ``(2·batch, candidates)``, one row for each anchor, and the positives' columns ``(2·batch,)``.

    ``two_view``: 2·batch candidates, -inf on the diagonal. ``two_tower``: a against b, and below it b against a, with
    batch candidates each, as :func:`..losses.mean_loss` gives them to an arm.
    """
    if form == "two_view":
        return scores_two_view(a, b, temperature)
    scores, positive = scores_two_tower(a, b, temperature)
    return torch.cat((scores, scores.mT)), positive.repeat(2)


def pull_back(
    gradient: Tensor, a: Tensor, b: Tensor, temperature: float, form: Form, rows: Tensor | None = None
) -> Tensor:
    """The gradient ``(2, batch, dim)`` of a and b from that of their :func:`anchor_scores`.

    Args:
        gradient: With respect to the scores, of their shape.
        a: ``(batch, dim)``.
        b: ``(batch, dim)``.
        temperature: That the scores were divided by.
        form: Of the scores.
        rows: Factors ``(2·batch,)`` by which the rows of ``gradient`` are to be multiplied first; none by default.
    """
    factor = torch.ones(len(gradient), 1, dtype=a.dtype, device=a.device) if rows is None else rows[:, None]
    if form == "two_view":
        views = torch.cat((a, b))
        pulled = factor * (gradient @ views) + gradient.mT @ (factor * views)
        return pulled.view(2, *a.shape) / temperature
    (ab, ba), (of_a, of_b) = gradient.chunk(2), factor.chunk(2)
    to_a = of_a * (ab @ b) + ba.mT @ (of_b * b)
    to_b = of_b * (ba @ a) + ab.mT @ (of_a * a)
    return torch.stack((to_a, to_b)) / temperature
