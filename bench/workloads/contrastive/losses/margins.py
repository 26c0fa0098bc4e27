"""The parts that the losses share: the positive's score, the negatives, and how far their logsumexp lies above it.

``scores`` is ``(anchors, candidates)`` and may hold -inf; ``positive`` is ``(anchors,)``, the positives' columns.
"""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn import functional as F

SOFTPLUS_LINEAR = 40.0
"""Above it ``softplus(x)`` is taken as x: right in float64 too, where PyTorch's own limit of 20 is off by 2e-9."""


def target(scores: Tensor, positive: Tensor) -> Tensor:
    """The positives' entries ``(anchors,)``."""
    return scores.gather(1, positive[:, None]).squeeze(1)


def negatives(scores: Tensor, positive: Tensor) -> Tensor:
    """The scores with the positives' at -inf; of the same shape, since cutting them out by a mask is far slower."""
    return scores.scatter(1, positive[:, None], -math.inf)


def excess(scores: Tensor, positive: Tensor) -> Tensor:
    """``LSE_neg - s_t = log ξ`` ``(anchors,)``: the logsumexp of the negatives above the positive's score."""
    return negatives(scores, positive).logsumexp(dim=1) - target(scores, positive)


def softplus_excess(margin: Tensor) -> Tensor:
    """``log(1 + exp(margin))``."""
    return F.softplus(margin, threshold=SOFTPLUS_LINEAR)
