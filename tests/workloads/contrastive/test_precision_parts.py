"""The parts of the precision workload against numbers worked by hand and against backpropagation in float64."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from bench.workloads.contrastive.losses import ARMS, Form, mean_loss, scores_two_tower, scores_two_view
from bench.workloads.contrastive.precision.compare import (
    cosine,
    embedding_numbers,
    input_numbers,
    score_numbers,
    tangent,
)
from bench.workloads.contrastive.precision.exact import Exact, exact
from bench.workloads.contrastive.precision.inputs import anchor_scores, draw_pairs, pull_back
from bench.workloads.contrastive.precision.operators import recorded_operators

INF = math.inf


def matrix(*rows: list[float]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def two_candidates(log_xi: float) -> Exact:
    """One anchor, the positive at score 0 in column 1, one negative at ``log_xi`` in column 0."""
    return exact(ARMS["ce"], matrix([log_xi, 0.0]), torch.tensor([1]))


def gradient(exact: Exact) -> Tensor:
    return exact.unscaled * exact.factor[:, None]


def test_two_candidates_by_hand() -> None:
    """ξ = 1/4: 1 - p_t = 1/5, the loss is log(5/4), the gradient (1/5, -1/5)."""
    found = two_candidates(math.log(0.25))
    assert float(found.loss) == pytest.approx(math.log(1.25), rel=1e-15)
    torch.testing.assert_close(gradient(found), matrix([0.2, -0.2]))
    assert input_numbers(found) == pytest.approx(
        {"xi": 0.25, "xi_p10": 0.25, "xi_p90": 0.25, "one_minus_p": 0.2, "ess": 1}
    )


def test_small_xi_is_not_lost() -> None:
    """At ξ = 1e-30, where float64's cross entropy gives 0."""
    found = two_candidates(math.log(1e-30))
    assert float(found.loss) == pytest.approx(1e-30, rel=1e-13)
    assert float(found.positive_gradient) == pytest.approx(-1e-30, rel=1e-13)


def test_xi_and_effective_sample_size_by_hand() -> None:
    """Negatives of weight 1, 1, 2 against a positive of 8; -inf is none of them."""
    scores = matrix([0.0, 0.0, math.log(2), math.log(8), -INF])
    numbers = input_numbers(exact(ARMS["flat"], scores, torch.tensor([3])))
    assert numbers["xi"] == pytest.approx(0.5)
    assert numbers["one_minus_p"] == pytest.approx(1 / 3)
    assert numbers["ess"] == pytest.approx(1 / (3 * (1 / 16 + 1 / 16 + 1 / 4)))  # K = 3, w = 1/4, 1/4, 1/2


def test_percentiles_are_over_anchors() -> None:
    scores = torch.tensor([[math.log(x), 0.0] for x in range(1, 12)], dtype=torch.float64)
    numbers = input_numbers(exact(ARMS["ce"], scores, torch.ones(11, dtype=torch.int64)))
    assert [numbers[name] for name in ("xi_p10", "xi", "xi_p90")] == pytest.approx([2, 6, 10])


@pytest.mark.parametrize("form", ["two_view", "two_tower"])
@pytest.mark.parametrize("arm", sorted(ARMS))
def test_closed_form_equals_backpropagation(arm: str, form: Form) -> None:
    """Value, scores' gradient and embeddings' gradient, where ξ is large enough for float64 to find them."""
    a, b = (x.requires_grad_() for x in draw_pairs(5, 12, 0.7, torch.Generator().manual_seed(1)))
    make = scores_two_view if form == "two_view" else scores_two_tower
    loss = mean_loss(ARMS[arm], *make(a, b, 0.3), form)
    expected = torch.stack(torch.autograd.grad(loss, (a, b)))
    with torch.no_grad():
        scores, positive = anchor_scores(a, b, 0.3, form)
    leaf = scores.clone().requires_grad_()
    (of_scores,) = torch.autograd.grad(ARMS[arm].rows(leaf, positive).mean(), leaf)
    found = exact(ARMS[arm], scores, positive)
    a, b = a.detach(), b.detach()
    assert float(found.loss) == pytest.approx(float(loss.detach()), rel=1e-13)
    torch.testing.assert_close(gradient(found), of_scores, rtol=1e-12, atol=1e-15)
    torch.testing.assert_close(pull_back(of_scores, a, b, 0.3, form), expected, rtol=1e-12, atol=1e-15)
    by_rows = pull_back(found.unscaled, a, b, 0.3, form, found.factor)
    torch.testing.assert_close(by_rows, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("alignment", [-1.0, 0.0, 0.3, 0.99, 1.0])
def test_pairs_have_their_cosine_and_length_one(alignment: float) -> None:
    a, b = draw_pairs(50, 64, alignment, torch.Generator().manual_seed(0))
    for view in (a, b):
        torch.testing.assert_close(view.norm(dim=1), torch.ones(50, dtype=torch.float64))
    torch.testing.assert_close((a * b).sum(dim=1), torch.full((50,), alignment, dtype=torch.float64))
    others = (a @ b.mT)[~torch.eye(50, dtype=torch.bool)]
    assert abs(float(others.mean())) < 0.02
    assert float(others.std()) == pytest.approx(1 / 8, rel=0.1)


def score_errors(found: Tensor, right: Exact) -> dict[str, float]:
    return score_numbers(found.double().clone(), right, balanced=True)


def test_score_errors_by_hand() -> None:
    """Exact rows (0.2, -0.2): the positive lost, then the negative doubled."""
    right = two_candidates(math.log(0.25))
    none = {"positive_error": 0, "positive_zeros": 0, "row_sum": 0, "negative_error": 0}
    assert score_errors(matrix([0.2, -0.2]), right) == pytest.approx(none, abs=1e-15)
    lost = score_errors(matrix([0.2, 0.0]), right)
    assert lost == pytest.approx(
        {"positive_error": 1, "positive_zeros": 1, "row_sum": 1, "negative_error": 0}, abs=1e-15
    )
    doubled = score_errors(matrix([0.4, -0.2]), right)
    assert doubled == pytest.approx(none | {"row_sum": 1 / 3, "negative_error": 1}, abs=1e-15)


def test_row_sum_takes_zeros_for_balanced_and_keeps_nan() -> None:
    right = two_candidates(math.log(0.25))
    assert score_errors(matrix([0.0, 0.0]), right)["row_sum"] == 0
    broken = score_errors(matrix([math.nan, -0.2]), right)
    assert math.isnan(broken["row_sum"]) and math.isnan(broken["negative_error"])
    assert broken["positive_error"] == pytest.approx(0, abs=1e-15)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-20, 20), min_size=2, max_size=8), st.floats(-40, 40))
def test_rows_of_exact_gradients_sum_to_zero(negatives: list[float], positive: float) -> None:
    scores = matrix([positive, *negatives])
    for arm in ("softplus", "flat", "infonce_rescaled"):
        found = gradient(exact(ARMS[arm], scores.clone(), torch.tensor([0])))
        assert abs(float(found.sum())) <= 1e-14 * float(found.abs().sum())


def test_cosine_of_nothing() -> None:
    zero, one = torch.zeros(2), torch.tensor([3.0, 4.0])
    assert cosine(zero, zero) == 1 and cosine(zero, one) == 0
    assert cosine(one, -one) == pytest.approx(-1)
    assert math.isnan(cosine(torch.tensor([math.nan, 1.0]), one))


def test_tangent_by_hand() -> None:
    """At (0.6, 0.8)·2, (1, 1) has 1.4 along it, so (1, 1) - 1.4·(0.6, 0.8) is left."""
    views = torch.tensor([[[1.2, 1.6]], [[1.0, 0.0]]], dtype=torch.float64)
    left = tangent(torch.ones(2, 1, 2, dtype=torch.float64), views)
    torch.testing.assert_close(left, torch.tensor([[[0.16, -0.12]], [[0.0, 1.0]]], dtype=torch.float64))


def test_first_steps_by_hand() -> None:
    """Adam divides by |g| + eps: where |g| is far below eps it steps like SGD, far above like the sign."""
    views = torch.tensor([1.0, 0.0]).expand(2, 1, 2)
    right, found = torch.tensor([1e-6, 1e-6]).expand(2, 1, 2), torch.tensor([3e-6, 1e-6]).expand(2, 1, 2)
    numbers = embedding_numbers(found.double(), right.double(), views.double())
    assert numbers["cosine"] == pytest.approx(2 / math.sqrt(5))
    assert numbers["embedding_error"] == pytest.approx(math.sqrt(2)) and numbers["gradient_norm"] == pytest.approx(2e-6)
    assert numbers["tangent_cosine"] == pytest.approx(1) and numbers["tangent_error"] == pytest.approx(0)
    assert numbers["update_adam_8"] > 1 - 1e-4
    assert numbers["update_adam_6"] == pytest.approx((0.75 + 0.5) / math.hypot(0.75, 0.5) / math.sqrt(2))
    assert numbers["update_adam_4"] == pytest.approx(numbers["cosine"], abs=0.01)


def test_operators_are_recorded_once_and_in_order() -> None:
    x = torch.ones(2, 2)
    assert (
        recorded_operators(lambda: (x @ x).t().bfloat16().exp().exp().argmax())
        == "mm float32, _to_copy bfloat16, exp bfloat16"
    )
