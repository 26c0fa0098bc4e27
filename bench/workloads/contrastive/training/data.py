"""The images, their split, and the random views of them.

The images are scikit-learn's 1797 handwritten digits of 8×8 pixels, each on a black ground of 12×12. Undistorted, they
are too easy: the nearest neighbours of raw pixels get 98.6 %. So what is classified are random views of the images,
turned, shifted and stretched as in training, and the same views in every run; there raw pixels get 64.4 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ...protocol import Unsupported
from .network import SIDE

TRAIN = 1024
"""Training images: every power of two up to it divides it, so each image is seen once an epoch at each batch size."""

TEST_VIEWS = 4
"""Views of each held-out image: with one, the accuracy of 773 images has a standard error of 0.016 from them alone."""

_FIXED_SEED = 20210726
_PIXELS = 8

TURN = math.radians(20)
STRETCH = 0.2
SHIFT = 0.3
BRIGHTNESS = 0.4
HIDDEN = 0.25
NOISE = 0.05


@dataclass(frozen=True)
class Data:
    """Images ``(n, 1, 12, 12)`` in float32 from 0 to 1, and classes ``(n,)`` in int64.

    Attributes:
        train: The training images, undistorted: views are drawn from them.
        bank: One fixed view of each training image, labelled: what the neighbours are looked for among.
        bank_labels: Its classes, which the training itself never sees.
        test: Four fixed views of each held-out image.
        test_labels: Its classes.
    """

    train: Tensor
    bank: Tensor
    bank_labels: Tensor
    test: Tensor
    test_labels: Tensor


def load_data() -> Data:
    """The digits: 1024 for training and 773 held out, the same for every seed.

    Raises:
        Unsupported: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits  # takes a second, so only now
    except ImportError:
        raise Unsupported("the data set needs scikit-learn") from None
    pixels, classes = load_digits(return_X_y=True)
    images = torch.from_numpy(pixels).float().div(16).view(-1, 1, _PIXELS, _PIXELS)
    images = F.pad(images, [(SIDE - _PIXELS) // 2] * 4)
    labels = torch.from_numpy(classes).long()
    train, test = stratified(labels, TRAIN)
    draw = torch.Generator().manual_seed(_FIXED_SEED)
    bank = augment(images[train], draw)
    held_out = augment(images[test].repeat(TEST_VIEWS, 1, 1, 1), draw)
    return Data(images[train], bank, labels[train], held_out, labels[test].repeat(TEST_VIEWS))


def stratified(labels: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Split into ``count`` indices and the others: each class in proportion, up to rounding, and always alike.

    A class of s among n items of C classes gets ``s * count / n`` of the chosen, to within ``1 + C * s / n``.
    """
    draw = torch.Generator().manual_seed(_FIXED_SEED)
    rank = torch.empty(len(labels), dtype=torch.float64)
    for label in torch.unique(labels):
        places = (labels == label).nonzero().flatten()
        rank[places] = (torch.randperm(len(places), generator=draw).double() + 0.5) / len(places)
    order = rank.argsort(stable=True)
    return order[:count].sort().values, order[count:].sort().values


def augment(images: Tensor, draw: torch.Generator, strength: float = 1.0) -> Tensor:
    """One random view of each image ``(n, 1, side, side)``, in float32 and from 0 to 1.

    Turned by up to 20°, each side stretched by up to a fifth, shifted by up to 0.15 of the side each way; brightness
    times 0.6 to 1.4; a rectangle of up to a quarter of each side set to 0; normal noise of 0.05 added. ``strength``
    multiplies each of these; at 0 the view is the image. All numbers are drawn from ``draw`` in float32 on the CPU,
    equally many for each image.
    """
    n, _, side, _ = images.shape
    u = torch.rand(n, 10, generator=draw) * 2 - 1
    u[:, :6] *= strength
    moved = F.grid_sample(
        images, F.affine_grid(_affine(u), [n, 1, side, side], align_corners=False), align_corners=False
    )
    bright = moved * (1 + BRIGHTNESS * u[:, 5]).view(-1, 1, 1, 1)
    # Places are counted from -1 to 1, so half of a share of the side is that share.
    place = (torch.arange(side) + 0.5) * 2 / side - 1
    across = (place - u[:, 6:7]).abs() < strength * HIDDEN * (u[:, 8:9] + 1) / 2
    down = (place - u[:, 7:8]).abs() < strength * HIDDEN * (u[:, 9:10] + 1) / 2
    shown = bright.masked_fill((down[:, :, None] & across[:, None, :])[:, None], 0.0)
    return (shown + strength * NOISE * torch.randn(images.shape, generator=draw)).clamp(0, 1)


def _affine(u: Tensor) -> Tensor:
    """Matrices ``(n, 2, 3)`` that turn, stretch and shift, from numbers in [-1, 1]."""
    cosine, sine = (TURN * u[:, 0]).cos(), (TURN * u[:, 0]).sin()
    width, height = (1 + STRETCH * u[:, i] for i in (1, 2))
    row_x = torch.stack([cosine * width, -sine * height, SHIFT * u[:, 3]], dim=1)
    row_y = torch.stack([sine * width, cosine * height, SHIFT * u[:, 4]], dim=1)
    return torch.stack([row_x, row_y], dim=1)
