"""The exact loss and gradients in float64, by closed form.

Float64 alone does not make a reference: at a temperature of 0.02 and a batch of 2, ξ is near 1e-20 and float64's cross
entropy is as lost as float32's is at 1e-7. So the gradients are not taken by backpropagation but written down::

    dL_i/ds_ij = c_i w_ij,   dL_i/ds_it = -c_i,   w = softmax over the negatives,   x_i = LSE_neg - s_t = log ξ_i

with c = sigmoid(x) = 1 - p_t for InfoNCE, 1 for FlatNCE, and sigmoid(x) / mean sigmoid(x) for InfoNCE rescaled as a
batch. None of these cancels. SigLIP's pairs are independent: sigmoid(s + bias) each, less 1 for the positive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..losses import Arm
from ..losses.margins import softplus_excess
from ..losses.siglip import BIAS


@dataclass(frozen=True)
class Exact:
    """Everything the errors are measured against, in float64. A batch has A anchors, each with K negatives.

    Attributes:
        positive: The positives' columns ``(A,)``.
        loss: The arm's value, a scalar.
        log_xi: ``log ξ`` ``(A,)``.
        ess: Effective sample size of the softmax over the negatives, ``1 / (K Σ w²)``, ``(A,)``: from 1/K, where one
            negative has all the weight, to 1.
        flat: A times FlatNCE's gradient with respect to the scores: w, and -1 at the positive.
        unscaled: The matrix that gives the arm's own gradient once its rows are multiplied by ``factor``; ``flat``
            for all but SigLIP.
        factor: ``c / A`` ``(A,)``.
    """

    positive: Tensor
    loss: Tensor
    log_xi: Tensor
    ess: Tensor
    flat: Tensor
    unscaled: Tensor
    factor: Tensor

    @property
    def positive_gradient(self) -> Tensor:
        """The gradient ``(A,)`` with respect to the positives' scores."""
        return self.unscaled.gather(1, self.positive[:, None]).squeeze(1) * self.factor

    @property
    def infonce_factor(self) -> Tensor:
        """The factors ``(A,)`` that make InfoNCE's gradient of ``flat``."""
        return self.log_xi.sigmoid() / len(self.log_xi)

    @property
    def flatnce_factor(self) -> Tensor:
        """The factors ``(A,)`` that make FlatNCE's gradient of ``flat``."""
        return torch.full_like(self.log_xi, 1 / len(self.log_xi))


def exact(arm: Arm, scores: Tensor, positive: Tensor) -> Exact:
    """The exact loss and gradients of an arm at float64 ``scores`` ``(A, candidates)``, which are overwritten."""
    column = positive[:, None]
    negatives = scores.isfinite().sum(dim=1) - 1
    siglip = _siglip(arm, scores, positive) if arm.objective == "siglip" else None
    # Written over each other, since each of these is as large as the scores.
    target = scores.gather(1, column)
    flat = scores.scatter_(1, column, -torch.inf)
    lse = flat.logsumexp(dim=1, keepdim=True)
    flat.sub_(lse).exp_()
    log_xi = (lse - target).squeeze(1)
    ess = 1 / (negatives * torch.linalg.vector_norm(flat, dim=1) ** 2)
    flat.scatter_(1, column, -1.0)
    if siglip is not None:
        loss, unscaled = siglip
        factor = torch.ones_like(log_xi)
    else:
        loss, unscaled = _value(arm, log_xi).mean(), flat
        factor = _FACTORS[arm.objective](log_xi)
    return Exact(positive, loss, log_xi, ess, flat, unscaled, factor / len(scores))


_FACTORS: dict[str, Callable[[Tensor], Tensor]] = {
    "infonce": torch.sigmoid,
    "flatnce": torch.ones_like,
    "infonce_rescaled": lambda log_xi: log_xi.sigmoid() / log_xi.sigmoid().mean(),
}


def _siglip(arm: Arm, scores: Tensor, positive: Tensor) -> tuple[Tensor, Tensor]:
    """The loss, and A times its gradient: ``sigmoid(s + bias)``, less 1 for the positive (without cancellation)."""
    column = positive[:, None]
    loss = arm.rows(scores, positive).mean()
    gradient = (scores + BIAS).sigmoid_()
    return loss, gradient.scatter_(1, column, -(-BIAS - scores.gather(1, column)).sigmoid())


def _value(arm: Arm, log_xi: Tensor) -> Tensor:
    """The arm's own value for each anchor; ``InfoNCE = log(1 + ξ)`` unless the arm's definition says otherwise."""
    infonce = softplus_excess(log_xi)
    values = {
        "flat": lambda: log_xi,
        "flat_scaled": lambda: log_xi * log_xi.sigmoid(),
        "infonce_weighted": lambda: infonce * (1 + (-log_xi).exp()),
        "infonce_rescaled": lambda: infonce / log_xi.sigmoid().mean(),
    }
    return values.get(arm.name, lambda: infonce)()
