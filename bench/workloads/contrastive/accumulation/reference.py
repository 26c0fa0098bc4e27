"""Float64 references: the whole batch at once for a step, a choice of anchors for the loss by itself."""

from __future__ import annotations

import copy
from dataclasses import replace

import torch
from torch import Tensor

from .steps import Step

ANCHORS = 256
"""Most pairs whose embeddings' gradients are compared."""

STEP_PAIRS = 8192
"""Largest batch whose step is checked: the reference holds the scores and all activations in float64 (some 5 GB)."""

LOSS_PAIRS = 65536
"""Largest batch whose loss is checked: the reference computes all scores in float64, which takes a minute or two."""

_BLOCK = 1 << 21
"""Scores the reference holds at a time."""


def step_reference(step: Step) -> list[Tensor]:
    """The gradients of a step over the whole batch in float64, from the same rounded weights and inputs.

    Each chunk sees the dropout masks that the step's seed draws first: one draw, and not the mean over masks.
    Batch norm's statistics are those of the whole batch.
    """
    twin = copy.deepcopy(step.encoder).double()
    return replace(step, encoder=twin, pairs=step.pairs.double()).gradients("full")


def sampled_anchors(batch: int) -> Tensor:
    """At most :data:`ANCHORS` row numbers spread evenly over the batch, the first and the last among them."""
    return torch.linspace(0, batch - 1, min(batch, ANCHORS), dtype=torch.float64).round().long()


def loss_reference(a: Tensor, b: Tensor, temperature: float, anchors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """InfoNCE and its gradients for some pairs, in float64 on the CPU and a block of scores at a time.

    Each of these gradients needs all rows' and all columns' log-sum-exp, so the work grows with the square of the
    batch; the memory does not.

    Args:
        a: Embeddings ``(batch, dim)``, already rounded to the case's dtype.
        b: The same shape.
        temperature: Divides the scores.
        anchors: Row numbers ``(r,)``.

    Returns:
        The loss, a scalar, and the gradients ``(r, dim)`` with respect to the rows of ``a`` and of ``b``.
    """
    a, b = a.detach().to("cpu", torch.float64), b.detach().to("cpu", torch.float64)
    batch = len(a)
    rows, columns = torch.empty(batch, dtype=torch.float64), torch.full((batch,), float("-inf"), dtype=torch.float64)
    block = max(1, _BLOCK // batch)
    for start in range(0, batch, block):
        scores = a[start : start + block] @ b.mT / temperature
        rows[start : start + block] = scores.logsumexp(1)
        columns = torch.logaddexp(columns, scores.logsumexp(0))
    loss = ((rows + columns) / 2 - (a * b).sum(1) / temperature).mean()
    grad_a = _pull(a[anchors], b, rows[anchors], columns, anchors, temperature)
    grad_b = _pull(b[anchors], a, columns[anchors], rows, anchors, temperature)
    return loss, grad_a, grad_b


def _pull(own: Tensor, others: Tensor, lse: Tensor, their_lse: Tensor, anchors: Tensor, temperature: float) -> Tensor:
    """The gradient with respect to ``own``, the embeddings of the anchors, some of them at a time."""
    found = []
    block = max(1, _BLOCK // len(others))
    for part in torch.split(torch.arange(len(own)), block):
        scores = own[part] @ others.mT / temperature
        weights = (scores - lse[part, None]).exp() + (scores - their_lse).exp()
        weights[torch.arange(len(part)), anchors[part]] -= 2
        found.append(weights @ others)
    return torch.cat(found) / (2 * len(others) * temperature)
