"""The workload: costs by formula, the step, and the outcomes of short trainings."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, get_args

import pytest
import torch

from bench.meters.flops import count_call
from bench.workloads.contrastive.training import training
from bench.workloads.contrastive.training.workload import Loss, LossDtype, OptimizerName
from bench.workloads.protocol import Outcome

pytest.importorskip("sklearn")


def outcomes(
    loss: Any = "ce", dtype: Any = "float32", batch: int = 256, epochs: int = 1, **others: Any
) -> dict[str, float]:
    """The outcomes of a training, by name."""
    outcome = training(loss, dtype, batch, epochs=epochs, **others).prepare().outcome
    assert outcome is not None
    found: Mapping[str, Outcome] = outcome()
    assert all(len(each.values) == 1 for each in found.values())
    return {name: each.values[0] for name, each in found.items()}


@pytest.mark.parametrize(("batch", "chunk"), [(8, 0), (64, 0), (64, 16)])
def test_flops_are_what_is_executed(batch: int, chunk: int) -> None:
    task = training("flat", "float32", batch, chunk)
    assert task.flops == count_call(task.prepare().call).total


def test_flops_by_hand() -> None:
    """Two images in two views: 144·16·9 in the first convolution, twice; the other layers three times; 4² products."""
    others = 36 * 32 * 9 * 16 + 9 * 64 * 9 * 32 + 576 * 64 + 64 * 64 + 64 * 32
    assert training("ce", "float32", 2).flops == 2 * (4 * (2 * 144 * 16 * 9 + 3 * others) + 3 * 4**2 * 32)


@pytest.mark.parametrize("loss", get_args(Loss))
@pytest.mark.parametrize("dtype", get_args(LossDtype))
def test_every_step_runs(loss: Any, dtype: Any) -> None:
    """Also in half precision on a CPU, scaled and under autocast."""
    prepared = training(loss, dtype, 8).prepare()
    prepared.call()
    assert math.isfinite(prepared.call())  # type: ignore[arg-type]


@pytest.mark.parametrize("optimizer", get_args(OptimizerName))
def test_the_measured_step_leaves_the_weights(optimizer: Any) -> None:
    call = training("ce", "float32", 16, optimizer=optimizer).prepare().call
    assert call() == call() == call()


@pytest.mark.slow
def test_training_learns_and_repeats() -> None:
    first, second = (outcomes(epochs=5, batch=32, target=0.5) for _ in range(2))
    assert first == second
    assert first["knn"] > first["knn_untrained"] + 0.05
    assert first["diverged"] == 0
    assert first["steps"] == 5 * 32
    assert first["steps_to_target"] in {32.0 * (epoch + 1) for epoch in range(5)}
    assert first["final_loss"] < math.log(63)  # what all-equal scores give
    assert first["one_minus_p"] == pytest.approx(first["xi"] / (1 + first["xi"]))
    assert 1 / 62 < first["ess"] < 1
    assert outcomes(epochs=1, seed=1)["knn_untrained"] != first["knn_untrained"]


def test_baselines_are_those_of_the_data() -> None:
    found = outcomes(target=1.01)
    assert found["knn_pixels"] == pytest.approx(1992 / 3092)
    assert found["steps_to_target"] == math.inf


def test_losses_start_alike() -> None:
    """The same weights, order and views for every loss, dtype and chunk: only the gradient differs."""
    untrained = {outcomes(loss, dtype)["knn_untrained"] for loss, dtype in [("ce", "float32"), ("flat", "bfloat16")]}
    assert len(untrained) == 1


def test_divergence_is_a_row_and_not_an_error() -> None:
    """The norms forgive a rate of 1e9: weights grow, and steps then turn them less. Nothing forgives one of 1e30."""
    found = outcomes(lr=1e30, epochs=3)
    assert found["diverged"] == 1
    assert found["knn"] == found["probe"] == pytest.approx(78 / 773)  # the most frequent class of the training images
    assert math.isnan(found["xi"]) and math.isnan(found["final_loss"])
    assert found["steps"] < 12 and found["steps_to_target"] == math.inf


@pytest.mark.parametrize(
    "wrong",
    [
        {"batch": 1},
        {"batch": 48},
        {"batch": 2048},
        {"batch": 8, "chunk": 3},
        {"batch": 8, "chunk": 1},
        {"batch": 8, "chunk": 16},
        {"batch": 8, "epochs": 0},
        {"batch": 8, "temperature": 0.0},
        {"batch": 8, "lr_factor": math.nan},
        {"batch": 8, "lr": -1.0},
        {"batch": 8, "eps": -1e-8},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=list(wrong)[-1]):
        training("ce", "float32", **wrong)


def test_listing_cases_does_not_load_sklearn() -> None:
    code = (
        "import sys; from bench.workloads.contrastive.training import training; training('ce', 'float32', 8);"
        "assert 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_global_random_state_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    outcomes()
    assert torch.equal(before, torch.random.get_rng_state())
