from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.fits import power_fit
from bench.analysis.intervals import Interval
from bench.analysis.laws import fit_laws, law_points, law_verdict
from tests.analysis.frames import Bench

AXES = {"kernel": ["ce", "softplus"], "dtype": ["float32", "bfloat16"], "n": [1, 10, 100, 1000, 10000], "dim": [8]}
LAW: dict[str, Any] = {
    "id": "cancellation",
    "title": "Error against xi",
    "text": "…",
    "x": "xi",
    "y": "positive_error",
    "split": "dtype",
    "slope": -1.0,
    "scale": {},
    "above": None,
    "below": None,
    "x_above": None,
    "tolerance": 0.1,
    "where": {"kernel": "ce"},
    "compare": None,
    "source": None,
}


def cancelling(slope: float = -1.0) -> Bench:
    """y = 1e-4 x^slope in float32 and 100 times that in bfloat16, at five xi; softplus is exact to 1e-7."""
    bench = Bench("kernel", "dtype", "n")
    for dtype, scale in (("bfloat16", 1e-2), ("float32", 1e-4)):
        for n in AXES["n"]:
            place = {"dtype": dtype, "n": n}
            bench.outcome("xi", [n / 100.0], kernel="ce", **place)
            bench.outcome("xi", [n / 100.0], kernel="softplus", **place)
            bench.outcome("positive_error", [scale * (n / 100.0) ** slope], kernel="ce", **place)
            bench.outcome("positive_error", [1e-7], kernel="softplus", **place)
    return bench


def test_a_fit_by_hand() -> None:
    # log x = 0, 1, 2 and log y = 0, 2, 3: slope 3/2, intercept 1/6, residuals -1/6, 1/3, -1/6, so 1/6 in squares.
    fit = power_fit([(1, 1), (10, 100), (100, 1000)])
    half = math.tan(math.pi * 0.95 / 2) * math.sqrt(1 / 6 / 1 / 2)
    assert fit.slope.value == pytest.approx(1.5) and fit.intercept == pytest.approx(1 / 6)
    assert fit.slope.low == pytest.approx(1.5 - half) and fit.slope.high == pytest.approx(1.5 + half)


def test_too_few_points_to_fit() -> None:
    two = power_fit([(1, 1), (10, 100)])
    assert two.slope.value == pytest.approx(2) and not two.slope.known
    assert math.isnan(power_fit([(3, 1), (3, 2), (3, 3)]).slope.value)
    assert math.isnan(power_fit([]).slope.value)
    with pytest.raises(ValueError):
        power_fit([(1, 0), (2, 1)])


@given(
    st.floats(-3, 3),
    st.floats(-8, 8),
    st.lists(st.integers(-12, 12), min_size=3, max_size=9, unique=True),
)
def test_exact_on_a_power_law(slope: float, intercept: float, exponents: list[int]) -> None:
    fit = power_fit([(10.0**x, 10 ** (intercept + slope * x)) for x in exponents])
    assert fit.slope.value == pytest.approx(slope, abs=1e-9)
    assert fit.slope.high - fit.slope.low < 1e-6
    assert fit.intercept == pytest.approx(intercept, abs=1e-9)


def test_the_interval_covers_the_slope_as_often_as_it_says() -> None:
    random = np.random.default_rng(11)
    xs = [1.0, 3.0, 10.0, 30.0, 100.0]
    trials, hits = 3000, 0
    for _ in range(trials):
        noise = random.normal(0, 0.2, len(xs))
        slope = power_fit([(x, 2 * x**-1 * 10**e) for x, e in zip(xs, noise, strict=True)], 0.9).slope
        hits += slope.low <= -1 <= slope.high
    assert abs(hits / trials - 0.9) < 4 * math.sqrt(0.9 * 0.1 / trials)


def test_places_that_differ_by_rounding_are_one_place() -> None:
    fit = power_fit([(1e6, 1.0), (1e6 * (1 + 2.3e-16), 2.0), (1e6, 3.0)])
    assert math.isnan(fit.slope.value) and not fit.slope.known


@pytest.mark.parametrize(
    ("low", "high", "points", "expected", "verdict"),
    [
        (-1.05, -0.95, 5, -1, "holds"),
        (-1.05, -0.95, 3, -1, "unclear"),
        (-1.2, -0.95, 5, -1, "unclear"),
        (-0.8, -0.7, 5, -1, "fails"),
        (-1.3, -1.2, 5, -1, "fails"),
        (-2.0, 0.0, 5, -1, "unclear"),
        (math.nan, math.nan, 5, -1, "unclear"),
        (-1.0, -1.0, 5, math.nan, "unclear"),
    ],
)
def test_verdicts(low: float, high: float, points: int, expected: float, verdict: str) -> None:
    assert law_verdict(Interval((low + high) / 2, low, high, 0.95, points), expected, 0.1) == verdict


def test_one_fit_for_each_value_of_the_split() -> None:
    table = fit_laws(cancelling().measurements, [LAW], AXES, {"float32": "single"})
    assert table["split_value"].tolist() == ["float32", "bfloat16"], "as declared"
    assert table["slope"].tolist() == pytest.approx([-1, -1])
    assert table["intercept"].tolist() == pytest.approx([-4, -2])
    assert table["verdict"].tolist() == ["holds", "holds"]
    assert table[["x_low", "x_high"]].values.tolist() == [[0.01, 100.0]] * 2
    assert table["points"].tolist() == [5, 5]
    text = "single: slope -1.00 (-1.00 to -1.00) over 5 points, expected -1 ± 0.1: holds."
    assert table["text"].iloc[0] == text
    assert table["scale"].isna().all()


def test_slope_and_scale_by_value_of_the_split() -> None:
    law = {**LAW, "slope": {"float32": -2.0}, "scale": {"float32": 1e-4}, "above": 4.0, "below": 0.009, "x_above": 0.02}
    bench = cancelling()
    table = fit_laws(bench.measurements, [law], AXES, {})
    single, half = table.to_dict("records")
    # y > 4e-4 and < 0.009 leaves xi = 0.1 alone; without a scale y > 4 leaves nothing.
    assert (single["points"], single["expected"], single["scale"]) == (1, -2.0, 1e-4)
    assert single["text"] == "float32: no slope, as 1 point can be fitted."
    assert half["points"] == 0 and math.isnan(half["expected"]) and half["verdict"] == "unclear"
    points = law_points(bench.measurements, [law], AXES)
    assert points["group"].tolist() == ["fitted"] + ["outside"] * 9


def test_compared_values_are_points_and_not_fitted() -> None:
    law = {**LAW, "compare": {"axis": "kernel", "values": ["softplus"]}, "slope": -2.0}
    bench = cancelling()
    bench.outcome("positive_error", [0.0], kernel="ce", dtype="float32", n=7)
    points = law_points(bench.measurements, [law], AXES)
    assert points["group"].value_counts().to_dict() == {"fitted": 10, "compare:softplus": 10}
    assert points["x"].iloc[:5].tolist() == [0.01, 0.1, 1.0, 10.0, 100.0]
    assert points["axes"].iloc[0] == {"kernel": "ce", "dtype": "float32", "n": 1, "dim": 8}
    table = fit_laws(bench.measurements, [law], AXES, {})
    assert table["verdict"].tolist() == ["fails", "fails"] and table["points"].tolist() == [5, 5]


def test_x_may_be_an_axis_and_y_a_stored_metric() -> None:
    bench = Bench("kernel", "n")
    for n in (1, 2, 4, 8):
        bench.exact("peak_tensor_bytes", 100.0 * n * n, kernel="full", n=n)
        bench.exact("peak_tensor_bytes", 100.0 * n, kernel="tiled", n=n)
    bench.fail("oom_host", "too large", ["peak_tensor_bytes"], kernel="full", n=16)
    slopes = {"full": 2.0, "tiled": 1.0}
    law = {**LAW, "x": "n", "y": "peak_tensor_bytes", "split": "kernel", "where": {"dim": 8}, "slope": slopes}
    axes = {"kernel": ["tiled", "full"], "n": [1, 2, 4, 8, 16], "dim": [8]}
    table = fit_laws(bench.measurements, [law], axes, {})
    assert table["split_value"].tolist() == ["tiled", "full"]
    assert table["slope"].tolist() == pytest.approx([1, 2]) and set(table["verdict"]) == {"holds"}
    assert fit_laws(bench.measurements, [{**law, "where": {"dim": 9}}], axes, {}).empty


def test_a_split_value_that_is_a_number_is_found_by_either_text() -> None:
    bench = Bench("kernel", "n", "t")
    for n in (1, 2, 4, 8):
        for t in (1.0, 0.5):
            bench.outcome("loss", [n**t], kernel="a", n=n, t=t)
    for key in ("1", "1.0"):
        law = {**LAW, "x": "n", "y": "loss", "split": "t", "where": {}, "slope": {key: 1.0, "0.5": 0.5}}
        table = fit_laws(bench.measurements, [law], {"kernel": ["a"], "n": [1, 2, 4, 8], "t": [1.0, 0.5]}, {})
        assert table["expected"].tolist() == [1.0, 0.5] and set(table["verdict"]) == {"holds"}


def test_no_laws_and_no_rows() -> None:
    bench = cancelling()
    assert fit_laws(bench.measurements, [], AXES, {}).empty and law_points(bench.measurements, [], AXES).empty
    nothing = fit_laws(Bench("kernel", "dtype", "n").measurements, [LAW], AXES, {})
    assert nothing.empty and list(nothing.columns)[:2] == ["id", "title"]
