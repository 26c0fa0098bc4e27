"""A whole training, and the numbers that come of it."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ...protocol import Outcome
from . import evaluation
from .data import TRAIN, Data, augment
from .optimisers import schedule
from .setting import Setting
from .stepping import Trainer

_EVALUATIONS = 10
_WATCHED_STEPS = 100
_STATE_SEED = 86_210_726


class Watch:
    """Samples of what the gradient looks like during training."""

    def __init__(self) -> None:
        self.norms: list[float] = []
        self.anchors = 0
        self.zeros = 0

    def chunk(self, scores: Tensor, positive: Tensor) -> None:
        """Count the anchors of a chunk whose positive's score got a gradient of exactly 0."""
        assert scores.grad is not None
        pulls = scores.grad.gather(1, positive[:, None])
        self.anchors += len(pulls)
        self.zeros += int((pulls == 0).sum())


def train(setting: Setting, data: Data) -> dict[str, Outcome]:
    """Train from the seed and evaluate; see :func:`.workload.training` for the outcomes."""
    trainer = Trainer(setting)
    untrained = {
        "knn_untrained": evaluation.knn_of_model(trainer.model, data),
        "probe_untrained": evaluation.probe_accuracy(trainer.model, data),
    }
    watch = Watch()
    steps = TRAIN // setting.batch
    every = max(1, setting.epochs // _EVALUATIONS)
    reached = math.inf
    done = 0
    diverged = False
    for epoch in range(setting.epochs):
        sound = _epoch(trainer, data, watch, epoch)
        done += sound
        diverged = sound < steps or not trainer.finite()
        if diverged:
            break
        due = (epoch + 1) % every == 0 or epoch + 1 == setting.epochs
        if due and math.isinf(reached) and evaluation.knn_of_model(trainer.model, data, 1) >= setting.target:
            reached = done
    found = (
        _accuracies(trainer, data, diverged)
        | untrained
        | {
            "knn_pixels": evaluation.knn_of_pixels(data),
            "positive_zeros": watch.zeros / watch.anchors if watch.anchors else math.nan,
            "diverged": float(diverged),
        }
    )
    outcomes = {name: Outcome((value,)) for name, value in found.items()}
    outcomes["xi"] = Outcome((found["xi"],), log=True)
    norms = torch.tensor(watch.norms, dtype=torch.float64)
    outcomes["gradient_norm"] = Outcome((float(norms.median()) if len(norms) else math.nan,), log=True)
    outcomes["steps"] = Outcome((float(done),), "steps")
    outcomes["steps_to_target"] = Outcome((float(reached),), "steps")
    return outcomes


def _epoch(trainer: Trainer, data: Data, watch: Watch, epoch: int) -> int:
    """Train on each image once; the number of steps taken before a loss that is not finite, or all."""
    setting = trainer.setting
    steps = TRAIN // setting.batch
    total = setting.epochs * steps
    watched = max(1, total // _WATCHED_STEPS)
    first, second = draw_views(trainer, data)
    for index in range(steps):
        number = epoch * steps + index
        rows = slice(index * setting.batch, (index + 1) * setting.batch)
        sample = number % watched == 0
        trainer.set_lr(setting.peak_lr * schedule((number + 0.5) / total))
        loss = trainer.step(first[rows], second[rows], watch.chunk if sample else None)
        if not math.isfinite(loss):
            return index
        if sample:
            watch.norms.append(trainer.gradient_norm())
    return steps


def draw_views(trainer: Trainer, data: Data) -> tuple[Tensor, Tensor]:
    """Two views of each training image in a new order, in the model's dtype and place.

    They are drawn for a whole epoch at once, so that the draws are the same for every batch size, loss and dtype.
    """
    order = torch.randperm(TRAIN, generator=trainer.draw)
    images = data.train[order]
    like = trainer.weights[0]
    strength = trainer.setting.views
    return augment(images, trainer.draw, strength).to(like), augment(images, trainer.draw, strength).to(like)


def _accuracies(trainer: Trainer, data: Data, diverged: bool) -> dict[str, float]:
    """Accuracies and state of the scores at the end; of a diverged run the majority guess and NaN."""
    setting = trainer.setting
    if diverged:
        guess = evaluation.majority_accuracy(data)
        state = dict.fromkeys(("final_loss", "xi", "one_minus_p", "ess"), math.nan)
        return {"knn": guess, "probe": guess, **state}
    # Views of their own: every run ends with the same ones, whatever it drew before.
    draw = torch.Generator().manual_seed(_STATE_SEED + setting.seed)
    first, second = (augment(data.train, draw, setting.views) for _ in range(2))
    return {
        "knn": evaluation.knn_of_model(trainer.model, data),
        "probe": evaluation.probe_accuracy(trainer.model, data),
        **evaluation.score_state(trainer.model, first, second, setting.candidates, setting.temperature),
    }
