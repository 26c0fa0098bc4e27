"""Feature maps by hand: widths, values at given scores, bounds, signs, and where float16 ends."""

from __future__ import annotations

import math
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.workloads.approximation import KERNELS
from bench.workloads.approximation.inputs import draw_pairs, draw_tokens, pair_scores, scores
from bench.workloads.approximation.kernels import KernelName, matrix_values, pair_values
from bench.workloads.approximation.theory import limit_bound, random_deviation, taylor_bound
from bench.workloads.attention import orthogonal_projection

POLYNOMIALS = [name for name, kernel in KERNELS.items() if kernel.order]


def relative_error(name: str, x: float, d: int = 4) -> float:
    """The kernel's error relative to exp(x), for one query and one key along the first component."""
    q, k = torch.zeros(2, 1, d, dtype=torch.float64)
    q[0, 0], k[0, 0] = x * math.sqrt(d), 1.0
    found = pair_values(q, k, KERNELS[name].both(q, k, None))
    return float(found) / math.exp(x) - 1


def test_every_name_is_a_kernel_and_its_number_is_read() -> None:
    assert list(KERNELS) == list(get_args(KernelName))
    assert (KERNELS["performer1024"].size, KERNELS["performer1024"].order) == (1024, 0)
    assert (KERNELS["limit8"].kind, KERNELS["limit8"].order) == ("limit", 8)
    assert not KERNELS["sdpa"].order and not KERNELS["sdpa"].projected


# Worked by hand: Taylor at -2 to order 2 is 1 - 2 + 2 = 1, and e² - 1 = 6.389; the limit is (1 - 1)² = 0, hence -1.
@pytest.mark.parametrize(
    ("x", "name", "expected"),
    [
        (-2.0, "taylor2", 6.389),
        (-2.0, "limit2", -1.0),
        (-2.0, "taylor4", 1.463),
        (-2.0, "limit4", -0.5382),
        (-2.0, "taylor8", 8.7e-3),
        (-2.0, "limit8", -0.2603),
        (-0.5, "taylor2", 3.05e-2),
        (-0.5, "limit2", -7.26e-2),
        (-0.5, "taylor4", 3.96e-4),
        (0.5, "taylor2", -1.44e-2),
        (0.5, "limit2", -5.23e-2),
        (0.5, "taylor4", -1.72e-4),
        (1.0, "taylor2", -8.03e-2),
        (1.0, "limit2", -0.172),
        (1.0, "taylor4", -3.66e-3),
        (1.0, "taylor8", -1.126e-6),
        (2.0, "taylor2", -0.323),
        (2.0, "limit4", -0.315),
        (4.0, "taylor2", -0.762),
        (4.0, "limit2", -0.835),
        (4.0, "taylor4", -0.371),
        (4.0, "limit8", -0.531),
    ],
)
def test_errors_of_the_polynomials_by_hand(x: float, name: str, expected: float) -> None:
    assert relative_error(name, x) == pytest.approx(expected, rel=1e-2)


@pytest.mark.parametrize(
    ("order", "d", "merged", "apart", "limit"),
    [(2, 16, 153, 273, 289), (3, 16, 969, 4369, 4913), (4, 16, 4845, 69905, 83521), (2, 64, 2145, 4161, 4225)],
)
def test_widths_by_hand(order: int, d: int, merged: int, apart: int, limit: int) -> None:
    taylor = KERNELS[f"taylor{order}"]
    assert (taylor.features(d), taylor.tensor_features(d)) == (merged, apart)
    assert KERNELS[f"limit{order}"].tensor_features(d) == limit
    if merged < 1000:
        assert taylor.map(torch.ones(2, d), None).shape == (2, merged)
    assert KERNELS["random64"].features(d) == 64 and KERNELS["sdpa"].features(d) == 0


@pytest.mark.parametrize("name", POLYNOMIALS)
@pytest.mark.parametrize("x", [-4.0, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 4.0])
def test_no_polynomial_is_further_off_than_its_bound(name: str, x: float) -> None:
    kernel = KERNELS[name]
    bound = (taylor_bound if kernel.kind == "taylor" else limit_bound)(torch.tensor([x]).double(), kernel.order)
    assert abs(relative_error(name, x)) <= float(bound) * (1 + 1e-9)
    # It is no bound that anything would meet: at 1 the error is at least a third of it.
    if x == 1.0:
        assert abs(relative_error(name, x)) > float(bound) / 3


def test_bounds_by_hand() -> None:
    at = torch.tensor([2.0, -2.0], dtype=torch.float64)
    assert taylor_bound(at, 2).tolist() == pytest.approx([8 / 6, 8 / 6 * math.exp(2)])
    assert limit_bound(torch.tensor([1.0, 3.0, -4.0, -4.1]).double(), 4).tolist() == [0.25, 1.0, 1.0, math.inf]


@settings(max_examples=40, deadline=None)
@given(x=st.floats(-40, 40), name=st.sampled_from(POLYNOMIALS))
def test_even_orders_are_never_negative_beyond_rounding(x: float, name: str) -> None:
    value = (relative_error(name, x) + 1) * math.exp(x)
    if KERNELS[name].order % 2 == 0:
        assert value > -1e-10 * (1 + abs(x)) ** KERNELS[name].order


@pytest.mark.parametrize(("name", "x"), [("taylor1", -2.0), ("taylor3", -2.0), ("limit3", -4.0)])
def test_odd_orders_turn_negative(name: str, x: float) -> None:
    # 1 - 2 = -1; 1 - 2 + 2 - 8/6 = -1/3; (1 - 4/3)³ = -1/27.
    expected = {"taylor1": -1.0, "taylor3": -1 / 3, "limit3": -1 / 27}[name]
    assert (relative_error(name, x) + 1) * math.exp(x) == pytest.approx(expected)


def test_float16_ends_where_it_should() -> None:
    """At d = 1 a feature of order 4 forms x⁴ first: 16⁴ = 65536 is beyond 65504, 15⁴ = 50625 is not."""
    kernel = KERNELS["taylor4"]
    for x, finite in ((15.0, True), (16.0, False)):
        features = kernel.map(torch.tensor([[x]], dtype=torch.float16), None)
        assert bool(features.isfinite().all()) is finite
    # ln 65504 = 11.09: exp(q·k) itself ends there, though attention is saved by its shift.
    one = torch.ones(1, 1, dtype=torch.float16)
    assert (
        pair_values(11 * one, one, None).isfinite().all() and not pair_values(11.25 * one, one, None).isfinite().any()
    )


@pytest.mark.parametrize("name", ["performer16", "random16"])
def test_random_features_are_unbiased_in_the_mean_and_positive(name: str) -> None:
    d, draws = 8, 600
    q, k = draw_pairs(1, d, 0.25, 0.5, torch.Generator().manual_seed(0))
    kernel = KERNELS[name]
    found = []
    for seed in range(draws):
        projection = kernel.projection(d, seed)
        assert projection is not None
        found.append(float(pair_values(q, k, kernel.both(q, k, projection.double()))))
    values = torch.tensor(found, dtype=torch.float64) / math.exp(0.5)
    assert float(values.min()) > 0
    error = float(values.std()) / math.sqrt(draws)
    assert abs(float(values.mean()) - 1) < 4 * error
    # The deviation is the one theory gives independent features; orthogonal ones have no more.
    expected = float(random_deviation(q, k, 16))
    assert float(values.std()) < 1.25 * expected
    if name == "random16":
        assert float(values.std()) > 0.75 * expected


def test_the_projection_is_favors_for_the_performer_and_independent_else() -> None:
    performer, random = (KERNELS[name].projection(16, 3) for name in ("performer64", "random64"))
    assert performer is not None and random is not None
    assert torch.equal(performer, orthogonal_projection(64, 16, 3))
    gram = random[:16] @ random[:16].T
    assert float((gram - gram.diag().diag()).abs().max()) > 1
    assert KERNELS["taylor2"].projection(16, 3) is None


@settings(max_examples=30, deadline=None)
@given(x=st.floats(-8, 8), d=st.integers(2, 20), seed=st.integers(0, 99))
def test_pairs_have_the_score_asked_for(x: float, d: int, seed: int) -> None:
    q, k = draw_pairs(5, d, 0.5, x, torch.Generator().manual_seed(seed))
    torch.testing.assert_close(pair_scores(q, k), torch.full((5,), x, dtype=torch.float64), atol=1e-9, rtol=1e-9)
    # Nothing else is changed: a key's part across its query is as drawn.
    _, drawn, _ = draw_tokens(5, d, 0.5, torch.Generator().manual_seed(seed))
    along = q / q.norm(dim=1, keepdim=True)
    across = [one - (one * along).sum(1, keepdim=True) * along for one in (k, drawn)]
    torch.testing.assert_close(across[0], across[1], atol=1e-8, rtol=1e-8)


def test_tokens_scatter_by_the_spread() -> None:
    q, k, _ = draw_tokens(400, 16, 2.0, torch.Generator().manual_seed(0))
    found = scores(q, k)
    assert float(found.std()) == pytest.approx(2.0, rel=0.05) and abs(float(found.mean())) < 0.1


@pytest.mark.parametrize("name", ["sdpa", "taylor2", "performer16"])
def test_matrix_and_pairs_agree(name: str) -> None:
    kernel = KERNELS[name]
    q, k, _ = draw_tokens(7, 4, 0.5, torch.Generator().manual_seed(1))
    projection = kernel.projection(4, 0)
    features = kernel.both(q, k, None if projection is None else projection.double())
    torch.testing.assert_close(matrix_values(q, k, features).diagonal(), pair_values(q, k, features))
