"""InfoNCE: one objective in five ways of computing it, and two that change its scale by detached numbers.

Every function takes ``scores`` ``(anchors, candidates)``, divided by the temperature already, and the column
``positive`` ``(anchors,)`` of each anchor's positive; it returns the losses ``(anchors,)``. A score of -inf leaves its
candidate out: it gets a gradient of exactly 0. The positive and at least one negative must be finite. With t the
positive, each computes::

    InfoNCE = -log(exp(s_t) / Σ_i exp(s_i)) = log(1 + ξ),    ξ = Σ_{i≠t} exp(s_i - s_t)
    d/ds_t = -ξ / (1 + ξ) = p_t - 1,                         d/ds_i = p_i

and they differ in where a small ξ is lost. "eps" is the dtype's (6e-8 in float32, 4e-3 in bfloat16: half the distance
from 1 to the next number). Sources: Oord et al. 2018 (arXiv 1807.03748); Su, "FlatNCE" (Scientific Spaces, article
8586) for ξ and the cancellation.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from .margins import excess, negatives, softplus_excess, target


def ce(scores: Tensor, positive: Tensor) -> Tensor:
    """``F.cross_entropy``: ``-log_softmax(s)_t``, with the positive's gradient as ``exp(log p_t) - 1``.

    Precision: ``log p_t`` is the small difference ``(s_t - max) - log Σ exp(s_i - max)``, whose sum holds 1 + ξ; the
    loss and the positive's gradient have a relative error of about eps / ξ and are exactly 0 below ξ of about eps (up
    to 2 eps, depending on how the sum is made): 1 + ξ is rounded to 1. The negatives' gradients stay accurate, as far
    as the dtype goes: float16 ends at 6e-8, and a mean over anchors divides each gradient by their number.
    """
    return F.cross_entropy(scores, positive, reduction="none")


def lse(scores: Tensor, positive: Tensor) -> Tensor:
    """``logsumexp(s) - s_t``, with the positive's gradient as ``exp(s_t - logsumexp(s)) - 1``.

    Precision: as :func:`ce`, and worse by a factor of about ``|s_t|``, for the logsumexp is rounded at the size of
    s_t rather than at that of the loss.
    """
    return scores.logsumexp(dim=1) - target(scores, positive)


def naive(scores: Tensor, positive: Tensor) -> Tensor:
    """``-log(exp(s_t) / Σ exp(s_i))`` as it is written, without protection: the arm that shows what happens.

    Precision: the quotient is rounded to 1 at ξ below eps, as in :func:`ce`. Above s = 11.09 in float16 and 88.7 in
    float32 and bfloat16 ``exp`` overflows: the loss is inf or NaN and the gradient inf and NaN, at entries of -inf
    too. It is the same where the quotient is so small that its inverse overflows, or ``exp(s_t)`` underflows to 0.
    """
    exponentials = scores.exp()
    return -(target(exponentials, positive) / exponentials.sum(dim=1)).log()


def log1p(scores: Tensor, positive: Tensor) -> Tensor:
    """``log1p(Σ_{i≠t} exp(s_i - s_t))``: no cancellation, since the positive's 1 is never added to ξ.

    Precision: good to a few eps (and the rounding of ``s_i - s_t``) as long as ξ is a normal number of the dtype; below
    6e-5 it loses digits in float16 and below 6e-8 it is 0. No maximum is taken out: where a negative lies 11.09
    (float16) or 88.7 (float32, bfloat16) above the positive, ξ is inf, and so is the loss; the gradient is NaN.
    """
    return negatives(scores - target(scores, positive)[:, None], positive).exp().sum(dim=1).log1p()


def softplus(scores: Tensor, positive: Tensor) -> Tensor:
    """``softplus(LSE_neg - s_t)``, where LSE_neg is the logsumexp of the negatives alone.

    Precision: good to a few eps times ``|LSE_neg - s_t|``, and it does not overflow. Only underflow remains: the
    gradient is about ξ over the anchors of a mean, and float16 ends at 6e-8.
    """
    return softplus_excess(excess(scores, positive))


def infonce_weighted(scores: Tensor, positive: Tensor) -> Tensor:
    """:func:`softplus` times the detached ``(1 + ξ) / ξ`` of each anchor: InfoNCE with FlatNCE's gradient.

    The weight is ``1 + exp(-(LSE_neg - s_t))``. Precision: as :func:`softplus`, as long as the weight is finite. It
    overflows at ξ below 1.5e-5 in float16 and 3e-39 in float32 and bfloat16: then the loss is inf, or NaN once the
    row itself has underflowed to 0, and the gradient is inf and NaN. FlatNCE's own forms do not fail there.
    """
    margin = excess(scores, positive)
    return softplus_excess(margin) * (1 + (-margin.detach()).exp())


def infonce_rescaled(scores: Tensor, positive: Tensor) -> Tensor:
    """:func:`softplus` times one detached number for all anchors: FlatNCE's scale without its reweighting.

    The number is ``anchors / Σ (1 - p_t)``, with ``1 - p_t = sigmoid(LSE_neg - s_t)``. So the positives' gradients sum
    to -anchors, as FlatNCE's do, while the anchors keep InfoNCE's weights among themselves. Precision: as
    :func:`softplus`; where the sum underflows to 0 or its inverse overflows, the loss is inf or NaN.
    """
    margin = excess(scores, positive)
    return softplus_excess(margin) * margin.detach().sigmoid().mean().reciprocal()
