"""The precisions a loss is computed in, and the stages to which a precision is confined."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch

Precision = Literal[
    "float64",
    "float32",
    "tf32",
    "bfloat16",
    "float16",
    "float16_scaled",
    "autocast_bfloat16",
    "autocast_float16",
    "autocast_float16_scaled",
]
"""``tf32``: float32 whose matrix products take TF32 operands. ``autocast_*``: float32 embeddings; ``torch.autocast``
decides the rest. ``*_scaled``: the loss is multiplied before the backward pass and the gradients divided after it."""

Stage = Literal["loss", "similarity", "inputs", "all"]
"""What is done in the precision; everything else is float64.

==========  ==============================================================  ==================================
stage       in the precision                                                the float64 reference starts from
==========  ==============================================================  ==================================
inputs      nothing, but the embeddings are rounded to it                   the embeddings before rounding
similarity  embeddings, their products / temperature, and those' gradients  the rounded embeddings
loss        the loss and its gradient with respect to the scores            the rounded scores
all         all of these                                                    the rounded embeddings
==========  ==============================================================  ==================================
"""

INITIAL_SCALE = 65536.0
"""The loss scale that ``torch.amp.GradScaler`` begins with."""


@dataclass(frozen=True)
class Numerics:
    """A precision in PyTorch's terms.

    Attributes:
        dtype: What embeddings are rounded to; outside autocast also that of the scores and the loss.
        autocast: The lower dtype under ``torch.autocast``; ``None`` without autocast.
        scale: Loss scale of the first attempt; 1 for none.
        tf32: Whether float32 products may take TF32 operands.
        stages: The stages that can be confined to it.
    """

    dtype: torch.dtype
    autocast: torch.dtype | None = None
    scale: float = 1.0
    tf32: bool = False
    stages: tuple[Stage, ...] = ("loss", "similarity", "inputs", "all")

    @property
    def item(self) -> int:
        """Bytes of a score."""
        return (self.autocast or self.dtype).itemsize

    def autocasting(self, device: torch.device) -> torch.autocast:
        """The autocast that belongs around the forward pass; without one, a context that does nothing."""
        return torch.autocast(device.type, dtype=self.autocast, enabled=self.autocast is not None)

    @contextmanager
    def products(self) -> Iterator[None]:
        """Around both passes: float32 products on CUDA take TF32 operands or not, as this precision says."""
        before = torch.backends.cuda.matmul.allow_tf32
        torch.backends.cuda.matmul.allow_tf32 = self.tf32
        try:
            yield
        finally:
            torch.backends.cuda.matmul.allow_tf32 = before


NUMERICS: dict[str, Numerics] = {
    "float64": Numerics(torch.float64),
    "float32": Numerics(torch.float32),
    "tf32": Numerics(torch.float32, tf32=True, stages=("similarity", "all")),
    "bfloat16": Numerics(torch.bfloat16),
    "float16": Numerics(torch.float16),
    "float16_scaled": Numerics(torch.float16, scale=INITIAL_SCALE, stages=("loss", "all")),
    "autocast_bfloat16": Numerics(torch.float32, torch.bfloat16, stages=("all",)),
    "autocast_float16": Numerics(torch.float32, torch.float16, stages=("all",)),
    "autocast_float16_scaled": Numerics(torch.float32, torch.float16, INITIAL_SCALE, stages=("all",)),
}
"""The precisions by name."""
