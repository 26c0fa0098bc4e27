"""Many comparisons in one table, and how they are put into words."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, norm

from bench.analysis.compare import compare_runs
from bench.analysis.compare.discovery import select
from bench.analysis.compare.wording import change_words, control_sentence, duration, percent_text
from tests.analysis.compare_sides import side, timed

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_the_procedure_by_hand() -> None:
    # 0.039 is above 0.05 * 3 / 4, 0.02 below 0.05 * 2 / 4.
    found = select([0.039, 0.02, 0.5, math.nan, 0.005], 0.05)
    assert found.adjusted[:3] == (pytest.approx(0.052), pytest.approx(0.04), 0.5)
    assert math.isnan(found.adjusted[3]) and found.adjusted[4] == pytest.approx(0.02)
    assert found.chosen == (False, True, False, False, True)
    assert (found.tested, found.level, found.next_level) == (4, 0.975, pytest.approx(1 - 0.05 * 3 / 4))


def test_levels_where_all_none_or_nothing_is_chosen() -> None:
    assert select([0.001, 0.002], 0.05).level == 0.95
    assert select([0.9, 0.8], 0.05).level == 0.95
    assert select([0.9, 0.8], 0.05).next_level == 0.975
    assert select([], 0.05).level == select([math.nan], 0.05).level == 0.95


@settings(deadline=None)
@given(p_values)
def test_adjusted_values_are_those_of_scipy(numbers: list[float]) -> None:
    found = select(numbers, 0.1)
    assert found.adjusted == pytest.approx(tuple(false_discovery_control(numbers)))
    assert all(chosen == (q <= 0.1) for q, chosen in zip(found.adjusted, found.chosen, strict=True))


@pytest.mark.parametrize("common", [0.0, 0.5], ids=["independent", "dependent"])
@pytest.mark.parametrize("effects", [0, 10, 38])
def test_false_discovery_and_coverage_rates(common: float, effects: int) -> None:
    """40 comparisons, some of them real; ``common`` is the share that a noisy baseline puts into all of them."""
    random, rate, tables = np.random.default_rng(11), 0.1, 1500
    truth = np.where(np.arange(40) < effects, 3.0, 0.0)
    false, uncovered = [], []
    for _ in range(tables):
        shared = random.normal(0, math.sqrt(common))
        z = truth + shared + random.normal(0, math.sqrt(1 - common), 40)
        found = select((2 * norm.sf(np.abs(z))).tolist(), rate)
        chosen = np.array(found.chosen)
        number = max(1, chosen.sum())
        half = norm.ppf((1 + found.level) / 2)
        false.append((chosen & (truth == 0)).sum() / number)
        uncovered.append((chosen & (np.abs(z - truth) > half)).sum() / number)
    for shares in (false, uncovered):
        assert np.mean(shares) <= rate + 5 * np.std(shares) / math.sqrt(tables)
    if effects == 0 and not common:
        # Not by saying nothing: without any real effect, one table in ten has a false alarm.
        assert np.mean(false) >= rate - 5 * np.std(false) / math.sqrt(tables)


def test_a_table_of_nothing_but_ties_has_an_alarm_as_often_as_allowed() -> None:
    random = np.random.default_rng(5)
    tables, alarms = 60, 0
    for _ in range(tables):
        sides = [timed({n: np.exp(random.normal(0, 0.02, 8)).tolist() for n in range(10)}) for _ in range(2)]
        found = compare_runs(side(sides[0]), side(sides[1]), level=0.9)
        alarms += bool(found.rows["verdict"].isin(["faster", "slower"]).any())
    assert alarms <= 17  # binomial, 60 tables at 10 %: more in one of 10,000 trials


@pytest.mark.parametrize(
    ("ratio", "low", "high", "text"),
    [
        (1.12, 1.10, 1.14, "12 % (10 to 14 %)"),
        (0.9, 0.85, 0.95, "10 % (5 to 15 %)"),
        # Bounds outwards: 10.34 and 14.36 %; 6.9 and 12.2 % of what is no longer spent.
        (1.12, 1.1034, 1.1436, "12 % (10 to 15 %)"),
        (0.91, 0.878, 0.931, "9 % (6 to 13 %)"),
        (3.4, 3.2049, 3.6001, "3.4× (3.2 to 3.61)"),
        (1.031, 1.030, 1.032, "3.10 % (3.00 to 3.20 %)"),
        (1.03, 1.0012, 1.06, "3.0 % (0.1 to 6.0 %)"),
        (3.4, 3.2, 3.6, "3.4× (3.2 to 3.6)"),
        (0.25, 0.2, 0.3, "0.25× (0.2 to 0.3)"),
        (1.5, 1.5, 1.5, "50.0 %"),
        (math.inf, math.inf, math.inf, "inf×"),
        (1.01, 0.0, math.inf, "1 % (-100 to inf %)"),
    ],
)
def test_changes_in_words(ratio: float, low: float, high: float, text: str) -> None:
    assert change_words(ratio, low, high) == text


def test_numbers_in_words() -> None:
    assert [percent_text(share) for share in (0.99, 0.01, 1 - 0.99, 0.99975)] == ["99 %", "1 %", "1 %", "99.975 %"]
    assert [duration(seconds) for seconds in (0.2, 40, 89.4, 300, 7200)] == ["1 s", "40 s", "89 s", "5 min", "2.0 h"]


def test_control_says_what_was_widened() -> None:
    some = control_sentence(select([0.001, 0.5], 0.01), 0.99, 0.02)
    assert "at most 1 % are expected to be called so wrongly (false discovery rate over 2 times" in some
    assert "The 1 interval of those that it picks is widened to 99.5 % to match" in some
    assert "Every interval holds at 99 % by itself." in control_sentence(select([0.5, 0.5], 0.01), 0.99, 0.02)
    assert "±2 %" in some
