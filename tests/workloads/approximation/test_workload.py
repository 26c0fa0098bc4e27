"""The approximation workload: what it finds of each kernel, its costs, and what it refuses."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean
from typing import Any, get_args

import pytest
import torch

from bench.meters.error import compare
from bench.meters.flops import count_call
from bench.meters.memory import tensor_peak
from bench.suite.expand import expand
from bench.suite.load import load_suite
from bench.suite.signature import workload_signature
from bench.workloads.approximation import KERNELS, approximation
from bench.workloads.approximation.numbers import float64_matrix, kernel_numbers, output_numbers, rank_numbers
from bench.workloads.approximation.workload import Dtype
from bench.workloads.protocol import Outcome, Unsupported
from tests.conftest import ROOT


def outcomes(kernel: Any, n: int = 64, head_dim: int = 8, dtype: Any = "float64", **others: Any) -> dict[str, Outcome]:
    prepared = approximation(kernel, n, head_dim, dtype, **({"draws": 3} | others)).prepare()
    assert prepared.outcome is not None
    return dict(prepared.outcome())


def numbers(*arguments: Any, **others: Any) -> dict[str, float]:
    """The mean of each outcome over the draws."""
    return {name: fmean(outcome.values) for name, outcome in outcomes(*arguments, **others).items()}


def test_parameters_are_read_without_importing() -> None:
    found = workload_signature("bench.workloads.approximation:approximation", ROOT).parameters
    assert set(found["kernel"].choices or ()) == set(KERNELS)
    assert set(found["dtype"].choices or ()) == set(get_args(Dtype))


@pytest.mark.parametrize("preset", [None, "quick"])
def test_every_case_of_the_suite_is_possible(preset: str | None) -> None:
    cases = expand(load_suite("kernel-approximation", preset=preset)).cases
    assert 100 < len(cases) < 700
    for case in cases:
        task = approximation(**case.params)  # type: ignore[arg-type]
        assert task.peak_bytes is not None and task.peak_bytes < 2**30


def test_softmax_is_exact() -> None:
    found = numbers("sdpa")
    assert found["kernel_error_max"] < 1e-13 and found["output_error"] < 1e-12
    assert found["output_cosine"] == pytest.approx(1) and found["rank_of_n"] == 1
    # It has no features, and no sign to lose.
    assert not {"features", "rank_of_features", "negative", "order"} & set(found)


@pytest.mark.parametrize(("kernel", "width"), [("performer16", 16), ("taylor1", 9), ("taylor2", 45), ("limit2", 45)])
@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_the_rank_is_bounded_by_the_features(kernel: str, width: int, dtype: str) -> None:
    found = numbers(kernel, dtype=dtype)
    assert found["features"] == found["rank"] == width
    assert found["rank_of_features"] == 1 and found["rank_of_n"] == width / 64
    assert found["rank_loose"] <= width


def test_more_features_than_tokens_bound_nothing() -> None:
    found = numbers("taylor3")
    assert (found["rank"], found["features"]) == (64, 165) and found["rank_of_features"] == 64 / 165


def test_ranks_by_hand() -> None:
    """diag(1, 1e-2, 1e-5, 1e-17): the last is below 4 · 2^-52, the third below a thousandth."""
    found = rank_numbers(torch.diag(torch.tensor([1, 1e-2, 1e-5, 1e-17], dtype=torch.float64)), 2)
    assert (found["rank"], found["rank_loose"], found["rank_of_n"], found["rank_of_features"]) == (3, 2, 0.75, 1.5)
    lost = rank_numbers(torch.full((2, 2), math.inf, dtype=torch.float64), 0)
    assert math.isnan(lost["rank"]) and "rank_of_features" not in lost


def test_float64_products_are_those_of_the_rounded_features() -> None:
    fq, fk = torch.randn(2, 5, 9000, generator=torch.Generator().manual_seed(0)).bfloat16()
    torch.testing.assert_close(float64_matrix((fq, fk)), fq.double() @ fk.double().mT)


def test_pairs_give_the_errors_worked_by_hand() -> None:
    """At x = -2 all pairs are alike: 1 - 2 + 2 = 1 is e² - 1 = 6.389 too large, of a bound of 8/6 · e² = 9.852."""
    found = numbers("taylor2", x=-2.0)
    for name in ("kernel_error", "kernel_error_max", "kernel_signed"):
        assert found[name] == pytest.approx(6.389, rel=1e-3)
    assert found["error_of_bound"] == pytest.approx(6.389 / 9.852, rel=1e-3)
    assert (found["negative"], found["zero"], found["order"]) == (0, 0, 2)
    assert not {"rank", "output_error"} & set(found)
    assert numbers("limit2", x=-2.0)["kernel_signed"] == pytest.approx(-1)
    # Below -n the limit has no bound.
    assert "error_of_bound" in numbers("limit2", x=-2.0) and "error_of_bound" not in numbers("limit2", x=-2.5)


def test_signs() -> None:
    assert [numbers(name, x=-4.0)["negative"] for name in ("taylor1", "taylor3", "limit3")] == [1, 1, 1]
    # The limit of order 4 is exactly 0 there, and rounding decides its sign.
    even = ("taylor2", "taylor4", "taylor8", "limit2", "limit4", "limit8", "performer64")
    assert {numbers(name, x=-4.0)["negative"] for name in even} == {0}
    odd = numbers("taylor1", spread=4.0)
    assert 0.2 < odd["negative"] < 0.5 and odd["bad_rows"] > 0
    assert numbers("taylor2", spread=4.0)["bad_rows"] == 0


def test_random_features_err_as_theory_says() -> None:
    """At a spread of 0.0625 the deviation is below 1 at 16 features already, and no rare feature dominates."""
    random, orthogonal = (numbers(name, x=0.1, spread=0.0625, draws=8) for name in ("random256", "performer256"))
    assert random["error_of_deviation"] == pytest.approx(1, abs=0.25)
    assert orthogonal["error_of_deviation"] < 1.1
    assert random["kernel_mean"] == pytest.approx(1, abs=0.05)
    assert "error_of_bound" not in random
    few, many = (numbers(name, spread=0.0625, draws=8) for name in ("performer16", "performer1024"))
    # √(1024 / 16) = 8.
    assert 5 < few["kernel_error"] / many["kernel_error"] < 12
    assert 4 < few["output_error"] / many["output_error"] < 14


def test_higher_orders_give_better_attention() -> None:
    errors = [numbers(f"taylor{order}", spread=0.25)["output_error"] for order in (1, 2, 3, 4)]
    assert all(after < before / 2 for before, after in pairwise(errors))
    # The order that both have: one is the truncated series, the other's terms are all too small.
    assert numbers("taylor2", spread=0.25)["output_error"] < numbers("limit2", spread=0.25)["output_error"]


def test_float16_overflows_in_softmax_values_before_it_does_in_polynomials() -> None:
    """Scores of 12 are beyond ln 65504 = 11.09; the series of order 4 is 1 + 12 + 72 + 288 + 864 = 1237 there."""
    exact, series = (numbers(name, dtype="float16", x=12.0, spread=4.0) for name in ("sdpa", "taylor4"))
    assert exact["overflow_kernel"] == 1 and exact["kernel_error"] == math.inf
    assert series["overflow_kernel"] == series["overflow_features"] == 0
    assert series["kernel_error"] == pytest.approx(1 - 1237 / math.exp(12), rel=1e-2)
    # bfloat16 has float32's range.
    assert numbers("sdpa", dtype="bfloat16", x=12.0)["overflow_kernel"] == 0
    # Components of 8 · N(0, 1) / 1.68: some fourth powers are beyond 65504, where order 1 has nothing to fear.
    large = {"dtype": "float16", "spread": 64.0, "head_dim": 8, "n": 256}
    assert numbers("taylor4", **large)["overflow_features"] > 0 == numbers("taylor1", **large)["overflow_features"]


def test_what_overflows_is_told_and_not_averaged_away() -> None:
    values = torch.tensor([math.nan, math.inf, 1.0, -1.0, 0.0], dtype=torch.float64)
    features = (torch.tensor([[1.0], [math.inf]]),) * 2
    found = kernel_numbers(values, torch.zeros(5, dtype=torch.float64), features, torch.full((5,), 0.5).double())
    assert (found["kernel_error"], found["kernel_error_max"], found["overflow_kernel"]) == (2.0, math.inf, 0.4)
    assert (found["negative"], found["zero"], found["overflow_features"]) == (0.2, 0.2, 0.5)
    # Within what rounding does, -1 is none.
    slack = torch.full((5,), 1.5).double()
    assert kernel_numbers(values, torch.zeros(5, dtype=torch.float64), features, slack)["negative"] == 0


def test_output_numbers_by_hand() -> None:
    right = torch.tensor([[3.0, 4.0]], dtype=torch.float64)
    found = output_numbers(torch.tensor([[3.0, 0.0]]), right)
    assert found == {"output_error": 0.8, "output_cosine": pytest.approx(0.6), "output_overflow": 0.0}
    lost = output_numbers(torch.tensor([[math.nan, 0.0]]), right)
    assert lost["output_error"] == math.inf and math.isnan(lost["output_cosine"]) and lost["output_overflow"] == 0.5


def test_long_sequences_have_no_rank_but_all_else() -> None:
    found = outcomes("taylor1", n=600)
    assert "rank" not in found and {"kernel_error", "output_error", "bad_rows"} <= set(found)


def test_draws_are_independent_capped_and_shared_by_kernels() -> None:
    error = outcomes("performer16", draws=6)["output_error"]
    assert len(error.values) == 6 == len(set(error.values)) and error.log
    assert error.values == outcomes("performer16", draws=6)["output_error"].values
    assert error.values != outcomes("performer16", draws=6, seed=1)["output_error"].values
    # 2^27 / (4096 · 4845 features) is 6.
    task = approximation("taylor4", 4096, 16, draws=8)
    assert task.prepare().outcome.__self__.draws == 6  # type: ignore[union-attr]
    inputs = [approximation(name, 16, 8, "float64").prepare().inputs[0] for name in ("taylor1", "random16")]  # type: ignore[arg-type]
    assert torch.equal(*inputs)


@pytest.mark.parametrize("kernel", ["sdpa", "performer64", "random64", "taylor3", "limit2"])
@pytest.mark.parametrize("x", [0.0, 1.0])
def test_costs_agree_with_the_counters(kernel: Any, x: float) -> None:
    task = approximation(kernel, 256, 16, x=x)
    prepared = task.prepare()
    assert task.flops == count_call(prepared.call).total
    peak = tensor_peak(prepared.call)
    assert peak is not None and task.peak_bytes is not None
    assert 0.4 * task.peak_bytes < peak < 1.3 * task.peak_bytes or task.peak_bytes < 2**20


@pytest.mark.parametrize("x", [0.0, -1.0])
@pytest.mark.parametrize("kernel", ["sdpa", "performer64", "taylor2"])
def test_answer_agrees_with_the_outcome(kernel: Any, x: float) -> None:
    task = approximation(kernel, 64, 8, "float32", x=x, draws=2)
    prepared = task.prepare()
    assert prepared.answer is not None and prepared.reference is not None and prepared.outcome is not None
    errors, found = compare(prepared.answer(), prepared.reference()), prepared.outcome()
    if x:
        assert set(errors) == {"kernel"} and task.tolerance is None
    else:
        assert errors["output"]["rel_l2"] == pytest.approx(found["output_error"].values[0], rel=1e-5)
        assert (task.tolerance is None) is (kernel != "sdpa")
        assert (prepared.facts != {}) is (kernel == "sdpa")


@pytest.mark.parametrize(
    "changed",
    [{"n": 1}, {"head_dim": 0}, {"spread": 0.0}, {"draws": 1}, {"epsilon": -1.0}, {"x": math.inf}],
)
def test_numbers_out_of_range_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be at least 2"):
        approximation(**({"kernel": "taylor2", "n": 8} | changed))


def test_mps_is_refused() -> None:
    with pytest.raises(Unsupported, match="MPS lacks"):
        approximation("taylor2", 8, device="mps")
