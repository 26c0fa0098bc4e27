"""The logic of verdicts: half-open ranges, and what may never happen to a verdict."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.claims.ranges import UNKNOWN, Range, bound_range, decide, overall
from tests.analysis.claim_frames import claim, exact_crossing, judge, only
from tests.analysis.frames import Bench

INF = math.inf


@pytest.mark.parametrize(
    ("known", "expected", "verdict"),
    [
        # An interval.
        (Range(1, 2), Range(0, 3), "holds"),
        (Range(1, 2), Range(1, 2), "holds"),
        (Range(1, 2), Range(1.5, 3), "unclear"),
        (Range(1, 2), Range(2, 3), "unclear"),
        (Range(1, 2), Range(2, 3, open_low=True), "fails"),
        (Range(1, 2), Range(2.1, 3), "fails"),
        (Range(1, 2), Range(-INF, 1, open_high=True), "fails"),
        (Range(1, 2), Range(-INF, 1), "unclear"),
        (Range(1, 2), Range(1, 3, open_low=True), "unclear"),
        (Range(0, 9), Range(4, 5), "unclear"),
        # A number without width.
        (Range(2, 2), bound_range({"above": 2}), "fails"),
        (Range(2, 2), bound_range({"below": 2}), "fails"),
        (Range(2, 2), bound_range({"within": [2, 3]}), "holds"),
        (Range(0.1 + 0.2, 0.1 + 0.2), bound_range({"above": 0.3}), "fails"),
        (Range(INF, INF), bound_range({"above": 2}), "holds"),
        # Beyond a bound, or nowhere.
        (Range(16, INF, open_low=True), bound_range({"above": 16}), "holds"),
        (Range(16, INF), bound_range({"above": 16}), "unclear"),
        (Range(16, INF, open_low=True), bound_range({"below": 16}), "fails"),
        (Range(16, INF, open_low=True), bound_range({"within": [8, 16]}), "fails"),
        (Range(16, INF), bound_range({"within": [8, 16]}), "unclear"),
        (Range(-INF, 16), bound_range({"below": 16}), "unclear"),
        (Range(-INF, 16), bound_range({"above": 16}), "fails"),
        # Nothing is known.
        (UNKNOWN, Range(), "unclear"),
        (Range(1, 2), UNKNOWN, "unclear"),
        (Range(1, math.nan), Range(), "unclear"),
    ],
)
def test_decide(known: Range, expected: Range, verdict: str) -> None:
    assert decide(known, expected) == verdict


def test_a_claim_fails_where_any_point_does_and_holds_where_all_do() -> None:
    assert overall([]) == "unclear"
    assert overall(["holds", "holds"]) == "holds"
    assert overall(["holds", "unclear"]) == "unclear"
    assert overall(["unclear", "fails", "holds"]) == "fails"


numbers = st.integers(-50, 50).map(float)
bounds = st.one_of(numbers, st.just(INF), st.just(-INF))


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    low, high = sorted((draw(bounds), draw(bounds)))
    single = low == high
    return Range(low, high, not single and draw(st.booleans()), not single and draw(st.booleans()))


@given(ranges(), ranges(), st.integers(0, 9), st.integers(0, 9), st.booleans(), st.booleans())
def test_widening_what_is_expected_never_turns_holds_into_fails(
    known: Range, expected: Range, left: int, right: int, open_left: bool, open_right: bool
) -> None:
    wider = Range(
        expected.low - left,
        expected.high + right,
        open_left if left and math.isfinite(expected.low) else expected.open_low and open_left,
        open_right if right and math.isfinite(expected.high) else expected.open_high and open_right,
    )
    before, after = decide(known, expected), decide(known, wider)
    assert before != "holds" or after == "holds"
    if before == "unclear":
        assert after != "fails", "what may be inside cannot be outside of more"


@given(ranges(), ranges())
def test_no_two_verdicts_at_once(known: Range, expected: Range) -> None:
    assert not (expected.covers(known) and expected.misses(known))
    assert expected.misses(known) == known.misses(expected)


CROSSES, STARTS, NONE = (16, 256), (128, 512), (16, 32)  # linear needs less from n = 64 on


@pytest.mark.parametrize(
    ("lengths", "place", "verdict"),
    [
        (CROSSES, {"above": 32}, "holds"),
        (CROSSES, {"above": 64}, "fails"),
        (CROSSES, {"above": 100}, "fails"),
        (CROSSES, {"below": 100}, "holds"),
        (CROSSES, {"below": 64}, "fails"),
        (CROSSES, {"below": 32}, "fails"),
        (CROSSES, {"within": [32, 64]}, "holds"),
        (CROSSES, {"within": [65, 99]}, "fails"),
        (CROSSES, {"times": {"of": "hidden", "factor": 2, "tolerance": 0.01}}, "holds"),
        (CROSSES, {"times": {"of": "hidden", "factor": 3, "tolerance": 0.25}}, "fails"),
        (CROSSES, {"never": True}, "fails"),
        # Below at every length from 128 on: it begins at 128 or before.
        (STARTS, {"above": 64}, "unclear"),
        (STARTS, {"above": 128}, "fails"),
        (STARTS, {"above": 200}, "fails"),
        (STARTS, {"below": 129}, "holds"),
        (STARTS, {"below": 128}, "unclear"),
        (STARTS, {"below": 64}, "unclear"),
        (STARTS, {"within": [100, 200]}, "unclear"),
        (STARTS, {"within": [200, 300]}, "fails"),
        (STARTS, {"times": {"of": "hidden", "factor": 6, "tolerance": 0.25}}, "fails"),
        (STARTS, {"never": True}, "fails"),
        # Not below at 32, the last length: it begins later, or never.
        (NONE, {"above": 16}, "holds"),
        (NONE, {"above": 32}, "holds"),
        (NONE, {"above": 64}, "unclear"),
        (NONE, {"below": 16}, "fails"),
        (NONE, {"below": 32}, "fails"),
        (NONE, {"below": 33}, "unclear"),
        (NONE, {"within": [8, 32]}, "fails"),
        (NONE, {"within": [8, 64]}, "unclear"),
        (NONE, {"within": [64, 128]}, "unclear"),
        (NONE, {"times": {"of": "hidden", "factor": 6, "tolerance": 0.25}}, "unclear"),
        (NONE, {"never": True}, "holds"),
        # One length alone says on which side of it.
        ((32,), {"above": 32}, "holds"),
        ((32,), {"never": True}, "holds"),
        ((128,), {"below": 200}, "holds"),
        ((128,), {"never": True}, "fails"),
    ],
)
def test_half_open_crossovers(lengths: tuple[int, ...], place: dict[str, Any], verdict: str) -> None:
    spec = {"axis": "n", "subject": "linear", "baseline": "sdpa", **place}
    assert only(judge(exact_crossing(lengths, hidden=32), claim("crossover", spec, "flops")))["verdict"] == verdict


def test_the_bounds_of_half_open_points() -> None:
    spec = {"axis": "n", "subject": "linear", "baseline": "sdpa", "above": 20}
    rows = [judge(exact_crossing(n), claim("crossover", spec, "flops")).points.iloc[0] for n in (CROSSES, STARTS, NONE)]
    assert [(row["low"], row["high"]) for row in rows] == [
        (pytest.approx(64), pytest.approx(64)),
        (-INF, 128),
        (32, INF),
    ]
    assert [math.isnan(row["value"]) for row in rows] == [False, True, True]
    assert [(row["expected_low"], row["expected_high"]) for row in rows] == [(20, INF)] * 3


@pytest.mark.parametrize(
    ("place", "verdict"),
    [
        ({"below": 128}, "holds"),
        ({"below": 68}, "holds"),
        ({"below": 66}, "unclear"),
        ({"above": 32}, "unclear"),
        ({"above": 128}, "fails"),
        ({"within": [64, 128]}, "unclear"),
        ({"never": True}, "fails"),
    ],
)
def test_an_unclear_crossover_may_still_decide(place: dict[str, Any], verdict: str) -> None:
    """A tie at n = 64, then half: it begins at about 80 at the latest, if not before 64."""
    bench = Bench()
    bench.time([1.0, 1.05, 0.96, 1.02, 0.97], kernel="linear", n=64)
    bench.time([1.0] * 5, kernel="sdpa", n=64)
    for n in (128, 256):
        bench.time([0.5, 0.51, 0.5, 0.49, 0.5], kernel="linear", n=n)
        bench.time([1.0] * 5, kernel="sdpa", n=n)
    found = only(judge(bench, claim("crossover", {"axis": "n", "subject": "linear", "baseline": "sdpa", **place})))
    assert found["found"].startswith("unclear: by n ≈ " if verdict == "unclear" else "by n ≈ ")
    assert found["verdict"] == verdict


def test_never_reaches_as_far_as_it_was_measured() -> None:
    bench = exact_crossing((16, 16384), at=1e6)
    spec = {"axis": "n", "subject": "linear", "baseline": "sdpa"}
    never, below, above = (
        judge(bench, claim("crossover", {**spec, **place}, "flops")).claims.iloc[0]
        for place in ({"never": True}, {"below": 1024}, {"above": 20000})
    )
    assert never["found"] == below["found"] == above["found"] == "none up to 16384"
    assert (never["verdict"], never["uncovered"]) == ("holds", "n above 16384")
    assert (below["verdict"], below["uncovered"]) == ("fails", "")
    assert (above["verdict"], above["uncovered"]) == ("unclear", "n above 16384")
    assert (never["expected"], below["expected"], above["expected"]) == ("never", "below n = 1024", "above n = 20000")
