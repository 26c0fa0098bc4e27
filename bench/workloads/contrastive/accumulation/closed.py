"""InfoNCE of two towers with the whole matrix of scores in memory, and its gradient in closed form.

For normalised embeddings a, b of ``batch`` pairs, ``s_ij = a_i · b_j / temperature`` and the loss is the mean over both
directions and all anchors of ``log Σ exp(s) - s_ii``, as in CLIP (arXiv 2103.00020).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def plain_loss(a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """InfoNCE by two cross entropies over the matrix of scores and its transpose; O(batch²) memory.

    Args:
        a: Embeddings ``(batch, dim)``; ``b[i]`` is the positive of ``a[i]``, all other rows of ``b`` are negatives.
        b: The same shape.
        temperature: Divides the scores.

    Returns:
        A scalar of the inputs' dtype.
    """
    scores = a @ b.mT / temperature
    positive = torch.arange(len(a), device=a.device)
    return (F.cross_entropy(scores, positive) + F.cross_entropy(scores.mT, positive)) / 2


def closed_form_cache(a: Tensor, b: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """The gradients of :func:`plain_loss` by formula: constants ``ã``, ``b̃`` such that ``Σ a_i·ã_i + b_i·b̃_i`` has the
    gradient of the loss.

    With ``p`` the softmax over a row of scores, ``q`` over a column, and 1 where i = j::

        G_ij = (p_ij + q_ij - 2·1_ij) / (2 · batch · temperature),    ã = G b,    b̃ = Gᵀ a

    This is the two-tower form of Su, Scientific Spaces, article 8471: one tower, a = b = h, gives
    ``ã + b̃ = h̃ / batch`` with the article's ``h̃_i = 2 Σ_j ((p_ij + p_ji)/2 - t_ij) h_j``.

    Args:
        a: Embeddings ``(batch, dim)``.
        b: The same shape.
        temperature: Divides the scores.

    Returns:
        ``ã`` and ``b̃``, of the shape and dtype of ``a``; no graph is recorded.
    """
    with torch.no_grad():
        scores = a @ b.mT / temperature
        pull = scores.softmax(1).add_(scores.softmax(0))
        pull.diagonal().sub_(2)
        pull.div_(2 * len(a) * temperature)
        return pull @ b, pull.mT @ a
