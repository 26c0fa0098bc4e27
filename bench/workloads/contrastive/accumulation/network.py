"""The encoder whose gradient is accumulated: a small multi-layer perceptron with norm and dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Norm = Literal["layer", "batch"]
"""``layer`` normalises each input by itself, ``batch`` each feature over the inputs of one pass."""


class Encoder(nn.Module):
    """``layers`` times linear, norm, GELU, dropout; then a linear map, and embeddings of length 1.

    A pair's two inputs go through it together, as neighbouring rows, like the two views of SimCSE and SimCLR.
    """

    def __init__(self, features: int, width: int, layers: int, dim: int, norm: Norm, dropout: float) -> None:
        """Make the layers.

        Args:
            features: Numbers per input.
            width: Numbers per input between the layers.
            layers: Hidden layers.
            dim: Numbers per embedding.
            norm: Which norm follows the linear maps.
            dropout: Share of the hidden numbers set to 0.
        """
        super().__init__()
        sizes = [features] + [width] * layers
        kind = nn.LayerNorm if norm == "layer" else nn.BatchNorm1d
        # A norm takes away what a bias would add.
        self.linears = nn.ModuleList(nn.Linear(sizes[i], width, bias=False) for i in range(layers))
        self.norms = nn.ModuleList(kind(width) for _ in range(layers))
        self.project = nn.Linear(width, dim, bias=False)
        self.dropout = dropout

    def forward(self, pairs: Tensor, chunk: int, generators: Sequence[torch.Generator] = ()) -> Tensor:
        """Embed pairs of inputs.

        Args:
            pairs: ``(pairs, 2, features)``.
            chunk: Pairs that share a generator.
            generators: One for each chunk of these pairs, in order. The masks of a chunk come from its own generator,
                so that they are the same whether the chunk is encoded by itself or as part of the batch. Not used
                without dropout.

        Returns:
            Embeddings ``(pairs, 2, dim)``.
        """
        x = pairs.flatten(0, 1)
        for linear, norm in zip(self.linears, self.norms, strict=True):
            x = F.gelu(norm(linear(x)))
            if self.dropout:
                x = x * dropout_mask(x, self.dropout, 2 * chunk, generators)
        return F.normalize(self.project(x), dim=-1).view(len(pairs), 2, -1)

    @torch.no_grad()
    def fill(self, draw: torch.Generator) -> None:
        """He-normal weights, drawn in float32 on the CPU: the same, up to rounding, on every device."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                module.weight.copy_(torch.randn(module.weight.shape, generator=draw) * (2 / module.in_features) ** 0.5)


def dropout_mask(x: Tensor, dropout: float, rows: int, generators: Sequence[torch.Generator]) -> Tensor:
    """A mask of 0 and ``1 / (1 - dropout)`` like ``x``, of which every ``rows`` rows come from the next generator.

    It is drawn in float32 whatever the dtype of ``x``: some devices draw other numbers for other dtypes.
    """
    mask = torch.empty_like(x, dtype=torch.float32, device=generators[0].device)
    for part, generator in zip(torch.split(mask, rows), generators, strict=True):
        part.bernoulli_(1 - dropout, generator=generator)
    return mask.div_(1 - dropout).to(x)
