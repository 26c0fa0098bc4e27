from __future__ import annotations

import math
import re

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
        # 12.1456 down and 12.5456 up, at the tenths that a half-width of 0.2 supports.
        (0.0123456, 0.0121456, 0.0125456, "12.3 ms (12.1–12.6)"),
        # A half-width that begins with 1 supports one digit more: 12.2256 down, 12.4656 up.
        (0.0123456, 0.0122256, 0.0124656, "12.35 ms (12.22–12.47)"),
        (0.0123456, 0.0083456, 0.0163456, "12 ms (8–17)"),
        (1.234, 1.204, 1.264, "1.23 s (1.20–1.27)"),
        # Bounds that are round at these digits stay, whatever floating point makes of 0.0121 / 0.001.
        (0.360, 0.31, 0.43, "360 ms (310–430)"),
        (0.0123, 0.0121, 0.0125, "12.3 ms (12.1–12.5)"),
        # To tens: 962 down, 1021 up.
        (987.6, 962.0, 1021.0, "990 s (960–1030)"),
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
    assert units.ratio(0.5237, 0.5012, 0.5463) == "0.52× (0.50–0.55)"
    # At two decimals the lower bound would be 1.00, and the ratio one that could be 1.
    assert units.ratio(1.05, 1.004, 1.096) == "1.050× (1.004–1.096)"
    assert units.ratio(0.95, 0.9, 0.9996) == "0.9500× (0.9000–0.9996)"
    # No lower bound of a ratio above 0 is 0.
    assert units.ratio(3.2, 0.04, 9.1) == "3.20× (0.04–9.10)"
    assert units.percent(0.1234) == "12.3 %"
    assert units.percent(0.0) == "0.0 %"
    assert units.percent(0.0004) == "< 0.1 %"
    assert units.percent(1.0) == "100 %"
    assert [units.duration(s) for s in (4.25, 45, 725, 7380)] == ["4.2 s", "45 s", "12 min 5 s", "2 h 3 min"]


def test_tex_number() -> None:
    # 12.1456 to 12.5456: 12.3 ± 0.2 would end at 12.5.
    assert units.tex_number(12.3456, 0.2) == "12.3 +- 0.3"
    assert units.tex_number(12.3, 0.2) == "12.3 +- 0.2"
    assert units.tex_number(12.3456, None) == "12.35"
    assert units.tex_number(3e-7, None) == "3.00e-7"
    assert units.tex_number(1234.0, 30.0) == "1230 +- 40"
    assert units.tex_number(1230.0, 30.0) == "1230 +- 30"


def test_measured_shares_a_power_of_ten_and_rounds_outwards() -> None:
    assert units.measured(3.2049e-8, 3.1049e-8, 3.3049e-8, "1") == "3.20 (3.10–3.31) ×10⁻⁸"
    # Below 0 outwards is away from 0: −0.241 down to −0.25, −0.199 up to −0.19.
    assert units.measured(-0.22, -0.241, -0.199, "1") == "−0.22 (−0.25 to −0.19)"


def test_reach_is_to_the_farther_bound() -> None:
    assert units.reach(10.0, 9.0, 12.0) == 2.0
    assert units.reach(10.0, 7.0, 12.0) == 3.0
    assert units.reach(10.0, None, 12.0) is None
    assert units.reach(10.0, 10.0, 10.0) is None


_NUMBER = r"[−-]?[\d.]+"


@st.composite
def _intervals(draw: st.DrawFn) -> tuple[float, float, float]:
    value = math.exp(draw(st.floats(-14, 14)))
    low, high = (draw(st.floats(1e-4, 0.9)) for _ in range(2))
    return value, value * (1 - low), value * (1 + high)


def _last_place(text: str) -> float:
    """One unit of the last place; zeros before a missing point may have been rounded away."""
    return 10.0 ** -len(text.partition(".")[2])


@given(_intervals(), st.sampled_from(["with_interval", "measured", "ratio"]))
def test_the_printed_interval_contains_the_stored_one_and_hardly_more(
    interval: tuple[float, float, float], printer: str
) -> None:
    value, low, high = interval
    unit = () if printer == "ratio" else ("J",)
    text = getattr(units, printer)(value, low, high, *unit)
    found = re.fullmatch(rf"({_NUMBER})(?: J|×)? \(({_NUMBER})–({_NUMBER})\)(?: ×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+) J)?", text)
    assert found, text
    power = 10.0 ** int((found[4] or "0").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
    middle, lower, upper = (float(part.replace("−", "-")) * power for part in found.groups()[:3])
    tens = 10.0 ** max(math.floor(math.log10(value)), 0) if "." not in found[1] else 1.0
    step = _last_place(found[2]) * power * tens
    slack = 1e-6 * step
    assert low - step - slack <= lower <= low + slack
    assert high - slack <= upper <= high + step + slack
    assert lower <= middle <= upper


@given(_intervals())
def test_the_uncertainty_for_latex_covers_the_interval(interval: tuple[float, float, float]) -> None:
    value, low, high = interval
    middle, _, error = units.tex_number(value, units.reach(value, low, high)).partition(" +- ")
    slack = 1e-6 * value
    assert float(middle) - float(error) <= low + slack
    assert float(middle) + float(error) >= high - slack


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
