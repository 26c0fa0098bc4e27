"""Contrastive training of a small encoder on real images, with a choice of loss, precision, batch and optimiser."""

from __future__ import annotations

from .workload import training

__all__ = ["PRELOAD", "training"]

PRELOAD = ("scipy.optimize", "scipy.sparse.linalg", "scipy.special", "scipy.stats", "scipy.ndimage", "scipy.spatial",
           "joblib")  # fmt: skip
"""What scikit-learn imports in a second: all of it that starts no thread, so that forked processes can share it."""
