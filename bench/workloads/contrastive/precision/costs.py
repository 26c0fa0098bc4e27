"""What a pass costs, by formula."""

from __future__ import annotations

from dataclasses import dataclass

from .numerics import Numerics, Stage

_PASS = 8
"""Matrices of scores that a pass holds at its peak, in the loss's precision: as measured, 2 to 7.6 by arm and stage."""

_COMPARISON = 46
"""Bytes for each score while a pass is compared with float64: as measured, 29 to 36, and 42 to 45 for SigLIP."""

CONVENTION = (
    "2·M·N·d for the M×N similarities and for each of the two products of their gradient; M = N = 2·batch in two_view,"
    " batch in two_tower; the loss itself has no matrix product"
)


@dataclass(frozen=True)
class Size:
    """One case: pairs in the batch, width of an embedding, whether both views are candidates, precision and stage."""

    batch: int
    dim: int
    two_view: bool
    numerics: Numerics
    stage: Stage

    @property
    def scores(self) -> int:
        """Entries of the matrix that the loss takes: 2·batch anchors by their candidates."""
        return 2 * self.batch * self.batch * (2 if self.two_view else 1)

    @property
    def flops(self) -> float:
        """FLOPs of the products of a pass forward and backward; at the stage ``loss`` there are none."""
        side = 2 * self.batch if self.two_view else self.batch
        return 0.0 if self.stage == "loss" else 3.0 * 2 * side * side * self.dim

    @property
    def loss_item(self) -> int:
        """Bytes of a score as the loss takes it."""
        return 8 if self.stage in ("inputs", "similarity") else self.numerics.item

    @property
    def input_bytes(self) -> float:
        """Bytes of the inputs of a pass: the scores at the stage ``loss``, else both embeddings; and float64 pairs."""
        pairs = 2 * self.batch * self.dim
        given = self.scores * self.numerics.item if self.stage == "loss" else pairs * self.numerics.dtype.itemsize
        return float(given + 8 * pairs)

    @property
    def peak_bytes(self) -> float:
        """Most bytes above the inputs, of a pass or of its comparison with float64, whichever is larger."""
        return float(self.scores * max(_PASS * self.loss_item, _COMPARISON))
