from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, ttest_1samp

from bench.analysis.decision import (
    CONFIRMED,
    Effect,
    by_unit,
    decided,
    judged,
    looks,
    more_pairs,
    paired_differences,
    paired_effect,
    shares,
)
from bench.analysis.verdicts import verdict

LEVEL, BAND = 0.99, 0.02
ROOM = math.log1p(BAND)

differences = st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=30)
bound = st.floats(-0.1, 0.1)


def effect(low: float, high: float, log: float | None = None, count: int = 24, method: str = "signed ranks") -> Effect:
    middle = (low + high) / 2 if log is None else log
    return Effect(middle, low, high, 0.5, LEVEL, count, method)  # type: ignore[arg-type]


def test_looks_double() -> None:
    assert looks(12, 48) == (12, 24, 48)
    assert looks(12, 40) == (12, 24, 40)
    assert looks(12, 12) == (12,)
    with pytest.raises(ValueError, match="got 3 and 2"):
        looks(3, 2)


def test_shares_are_in_proportion_and_spend_all_there_is() -> None:
    assert shares((12, 24, 48)) == (1 / 7, 2 / 7, 4 / 7)
    assert math.fsum(shares(looks(5, 999))) == pytest.approx(1)


def test_differences_are_of_the_processes_both_sides_have() -> None:
    assert paired_differences({2: 4.0, 0: 2.0, 5: 1.0}, {0: 1.0, 1: 9.0, 2: 1.0}) == [math.log(2), math.log(4)]


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_a_time_that_is_none_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="expected a positive finite value, got"):
        paired_differences({0: value}, {0: 1.0})
    assert paired_differences({0: 1.0, 1: value}, {0: 1.0}) == [0.0]


def test_the_mean_of_each_unit_in_the_order_of_their_first_appearance() -> None:
    assert by_unit([1.0, 2.0, 3.0, 6.0, 5.0], [7, 3, 7, 3, 9]) == [2.0, 4.0, 5.0]
    assert by_unit([1.0, 2.0], None) == [1.0, 2.0]
    with pytest.raises(ValueError, match="argument 2"):
        by_unit([1.0, 2.0], [0])


def test_pairs_of_one_unit_have_neither_bounds_nor_p() -> None:
    found = paired_effect([0.1, 0.2, 0.3], units=[4, 4, 4])
    assert (found.log, found.count) == (pytest.approx(0.2), 3)
    assert all(math.isnan(number) for number in (found.low, found.high, found.p))


def test_a_unit_counts_once_by_hand() -> None:
    # Means 0.01, 0.03, 0.02: mean 0.02, deviation 0.01; Student's 99 % with 2 degrees of freedom is 9.925.
    found = paired_effect([0.0, 0.03, 0.02, 0.02, 0.03], LEVEL, 1.0, [0, 1, 0, 2, 1])
    assert (found.log, found.method, found.count) == (pytest.approx(0.02), "paired t", 5)
    assert found.high - found.log == pytest.approx(9.925 * 0.01 / math.sqrt(3), rel=1e-4)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)), min_size=1, max_size=30), st.randoms())
def test_pairs_in_units_are_as_the_means_of_the_units(pairs: list[tuple[float, float]], random: Random) -> None:
    """48 pairs from 24 pairs of servers, for example."""
    places = [(unit, place) for unit in range(len(pairs)) for place in (0, 1)]
    random.shuffle(places)
    sample, units = [pairs[unit][place] for unit, place in places], [unit for unit, _ in places]
    found = paired_effect(sample, LEVEL, 1 / 7, units)
    means = paired_effect([math.fsum(one) / 2 for one in pairs], LEVEL, 1 / 7)
    assert (found.count, means.count, found.method) == (2 * len(pairs), len(pairs), means.method)
    numbers = [(one.log, one.low, one.high, one.p) for one in (found, means)]
    if means.method == "signed ranks":
        assert str(numbers[0]) == str(numbers[1])
    else:  # a mean depends on the order to the last bit
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-6, abs=1e-12, nan_ok=True)
    swapped = paired_effect([-one for one in sample], LEVEL, 1 / 7, units)
    # + 0.0: without the sign of a zero.
    assert [getattr(swapped, name) + 0.0 for name in ("log", "low", "high", "p")] == pytest.approx(
        [getattr(found.inverted(), name) + 0.0 for name in ("log", "low", "high", "p")], rel=0, abs=0, nan_ok=True
    )


def test_few_pairs_are_judged_by_t() -> None:
    sample = [0.01, 0.03, 0.02, 0.05]
    expected = ttest_1samp(sample, 0)
    interval = expected.confidence_interval(1 - 0.01 / 7)
    found = paired_effect(sample, LEVEL, 1 / 7)
    assert (found.log, found.method, found.count, found.level) == (pytest.approx(0.0275), "paired t", 4, LEVEL)
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert found.p == pytest.approx(7 * expected.pvalue)


def test_a_single_pair_has_neither_bounds_nor_p() -> None:
    found = paired_effect([0.1])
    assert all(math.isnan(number) for number in (found.low, found.high, found.p))
    assert judged(found, BAND) == "unclear" and decided(found, 2, BAND) is None
    with pytest.raises(ValueError, match="share no replicate"):
        paired_effect([])


def test_twelve_equal_signs_by_ranks() -> None:
    sample = [0.01 * number for number in range(1, 13)]
    found = paired_effect(sample, LEVEL, 1 / 7)
    assert found.method == "signed ranks"
    assert found.p == 7 * 2 / 4096
    assert (found.log, found.low) == (pytest.approx(0.065), pytest.approx(0.015))


@settings(deadline=None)
@given(differences, st.sampled_from([1.0, 1 / 7]))
def test_interval_and_p_say_the_same(sample: list[float], share: float) -> None:
    found = paired_effect(sample, LEVEL, share)
    if math.isfinite(found.low) and abs(found.p - 0.01) > 1e-9:
        assert (found.low > 0 or found.high < 0) == (found.p <= 0.01)


@settings(deadline=None)
@given(differences)
def test_swapping_the_sides_inverts_exactly(sample: list[float]) -> None:
    found, swapped = paired_effect(sample), paired_effect([-one for one in sample])
    inverted = found.inverted()
    assert str(swapped) == str(inverted).replace("-0.0,", "0.0,") or swapped == inverted
    flipped = {"faster": "slower", "slower": "faster"}
    assert judged(swapped, BAND) == flipped.get(judged(found, BAND), judged(found, BAND))


@settings(deadline=None)
@given(bound, bound, st.floats(0.001, 0.09))
def test_same_is_never_said_of_an_interval_that_leaves_the_band(one: float, other: float, band: float) -> None:
    found = effect(min(one, other), max(one, other))
    said = judged(found, band)
    inside = all(abs(end) <= math.log1p(band) for end in (one, other))
    assert (said == "same") == inside
    edge = min(abs(abs(end) - place) for end in (one, other) for place in (0.0, math.log1p(band)))
    # At the edges of band and 1 the other scale may round to the other side.
    assert edge < 1e-12 or said == verdict(found.interval, band)


@pytest.mark.parametrize(
    ("low", "high", "look", "planned", "expected"),
    [
        (-0.01, 0.01, 1, 3, "same"),
        (0.03, 0.05, 1, 3, None),
        (0.03, 0.05, CONFIRMED, 3, "slower"),
        (-0.05, -0.03, CONFIRMED, 3, "faster"),
        (-0.05, 0.03, 3, 3, None),
        (0.03, 0.05, 1, 1, "slower"),
    ],
)
def test_a_change_is_measured_again_before_it_is_one(
    low: float, high: float, look: int, planned: int, expected: str | None
) -> None:
    assert decided(effect(low, high), look, BAND, planned) == expected


def test_more_pairs_by_hand() -> None:
    # Half-width 0.04 around 0.02: half as wide leaves 1, which takes four times the pairs.
    assert more_pairs(effect(-0.02, 0.06), BAND) == 3 * 24
    # Around 0, it must shrink to the band: (0.04 / 0.0198)^2 = 4.08 times.
    assert more_pairs(effect(-0.04, 0.04), BAND) == math.ceil(24 * (0.04 / ROOM) ** 2) - 24
    # Only the bound on the side of 1 counts.
    assert more_pairs(effect(-0.02, 0.5, log=0.02), BAND) == 3 * 24


def test_more_pairs_takes_the_level_at_which_a_change_counts() -> None:
    plain, strict = effect(0.01, 0.07), effect(-0.04, 0.12)
    assert more_pairs(plain, BAND) is None
    assert more_pairs(plain, BAND, strict) == 3 * 24
    without = effect(math.nan, math.nan, log=0.04)
    assert more_pairs(plain, BAND, without) is None


def test_few_pairs_gain_by_the_quantile_too() -> None:
    assert more_pairs(effect(-0.02, 0.06, count=4), BAND) == 12
    # Student's 99 %: 5.841 / sqrt 4 = 2.92 must fall to 1.46; 4.032 / sqrt 6 = 1.65, 3.707 / sqrt 7 = 1.40.
    assert more_pairs(effect(-0.02, 0.06, count=4, method="paired t"), BAND) == 3
    # Of two sides: 3.707 / sqrt 4 = 1.85 must fall to 0.93; 2.921 / sqrt 9 = 0.97, 2.878 / sqrt 10 = 0.91.
    assert more_pairs(effect(-0.02, 0.06, count=4, method="Welch t"), BAND) == 6


@pytest.mark.parametrize(
    "known",
    [
        effect(math.nan, math.nan, log=0.0),
        effect(-0.01, 0.01),
        effect(0.03, 0.05),
        effect(-3.0, 3.0),
        effect(0.0, 0.0, count=0),
    ],
)
def test_more_pairs_is_not_guessed(known: Effect) -> None:
    assert more_pairs(known, BAND) is None


@settings(deadline=None)
@given(bound, bound, st.sampled_from(["signed ranks", "paired t", "Welch t"]), st.integers(2, 60))
def test_more_pairs_are_as_many_when_swapped(one: float, other: float, method: str, count: int) -> None:
    found = effect(min(one, other), max(one, other), count=count, method=method)
    more = more_pairs(found, BAND)
    assert more == more_pairs(found.inverted(), BAND)
    assert more is None or (more >= 1 and judged(found, BAND) == "unclear")


def normal(random: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
    return random.normal(0, 0.02, size)


def heavy(random: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
    """Most pairs agree within 1 %, some are off by tens of per cent, as on a shared machine."""
    return 0.01 * random.standard_t(1.5, size)


def processes(random: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
    """Medians of 5 samples of each side, whose spread between processes is three times that of the samples."""
    within = 0.01
    sides = [
        np.median(random.normal(0, within, (*size, 5)), axis=-1) + random.normal(0, 3 * within, size) for _ in range(2)
    ]
    return sides[0] - sides[1]


def skewed(random: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
    """Disturbances only ever slow a process; both sides have them alike."""
    sides = [random.exponential(0.03, size) for _ in range(2)]
    return sides[0] - sides[1]


def protocol(sample: np.ndarray) -> tuple[str | None, Effect]:
    """A comparison in looks, as the runner makes it."""
    planned = looks(12, 48)
    found = None
    for number, (count, share) in enumerate(zip(planned, shares(planned), strict=True), 1):
        found = paired_effect(sample[:count].tolist(), LEVEL, share)
        said = decided(found, number, BAND, len(planned))
        if said is not None:
            return said, found
    assert found is not None
    return None, found


TRIALS = 1500
#: As many errors as 1500 comparisons at 1 % make in all but one of a million times.
MOST = int(binom.ppf(1 - 1e-6, TRIALS, 1 - LEVEL))


@pytest.mark.parametrize("shape", [normal, heavy, processes, skewed])
@pytest.mark.parametrize("shift", [0.0, 0.03])
def test_the_whole_protocol_keeps_its_level_and_its_intervals_cover(shape: object, shift: float) -> None:
    random = np.random.default_rng(2026)
    samples = shift + shape(random, (TRIALS, 48))  # type: ignore[operator]
    outcomes = [protocol(sample) for sample in samples]
    missed = sum(not found.low <= shift <= found.high for _, found in outcomes)
    wrong = ("faster", "slower") if shift == 0 else ("faster", "same")
    assert missed <= MOST
    assert sum(said in wrong for said, _ in outcomes) <= MOST


def test_the_level_is_no_smaller_than_the_shares_make_it() -> None:
    """At one look with all of the error, the alarm rate is the nominal one, not some fraction of it."""
    random = np.random.default_rng(7)
    effects = [paired_effect(sample.tolist(), 0.9) for sample in normal(random, (2000, 24))]
    alarms = sum(found.low > 0 or found.high < 0 for found in effects)
    assert binom.ppf(1e-4, 2000, 0.095) <= alarms <= binom.ppf(1 - 1e-4, 2000, 0.1)


@pytest.mark.parametrize("servers", [5, 24])
def test_what_differs_between_servers_is_no_change(servers: int) -> None:
    """48 pairs from servers that differ three times as much as their pairs: counted by server the level holds."""
    random = np.random.default_rng(11)
    units = [number % servers for number in range(48)]
    trials, level = 1000, 0.95
    shifts = random.normal(0, 0.03, (trials, servers))[:, units]
    samples = shifts + random.normal(0, 0.01, (trials, 48))
    alarms = [
        sum(found.p <= 1 - level for found in (paired_effect(one, level, 1.0, by) for one in samples.tolist()))
        for by in (units, None)
    ]
    # Not above the nominal rate, nor below what 24 ranks or 4 degrees of freedom can reach of it.
    assert binom.ppf(1e-5, trials, 0.045) <= alarms[0] <= binom.ppf(1 - 1e-5, trials, 0.05)
    assert alarms[1] > 2 * 0.05 * trials
