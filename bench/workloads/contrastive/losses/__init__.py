"""Contrastive losses on a matrix of scores: InfoNCE, FlatNCE and SigLIP, in every way worth comparing.

:data:`ARMS` has them by name, :func:`contrastive_loss` applies one to two batches of embeddings, and :data:`PUBLISHED`
has the losses of other packages.
"""

from __future__ import annotations

from .arms import ARMS, Arm, ArmName, Form
from .published import PUBLISHED, PUBLISHED_FORM, PublishedName, published_version
from .similarity import contrastive_loss, mean_loss, scores_two_tower, scores_two_view

__all__ = [
    "ARMS",
    "PUBLISHED",
    "PUBLISHED_FORM",
    "Arm",
    "ArmName",
    "Form",
    "PublishedName",
    "contrastive_loss",
    "mean_loss",
    "published_version",
    "scores_two_tower",
    "scores_two_view",
]
