"""Numbers and names of ``bench paper``: what is printed covers what is stored, and no two macros are alike."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.report.paper.names import name, names
from bench.report.paper.siunitx import digits, number, value_of
from bench.report.paper.words import flow, lines_of, spell, tex, width


@pytest.mark.parametrize(
    ("value", "low", "high", "power", "expected"),
    [
        (12.3456, 12.1456, 12.5456, False, "12.3(3)"),  # 12.3 - 0.155 and 12.3 + 0.246: 0.246 rounded up
        (12.3, 12.1, 12.5, False, "12.3(2)"),
        (0.00123456, 0.00121, 0.00126, False, "0.00123(3)"),
        (12345.0, 12000.0, 12700.0, False, "12300(400)"),
        (8.388608, math.nan, math.nan, False, "8.389"),
        (8.0, 8.0, 8.0, False, "8"),
        (3.2e-8, 3.1e-8, 3.3e-8, True, "3.20(10)e-8"),
        (-1.0208, -1.0785, -0.9631, False, "-1.02(6)"),
        (0.0, math.nan, math.nan, True, "0.000"),
        (1234567.0, math.nan, math.nan, True, "1.235e6"),
        (2e-7, math.nan, math.nan, True, "2.000e-7"),  # all digits, so that powers of a column stand below each other
    ],
)
def test_numbers_by_hand(value: float, low: float, high: float, power: bool, expected: str) -> None:
    assert number(value, low, high, power=power) == expected


finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e280, max_value=1e280)


@given(finite, st.floats(1e-6, 10), st.floats(0, 10), st.booleans())
def test_the_printed_interval_is_never_narrower(value: float, below: float, above: float, power: bool) -> None:
    size = abs(value) or 1.0
    low, high = value - below * size, value + above * size
    shown, error = value_of(number(value, low, high, power=power))
    slack = 1e-7 * max(abs(low), abs(high))
    assert shown - error <= low + slack
    assert shown + error >= high - slack


@given(finite)
def test_a_value_without_interval_keeps_four_digits(value: float) -> None:
    shown, error = value_of(number(value))
    assert error == 0
    assert shown == pytest.approx(value, rel=0.51e-3, abs=0)


@given(finite, finite, finite, st.booleans())
def test_every_number_is_one_that_siunitx_reads(value: float, low: float, high: float, power: bool) -> None:
    source = number(value, min(low, high), max(low, high), power=power)
    size = digits(source)
    assert re.fullmatch(r"-?\d+(\.\d+)?(\(\d+\))?(e-?\d+)?", source)
    assert size.format.count("(") == source.count("(")


def test_names_by_hand() -> None:
    assert name(["attention", "kernel", "sdpa", "n", "512", "time"]) == "benchAttentionKernelSdpaNFiveOneTwoTime"
    assert name(["a", "temperature", "0.07"]) == "benchATemperatureZeroPointZeroSeven"
    assert name(["a", "x", "-3"]) == "benchAXMinusThree"
    assert name(["contrastive-precision", "peak_tensor_bytes"]) == "benchContrastivePrecisionPeakTensorBytes"


def test_names_that_lose_something_carry_a_mark() -> None:
    first, second = name(["a", "<b>"]), name(["a", "b&"])
    assert first.startswith("benchABX") and second.startswith("benchABX")
    assert first != second


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=120)), unique=True, max_size=20))
def test_names_are_letters_and_unique(keys: list[tuple[str, str]]) -> None:
    found = names(keys)
    assert len(set(found.values())) == len(keys)
    assert all(re.fullmatch("bench[A-Za-z]*", one) for one in found.values())


def test_a_name_depends_on_nothing_else() -> None:
    key, other = ("suite", "kernel", "sdpa", "time"), ("suite", "kernel", "naïve", "time")
    assert names([key])[key] == names([other, key])[key] == names([key, other, ("z",)])[key]


def test_twins_are_told_apart_whatever_their_order() -> None:
    keys = [("a_b",), ("a b",)]
    assert names(keys) == names(reversed(keys))
    assert len(set(names(keys).values())) == 2


def test_what_latex_cannot_set_is_spelt_out() -> None:
    assert spell("a 😀 b") == "a [U+1F600] b"
    assert tex("a 😀") == "a {[}U+1F600{]}"
    assert spell("速度") == "[U+901F][U+5EA6]"
    assert spell("ﬁt Ｆ") == "fit F"
    assert spell("nai\u0308ve") == "naïve"
    assert spell("bell\x07") == "bell[U+0007]"


def test_escaping_by_hand() -> None:
    assert tex("a--b") == "a-{}-b"
    assert tex("50% & {x}_1") == r"50\% \& \{x\}\_1"
    assert tex("10⁻⁷") == "10$^{-7}$"
    assert tex("* [1]") == "{*} {[}1{]}"


@given(st.text(max_size=60))
def test_nothing_is_dropped(text: str) -> None:
    plain = spell(text)
    letters = [char for char in text if char.isascii() and char.isalnum()]
    assert [char for char in re.sub(r"\[U\+[0-9A-F]+\]", "", plain) if char in letters][: len(letters)] or not letters
    assert "\n" not in tex(text)


@given(st.text(max_size=400))
def test_long_words_can_break(text: str) -> None:
    for piece in re.split(r"\\allowbreak\{\}| ", flow(text)):
        assert len(re.sub(r"\\text[a-z]+\{\}|\\.|[{}$]", "x", piece)) <= 60


def test_widths_grow_with_the_text() -> None:
    assert width("iii") < width("mmm") < width("mmmm")
    # Ten digits at 8 pt are 42.5 pt in Computer Modern.
    assert width("0123456789") == pytest.approx(45, abs=4)


def test_heads_break_evenly_and_after_signs() -> None:
    assert lines_of("Taylor, order 1", 13) == ["Taylor,", "order 1"]
    assert lines_of("infonce_weighted", 13) == ["infonce_", "weighted"]
    assert lines_of("SDPA", 13) == ["SDPA"]
    assert "".join(lines_of("x" * 300, 13)).startswith("x" * 39)
    assert len(lines_of("x" * 300, 13)) == 4
