from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.comparisons import Case, compare, judge
from bench.analysis.hypotheses import VERDICTS, hypothesis_summary, judge_hypotheses, verdict_of
from bench.analysis.intervals import mean_interval
from tests.analysis.frames import Bench

AXES = {
    "kernel": ["ce", "flat"],
    "dtype": ["float32", "float64"],
    "n": [32, 64, 128],
    "optimizer": ["sgd", "adam"],
    "dim": [8],
}
LABELS = {"ce": "CE", "flat": "FlatNCE", "n": "batch"}


def comparison(left: str, relation: str, right: str) -> dict[str, Any]:
    """``ce float32`` and so on."""
    sides = [dict(zip(("kernel", "dtype"), side.split(), strict=True)) for side in (left, right)]
    return {"left": sides[0], "relation": relation, "right": sides[1]}


H1: dict[str, Any] = {
    "id": "H1",
    "title": "rounding",
    "text": "…",
    "metric": "knn",
    "margin": 0.01,
    "where": {},
    "asked": [comparison("ce float32", "below", "flat float32")],
    "rejected": [comparison("ce float64", "below", "flat float64")],
    "supported": [comparison("ce float64", "equal", "flat float64")],
    "source": None,
}
GOOD, BAD, WILD = [0.961, 0.962, 0.960], [0.901, 0.900, 0.902], [0.80, 0.96, 0.99]


def point(bench: Bench, n: int, optimizer: str = "sgd", **values: list[float] | None) -> None:
    """Outcomes of ``ce32``, ``flat32``, ``ce64`` and ``flat64`` at one point; good ones where nothing is said."""
    for name in ("ce32", "flat32", "ce64", "flat64"):
        given_values = values.get(name, GOOD)
        if given_values is not None:
            place = {"dtype": f"float{name[-2:]}", "n": n, "optimizer": optimizer}
            bench.outcome("knn", given_values, kernel=name[:-2], **place)


def run() -> Bench:
    return Bench("kernel", "dtype", "n", "optimizer")


def judged(bench: Bench, hypothesis: dict[str, Any] = H1) -> pd.DataFrame:
    return judge_hypotheses(bench.outcomes, [hypothesis], AXES, 0.95, LABELS)


def test_one_verdict_for_each_point_in_declared_order() -> None:
    bench = run()
    point(bench, 128)
    point(bench, 64, ce32=BAD, ce64=WILD)
    point(bench, 32, ce32=BAD)
    point(bench, 32, "adam", ce32=BAD, ce64=BAD)
    table = judged(bench)
    assert table["point_text"].tolist() == [
        "batch = 32, sgd",
        "batch = 32, adam",
        "batch = 64, sgd",
        "batch = 128, sgd",
    ]
    assert table["verdict"].tolist() == ["supported", "rejected", "unclear", "nothing to explain"]
    assert table["point"].iloc[0] == {"n": 32, "optimizer": "sgd"}
    summary = hypothesis_summary(table, [H1]).iloc[0]
    assert [summary[name] for name in ("points", "supported", "rejected", "unclear", "nothing")] == [4, 1, 1, 1, 1]
    assert summary["text"] == (
        "H1 (rounding): supported at 1 of 4 points, rejected at 1, unclear at 1, nothing to explain at 1."
    )


def test_reasons_carry_the_numbers_of_what_decided() -> None:
    bench = run()
    # CE: 0.952, 0.953, 0.954; differences -0.009, -0.008, -0.007, so -0.008 ± 4.303 * 0.001 / sqrt 3 = ±0.00248.
    point(bench, 64, ce32=[0.952, 0.953, 0.954], flat32=[0.961, 0.961, 0.961])
    point(bench, 128)
    unclear, nothing = judged(bench, {**H1, "margin": 0.006})["reason"].tolist()
    numbers = "CE in float32 at 0.953 against FlatNCE at 0.961: -0.008 (-0.011 to -0.005)"
    assert unclear == (
        f"Whether there is anything to explain is open: {numbers}, which may or may not be below by more than 0.006."
    )
    assert nothing == (
        "Nothing to explain: CE in float32 at 0.961 against FlatNCE at 0.961: 0.000 (0.000 to 0.000), "
        "which is not below by more than 0.006."
    )


def test_evidence_of_a_missing_side() -> None:
    bench = run()
    point(bench, 64, ce32=BAD, ce64=None)
    whole = {**H1, "rejected": [comparison("flat float32", "below", "flat float64")]}
    row = judged(bench, whole).iloc[0]
    assert row["verdict"] == "unclear" and row["point"] == {}, "nothing but what is compared varies"
    assert row["reason"].endswith("For it: CE in float64 was not measured.")
    asked, _, missing = row["evidence"]
    assert asked["role"] == "asked" and asked["state"] == "shown" and asked["pairs"] == 3
    assert asked["difference"] == pytest.approx(-0.06) and asked["right_text"] == "FlatNCE in float32"
    assert missing["state"] == "missing" and missing["pairs"] == 0 and math.isnan(missing["left"])
    assert missing["right"] == pytest.approx(0.961)


def test_no_point_where_neither_list_was_measured_whole() -> None:
    bench = run()
    point(bench, 64, ce32=BAD, ce64=None)
    assert judged(bench).empty
    point(bench, 128, ce32=None)
    assert judged(bench).empty, "what is asked was not measured"
    point(bench, 32, ce32=BAD)
    assert judged(bench)["point"].tolist() == [{"n": 32}]


def test_no_point_without_both_sides_of_a_comparison() -> None:
    bench = run()
    point(bench, 64, flat32=None, flat64=None)
    table = judged(bench)
    assert table.empty and list(table.columns)[-1] == "evidence"
    assert hypothesis_summary(table, [H1])["text"].tolist() == ["H1 (rounding): no point was measured."]


def test_where_and_metric_select() -> None:
    bench = run()
    for n in (32, 64, 128):
        point(bench, n, ce32=BAD)
    bench.outcome("loss", [1.0, 2.0], kernel="ce", dtype="float32", n=32, optimizer="sgd")
    table = judged(bench, {**H1, "where": {"n": {"at_most": 64}, "dim": 8}})
    assert [place["n"] for place in table["point"]] == [32, 64]
    assert judged(bench, {**H1, "metric": "loss"}).empty
    assert hypothesis_summary(table, [H1])["text"].iloc[0] == "H1 (rounding): supported at all 2 points."


def test_a_side_that_names_several_cases_is_missing() -> None:
    bench = run()
    point(bench, 64, ce32=BAD)
    loose = {"left": {"kernel": "ce"}, "relation": "below", "right": {"kernel": "flat"}}
    row = judged(bench, {**H1, "supported": [loose]}).iloc[0]
    assert row["evidence"][-1]["text"] == "CE names several cases and FlatNCE names several cases"
    assert row["verdict"] == "unclear"


def test_pairs_are_made_by_seed() -> None:
    left = Case({"kernel": "ce"}, {0: 1.0, 1: 2.0, 5: 9.0})
    right = Case({"kernel": "flat"}, {1: 1.0, 0: 0.0, 2: 7.0})
    sides = {"left": {"kernel": "ce"}, "relation": "above", "right": {"kernel": "flat"}}
    found = compare(sides, [left, right], 0.5, 0.95, {})
    assert (found["pairs"], found["difference"], found["low"], found["high"]) == (2, 1.0, 1.0, 1.0)
    assert (found["left"], found["right"], found["state"]) == (1.5, 0.5, "shown")
    alone = compare(sides, [left, Case({"kernel": "flat"}, {9: 1.0})], 0.5, 0.95, {})
    assert alone["state"] == "missing" and alone["text"] == "ce and flat share no seed" and alone["left"] == 4.0
    single = compare(sides, [left, Case({"kernel": "flat"}, {0: 0.0})], 0.5, 0.95, {})
    assert single["state"] == "open" and "single pair" in single["text"]
    endless = compare(sides, [left, Case({"kernel": "flat"}, {0: math.inf, 1: 1.0})], 0.5, 0.95, {})
    assert endless["state"] == "open" and endless["text"] == "ce at 1.50 against flat at inf: no finite difference"


SHOWN, OPEN, REFUTED, MISSING = "shown", "open", "refuted", "missing"


@pytest.mark.parametrize(
    ("asked", "rejected", "supported", "verdict"),
    [
        ([], [SHOWN], [OPEN], "rejected"),
        ([], [OPEN], [SHOWN], "supported"),
        ([], [SHOWN, OPEN], [SHOWN, SHOWN], "supported"),
        ([], [SHOWN, MISSING], [], "unclear"),
        ([], [SHOWN], [SHOWN], "unclear"),
        ([], [REFUTED], [REFUTED], "unclear"),
        ([], [], [SHOWN], "supported"),
        ([], [SHOWN], [MISSING], "rejected"),
        ([SHOWN], [SHOWN], [], "rejected"),
        ([OPEN], [SHOWN], [], "unclear"),
        ([MISSING], [], [SHOWN], "unclear"),
        ([SHOWN, REFUTED], [SHOWN], [SHOWN], "nothing to explain"),
        ([MISSING, REFUTED], [SHOWN], [], "nothing to explain"),
    ],
)
def test_verdicts(asked: list[str], rejected: list[str], supported: list[str], verdict: str) -> None:
    lists = {"asked": asked, "rejected": rejected, "supported": supported}
    evidence = [
        {"role": role, "state": state, "text": "a at 1 against b at 2", "finding": "is above", "pairs": 3}
        for role, states in lists.items()
        for state in states
    ]
    found, reason = verdict_of(evidence)
    assert found == verdict and found in VERDICTS and reason.endswith(".")


numbers = st.floats(-2, 2).map(lambda value: round(value, 3))
pairs = st.lists(st.tuples(numbers, numbers), min_size=2, max_size=6)


@given(pairs, st.sampled_from(["above", "below", "equal"]), st.sampled_from([0.0, 0.01, 0.5]))
def test_swapping_the_sides_and_the_relation_changes_nothing(
    values: list[tuple[float, float]], relation: str, margin: float
) -> None:
    left = Case({"kernel": "a"}, dict(enumerate(value for value, _ in values)))
    right = Case({"kernel": "b"}, dict(enumerate(value for _, value in values)))
    mirrored = {"above": "below", "below": "above", "equal": "equal"}[relation]
    one = compare(
        {"left": {"kernel": "a"}, "relation": relation, "right": {"kernel": "b"}}, [left, right], margin, 0.95, {}
    )
    other = compare(
        {"left": {"kernel": "b"}, "relation": mirrored, "right": {"kernel": "a"}}, [left, right], margin, 0.95, {}
    )
    assert one["state"] == other["state"]
    assert (one["difference"], one["low"], one["high"]) == (-other["difference"], -other["high"], -other["low"])


@given(st.lists(numbers, min_size=1, max_size=6), st.sampled_from([0.0, 0.01, 0.5]))
def test_relations_exclude_each_other_and_equal_stays_within_the_margin(values: list[float], margin: float) -> None:
    difference = mean_interval(values)
    states = {relation: judge(relation, difference, margin) for relation in ("above", "below", "equal")}
    assert list(states.values()).count("shown") <= 1
    if states["equal"] == "shown":
        assert -margin <= difference.low and difference.high <= margin
        assert states["above"] == states["below"] == "refuted"
    if states["above"] == "shown":
        assert states["below"] == states["equal"] == "refuted"
    opposite = {"shown": "refuted", "refuted": "shown", "open": "open"}
    for relation in ("above", "below"):
        assert judge(f"not {relation}", difference, margin) == opposite[states[relation]]
    if not difference.known:
        assert set(states.values()) == {"open"}


def test_shown_by_mistake_no_more_often_than_the_level_allows() -> None:
    random = np.random.default_rng(3)
    trials, margin = 4000, 0.5
    counts = {"above": 0, "below": 0, "equal": 0}
    for _ in range(trials):
        # The true difference lies on the margin: neither above nor clearly equal.
        difference = mean_interval(random.normal(margin, 1.0, 5).tolist(), 0.9)
        for relation in counts:
            counts[relation] += judge(relation, difference, margin) == "shown"
    # A two-sided 90 % interval misses on each side in 5 %.
    error = 4 * math.sqrt(0.05 * 0.95 / trials)
    assert abs(counts["above"] / trials - 0.05) < error
    assert counts["below"] / trials < 0.05 + error and counts["equal"] / trials < 0.05 + error


def test_no_hypotheses_and_no_outcomes() -> None:
    assert judged(run()).empty
    empty = judge_hypotheses(run().outcomes, [], AXES, 0.95, LABELS)
    assert empty.empty and hypothesis_summary(empty, []).empty
