"""The model that is trained: a small convolutional encoder and the projector whose embeddings the loss compares.

No biases, and norms without weights of their own: each parameter is a matrix or a kernel, so that LARS treats all
alike. The norms are over one image (GroupNorm of one group, LayerNorm) and not over the batch: what the model makes of
an image must not depend on the batch or chunk that it comes in, or the batch size would act in two ways.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIDE = 12
"""Height and width of an image."""

WIDTHS = (16, 32, 64)
"""Channels of the three convolutions."""

STRIDES = (1, 2, 2)
PLACES = 9
"""Places that the last convolution leaves: 12 → 12 → 6 → 3 a side."""

KERNEL = 3
FEATURES = 64
"""Numbers of a feature vector, which is what the evaluation uses."""

PROJECTED = 32
"""Numbers of an embedding, which is what the loss uses."""


class Encoder(nn.Module):
    """Images ``(n, 1, 12, 12)`` to features ``(n, 64)``: three 3×3 convolutions and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        inputs = (1, *WIDTHS[:-1])
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, KERNEL, stride, padding=1, bias=False)
            for before, after, stride in zip(inputs, WIDTHS, STRIDES, strict=True)
        )
        self.output = nn.Linear(PLACES * WIDTHS[-1], FEATURES, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        """Features of images."""
        x = images
        for convolution in self.convolutions:
            x = F.relu(F.group_norm(convolution(x), 1))
        return F.relu(F.layer_norm(self.output(x.flatten(1)), (FEATURES,)))


class Projector(nn.Module):
    """Features ``(n, 64)`` to embeddings ``(n, 32)`` of length 1, by two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(FEATURES, FEATURES, bias=False)
        self.output = nn.Linear(FEATURES, PROJECTED, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Embeddings of features."""
        return F.normalize(self.output(F.relu(F.layer_norm(self.hidden(features), (FEATURES,)))), dim=1)


class Model(nn.Module):
    """Encoder and projector."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.projector = Projector()

    def forward(self, images: Tensor) -> Tensor:
        """Embeddings ``(n, 32)`` of images ``(n, 1, 12, 12)``."""
        embedded: Tensor = self.projector(self.encoder(images))
        return embedded


def make_model(draw: torch.Generator, dtype: torch.dtype, device: str) -> Model:
    """A model with He-normal weights, drawn in float32 whatever the dtype, so that equal seeds are equal models."""
    with torch.device("meta"):
        model = Model()
    model = model.to(dtype).to_empty(device=device)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(torch.randn(weight.shape, generator=draw) * (2.0 / weight[0].numel()) ** 0.5)
    return model
