from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, wilcoxon

from bench.analysis.ranks import _tail, signed_rank_estimate, signed_rank_interval, signed_rank_p, walsh_averages

values = st.lists(st.floats(-1, 1), min_size=1, max_size=20)


def test_walsh_averages_and_estimate_by_hand() -> None:
    assert walsh_averages([4.0, 1.0, 2.0]) == [1.0, 1.5, 2.0, 2.5, 3.0, 4.0]
    assert signed_rank_estimate([4.0, 1.0, 2.0]) == 2.25


def test_the_distribution_of_three_values_by_hand() -> None:
    # Sums of subsets of {1, 2, 3}: 0, 1, 2, 3, 3, 4, 5, 6.
    assert _tail(3) == tuple(number / 8 for number in (1, 2, 3, 5, 6, 7, 8))
    assert _tail(0) == (1.0,)


def test_three_positive_values_by_hand() -> None:
    # Two-sided: both signs all alike, 2 of 8.
    assert signed_rank_p([1.0, 2.0, 4.0]) == 0.25
    assert signed_rank_p([-1.0, 2.0, 4.0]) == 0.5
    assert signed_rank_interval([1.0, 2.0, 4.0], 0.75) == (1.0, 4.0)
    # Leaving out one average at each end allows 2 of 8 on each side.
    assert signed_rank_interval([1.0, 2.0, 4.0], 0.5) == (1.5, 3.0)


def test_too_few_values_reach_no_level() -> None:
    assert all(math.isnan(bound) for bound in signed_rank_interval([1.0, 2.0, 4.0], 0.76))
    assert signed_rank_p([]) == 1.0


def test_twelve_values_reach_the_level_of_a_first_look() -> None:
    tens = [float(number) for number in range(1, 13)]
    assert signed_rank_p(tens) == 2 / 4096
    assert signed_rank_interval(tens, 1 - 0.01 / 7)[0] == 1.5


@pytest.mark.parametrize("count", [5, 12, 31, 48])
def test_p_is_that_of_scipy_where_nothing_is_tied(count: int) -> None:
    random = np.random.default_rng(count)
    for shift in (0.0, 0.2, 0.7):
        sample = random.normal(shift, 1, count)
        assert signed_rank_p(sample.tolist()) == pytest.approx(wilcoxon(sample, method="exact").pvalue, rel=1e-9)


@settings(deadline=None)
@given(values, st.sampled_from([0.5, 0.9, 0.99]))
def test_the_interval_holds_what_the_test_does_not_reject(numbers: list[float], level: float) -> None:
    low, high = signed_rank_interval(numbers, level)
    p = signed_rank_p(numbers)
    if math.isnan(low):
        assert 2 / 2 ** len(numbers) > 1 - level
    else:
        assert (low > 0 or high < 0) == (p <= 1 - level)
        assert low <= signed_rank_estimate(numbers) <= high


@settings(deadline=None)
@given(values)
def test_swapping_the_sides_negates_exactly(numbers: list[float]) -> None:
    swapped = [-number for number in numbers]
    assert signed_rank_estimate(swapped) == -signed_rank_estimate(numbers)
    assert signed_rank_p(swapped) == signed_rank_p(numbers)
    low, high = signed_rank_interval(numbers, 0.9)
    assert math.isnan(low) or signed_rank_interval(swapped, 0.9) == (-high, -low)


@settings(deadline=None)
@given(values)
def test_zeros_speak_against_a_difference(numbers: list[float]) -> None:
    assert signed_rank_p([0.0] * len(numbers)) == 1.0
    assert 0 < signed_rank_p(numbers) <= 1


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_tied_values_keep_the_level(seed: int) -> None:
    # A coarse clock: differences of -2 … 2 ticks.
    sample = np.random.default_rng(seed).integers(-2, 3, (300, 12)).astype(float)
    rejected = sum(signed_rank_p(row.tolist()) <= 0.05 for row in sample)
    assert rejected <= binom.ppf(1 - 1e-6, 300, 0.05)
