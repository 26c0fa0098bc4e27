"""Feature maps: identities that hold exactly, dimensions worked by hand, and the estimator's bias."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.workloads.attention import features as features_module
from bench.workloads.attention import limit_attention, orthogonal_projection, performer_attention, taylor_attention
from bench.workloads.attention.features import (
    elu_plus_one,
    limit_weights,
    monomial_count,
    nearby,
    polynomial_features,
    taylor_weights,
    times_elu_slope,
)
from bench.workloads.attention.performer import favor_features


@settings(deadline=None)
@given(x=st.lists(st.floats(-50, 80), min_size=1, max_size=9))
def test_elu_plus_one(x: list[float]) -> None:
    values = torch.tensor(x, dtype=torch.float64)
    torch.testing.assert_close(elu_plus_one(values), torch.nn.functional.elu(values) + 1, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_elu_plus_one_is_rounded_once_and_keeps_what_is_not_finite(dtype: torch.dtype) -> None:
    x = torch.linspace(-8, 12, 997, dtype=torch.float64).to(dtype)
    expected = torch.where(x > 0, x.double() + 1, x.double().exp())
    assert float((elu_plus_one(x).double() / expected - 1).abs().max()) <= torch.finfo(dtype).eps
    assert elu_plus_one(torch.tensor([-1e4, -0.0, 0.0, 1e4]).to(dtype)).tolist()[:3] == [0.0, 1.0, 1.0]
    special = elu_plus_one(torch.tensor([float("inf"), -float("inf"), float("nan")]).to(dtype))
    assert special.tolist()[:2] == [float("inf"), 0.0] and bool(special[2].isnan())


def test_elu_slope_is_the_derivative() -> None:
    x = torch.linspace(-3, 3, 50, dtype=torch.float64, requires_grad=True)
    (expected,) = torch.autograd.grad((torch.nn.functional.elu(x) + 1).sum(), x)
    found = torch.empty_like(expected)
    times_elu_slope(torch.ones_like(expected), elu_plus_one(x.detach()), out=found)
    torch.testing.assert_close(found, expected)


def test_large_half_precision_tensors_take_the_copying_path(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.randn(64, 8).bfloat16()
    near = elu_plus_one(x)
    monkeypatch.setattr(features_module, "FAR_BYTES", 0)
    assert torch.equal(elu_plus_one(x), near)
    assert nearby(x) is not x and torch.equal(nearby(x), x) and nearby(x.float()).dtype == torch.float32


@pytest.mark.parametrize(
    ("head_dim", "order", "count"),
    [
        (16, 2, 153),
        (16, 3, 969),
        (16, 4, 4845),
        (64, 1, 65),
        (64, 2, 2145),
        (64, 3, 47905),
        (64, 4, 814385),
        (3, 2, 10),
    ],
)
def test_feature_counts_worked_by_hand(head_dim: int, order: int, count: int) -> None:
    assert monomial_count(head_dim, order) == count
    if count < 5000:
        assert polynomial_features(torch.randn(2, head_dim), taylor_weights(order)).shape == (2, count)


def test_second_order_features_of_two_variables_by_hand() -> None:
    # exp to order 2 at (a, b): 1, a, b, a²/√2, √2·ab/√2, b²/√2.
    found = polynomial_features(torch.tensor([3.0, 5.0], dtype=torch.float64), taylor_weights(2))
    root = math.sqrt(2)
    torch.testing.assert_close(found, torch.tensor([1, 3, 5, 9 / root, 15, 25 / root], dtype=torch.float64))


@settings(max_examples=30, deadline=None)
@given(order=st.integers(1, 5), head_dim=st.integers(1, 5), seed=st.integers(0, 99))
def test_products_of_features_are_the_series(order: int, head_dim: int, seed: int) -> None:
    x, y = torch.randn(2, head_dim, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    inner = float(x @ y)
    taylor = float(polynomial_features(x, taylor_weights(order)) @ polynomial_features(y, taylor_weights(order)))
    assert taylor == pytest.approx(sum(inner**j / math.factorial(j) for j in range(order + 1)), rel=1e-9, abs=1e-9)
    limit = float(polynomial_features(x, limit_weights(order)) @ polynomial_features(y, limit_weights(order)))
    assert limit == pytest.approx((1 + inner / order) ** order, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("order", [1, 2, 4])
def test_series_attention_is_the_quadratic_form(order: int, causal: bool) -> None:
    generator = torch.Generator().manual_seed(order)
    q, k, v = (torch.randn(1, 2, 70, 4, dtype=torch.float64, generator=generator) / 2 for _ in range(3))
    inner = q @ k.mT / 2
    for run, weights in (
        (taylor_attention, sum(inner**j / math.factorial(j) for j in range(order + 1))),
        (limit_attention, (1 + inner / order) ** order),
    ):
        scores = weights.tril() if causal else weights
        torch.testing.assert_close(run(q, k, v, order, causal), scores / scores.sum(-1, keepdim=True) @ v)


def test_projection_is_orthogonal_by_block_and_depends_on_the_seed_alone() -> None:
    projection = orthogonal_projection(40, 16, seed=3).double()
    gram = projection[16:32] @ projection[16:32].T
    torch.testing.assert_close(gram, torch.diag(gram.diagonal()), atol=1e-4, rtol=0)
    assert torch.equal(orthogonal_projection(40, 16, seed=3), orthogonal_projection(40, 16, seed=3))
    assert not torch.equal(orthogonal_projection(40, 16, seed=3), orthogonal_projection(40, 16, seed=4))
    # |row|² has the mean of a chi-squared variable with 16 degrees of freedom.
    assert float(orthogonal_projection(4096, 16, seed=0).square().sum(1).mean()) == pytest.approx(16, rel=0.03)


def test_random_features_are_unbiased() -> None:
    d, draws = 8, 400
    generator = torch.Generator().manual_seed(0)
    q, k = (torch.randn(1, 1, 1, d, dtype=torch.float64, generator=generator) for _ in range(2))
    expected = math.exp(float((q * k).sum()) / math.sqrt(d))
    estimates = []
    for seed in range(draws):
        scaled = orthogonal_projection(64, d, seed).double() * d**-0.25
        features = [favor_features(x, scaled, by_row=False, epsilon=0.0) for x in (q, k)]
        # Undo the stabilisers, which cancel only in attention's ratio.
        undo = sum(float((scaled @ x.flatten()).amax()) for x in (q, k))
        estimates.append(float((features[0] * features[1]).mean()) * math.exp(undo))
    mean = torch.tensor(estimates).mean().item()
    assert abs(mean - expected) < 4 * torch.tensor(estimates).std().item() / math.sqrt(draws)


@pytest.mark.parametrize("causal", [False, True])
def test_performer_is_its_formula_with_its_gradients(causal: bool) -> None:
    generator = torch.Generator().manual_seed(1)
    q, k, v, g = (torch.randn(2, 2, 90, 8, dtype=torch.float64, generator=generator) for _ in range(4))
    projection = orthogonal_projection(24, 8, 0).double()
    inputs = [x.requires_grad_() for x in (q, k, v)]

    def features(x: torch.Tensor, axes: tuple[int, ...]) -> torch.Tensor:
        x = x * 8**-0.25
        product = x @ projection.T
        peak = product.amax(axes, keepdim=True).detach()
        return (product - x.square().sum(-1, keepdim=True) / 2 - peak).exp() + 1e-4

    scores = features(q, (-1,)) @ features(k, (-1, -2)).mT
    scores = scores.tril() if causal else scores
    expected = scores / scores.sum(-1, keepdim=True) @ v
    found = performer_attention(q, k, v, projection, causal)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(found, inputs, g), torch.autograd.grad(expected, inputs, g))


def test_performer_approaches_softmax_with_more_features() -> None:
    generator = torch.Generator().manual_seed(2)
    q, k, v = (torch.randn(1, 2, 128, 8, generator=generator) / 2 for _ in range(3))
    exact = torch.nn.functional.scaled_dot_product_attention(q, k, v)

    def distance(features: int) -> float:
        found = performer_attention(q, k, v, orthogonal_projection(features, 8, 0), epsilon=0.0)
        return float((found - exact).norm() / exact.norm())

    assert distance(4096) < 0.4 * distance(64)
