from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.intervals import (
    Interval,
    exact,
    geometric_interval,
    log_error,
    mean_interval,
    outcome_interval,
    paired_ratio,
    relative_half_width,
    t_quantile,
)
from bench.analysis.verdicts import verdict

positive = st.floats(1e-6, 1e6)
pairs = st.lists(st.tuples(positive, positive), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("level", "freedom", "expected"),
    # Student's table; 1 degree of freedom is tan(pi * level / 2), 2 is level * sqrt(2 / (1 - level^2)).
    [
        (0.95, 1, math.tan(math.pi * 0.95 / 2)),
        (0.95, 2, 0.95 * math.sqrt(2 / (1 - 0.95**2))),
        (0.95, 3, 3.182446305284263),
        (0.95, 4, 2.7764451051977987),
        (0.99, 9, 3.2498355415921254),
        (0.90, 30, 1.697260886593957),
        (0.95, 1000, 1.9623390808264078),
    ],
)
def test_t_quantile(level: float, freedom: int, expected: float) -> None:
    assert t_quantile(level, freedom) == pytest.approx(expected, rel=1e-9)


def test_t_quantile_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match="level"):
        t_quantile(1.0, 3)
    with pytest.raises(ValueError, match="degrees of freedom"):
        t_quantile(0.95, 0)


def test_geometric_interval_by_hand() -> None:
    # Logs -ln 2, 0, ln 2: mean 0, sd ln 2, standard error ln 2 / sqrt 3.
    interval = geometric_interval([0.5, 1.0, 2.0])
    assert interval.value == pytest.approx(1.0)
    half = 4.302652729911275 * math.log(2) / math.sqrt(3)
    assert interval.high == pytest.approx(math.exp(half))
    assert interval.low == pytest.approx(math.exp(-half))
    assert (interval.count, interval.level) == (3, 0.95)
    assert log_error(interval) == pytest.approx(math.log(2) / math.sqrt(3))


def test_one_value_has_no_interval() -> None:
    interval = geometric_interval([3.0])
    assert interval.value == pytest.approx(3.0)
    assert math.isnan(interval.low) and math.isnan(interval.high) and not interval.known
    assert relative_half_width(interval) == math.inf
    assert math.isnan(log_error(interval))


def test_half_width() -> None:
    assert relative_half_width(Interval(10.0, 9.0, 11.0, 0.95, 5)) == pytest.approx(0.1)
    assert relative_half_width(exact(10.0)) == 0.0


@pytest.mark.parametrize("values", [[], [0.0], [-1.0, 1.0], [math.nan], [math.inf]])
def test_values_must_be_positive(values: list[float]) -> None:
    with pytest.raises(ValueError):
        geometric_interval(values)


def test_paired_ratio_uses_shared_replicates_only() -> None:
    ratio = paired_ratio({0: 2.0, 1: 4.0, 2: 100.0}, {0: 1.0, 1: 2.0, 7: 1.0})
    assert (ratio.value, ratio.low, ratio.high, ratio.count) == (
        pytest.approx(2.0),
        pytest.approx(2.0),
        pytest.approx(2.0),
        2,
    )
    with pytest.raises(ValueError, match="share no replicate"):
        paired_ratio({0: 1.0}, {1: 1.0})


def test_pairing_cancels_what_both_sides_suffer() -> None:
    drift = [1.0, 1.7, 0.6, 2.2]
    ratio = paired_ratio(dict(enumerate(drift)), {i: 2 * d for i, d in enumerate(drift)})
    assert relative_half_width(ratio) < 1e-12
    assert ratio.value == pytest.approx(0.5)


@given(pairs)
def test_swapping_sides_inverts_the_ratio(values: list[tuple[float, float]]) -> None:
    a = {i: x for i, (x, _) in enumerate(values)}
    b = {i: y for i, (_, y) in enumerate(values)}
    one, other = paired_ratio(a, b), paired_ratio(b, a)
    # Compared as logs: bounds of two wild replicates overflow to 0 and infinity.
    assert math.log(one.value) == pytest.approx(-math.log(other.value), abs=1e-12)
    bounds = (one.low, one.high, other.low, other.high)
    if one.known and all(bound > 0 and math.isfinite(bound) for bound in bounds):
        assert math.log(one.low) == pytest.approx(-math.log(other.high), abs=1e-12)
        assert math.log(one.high) == pytest.approx(-math.log(other.low), abs=1e-12)


@given(st.lists(positive, min_size=2, max_size=10), st.floats(0.01, 100))
def test_scaling_values_scales_the_interval(values: list[float], factor: float) -> None:
    one, scaled = geometric_interval(values), geometric_interval([factor * value for value in values])
    assert one.low <= one.value <= one.high
    assert scaled.value == pytest.approx(factor * one.value, rel=1e-9)


@given(st.floats(0.5, 2), st.floats(0, 0.5), st.floats(0.001, 0.5))
def test_same_only_inside_the_band(value: float, spread: float, band: float) -> None:
    interval = Interval(value, value * math.exp(-spread), value * math.exp(spread), 0.95, 5)
    said = verdict(interval, band)
    inside = interval.low >= 1 / (1 + band) and interval.high <= 1 + band
    assert (said == "same") == inside
    if said == "faster":
        assert interval.high < 1
    if said == "slower":
        assert interval.low > 1
    mirrored = Interval(1 / value, 1 / interval.high, 1 / interval.low, 0.95, 5)
    opposite = {"faster": "slower", "slower": "faster", "same": "same", "unclear": "unclear"}
    edge = min(abs(math.log(interval.high) - math.log1p(band)), abs(math.log(interval.low) + math.log1p(band)))
    if edge > 1e-12 and 1 not in (interval.low, interval.high):
        assert verdict(mirrored, band) == opposite[said]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.98, 1.02, "same"),
        (0.98, 0.99, "same"),
        (0.90, 0.95, "faster"),
        (0.90, 0.98, "faster"),
        (1.01, 1.20, "slower"),
        (0.90, 1.10, "unclear"),
        (0.99, 1.04, "unclear"),
        (math.nan, math.nan, "unclear"),
    ],
)
def test_verdicts(low: float, high: float, expected: str) -> None:
    assert verdict(Interval(1.0, low, high, 0.95, 5)) == expected


def test_a_stopping_rule_pays_for_no_library() -> None:
    code = "import sys, bench.analysis.intervals as i; i.t_quantile(0.95, 4)"
    code += "; print({'numpy', 'pandas', 'scipy'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


def test_mean_interval_by_hand() -> None:
    # 1, 2, 6: mean 3, deviations -2, -1, 3, variance 14 / 2 = 7, standard error sqrt(7 / 3).
    interval = mean_interval([1.0, 2.0, 6.0])
    half = 4.302652729911275 * math.sqrt(7 / 3)
    assert (interval.value, interval.count, interval.level) == (3.0, 3, 0.95)
    assert interval.low == pytest.approx(3 - half) and interval.high == pytest.approx(3 + half)


def test_mean_interval_of_one_of_equal_and_of_no_values() -> None:
    assert mean_interval([0.1]).value == 0.1 and not mean_interval([0.1]).known
    assert mean_interval([0.1] * 3) == Interval(0.1, 0.1, 0.1, 0.95, 3)
    assert mean_interval([0.0, 0.0]) == Interval(0.0, 0.0, 0.0, 0.95, 2)
    with pytest.raises(ValueError, match="no value"):
        mean_interval([])


@pytest.mark.parametrize(
    ("values", "expected"),
    [([math.inf, 1.0], math.inf), ([-math.inf], -math.inf), ([math.inf, -math.inf], math.nan), ([math.nan], math.nan)],
)
@pytest.mark.parametrize("log", [False, True])
def test_what_is_not_finite_has_a_mean_and_no_bounds(values: list[float], expected: float, log: bool) -> None:
    interval = outcome_interval(values, log=log)
    assert interval.value == pytest.approx(expected, nan_ok=True)
    assert not interval.known and interval.count == len(values)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=8), st.booleans())
def test_outcomes_never_raise_and_bounds_surround_the_value(values: list[float], log: bool) -> None:
    interval = outcome_interval(values, log=log)
    assert interval.count == len(values)
    if interval.known:
        slack = 1e-9 * abs(interval.value)
        assert interval.low <= interval.value + slack and interval.value <= interval.high + slack


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=9))
def test_negation_mirrors_a_mean_exactly(values: list[float]) -> None:
    interval, mirrored = mean_interval(values), mean_interval([-value for value in values])
    assert (mirrored.value, mirrored.low, mirrored.high) == (-interval.value, -interval.high, -interval.low)


def test_outcomes_on_the_log_scale() -> None:
    assert outcome_interval([0.5, 1.0, 2.0], log=True) == geometric_interval([0.5, 1.0, 2.0])
    assert outcome_interval([0.0, 1.0, 2.0], log=True) == mean_interval([0.0, 1.0, 2.0])
    assert outcome_interval([3.0, 3.0], log=True) == Interval(3.0, 3.0, 3.0, 0.95, 2)


def test_mean_interval_covers_the_mean_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    trials = 4000
    hits = 0
    for _ in range(trials):
        interval = mean_interval(random.normal(2.0, 3.0, 4).tolist(), 0.9)
        hits += interval.low <= 2.0 <= interval.high
    # Four standard errors of a share of 0.9.
    assert abs(hits / trials - 0.9) < 4 * math.sqrt(0.9 * 0.1 / trials)
