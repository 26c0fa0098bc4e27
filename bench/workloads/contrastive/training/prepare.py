"""Puts together the step that is measured and the training that is evaluated."""

from __future__ import annotations

from ...protocol import Outcome, Prepared
from .data import load_data
from .loop import draw_views, train
from .setting import Setting
from .stepping import Trainer


def prepare_training(setting: Setting) -> Prepared:
    """Allocate a model and a batch for the step; the outcome makes its own, from the seed.

    Raises:
        Unsupported: scikit-learn is not installed.
    """
    data = load_data()
    trainer = Trainer(setting)
    first, second = (views[: setting.batch].clone() for views in draw_views(trainer, data))
    # The weights stay as they are, so that the thousandth call computes what the first did.
    trainer.set_lr(0.0)

    def outcome() -> dict[str, Outcome]:
        return train(setting, data)

    return Prepared(
        call=lambda: trainer.step(first, second),
        inputs=(first, second),
        facts={"learning rate": f"{setting.peak_lr:.4g}"},
        outcome=outcome,
    )
