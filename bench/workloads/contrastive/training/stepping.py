"""One training step: forward, loss in its dtype, backward chunk by chunk, update."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from ..losses import ARMS, mean_loss, scores_two_view
from .network import make_model
from .optimisers import make_optimizer
from .setting import Setting

_MEMORY = 0.99
"""Weight that the running mean of 1 - p_t keeps in each chunk."""

_LOSS_DTYPES = {
    "float64": torch.float64,
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
    "float16_scaled": torch.float16,
    "autocast_bfloat16": torch.float32,
}


class Trainer:
    """A model, its optimiser, and what one step of training does to them.

    The encoder and the projector compute in float32 (float64 where the dtype is float64); the embeddings are cast to
    the dtype, and similarity and loss are computed in it. With ``autocast_bfloat16`` the whole step runs under
    ``torch.autocast`` instead, by whose rules products are in bfloat16 and cross entropy in float32.

    Attributes:
        model: The network.
        draw: Where all random numbers of the run come from, in the order weights, then epochs.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.draw = torch.Generator().manual_seed(setting.seed)
        self.loss_dtype = _LOSS_DTYPES[setting.dtype]
        self.model_dtype = torch.float64 if setting.dtype == "float64" else torch.float32
        self.model = make_model(self.draw, self.model_dtype, setting.device)
        self.weights = list(self.model.parameters())
        self.optimizer = make_optimizer(setting.optimizer, self.weights, setting.peak_lr, setting.eps)
        scaled = setting.dtype == "float16_scaled"
        self.scaler = torch.amp.GradScaler(setting.device, enabled=scaled)
        self.pull = 0.0
        self.steps = 0

    def step(self, first: Tensor, second: Tensor, watch: Callable[[Tensor, Tensor], None] | None = None) -> float:
        """Train on two views ``(batch, 1, side, side)`` of the same images.

        The batch is cut into chunks which know nothing of each other; their losses' gradients are averaged.

        Args:
            first: One view.
            second: The other.
            watch: Gets the scores of each chunk, with their (possibly scaled) gradient, and the positives' columns,
                after the backward pass.

        Returns:
            The mean of the chunks' losses: the arm's value, which need not be InfoNCE's.
        """
        size = self.setting.candidates
        share = size / len(first)
        self.optimizer.zero_grad()
        total = 0.0
        for start in range(0, len(first), size):
            with self._autocast():
                embedded = self.model(torch.cat((first[start : start + size], second[start : start + size])))
                a, b = embedded.to(self.loss_dtype).chunk(2)
                scores, positive = scores_two_view(a, b, self.setting.temperature)
                loss = self._loss(scores, positive)
            if watch is not None:
                scores.retain_grad()
            self.scaler.scale(loss * share).backward()  # type: ignore[no-untyped-call]
            if watch is not None:
                watch(scores, positive)
            total += float(loss.detach()) * share
        self.scaler.unscale_(self.optimizer)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return total

    def _loss(self, scores: Tensor, positive: Tensor) -> Tensor:
        """The mean loss of a chunk's scores, a scalar.

        ``infonce_rescaled`` is InfoNCE over the running mean of 1 - p_t: the arm's own number would be taken anew in
        each chunk, and in small ones that is a weight for every few anchors, which is what the arm is to leave out.
        """
        if self.setting.loss != "infonce_rescaled":
            return mean_loss(ARMS[self.setting.loss], scores, positive, "two_view")
        with torch.no_grad():
            pull = float(ARMS["flat"].rows(scores, positive).double().sigmoid().mean())
        self.steps += 1
        self.pull += (1 - _MEMORY) * (pull - self.pull)
        mean = self.pull / (1 - _MEMORY**self.steps)  # the mean began at 0
        return mean_loss(ARMS["softplus"], scores, positive, "two_view") / mean

    def set_lr(self, lr: float) -> None:
        """Set the learning rate of the steps to come."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr

    def gradient_norm(self) -> float:
        """Norm of the gradient of the last step over all weights."""
        gradients = [weight.grad for weight in self.weights if weight.grad is not None]
        return math.sqrt(sum(float(gradient.double().square().sum()) for gradient in gradients))

    def finite(self) -> bool:
        """Whether all weights are."""
        return all(bool(weight.isfinite().all()) for weight in self.weights)

    def _autocast(self) -> AbstractContextManager[object]:
        if self.setting.dtype == "autocast_bfloat16":
            return torch.autocast(self.setting.device, torch.bfloat16)
        return nullcontext()
