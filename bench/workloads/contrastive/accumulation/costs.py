"""What a step and the loss cost, by formula. ``full_other_masks`` costs what ``full`` does.

Notation: B pairs in chunks of c, so 2 B inputs; F features, W width, L layers, D numbers per embedding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ITEM_BYTES = {"bfloat16": 2, "float32": 4, "float64": 8}
"""Bytes per number, by dtype name."""

TWO_PASS = ("two_pass", "cached", "cached_replay", "cached_tiled")
"""Methods that encode each input twice."""

TILED = ("tiled", "cached_tiled")
"""Methods whose loss is tiled."""

CONVENTION = (
    "1 multiply-add = 2 FLOPs; matrix products only, no norm, GELU, dropout, softmax or exponential; "
    "the loss has 6 B² D, the tiled loss 8 B² D because it computes the scores twice"
)
"""What the FLOP formula counts, in words."""


@dataclass(frozen=True)
class Size:
    """Everything the formulas depend on; the names are those of the workload's parameters."""

    method: str
    part: str
    batch: int
    chunk: int
    dropout: float
    dtype: str
    tile: int
    features: int
    width: int
    layers: int
    dim: int

    @property
    def item(self) -> int:
        """Bytes per number."""
        return ITEM_BYTES[self.dtype]

    @property
    def wide(self) -> int:
        """Bytes per number of what the tiled loss accumulates."""
        return max(self.item, 4)

    @property
    def weights(self) -> int:
        """Numbers in the encoder's linear maps."""
        return self.width * (self.features + (self.layers - 1) * self.width + self.dim)

    @property
    def parameters(self) -> int:
        """Weights and the norms' scales and shifts."""
        return self.weights + 2 * self.layers * self.width

    @property
    def chunks(self) -> Iterator[int]:
        """Pairs in each chunk."""
        return (min(self.chunk, self.batch - start) for start in range(0, self.batch, self.chunk))


def flops(size: Size) -> float:
    """FLOPs of one call: ``2 · 2 B · weights`` for an encoder pass, twice that backwards less the inputs' gradient."""
    loss = (8.0 if size.method in TILED else 6.0) * size.batch**2 * size.dim
    if size.part == "loss":
        return loss
    if size.method == "naive":
        loss = sum(6.0 * pairs**2 * size.dim for pairs in size.chunks)
    passes = 4 if size.method in TWO_PASS else 3
    return passes * 4.0 * size.batch * size.weights - 4.0 * size.batch * size.features * size.width + loss


def input_bytes(size: Size) -> float:
    """Bytes ``prepare`` allocates: the pairs of inputs and the encoder, or the two batches of embeddings."""
    if size.part == "loss":
        return 2.0 * size.batch * size.dim * size.item
    return float((2 * size.batch * size.features + size.parameters) * size.item)


def peak_bytes(size: Size) -> float:
    """Peak bytes of tensors above the inputs during one call: an estimate."""
    if size.part == "loss":
        return _loss(size, size.batch)
    gradients = size.parameters * size.item
    if size.method == "naive":
        return _graph(size, size.chunk) + _loss(size, size.chunk) + gradients
    if size.method not in TWO_PASS:
        return _graph(size, size.batch) + _loss(size, size.batch) + gradients
    # The embeddings and their gradients stay while each chunk has its graph; before that, the loss has its own.
    kept = 2 * size.batch * size.dim * size.item
    return 2 * kept + max(_loss(size, size.batch), _graph(size, size.chunk) + gradients)


def _loss(size: Size, pairs: int) -> float:
    """The loss and its gradients: matrices like the scores; or the tiles, and sums as wide as the embeddings."""
    embeddings = 2 * pairs * size.dim
    if size.method not in TILED:
        matrices = 3.0 if size.method == "two_pass" else 4.0
        return matrices * pairs**2 * size.item + embeddings * size.item
    tile = min(size.tile, pairs) ** 2
    copies = 0 if size.item == size.wide else tile * size.item + embeddings * size.item
    return 2.0 * tile * size.wide + embeddings * size.wide + 16.0 * pairs * size.wide + copies


def _graph(size: Size, pairs: int) -> float:
    """What the encoder keeps for its backward pass, and the two gradients of hidden numbers that pass holds."""
    pairs = min(pairs, size.batch)
    kept = size.layers * (3 + (size.dropout > 0)) + 2
    return 2.0 * pairs * (size.width * kept + 3 * size.dim) * size.item
