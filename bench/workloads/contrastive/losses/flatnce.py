"""FlatNCE: InfoNCE whose gradient is divided by ``1 - p_t`` for each anchor, so that it never vanishes.

With t the positive and ξ as in :mod:`.infonce`::

    FlatNCE = log ξ = log Σ_{i≠t} exp(s_i) - s_t
    d/ds_t = -1,    d/ds_i = softmax over the negatives alone

so that for each anchor the gradient of InfoNCE is ``ξ / (1 + ξ) = 1 - p_t`` times that of FlatNCE. Arguments and shapes
are those of :mod:`.infonce`. Sources: Chen et al. 2021 (arXiv 2107.01152); Su (Scientific Spaces, article 8586) for
the closed form, which is also the Decoupled Contrastive Loss (Yeh et al., arXiv 2110.06848).
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from .margins import excess, negatives, target


def flat(scores: Tensor, positive: Tensor) -> Tensor:
    """``LSE_neg - s_t``, the closed form; may be negative.

    Precision: the positive's gradient is -1 exactly. The negatives' is accurate to eps times the size of LSE_neg, at
    every ξ.
    """
    return excess(scores, positive)


def flat_published(scores: Tensor, positive: Tensor) -> Tensor:
    """The authors' form: ``exp(v - v.detach()) - 1 + CE.detach()``, ``v = logsumexp_{i≠t}(s_i - s_t)``.

    Its value is InfoNCE's, computed as cross entropy and detached; its gradient is FlatNCE's. Precision: the positive
    is subtracted before the logsumexp, so v is rounded at the size of ``log ξ``: at small ξ the gradient is coarser
    than :func:`flat`'s, whose LSE_neg is then the smaller number, and the positive's is -1 only up to rounding. The
    value has the cancellation of cross entropy.
    """
    differences = scores - target(scores, positive)[:, None]
    v = negatives(differences, positive).logsumexp(dim=1)
    return (v - v.detach()).exp() - 1 + F.cross_entropy(differences.detach(), positive, reduction="none")


def flat_scaled(scores: Tensor, positive: Tensor) -> Tensor:
    """:func:`flat` times the detached ``ξ / (1 + ξ)``: InfoNCE's gradient without cancellation.

    The factor is ``sigmoid(LSE_neg - s_t)``. The value is no loss that one would print. Precision: as :func:`flat`, and
    the small factor underflows: at ξ below 6e-8 in float16.
    """
    margin = excess(scores, positive)
    return margin * margin.detach().sigmoid()
