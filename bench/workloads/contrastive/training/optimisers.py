"""Optimisers, and how the learning rate follows from the batch size and the progress of training."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from .workload import LrRule, OptimizerName

BASE_LR: dict[str, float] = {"sgd": 0.06, "adam": 0.01, "lars": 10.0}
"""Learning rate at a batch of 256, the same for all losses.

From a coarse search with ``ce`` in float32 at a batch of 128, over 40 epochs, with one seed and a warm-up of 5 %; for
SGD and Adam the lowest rate whose accuracies were within 0.025 of the best. Not tuned anew for the longer warm-up.
"""

BASE_TEMPERATURE = 0.1
"""Temperature at which these rates were found."""

MOMENTUM = 0.9
WEIGHT_DECAY = 1e-6
TRUST = 0.001
WARM_UP = 0.2
"""Share of the training in which the rate rises from 0: with less, large batches collapse before they have learnt."""


class Lars(Optimizer):
    """Layer-wise adaptive rate scaling: each tensor's step is in proportion to its own norm.

    v ← momentum · v + lr · ratio · (g + decay · w), w ← w − v, with ratio = trust · ‖w‖ / (‖g‖ + decay · ‖w‖), or 1
    where a norm is 0. Source: You, Gitman and Ginsburg 2017, arXiv 1708.03888, algorithm 1.
    """

    def __init__(
        self,
        weights: Iterable[Tensor],
        lr: float,
        momentum: float = MOMENTUM,
        decay: float = WEIGHT_DECAY,
        trust: float = TRUST,
    ) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum, "decay": decay, "trust": trust})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take one step; tensors without a gradient stay."""
        if closure is not None:
            raise ValueError("Lars takes no closure")
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._update(weight, weight.grad, group)

    def _update(self, weight: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        length, slope = weight.norm(), gradient.norm()
        ratio = group["trust"] * length / (slope + group["decay"] * length)
        ratio = torch.where((length > 0) & (slope > 0), ratio, torch.ones_like(ratio))
        velocity = self.state[weight].setdefault("velocity", torch.zeros_like(weight))
        velocity.mul_(group["momentum"]).add_((gradient + group["decay"] * weight) * (ratio * group["lr"]))
        weight.sub_(velocity)


def make_optimizer(name: OptimizerName, weights: Iterable[Tensor], lr: float, eps: float) -> Optimizer:
    """The optimiser of a name; ``eps`` is Adam's alone."""
    if name == "sgd":
        return torch.optim.SGD(weights, lr, momentum=MOMENTUM)
    if name == "adam":
        return torch.optim.Adam(weights, lr, eps=eps)
    return Lars(weights, lr)


def peak_lr(rule: LrRule, base: float, batch: int) -> float:
    """Highest learning rate: base · batch / 256 (linear) or base · √batch / 16; both are the base at a batch of 256."""
    return base * (batch / 256 if rule == "linear" else math.sqrt(batch) / 16)


def schedule(progress: float) -> float:
    """Share of the peak at a share of the training: a straight rise over the first fifth, then half a cosine to 0."""
    if progress < WARM_UP:
        return progress / WARM_UP
    return (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))) / 2
