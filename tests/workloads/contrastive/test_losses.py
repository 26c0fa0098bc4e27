"""The rows of every arm: numbers worked by hand, gradients against 40-digit arithmetic, and what is lost where."""

from __future__ import annotations

import math
from decimal import Context, Decimal, localcontext
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from bench.workloads.contrastive.losses import ARMS, ArmName

LN3 = math.log(3)
INF = math.inf
EPS = 2.0**-53
CANCELLING = ("ce", "lse", "naive")
DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]


def rows(arm: str, scores: Tensor, positive: list[int]) -> tuple[Tensor, Tensor]:
    """An arm's rows and the gradient of their sum."""
    scores = scores.clone().requires_grad_()
    losses = ARMS[arm].rows(scores, torch.tensor(positive, device=scores.device))
    assert losses.shape == (len(scores),)
    assert losses.dtype == scores.dtype
    (gradient,) = torch.autograd.grad(losses.sum(), scores)
    return losses.detach(), gradient


def test_arms_have_the_names_that_suites_use() -> None:
    assert tuple(ARMS) == get_args(ArmName)
    assert all(arm.name == name for name, arm in ARMS.items())


# Scores (ln 3, 0), the first positive: ξ = 1/3, p_t = 3/4. One anchor alone is weighted and rescaled by the same 4.
BY_HAND = {
    "ce": (math.log(4 / 3), -1 / 4, 1 / 4),
    "lse": (math.log(4 / 3), -1 / 4, 1 / 4),
    "naive": (math.log(4 / 3), -1 / 4, 1 / 4),
    "log1p": (math.log(4 / 3), -1 / 4, 1 / 4),
    "softplus": (math.log(4 / 3), -1 / 4, 1 / 4),
    "flat": (-LN3, -1.0, 1.0),
    "flat_published": (math.log(4 / 3), -1.0, 1.0),
    "infonce_weighted": (4 * math.log(4 / 3), -1.0, 1.0),
    "infonce_rescaled": (4 * math.log(4 / 3), -1.0, 1.0),
    "flat_scaled": (-LN3 / 4, -1 / 4, 1 / 4),
    "siglip": (
        math.log(1 + math.exp(10) / 3) + math.log1p(math.exp(-10)),
        -1 / (1 + 3 * math.exp(-10)),
        1 / (1 + math.exp(10)),
    ),
}


@pytest.mark.parametrize("arm", ARMS)
def test_by_hand(arm: str) -> None:
    losses, gradient = rows(arm, torch.tensor([[LN3, 0.0]], dtype=torch.float64), [0])
    value, positive, negative = BY_HAND[arm]
    assert losses.tolist() == pytest.approx([value], rel=1e-14)
    assert gradient.tolist() == [pytest.approx([positive, negative], rel=1e-14)]


def test_rescaled_by_hand() -> None:
    """1 - p_t = 1/4 and 1/2, so both rows are divided by 3/8: pulls 2/3 and 4/3, 2 in all."""
    scores = torch.tensor([[LN3, 0.0], [5.0, 5.0]], dtype=torch.float64)
    losses, gradient = rows("infonce_rescaled", scores, [0, 1])
    assert losses.tolist() == pytest.approx([8 / 3 * math.log(4 / 3), 8 / 3 * math.log(2)], rel=1e-14)
    assert gradient.flatten().tolist() == pytest.approx([-2 / 3, 2 / 3, 4 / 3, -4 / 3], rel=1e-14)


def exact(scores: Tensor, positive: list[int]) -> tuple[list[float], list[list[float]]]:
    """Each row's ξ and its gradient of FlatNCE, from 40 digits."""
    all_xi, gradients = [], []
    with localcontext(Context(prec=40)):
        for row, t in zip(scores.tolist(), positive, strict=True):
            above = [Decimal(0) if s == -INF else (Decimal(s) - Decimal(row[t])).exp() for s in row]
            xi = sum(above) - above[t]
            all_xi.append(float(xi))
            gradients.append([-1.0 if i == t else float(e / xi) for i, e in enumerate(above)])
    return all_xi, gradients


@st.composite
def batches(draw: st.DrawFn) -> tuple[Tensor, list[int]]:
    """Scores with ξ between 1e-9 and 1e3 in each row, some left out, and the positives' columns."""
    width = draw(st.integers(2, 6))
    table, positive = [], []
    for _ in range(draw(st.integers(1, 4))):
        row = draw(st.lists(st.floats(-15.0, 15.0), min_size=width, max_size=width))
        t, kept = draw(st.permutations(range(width)))[:2]
        left_out = draw(st.sets(st.integers(0, width - 1))) - {t, kept}
        row = [-INF if i in left_out else s for i, s in enumerate(row)]
        others = [s for i, s in enumerate(row) if i != t]
        exponent = draw(st.one_of(st.sampled_from([-9.0, 3.0]), st.floats(-9.0, 3.0)))
        row[t] = max(others) + math.log(sum(math.exp(s - max(others)) for s in others)) - exponent * math.log(10)
        table.append(row)
        positive.append(t)
    return torch.tensor(table, dtype=torch.float64), positive


@pytest.mark.parametrize("arm", [arm for arm in ARMS if arm != "siglip"])
@given(batch=batches())
@settings(max_examples=60, deadline=None)
def test_gradient_identities(arm: str, batch: tuple[Tensor, list[int]]) -> None:
    """InfoNCE = ξ/(1+ξ) FlatNCE for each anchor, and each arm has its objective's gradient, to 1e-12.

    The forms that cancel miss the positive's by up to eps/ξ, and the plain logsumexp by ``|s_t|`` times as much.
    """
    scores, positive = batch
    _, gradient = rows(arm, scores, positive)
    all_xi, flat = exact(scores, positive)
    pull = [xi / (1 + xi) for xi in all_xi]
    factor = {
        "infonce": pull,
        "flatnce": [1.0] * len(pull),
        "infonce_rescaled": [one * len(pull) / sum(pull) for one in pull],
    }[ARMS[arm].objective]
    anchors = zip(gradient.tolist(), flat, factor, all_xi, scores.tolist(), positive, strict=True)
    for got, unit, f, xi, row, t in anchors:
        lost = 4 * EPS / xi * (1 + abs(row[t]) if arm == "lse" else 1) if arm in CANCELLING else 0.0
        for i, one in enumerate(unit):
            assert got[i] == pytest.approx(f * one, rel=1e-12 + (lost if i == t else 0.0), abs=0.0)
    assert (gradient[scores == -INF] == 0).all()


@given(batch=batches())
@settings(max_examples=60, deadline=None)
def test_rescaled_is_infonce_with_the_pull_of_flatnce(batch: tuple[Tensor, list[int]]) -> None:
    scores, positive = batch
    _, infonce = rows("softplus", scores, positive)
    _, rescaled = rows("infonce_rescaled", scores, positive)
    torch.testing.assert_close(rescaled, infonce * (rescaled.norm() / infonce.norm()), rtol=1e-12, atol=0)
    pulls = rescaled.gather(1, torch.tensor(positive)[:, None])
    assert float(pulls.sum()) == pytest.approx(-len(positive), rel=1e-12)


@given(batch=batches())
@settings(max_examples=60, deadline=None)
def test_values(batch: tuple[Tensor, list[int]]) -> None:
    scores, positive = batch
    all_xi, _ = exact(scores, positive)
    infonce = [math.log1p(xi) for xi in all_xi]
    scale = 4 * EPS * (1 + float(scores[scores > -INF].abs().max()))
    for arm in ("log1p", "softplus"):
        assert rows(arm, scores, positive)[0].tolist() == pytest.approx(infonce, rel=1e-12)
    for arm in (*CANCELLING, "flat_published"):
        assert rows(arm, scores, positive)[0].tolist() == pytest.approx(infonce, rel=1e-12, abs=scale)
    flat = [math.log(xi) for xi in all_xi]
    assert rows("flat", scores, positive)[0].tolist() == pytest.approx(flat, rel=1e-12, abs=scale)
    weighted = [one * (1 + xi) / xi for one, xi in zip(infonce, all_xi, strict=True)]
    assert rows("infonce_weighted", scores, positive)[0].tolist() == pytest.approx(weighted, rel=1e-12)


@given(batch=batches())
@settings(max_examples=60, deadline=None)
def test_siglip_is_a_sum_over_pairs(batch: tuple[Tensor, list[int]]) -> None:
    scores, positive = batch
    losses, gradient = rows("siglip", scores, positive)
    for row, t, loss, slopes in zip(scores.tolist(), positive, losses.tolist(), gradient.tolist(), strict=True):
        signs = [-1 if i == t else 1 for i in range(len(row))]
        logits = [sign * (s - 10) for sign, s in zip(signs, row, strict=True)]
        assert loss == pytest.approx(sum(math.log1p(math.exp(x)) for x in logits), rel=1e-12)
        wanted = [0.0 if x == -INF else sign / (1 + math.exp(-x)) for sign, x in zip(signs, logits, strict=True)]
        assert slopes == pytest.approx(wanted, rel=1e-12, abs=0.0)


def left_out(dtype: torch.dtype, device: str) -> tuple[Tensor, list[int]]:
    table = [[2.0, -INF, 1.0, -INF], [-INF, 0.5, -3.0, 4.0], [-INF, -INF, 1.0, -2.0], [3.0, 0.0, -INF, -INF]]
    return torch.tensor(table, dtype=dtype, device=device), [0, 1, 2, 0]


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("arm", ARMS)
def test_what_is_left_out_gets_no_gradient(arm: str, dtype: torch.dtype, device: str) -> None:
    scores, positive = left_out(dtype, device)
    losses, gradient = rows(arm, scores, positive)
    assert losses.isfinite().all()
    assert gradient.isfinite().all()
    assert torch.equal(gradient == 0, scores == -INF)


@pytest.mark.parametrize("dtype", DTYPES[1:], ids=str)
@pytest.mark.parametrize("arm", ARMS)
def test_low_precision_is_near_where_nothing_is_lost(arm: str, dtype: torch.dtype) -> None:
    """At ξ of about 1 every arm is right to some roundings."""
    scores = torch.tensor([[0.5, -0.25, 0.75], [1.0, 0.25, 1.5]], dtype=torch.float64)
    wanted, slope = rows(arm, scores, [0, 2])
    got, found = rows(arm, scores.to(dtype), [0, 2])
    limit = {"rtol": 20 * torch.finfo(dtype).eps, "atol": 0.0}
    torch.testing.assert_close(got.double(), wanted, **limit)
    torch.testing.assert_close(found.double(), slope, **limit)


@pytest.mark.parametrize(
    ("dtype", "top"), [(torch.float32, 20.0), (torch.bfloat16, 8.0), (torch.float16, 10.0)], ids=["32", "b16", "16"]
)
@pytest.mark.parametrize("arm", CANCELLING)
def test_cancellation_loses_the_positive_alone(arm: str, dtype: torch.dtype, top: float) -> None:
    """ξ = exp(-top) is below eps: the loss and the positive's pull are 0, while the negative is still pushed."""
    losses, gradient = rows(arm, torch.tensor([[top, 0.0]], dtype=dtype), [0])
    assert losses.tolist() == [0.0]
    pull, push = gradient[0].tolist()
    assert pull == 0.0
    assert push == pytest.approx(math.exp(-top), rel=0.02)
    for exact_arm in ("softplus", "log1p", "flat_scaled"):
        pull, push = rows(exact_arm, torch.tensor([[top, 0.0]], dtype=dtype), [0])[1][0].tolist()
        assert -pull == pytest.approx(push) == pytest.approx(math.exp(-top), rel=0.02)


def test_float16_overflows_where_the_documentation_says() -> None:
    """``exp(11.2)`` is above float16's 65504. FlatNCE and softplus need no exponential of a large number."""
    above = torch.tensor([[11.2, 0.0]], dtype=torch.float16)
    assert not rows("naive", above, [0])[0].isfinite().any()
    assert rows("naive", above, [0])[1].isnan().all()
    assert rows("infonce_weighted", above, [0])[1].isinf().all()
    assert rows("infonce_rescaled", above, [0])[1].isinf().all()
    assert rows("log1p", above, [1])[0].tolist() == [INF]
    for arm in ("flat", "flat_published", "softplus", "ce", "lse", "flat_scaled"):
        for t in (0, 1):
            losses, gradient = rows(arm, above, [t])
            assert losses.isfinite().all() and gradient.isfinite().all()


def test_softplus_is_right_above_the_limit_of_pytorch() -> None:
    """PyTorch takes ``softplus(x)`` as x above 20, which is 2e-9 off in the gradient."""
    (pull, _), *_ = rows("softplus", torch.tensor([[0.0, 21.0]], dtype=torch.float64), [0])[1].tolist()
    assert pull == pytest.approx(-1 / (1 + math.exp(-21)), rel=1e-15)
