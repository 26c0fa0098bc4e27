"""Everything that a training run depends on."""

from __future__ import annotations

from dataclasses import dataclass

from .optimisers import BASE_LR, BASE_TEMPERATURE, peak_lr
from .workload import Loss, LossDtype, LrRule, OptimizerName


@dataclass(frozen=True)
class Setting:
    """A training run; the names are those of the workload's parameters."""

    loss: Loss
    dtype: LossDtype
    batch: int
    chunk: int
    temperature: float
    views: float
    optimizer: OptimizerName
    eps: float
    lr_rule: LrRule
    lr: float
    lr_factor: float
    epochs: int
    target: float
    device: str
    seed: int

    @property
    def candidates(self) -> int:
        """Images among which an anchor finds its negatives: the chunk, or the whole batch."""
        return self.chunk or self.batch

    @property
    def peak_lr(self) -> float:
        """The highest learning rate of the training.

        SGD's is in proportion to the temperature: scores are cosines over the temperature, so gradients grow as one
        over it. Adam and LARS divide a gradient's size out by themselves.
        """
        base = self.lr or BASE_LR[self.optimizer]
        if self.optimizer == "sgd":
            base *= self.temperature / BASE_TEMPERATURE
        return self.lr_factor * peak_lr(self.lr_rule, base, self.batch)
