"""What a case is foretold to cost: nothing is left out on a guess."""

from __future__ import annotations

import pytest

from bench.runner.forecast import Forecast
from bench.suite.model import Case
from tests.runner.plans import make_plan

PLAN = make_plan(["good", "twice"], sizes=(10, 100, 1000, 100_000))
CASES = {(case.subject, case.axes["n"]): case for case in PLAN.cases}


def foretold(
    known: dict[int, tuple[float, float | None]], n: int, flops: float | None, kind: str = "good"
) -> float | None:
    forecast = Forecast(PLAN.suite)
    for at, (seconds, counted) in known.items():
        forecast.learn(case("good", at), seconds, counted)
    return forecast.seconds(case(kind, n), flops)


def case(kind: str, n: int) -> Case:
    return CASES[(kind, n)]


def test_times_grow_with_the_flops_from_the_largest_smaller_case() -> None:
    known = {10: (1e-6, 1e3), 1000: (2e-3, 1e6)}
    assert foretold(known, 100_000, 4e6) == pytest.approx(8e-3)
    assert foretold(known, 100_000, 1e5) == pytest.approx(2e-3)  # never less than what a smaller case took
    assert foretold({100: (1e-3, 1e4)}, 10, 1e3) is None
    assert foretold(known, 100_000, 4e6, kind="twice") is None


def test_without_flops_one_case_foretells_nothing() -> None:
    """A sort of 1000 numbers in 45 µs was taken for 0.45 s at 100 000, by the square; it takes 7 ms."""
    assert foretold({1000: (45e-6, None)}, 100_000, None) is None
    assert foretold({}, 100_000, None) is None


def test_without_flops_two_cases_foretell_as_they_grew() -> None:
    # From 100 to 1000 it took ten times as long, so a hundred times as long at 100 000.
    assert foretold({100: (5e-6, None), 1000: (5e-5, None)}, 100_000, None) == pytest.approx(5e-3)
    # The two largest tell: the first is nearly all overhead.
    known: dict[int, tuple[float, float | None]] = {10: (4e-6, None), 100: (5e-6, None), 1000: (5e-4, None)}
    assert foretold(known, 100_000, None) == pytest.approx(5.0)
    assert foretold({100: (6e-6, None), 1000: (5e-6, None)}, 100_000, None) == pytest.approx(5e-6)
