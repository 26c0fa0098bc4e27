from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.crossing import KINDS, find_crossing, locate
from bench.analysis.intervals import Interval, exact, paired_ratio


def found(n: list[float], ratios: list[float]):
    return find_crossing(n, [exact(ratio) for ratio in ratios], 0.95, np.random.default_rng(0))


def test_power_laws_cross_where_they_should() -> None:
    # b * n against a * n^2 with b / a = 64: ratio 64 / n is 4 at 16, 1 at 64, 1/4 at 256.
    crossing = found([16, 256], [4, 1 / 4])
    assert (crossing.outcome, crossing.crossings) == ("crosses", 1)
    assert crossing.at == crossing.low == crossing.high == pytest.approx(64, rel=1e-12)


def test_a_tie_is_not_below() -> None:
    crossing = found([32, 64, 128], [2, 1, 1 / 2])
    assert crossing.at == pytest.approx(64)
    assert found([32, 64], [1, 1]).outcome == "none"
    assert found([32, 64], [1, 1]).tied
    assert found([32, 64, 128], [1 + 1e-15, 1 - 1e-15, 1]).tied


@pytest.mark.parametrize(
    ("ratios", "outcome", "crossings"),
    [
        ([0.5, 0.6, 0.9], "from the start", 0),
        ([2, 3, 1.5], "none", 0),
        ([2, 0.5, 2], "none", 2),
        ([0.5, 2, 0.5], "crosses", 2),
        ([2, 0.5, 2, 0.5], "crosses", 3),
    ],
)
def test_outcomes(ratios: list[float], outcome: str, crossings: int) -> None:
    crossing = found([2.0**i for i in range(len(ratios))], ratios)
    assert (crossing.outcome, crossing.crossings) == (outcome, crossings)
    assert math.isnan(crossing.at) == (outcome != "crosses")


def test_the_last_of_several_crossings_counts() -> None:
    # From 4 to 8 the ratio goes from 2 to 1/2: the crossing is half-way on a log axis.
    assert found([1, 2, 4, 8], [2, 0.5, 2, 0.5]).at == pytest.approx(math.sqrt(32))


def test_a_single_point() -> None:
    assert found([64], [0.5]).outcome == "from the start"
    assert found([64], [2]).outcome == "none"


@given(st.lists(st.floats(-3, 3).filter(lambda y: abs(y) > 1e-6), min_size=1, max_size=8))
def test_every_row_is_located_as_by_hand(y: list[float]) -> None:
    n = [2.0**i for i in range(len(y))]
    (code,), (at,) = locate(n, np.array([y]))
    if y[-1] > 0:
        assert KINDS[code] == "none" and at == pytest.approx(n[-1])
    elif all(value < 0 for value in y):
        assert KINDS[code] == "from the start" and at == pytest.approx(n[0])
    else:
        last = max(i for i, value in enumerate(y) if value > 0)
        assert KINDS[code] == "crosses" and n[last] <= at * (1 + 1e-12) and at <= n[last + 1] * (1 + 1e-12)


def test_draws_that_disagree_are_unclear() -> None:
    ratios = [Interval(1.02, 0.9, 1.15, 0.95, 5), Interval(0.99, 0.9, 1.1, 0.95, 5)]
    crossing = find_crossing([64, 128], ratios, 0.95, np.random.default_rng(0))
    assert crossing.outcome == "unclear"
    assert sum(crossing.votes) == pytest.approx(1)
    assert math.isnan(crossing.at) and math.isnan(crossing.low)
    assert crossing.bounds == (pytest.approx(64), pytest.approx(128))


@pytest.mark.parametrize(("start", "outcome"), [(1.1, "unclear"), (1.2, "crosses")])
def test_a_crossing_stands_if_its_interval_lies_inside_the_range(start: float, outcome: str) -> None:
    # Half-width 12 %: at 1.1 about 5 % of the draws are below at 64 already, at 1.2 hardly any.
    ratios = [Interval(start, start / 1.12, start * 1.12, 0.95, 30), Interval(0.5, 0.49, 0.51, 0.95, 30)]
    crossing = find_crossing([64, 128], ratios, 0.95, np.random.default_rng(0))
    assert (crossing.outcome, crossing.apparent) == (outcome, "crosses")
    assert crossing.votes[2] == 0 and (crossing.votes[0] <= 0.025) == (outcome == "crosses")
    assert crossing.bounds[1] < 128
    assert (crossing.bounds[0] == pytest.approx(64)) == (outcome == "unclear")


def test_identical_subjects_are_rarely_told_apart() -> None:
    random = np.random.default_rng(5)
    trials, told = 400, 0
    for _ in range(trials):
        sides = random.normal(0, 0.02, (2, 6, 5))
        ratios = [
            paired_ratio(dict(enumerate(np.exp(a))), dict(enumerate(np.exp(b)))) for a, b in zip(*sides, strict=True)
        ]
        told += find_crossing([1, 2, 4, 8, 16, 32], ratios, 0.95, random).outcome != "unclear"
    assert told / trials <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)


def test_points_without_an_interval() -> None:
    alone = Interval(2.0, math.nan, math.nan, 0.95, 1)
    sure = [Interval(0.9, 0.89, 0.91, 0.95, 5), Interval(0.5, 0.49, 0.51, 0.95, 5)]
    crossing = find_crossing([1, 2, 4], [alone, *sure], 0.95, np.random.default_rng(0))
    assert crossing.outcome == "crosses" and math.isnan(crossing.low)
    above = Interval(1.5, 1.49, 1.51, 0.95, 5)
    crossing = find_crossing([1, 2, 4], [alone, above, sure[1]], 0.95, np.random.default_rng(0))
    assert crossing.low < crossing.at < crossing.high
    crossing = find_crossing([1], [alone], 0.95, np.random.default_rng(0))
    assert crossing.outcome == "none" and crossing.votes == (0.0, 0.0, 1.0)


def test_the_same_seed_gives_the_same_interval() -> None:
    ratios = [Interval(2.0, 1.8, 2.2, 0.95, 5), Interval(0.5, 0.45, 0.55, 0.95, 5)]
    one, other = (find_crossing([1, 2], ratios, 0.95, np.random.default_rng(4)) for _ in range(2))
    assert one == other


@pytest.mark.parametrize(("count", "sd"), [(5, 0.05), (10, 0.1)])
def test_the_interval_covers_the_truth(count: int, sd: float) -> None:
    """Power laws cross at 200; log-normal processes. Two t variates together make the interval slightly wide."""
    random = np.random.default_rng(count)
    n = [64.0, 128.0, 256.0, 512.0, 1024.0]
    trials, hits, clear = 600, 0, 0
    for _ in range(trials):
        ratios = []
        for length in n:
            linear = 200 * length * np.exp(random.normal(0, sd, count))
            square = length**2 * np.exp(random.normal(0, sd, count))
            ratios.append(paired_ratio(dict(enumerate(linear)), dict(enumerate(square))))
        crossing = find_crossing(n, ratios, 0.95, random)
        if crossing.outcome == "crosses":
            clear += 1
            hits += crossing.low <= 200 <= crossing.high
    assert clear > 0.97 * trials
    error = 3 * math.sqrt(0.95 * 0.05 / clear)
    assert 0.95 - error <= hits / clear <= 0.99
