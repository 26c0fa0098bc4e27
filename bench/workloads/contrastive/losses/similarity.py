"""From embeddings to scores, and from an arm's rows to the loss of a batch."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .arms import Arm, Form


def _check(a: Tensor, b: Tensor, temperature: float) -> None:
    if a.ndim != 2 or a.shape != b.shape:
        raise ValueError(f"a and b must have one shape (batch, dim), not {tuple(a.shape)} and {tuple(b.shape)}")
    if len(a) < 2:
        raise ValueError(f"a batch of {len(a)} has no negatives; at least 2 are needed")
    if not temperature > 0:
        raise ValueError(f"the temperature must be above 0, not {temperature}")


def scores_two_view(a: Tensor, b: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """The scores of every embedding of both views against every other (SimCLR, arXiv 2002.05709).

    Args:
        a: ``(batch, dim)``, of length 1 each.
        b: The other view, the same shape; ``b[i]`` is the positive of ``a[i]`` and the other way round.
        temperature: Divides the products.

    Returns:
        Scores ``(2·batch, 2·batch)`` with -inf on the diagonal, in the order a, b; and the positives' columns
        ``(2·batch,)``.

    Raises:
        ValueError: If the shapes differ, the batch is below 2 or the temperature not above 0.
    """
    _check(a, b, temperature)
    views = torch.cat((a, b))
    diagonal = torch.eye(len(views), dtype=torch.bool, device=views.device)
    scores = (views @ views.mT / temperature).masked_fill(diagonal, -math.inf)
    return scores, torch.arange(len(views), device=views.device).roll(len(a))


def scores_two_tower(a: Tensor, b: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """The scores of a's embeddings as anchors against b's as candidates; one direction.

    Args:
        a: ``(batch, dim)``, of length 1 each.
        b: The same shape; ``b[i]`` is the positive of ``a[i]``.
        temperature: Divides the products.

    Returns:
        Scores ``(batch, batch)`` and the positives' columns ``(batch,)``: 0, 1, 2 …

    Raises:
        ValueError: If the shapes differ, the batch is below 2 or the temperature not above 0.
    """
    _check(a, b, temperature)
    return a @ b.mT / temperature, torch.arange(len(a), device=a.device)


def mean_loss(arm: Arm, scores: Tensor, positive: Tensor, form: Form) -> Tensor:
    """The mean of an arm's rows, a scalar.

    Args:
        arm: From :data:`.arms.ARMS`.
        scores: ``(anchors, candidates)``.
        positive: The positives' columns ``(anchors,)``; in ``two_tower`` a permutation.
        form: ``two_view``: the mean over the rows. ``two_tower``: the mean over rows and columns of the square
            ``scores``, which is the mean of both directions.
    """
    if form == "two_view":
        return arm.rows(scores, positive).mean()
    back = positive.argsort()
    if arm.joint:  # One call for both directions costs half as much memory again: only where it must be.
        return arm.rows(torch.cat((scores, scores.mT)), torch.cat((positive, back))).mean()
    return (arm.rows(scores, positive).mean() + arm.rows(scores.mT, back).mean()) / 2


def contrastive_loss(arm: Arm, a: Tensor, b: Tensor, temperature: float, form: Form) -> Tensor:
    """The loss of two batches of embeddings ``(batch, dim)`` of length 1, a scalar; see :func:`mean_loss`.

    Raises:
        ValueError: If the shapes differ, the batch is below 2 or the temperature not above 0.
    """
    make = scores_two_view if form == "two_view" else scores_two_tower
    scores, positive = make(a, b, temperature)
    return mean_loss(arm, scores, positive, form)
