"""Large contrastive batches in small memory: gradient accumulation, gradient caches and a tiled InfoNCE."""

from __future__ import annotations

from .closed import closed_form_cache, plain_loss
from .tiled import tiled_loss
from .workload import Method, Part, accumulation

__all__ = ["Method", "Part", "accumulation", "closed_form_cache", "plain_loss", "tiled_loss"]
