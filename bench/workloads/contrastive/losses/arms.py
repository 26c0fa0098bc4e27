"""Every way of computing a loss, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from . import flatnce, infonce
from .siglip import siglip

ArmName = Literal[
    "ce",
    "lse",
    "naive",
    "log1p",
    "softplus",
    "flat",
    "flat_published",
    "infonce_weighted",
    "infonce_rescaled",
    "flat_scaled",
    "siglip",
]
"""The names of the arms, for the parameters of workloads."""

Form = Literal["two_view", "two_tower"]
"""``two_view``: all 2·batch embeddings are anchors and candidates, as in SimCLR. ``two_tower``: a against b (CLIP)."""


@dataclass(frozen=True)
class Arm:
    """One way of computing a loss.

    Attributes:
        name: Its key in :data:`ARMS`.
        title: What a table or legend calls it.
        objective: What it optimises: ``infonce``, ``flatnce``, ``infonce_rescaled`` or ``siglip``. Arms of one
            objective have the same gradient, though not the same value, up to rounding.
        rows: Takes scores ``(anchors, candidates)``, divided by the temperature and possibly -inf, and the positives'
            columns ``(anchors,)``; returns the losses ``(anchors,)``.
        joint: Whether an anchor's loss depends on the other anchors, so that all of a batch must come in one call.
    """

    name: str
    title: str
    objective: str
    rows: Callable[[Tensor, Tensor], Tensor]
    joint: bool = False


ARMS: dict[str, Arm] = {
    arm.name: arm
    for arm in (
        Arm("ce", "InfoNCE, cross entropy", "infonce", infonce.ce),
        Arm("lse", "InfoNCE, logsumexp − s_t", "infonce", infonce.lse),
        Arm("naive", "InfoNCE, −log(exp / sum)", "infonce", infonce.naive),
        Arm("log1p", "InfoNCE, log1p(ξ)", "infonce", infonce.log1p),
        Arm("softplus", "InfoNCE, softplus(log ξ)", "infonce", infonce.softplus),
        Arm("flat", "FlatNCE (DCL), log ξ", "flatnce", flatnce.flat),
        Arm("flat_published", "FlatNCE, authors' form", "flatnce", flatnce.flat_published),
        Arm("infonce_weighted", "InfoNCE, each anchor × (1 + ξ)/ξ", "flatnce", infonce.infonce_weighted),
        Arm("infonce_rescaled", "InfoNCE, batch ÷ mean(1 − p_t)", "infonce_rescaled", infonce.infonce_rescaled, True),
        Arm("flat_scaled", "FlatNCE, each anchor × ξ/(1 + ξ)", "infonce", flatnce.flat_scaled),
        Arm("siglip", "SigLIP", "siglip", siglip),
    )
}
"""All arms by name."""
