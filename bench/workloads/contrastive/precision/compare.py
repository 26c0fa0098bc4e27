"""The numbers that compare one pass with the exact gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from .exact import Exact

LOGARITHMIC = (
    "loss_abs_error",
    "loss_rel_error",
    "positive_error",
    "negative_error",
    "embedding_error",
    "tangent_error",
    "row_sum",
    "xi",
    "xi_p10",
    "xi_p90",
    "one_minus_p",
    "gradient_norm",
)
"""The numbers that range over orders of magnitude."""

ADAM_EPS = {"update_adam_8": 1e-8, "update_adam_6": 1e-6, "update_adam_4": 1e-4}


def relative(found: Tensor, right: Tensor) -> float:
    """``norm(found - right) / norm(right)``."""
    return float((found - right).norm() / right.norm())


def cosine(found: Tensor, right: Tensor) -> float:
    """Cosine of two tensors as vectors: 0 if one of them is zero, 1 if both are, NaN if one is not finite."""
    lengths = float(found.norm()), float(right.norm())
    if 0.0 in lengths:
        return float(lengths[0] == lengths[1])
    return float((found.flatten() / lengths[0]) @ (right.flatten() / lengths[1]))


def loss_numbers(found: Tensor, right: Tensor) -> dict[str, float]:
    """Absolute and relative error of the loss's value; the relative one is infinite or NaN where the loss is 0."""
    error = (found.double() - right).abs()
    return {"loss_abs_error": float(error), "loss_rel_error": float(error / right.abs())}


def input_numbers(exact: Exact) -> dict[str, float]:
    """What the exact scores are like: no rounding is in these."""
    xi = exact.log_xi.exp()
    p10, median, p90 = (float(xi.quantile(q)) for q in (0.1, 0.5, 0.9))
    unsure = float(exact.log_xi.sigmoid().quantile(0.5))
    return {"xi": median, "xi_p10": p10, "xi_p90": p90, "one_minus_p": unsure, "ess": float(exact.ess.mean())}


def score_numbers(gradient: Tensor, exact: Exact, balanced: bool) -> dict[str, float]:
    """Errors of the gradient with respect to the scores.

    Args:
        gradient: ``(anchors, candidates)``, float64; overwritten.
        exact: The exact gradients.
        balanced: Whether a row of the true gradient sums to 0 and holds a positive that the law speaks of; not in
            SigLIP. Without it, only the negatives' error is given.
    """
    column = exact.positive[:, None]
    found, right = gradient.gather(1, column).squeeze(1), exact.positive_gradient
    numbers = {}
    if balanced:
        numbers["positive_error"] = float(((found - right) / right).abs().quantile(0.5))
        numbers["positive_zeros"] = float(((found == 0) & (right != 0)).double().mean())
        total = torch.linalg.vector_norm(gradient, 1, dim=1)
        # A row of zeros sums to 0.
        left = torch.where(total == 0, total, gradient.sum(dim=1).abs() / total)
        numbers["row_sum"] = float(left.mean())
    negatives = (exact.unscaled * exact.factor[:, None]).scatter_(1, column, 0.0)
    size = negatives.norm()
    numbers["negative_error"] = float(gradient.scatter_(1, column, 0.0).sub_(negatives).norm() / size)
    return numbers


def tangent(gradient: Tensor, views: Tensor) -> Tensor:
    """The gradient ``(2, batch, dim)`` without its part along each of the embeddings ``views``, of the same shape.

    This is what passes a layer that normalises the embeddings, but for that layer's scale; the rest never reaches the
    network.
    """
    along = (gradient * views).sum(dim=-1, keepdim=True) / views.square().sum(dim=-1, keepdim=True)
    return gradient - along * views


def embedding_numbers(found: Tensor, right: Tensor, views: Tensor) -> dict[str, float]:
    """Errors of the gradient of the embeddings ``views``, all ``(2, batch, dim)``, and of the steps taken with it.

    ``tangent_*`` are those of its :func:`tangent`. Adam's first step is ``g / (|g| + eps)``. That of SGD is the
    gradient itself: its cosine with the exact step is ``cosine`` and has no name of its own.
    """
    passed = tangent(found, views), tangent(right, views)
    steps = {name: cosine(found / (found.abs() + eps), right / (right.abs() + eps)) for name, eps in ADAM_EPS.items()}
    return {
        "embedding_error": relative(found, right),
        "cosine": cosine(found, right),
        "tangent_error": relative(*passed),
        "tangent_cosine": cosine(*passed),
        "gradient_norm": float(right.norm()),
        **steps,
    }
