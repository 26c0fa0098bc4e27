"""Scores from embeddings, and the loss of a batch in both forms."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from bench.workloads.contrastive.losses import ARMS, contrastive_loss, mean_loss, scores_two_tower, scores_two_view


def views(batch: int, dim: int = 4) -> tuple[Tensor, Tensor]:
    torch.manual_seed(batch)
    a, b = torch.randn(2, batch, dim, dtype=torch.float64)
    return F.normalize(a, dim=1), F.normalize(a + b, dim=1)


def test_two_view_by_hand() -> None:
    a = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    b = torch.tensor([[0.0, 1.0], [0.6, 0.8]])
    scores, positive = scores_two_view(a, b, 0.5)
    out = -math.inf
    wanted = torch.tensor([[out, 0, 0, 1.2], [0, out, 2, 1.6], [0, 2, out, 1.6], [1.2, 1.6, 1.6, out]])
    torch.testing.assert_close(scores, wanted)
    assert positive.tolist() == [2, 3, 0, 1]


def test_two_tower_by_hand() -> None:
    a = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    b = torch.tensor([[0.0, 1.0], [0.6, 0.8]])
    scores, positive = scores_two_tower(a, b, 0.5)
    torch.testing.assert_close(scores, torch.tensor([[0, 1.2], [2, 1.6]]))
    assert positive.tolist() == [0, 1]


def test_two_view_is_the_mean_over_all_anchors() -> None:
    a, b = views(3)
    every = torch.cat((a, b))
    total = 0.0
    for i in range(6):
        above = {j: math.exp(float(every[i] @ every[j]) / 0.2) for j in range(6) if j != i}
        total -= math.log(above[(i + 3) % 6] / sum(above.values()))
    assert float(contrastive_loss(ARMS["ce"], a, b, 0.2, "two_view")) == pytest.approx(total / 6, rel=1e-12)


@pytest.mark.parametrize("arm", ["ce", "flat", "flat_published", "siglip"])
def test_two_tower_is_the_mean_of_both_directions(arm: str) -> None:
    a, b = views(5)
    scores, positive = scores_two_tower(a, b, 0.2)
    both = (ARMS[arm].rows(scores, positive).mean() + ARMS[arm].rows(scores.T.contiguous(), positive).mean()) / 2
    torch.testing.assert_close(contrastive_loss(ARMS[arm], a, b, 0.2, "two_tower"), both, rtol=1e-12, atol=0)


def test_siglip_is_the_paper_s_sum_over_all_pairs() -> None:
    a, b = views(4)
    labels = 2 * torch.eye(4, dtype=torch.float64) - 1
    paper = -F.logsigmoid(labels * (a @ b.T / 0.1 - 10)).sum() / 4
    torch.testing.assert_close(contrastive_loss(ARMS["siglip"], a, b, 0.1, "two_tower"), paper, rtol=1e-12, atol=0)


def test_two_tower_follows_any_permutation() -> None:
    a, b = views(5)
    order = torch.tensor([3, 0, 4, 1, 2])
    scores, _ = scores_two_tower(a, b[order], 0.2)
    shuffled = mean_loss(ARMS["ce"], scores, order.argsort(), "two_tower")
    torch.testing.assert_close(shuffled, contrastive_loss(ARMS["ce"], a, b, 0.2, "two_tower"), rtol=1e-12, atol=0)


@pytest.mark.parametrize("form", ["two_view", "two_tower"])
def test_rescaled_is_parallel_to_infonce_with_the_pull_of_flatnce(form: str) -> None:
    make = scores_two_view if form == "two_view" else scores_two_tower
    scores, positive = make(*views(6), 0.1)
    slope = {}
    for arm in ("ce", "infonce_rescaled", "flat"):
        at = scores.clone().requires_grad_()
        (slope[arm],) = torch.autograd.grad(mean_loss(ARMS[arm], at, positive, form), at)
    ratio = slope["infonce_rescaled"].norm() / slope["ce"].norm()
    torch.testing.assert_close(slope["infonce_rescaled"], slope["ce"] * ratio, rtol=1e-12, atol=1e-15)
    for arm in ("infonce_rescaled", "flat"):
        assert float(slope[arm].gather(1, positive[:, None]).sum()) == pytest.approx(-1, rel=1e-12)


@pytest.mark.parametrize("objective", ["infonce", "flatnce"])
@pytest.mark.parametrize("form", ["two_view", "two_tower"])
def test_arms_of_one_objective_pull_embeddings_alike(form: str, objective: str) -> None:
    slopes = []
    for arm in ARMS.values():
        if arm.objective == objective:
            a, b = (x.requires_grad_() for x in views(6))
            slopes.append(torch.cat(torch.autograd.grad(contrastive_loss(arm, a, b, 0.2, form), (a, b))))
    assert len(slopes) >= 3
    for slope in slopes[1:]:
        torch.testing.assert_close(slope, slopes[0], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("form", ["two_view", "two_tower"])
@pytest.mark.parametrize("arm", ARMS)
def test_smallest_batch_in_every_dtype(arm: str, form: str, dtype: torch.dtype) -> None:
    a, b = (x.to(dtype).requires_grad_() for x in views(2))
    loss = contrastive_loss(ARMS[arm], a, b, 0.5, form)
    slopes = torch.autograd.grad(loss, (a, b))
    assert loss.dtype == dtype and loss.shape == ()
    assert loss.isfinite() and all(slope.isfinite().all() and slope.any() for slope in slopes)


@pytest.mark.parametrize("make", [scores_two_view, scores_two_tower])
def test_wrong_input_is_one_clear_error(make: object) -> None:
    assert callable(make)
    one, two = torch.ones(1, 3), torch.ones(2, 3)
    with pytest.raises(ValueError, match="a batch of 1 has no negatives"):
        make(one, one, 0.5)
    with pytest.raises(ValueError, match=r"not \(2, 3\) and \(1, 3\)"):
        make(two, one, 0.5)
    for temperature in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="above 0"):
            make(two, two, temperature)


def test_contrastive_package_loads_no_sub_package() -> None:
    code = (
        "import sys, bench.workloads.contrastive as package\n"
        "print([name for name in sys.modules if name.startswith(package.__name__ + '.')])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
