from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report import units


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.012345, "s", "12.35 ms"),
        (1.5e-7, "s", "150 ns"),
        (9.999e-4, "s", "999.9 µs"),
        (9.9996e-4, "s", "1 ms"),
        (90.0, "s", "90 s"),
        (0.0, "s", "0 ns"),
        (33 * 2**20, "B", "33 MiB"),
        (1536, "B", "1.5 KiB"),
        (4_294_967_296, "FLOP", "4.295 GFLOP"),
        (2.1e-7, "1", "2.1×10⁻⁷"),
        (0.5, "1", "0.5"),
        (12.0, "J", "12 J"),
    ],
)
def test_quantity(value: float, unit: str, expected: str) -> None:
    assert units.quantity(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (0.0123456, 0.0121456, 0.0125456, "12.3 ms (12.1–12.5)"),
        (0.0123456, 0.0122256, 0.0124656, "12.35 ms (12.23–12.47)"),
        (0.0123456, 0.0083456, 0.0163456, "12 ms (8–16)"),
        (1.234, 1.204, 1.264, "1.23 s (1.20–1.26)"),
        (0.360, 0.31, 0.43, "360 ms (310–430)"),
        (0.5, None, None, "500 ms"),
        (0.5, math.nan, math.nan, "500 ms"),
        (0.5, 0.5, 0.5, "500 ms"),
    ],
)
def test_no_more_digits_than_the_interval_supports(value: float, low: float, high: float, expected: str) -> None:
    assert units.with_interval(value, low, high, "s") == expected


def test_ratio_percent_duration() -> None:
    assert units.ratio(0.4213, 0.4, 0.44) == "0.42× (0.40–0.44)"
    assert units.ratio(3.0) == "3×"
    assert units.ratio(1.0163, 1.001, 1.032) == "1.016× (1.001–1.032)"
    assert units.percent(0.1234) == "12.3 %"
    assert units.percent(0.0) == "0.0 %"
    assert units.percent(0.0004) == "< 0.1 %"
    assert units.percent(1.0) == "100 %"
    assert [units.duration(s) for s in (4.25, 45, 725, 7380)] == ["4.2 s", "45 s", "12 min 5 s", "2 h 3 min"]


def test_tex_number() -> None:
    assert units.tex_number(12.3456, 0.2) == "12.3 +- 0.2"
    assert units.tex_number(12.3456, None) == "12.35"
    assert units.tex_number(3e-7, None) == "3.00e-7"
    assert units.tex_number(1234.0, 30.0) == "1230 +- 30"


def test_common_scale_is_that_of_the_middle() -> None:
    assert units.common_scale([1e-6, 1e-3, 1.0], "s").symbol == "ms"
    assert units.common_scale([], "B").symbol == "B"
    assert units.common_scale([0.0, math.nan], "FLOP").symbol == "FLOP"


@given(st.floats(1e-9, 1e4), st.floats(1e-4, 0.5))
def test_rounding_stays_inside_the_interval(value: float, relative: float) -> None:
    half = value * relative
    shown = float(units.fixed(value, units.decimals(value, half)))
    assert abs(shown - value) <= max(half, value * 1e-4)


@given(st.floats(1e-12, 1e15), st.sampled_from(["s", "B", "FLOP"]))
def test_a_value_never_appears_without_its_unit(value: float, unit: str) -> None:
    number, symbol = units.quantity(value, unit).rsplit(" ", 1)
    assert number
    assert symbol.endswith({"s": "s", "B": "B", "FLOP": "FLOP"}[unit])
