"""Dropout in the accumulation workload: which masks a method draws, and what another draw of them does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from bench.workloads.contrastive.accumulation import accumulation
from bench.workloads.contrastive.accumulation.network import Encoder, dropout_mask
from bench.workloads.contrastive.accumulation.steps import Step
from tests.workloads.contrastive.test_accumulation import SMALL, outcomes

BOTH = ("full", "full_other_masks")


def tiny_step() -> Step:
    draw = torch.Generator().manual_seed(0)
    encoder = Encoder(6, 12, 2, 8, "layer", 0.1)
    encoder.fill(draw)
    pairs = torch.randn(12, 1, 6, generator=draw) + torch.randn(12, 2, 6, generator=draw)
    return Step(encoder.double(), pairs.double(), chunk=5, temperature=0.1, tile=8, seed=0)


def flat_draws(step: Step, method: str, draws: int) -> torch.Tensor:
    """One gradient for each seed, as rows."""
    found = [replace(step, seed=seed).gradients(method) for seed in range(draws)]
    return torch.stack([torch.cat([part.flatten() for part in gradient]) for gradient in found])


@pytest.mark.parametrize("method", ["two_pass", "cached"])
def test_dropout_without_replay_is_another_gradient(method: Any) -> None:
    assert outcomes(method, dropout=0.1)["gradient_error"] > 0.05


@pytest.mark.parametrize("method", ["full", "tiled", "cached_replay", "cached_tiled"])
def test_dropout_with_replay_is_exact(method: Any) -> None:
    assert outcomes(method, dropout=0.1)["gradient_error"] < 1e-13


def test_calls_repeat() -> None:
    """Dropout starts anew with each call, so that a call answers what was checked; nothing is left behind."""
    prepared = accumulation("cached_replay", 20, chunk=8, dropout=0.3, **SMALL).prepare()
    first, second = prepared.call(), prepared.call()
    assert isinstance(first, list) and isinstance(second, list) and len(first) == 7
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_masks_belong_to_chunks() -> None:
    """Drawn for the batch or chunk by chunk, in whichever dtype: the same masks."""

    def generators() -> list[torch.Generator]:
        return [torch.Generator().manual_seed(k) for k in range(3)]

    x = torch.ones(10, 6)
    whole = dropout_mask(x, 0.4, 4, generators())
    parts = [dropout_mask(part, 0.4, 4, [own]) for part, own in zip(torch.split(x, 4), generators(), strict=True)]
    assert torch.equal(whole, torch.cat(parts))
    assert torch.equal(whole > 0, dropout_mask(x.double(), 0.4, 4, generators()) > 0)
    assert whole.unique().tolist() == pytest.approx([0.0, 1 / 0.6])


def test_other_masks_are_about_as_far_as_the_gradient_is_long() -> None:
    found = outcomes("full_other_masks", dropout=0.1)
    assert 0.3 < found["gradient_error"] < 3
    assert 0.1 < found["gradient_cosine"] < 0.95
    assert outcomes("full", dropout=0.1)["gradient_error"] < 1e-13
    assert found["encoder_forwards"] == 1


def test_other_masks_cost_what_the_whole_batch_costs() -> None:
    whole, other = (accumulation(method, 50, dropout=0.1, **SMALL) for method in ("full", "full_other_masks"))
    assert (other.flops, other.peak_bytes, other.input_bytes) == (whole.flops, whole.peak_bytes, whole.input_bytes)
    assert whole.tolerance is not None and other.tolerance is None


def test_no_two_seeds_share_other_masks() -> None:
    """64 cases' masks and their other masks: 128 draws, all different, and each the same whenever it is drawn."""
    step = tiny_step()
    found = [replace(step, seed=seed).gradients(method)[0] for seed in range(64) for method in BOTH]
    assert len({tuple(gradient.flatten().tolist()) for gradient in found}) == 128
    assert torch.equal(step.gradients("full_other_masks")[0], found[1])


def test_other_masks_have_the_same_mean() -> None:
    """Means over draws near each other as only means of one distribution do: a 64th of one draw's squared distance."""
    step, draws = tiny_step(), 64
    whole = flat_draws(step, "full", draws)

    def left(method: str) -> float:
        """The means' squared distance by what it is expected to be for the same mean."""
        other = flat_draws(step, method, draws)
        return float((whole.mean(0) - other.mean(0)).pow(2).sum() / (whole - other).pow(2).sum(1).mean() * draws)

    assert left("full_other_masks") < 3  # 1.2
    assert left("naive") > 10  # 28: nearer draw by draw, whose masks it shares, and biased
