"""Two runs, measured apart."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from bench.analysis.compare import ALLOWED, Comparison, Side, compare_runs
from bench.analysis.compare.model import FIRST_COLUMNS, LAST_COLUMNS
from bench.analysis.compare.welch import welch_effect
from tests.analysis.compare_sides import COST_S, MACHINE, SOFTWARE, side, timed
from tests.analysis.frames import Bench

STEADY = (0.99, 1.0, 1.01, 1.0, 0.995, 1.005)


def row(comparison: Comparison, metric: str = "time", **axes: Any) -> dict[str, Any]:
    rows = comparison.rows[comparison.rows["metric"] == metric]
    for axis, value in axes.items():
        rows = rows[rows[axis] == value]
    assert len(rows) == 1
    return {str(name): value for name, value in rows.iloc[0].items()}


def scaled(factor: float, values: tuple[float, ...] = STEADY) -> list[float]:
    return [factor * value for value in values]


# -- times ---------------------------------------------------------------------------------------------------------


def test_welch_is_that_of_scipy() -> None:
    new, old = [1.1, 1.3, 1.2, 1.25], [1.0, 1.02, 0.9]
    expected = ttest_ind(np.log(new), np.log(old), equal_var=False)
    interval = expected.confidence_interval(0.95)
    found = welch_effect(new, old, 0.95)
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.count, found.method) == (3, "Welch t")
    assert welch_effect(old, new, 0.95) == found.inverted()


def test_welch_without_spread() -> None:
    same, other = welch_effect([2.0, 2.0], [2.0, 2.0]), welch_effect([2.0, 2.0, 2.0], [1.0, 1.0])
    assert (same.low, same.high, same.p) == (0.0, 0.0, 1.0)
    assert (other.low, other.high, other.p) == (math.log(2), math.log(2), 0.0)
    single = welch_effect([2.0], [1.0, 1.0])
    assert single.log == math.log(2) and math.isnan(single.low) and math.isnan(single.p)
    with pytest.raises(ValueError, match="expected a positive finite value, got 0"):
        welch_effect([0.0], [1.0])
    with pytest.raises(ValueError, match="no value"):
        welch_effect([], [1.0])


def test_verdicts_and_their_order() -> None:
    old = timed({n: STEADY for n in (1, 2, 3, 4, 5)})
    wild = [0.7, 1.3, 0.9, 1.2, 0.8, 1.1]
    new = timed({1: scaled(0.5), 2: scaled(1.001), 3: scaled(1.5), 4: scaled(3.0), 5: wild})
    found = compare_runs(side(old, "old"), side(new, "new"), band=0.03)
    assert found.rows["n"].tolist() == [4, 3, 1, 5, 2]
    assert found.rows["verdict"].tolist() == ["slower", "slower", "faster", "unclear", "same"]
    assert (found.old, found.new, found.paired, found.subject, found.axes) == (
        "old", "new", False, "kernel", ("kernel", "n"))  # fmt: skip
    first = row(found, n=4)
    assert first["ratio"] == pytest.approx(3.0) == pytest.approx(first["new"] / first["old"])
    # Three of five are picked: their intervals are at 1 - 0.01 * 3 / 5.
    assert first["level"] == pytest.approx(0.994)
    expected = welch_effect(scaled(3.0), STEADY, 0.994).interval
    assert (first["low"], first["high"]) == (pytest.approx(expected.low), pytest.approx(expected.high))
    assert row(found, n=2)["level"] == 0.99
    assert (first["count_old"], first["count_new"], first["method"]) == (6, 6, "Welch t")
    assert pd.isna(first["look"]) and pd.isna(first["looks"]) and math.isnan(first["more_pairs"])


def test_unclear_says_what_it_would_take() -> None:
    found = row(compare_runs(side(timed({1: STEADY})), side(timed({1: [0.97, 1.05, 1.0, 1.03, 1.01, 1.04]}))))
    assert found["verdict"] == "unclear"
    assert found["more_pairs"] >= 1
    assert found["more_s"] == found["more_pairs"] * 2 * COST_S


def test_one_process_is_no_comparison() -> None:
    found = row(compare_runs(side(timed({1: STEADY})), side(timed({1: [2.0]}))))
    assert (found["verdict"], found["count_new"]) == ("unclear", 1)
    assert "single process" in found["note"]
    assert math.isnan(found["p"]) and math.isnan(found["q"]) and math.isnan(found["more_pairs"])


def test_a_time_whose_processes_are_lost_still_has_its_row() -> None:
    old, new = side(timed({1: STEADY})), side(timed({1: scaled(2.0)}))
    lost = Side(new.label, new.meta, new.measurements, new.replicates[:0])
    found = row(compare_runs(old, lost))
    assert found["ratio"] == pytest.approx(2.0)
    assert (found["verdict"], found["note"]) == ("unclear", "the values of its processes are not stored")


def test_what_many_comparisons_do_not_let_pass_is_unclear() -> None:
    # Alone at p = 0.004 it is slower; as one of 21, of which no other differs, it is not.
    almost = [1.007, 1.017, 1.027, 1.017, 1.012, 1.022]
    alone = compare_runs(side(timed({1: STEADY})), side(timed({1: almost})), band=0.001)
    assert row(alone)["verdict"] == "slower"
    assert 0.0005 < row(alone)["p"] < 0.01
    times = {n: STEADY for n in range(1, 22)}
    table = compare_runs(side(timed(times)), side(timed({**times, 1: almost})), band=0.001)
    found = row(table, n=1)
    assert found["low"] > 1 and found["level"] == 0.99
    assert (found["verdict"], found["q"]) == ("unclear", pytest.approx(21 * row(alone)["p"]))
    assert "21 comparisons" in found["note"]
    assert found["more_pairs"] >= 1
    assert "1 of 21 times unclear: about" in " ".join(table.summary)


def test_noise_and_notes_of_both_sides_are_kept() -> None:
    old, new = Bench(), Bench()
    old.time(STEADY, noisy=True, kernel="sdpa", n=1)
    new.time(STEADY, kernel="sdpa", n=1)
    old.rows[0]["notes"] = ["both say so", "3 of 6 processes disturbed"]
    new.rows[0]["notes"] = ["both say so"]
    found = row(compare_runs(side(old), side(new)))
    assert found["noisy"] and found["note"] == "both say so; old: 3 of 6 processes disturbed"


# -- what is counted -------------------------------------------------------------------------------------------------


def counts(**metrics: float) -> Bench:
    bench = Bench()
    for metric, value in metrics.items():
        bench.exact(metric, value, kernel="sdpa", n=1)
    return bench


@pytest.mark.parametrize(
    ("old", "new", "ratio", "verdict"),
    [
        (100, 102, 1.02, "same"),
        (102, 100, 100 / 102, "same"),
        (100, 103, 1.03, "slower"),
        (103, 100, 100 / 103, "faster"),
        (0, 0, 1.0, "same"),
        (0, 5, math.inf, "slower"),
        (5, 0, 0.0, "faster"),
    ],
)
def test_bytes_and_flops(old: float, new: float, ratio: float, verdict: str) -> None:
    metrics = ("peak_tensor_bytes", "flops_dispatch")
    found = compare_runs(side(counts(**dict.fromkeys(metrics, old))), side(counts(**dict.fromkeys(metrics, new))))
    for metric in metrics:
        one = row(found, metric)
        assert (one["ratio"], one["verdict"], one["method"]) == (pytest.approx(ratio), verdict, "exact")
        assert one["low"] == one["high"] == one["ratio"] and one["count_new"] == 0 and math.isnan(one["p"])
        assert (one["old"], one["new"]) == (old, new)


@pytest.mark.parametrize(
    ("old", "new", "ratio", "verdict"),
    [
        (1e-6, 1.9e-6, 1.9, "same"),
        (1e-6, 2.1e-6, 2.1, "slower"),
        (3e-3, 1e-3, 1 / 3, "faster"),
        (0.0, 1e-17, 1.0, "same"),
        (1e-3, math.nan, math.inf, "slower"),
        (math.nan, 1e-3, 0.0, "faster"),
        (math.nan, math.nan, 1.0, "same"),
        (math.inf, math.inf, 1.0, "same"),
    ],
)
def test_errors_are_the_same_within_a_factor_of_two(old: float, new: float, ratio: float, verdict: str) -> None:
    sides = [counts(error_output_rel_l2=0.0, error_dq_rel_l2=one, error_dq_max_abs=9.0) for one in (old, new)]
    found = row(compare_runs(*map(side, sides)), "error")
    assert (found["ratio"], found["verdict"], found["unit"]) == (pytest.approx(ratio), verdict, "1")


def test_the_worst_error_is_of_the_tensors_both_have() -> None:
    old, new = counts(error_output_rel_l2=1e-6), counts(error_output_rel_l2=1e-6, error_dq_rel_l2=1.0)
    assert row(compare_runs(side(old), side(new)), "error")["new"] == 1e-6


def test_memory_on_an_accelerator_is_what_the_allocator_gave() -> None:
    both = counts(peak_tensor_bytes=1, peak_allocated_bytes=2)
    assert set(compare_runs(side(both), side(both)).rows["metric"]) == {"peak_tensor_bytes"}
    device = compare_runs(side(both, device="cuda:0"), side(both, device="cuda:1"))
    assert set(device.rows["metric"]) == {"peak_allocated_bytes"}


def test_times_come_before_the_rest_of_one_verdict() -> None:
    old, new = timed({1: STEADY}), timed({1: scaled(1.5)})
    for bench, value in ((old, 100), (new, 900)):
        bench.exact("flops_dispatch", value, kernel="sdpa", n=1)
    found = compare_runs(side(old), side(new))
    assert found.rows["metric"].tolist() == ["time", "flops_dispatch"]
    assert "FLOPs: more in 1 of 1 case, by 9×: kernel=sdpa/n=1." in found.summary


# -- the same case ---------------------------------------------------------------------------------------------------

OTHER = {
    "workload": ({"workload": {"name": "./other.py:work", "sha256": "b" * 64}}, "./work.py:work", "./other.py:work"),
    "source": ({"workload": {"name": "./work.py:work", "sha256": "b" * 64}}, "a" * 12, "b" * 12),
    "seed": ({"seed": 7}, "0", "7"),
    "device": ({"device": "cuda:0"}, "cpu", "cuda"),
    "parameters": ({"fixed": {"dim": 16}}, "dim = 8", "dim = 16"),
    "environment": ({"environment": {"threads": 2}}, "threads = 1", "threads = 2"),
}


@pytest.mark.parametrize("key", ALLOWED)
def test_what_is_not_the_same_case_is_refused_unless_allowed(key: str) -> None:
    changed, old, new = OTHER[key]
    one, other = side(timed({1: STEADY, 2: STEADY})), side(timed({1: STEADY, 2: STEADY}), **changed)
    found = compare_runs(one, other)
    assert found.rows.empty and list(found.rows.columns[:2]) == ["case", "subject"]
    assert found.refused.to_dict("records") == [{"case": "", "what": key, "old": old, "new": new}]
    assert found.summary[-1] == f"No case compared, since they are not the same case on both sides: {key} differ."
    allowed = compare_runs(one, other, allow={key})
    assert len(allowed.rows) == 2 and allowed.refused.empty
    verb = "differ" if key == "parameters" else "differs"
    assert f"Compared although the {key} {verb}: {old} and {new}." in allowed.conditions


def test_runs_of_before_servers_had_copies_compare_with_those_since() -> None:
    old, new = side(timed({1: [1.0, 1.1, 1.2]})), side(timed({1: [1.0, 1.1, 1.2]}), environment={"copy": 0})
    for one, other in ((old, new), (new, old)):
        found = compare_runs(one, other)
        assert found.refused.empty and len(found.rows) > 0


def test_an_environment_axis_counts_as_environment_and_a_whole_number_is_one() -> None:
    old, new = Bench("kernel", "threads"), Bench("kernel", "threads")
    old.time(STEADY, kernel="sdpa", threads=2)
    new.time(STEADY, kernel="sdpa", threads=2)
    one = side(old, fixed={"dim": 8.0})
    other = side(new, fixed={"dim": 8}, environment={"installation": "here"})
    assert len(compare_runs(one, other).rows) == 1


def test_one_case_may_differ_alone() -> None:
    old, new = timed({1: STEADY, 2: STEADY}), timed({1: STEADY, 2: STEADY})
    new.rows[1]["n"] = 3  # an id that hides a parameter
    found = compare_runs(side(old), side(new))
    assert found.rows["n"].tolist() == [1]
    case = old.rows[1]["case"]
    assert found.refused.to_dict("records") == [{"case": case, "what": "parameters", "old": "n = 2", "new": "n = 3"}]
    assert "1 case not compared" in found.summary[-1]


def test_bad_arguments() -> None:
    one = side(timed({1: STEADY}))
    with pytest.raises(ValueError, match="got 'sources', expected some of source, parameters"):
        compare_runs(one, one, allow=["sources"])
    with pytest.raises(ValueError, match="level must lie between 0 and 1, got 99"):
        compare_runs(one, one, level=99)
    with pytest.raises(ValueError, match="band must lie between 0 and 1, got 2"):
        compare_runs(one, one, band=2)


# -- what became of the cases ----------------------------------------------------------------------------------------


def test_changes_are_listed_the_worst_first() -> None:
    old, new = Bench(), Bench()
    for bench, fates in ((old, "ok+ok+skip+timeout+timeout+no"), (new, "no+timeout+ok+ok+crashed+ok")):
        for n, fate in enumerate(fates.split("+")):
            if fate == "ok":
                bench.time(STEADY, kernel="sdpa", n=n)
            elif fate == "skip":
                bench.fail("skipped", "over budget", kernel="sdpa", n=n)
            elif fate != "no":
                bench.fail(fate, f"it was {fate}", kernel="sdpa", n=n)
    found = compare_runs(side(old), side(new))
    told = [tuple(one.values()) for one in found.changes.to_dict("records")]
    assert told == [
        ("kernel=sdpa/n=1", "failed", "ok", "timeout", "it was timeout"),
        ("kernel=sdpa/n=0", "removed", "ok", "", ""),
        ("kernel=sdpa/n=2", "status", "skipped", "ok", "over budget"),
        ("kernel=sdpa/n=4", "status", "timeout", "crashed", "it was crashed"),
        ("kernel=sdpa/n=3", "recovered", "timeout", "ok", "it was timeout"),
        ("kernel=sdpa/n=5", "added", "", "ok", ""),
    ]
    assert "1 case failed: kernel=sdpa/n=1." in found.summary
    assert "2 cases with another status: kernel=sdpa/n=2, kernel=sdpa/n=4." in found.summary


def test_a_status_is_that_of_a_failure_or_of_the_time() -> None:
    old, new = timed({1: STEADY, 2: STEADY}), timed({1: STEADY, 2: STEADY})
    new.fail("wrong_result", "off by 1", ["error_output_rel_l2"], kernel="sdpa", n=1)
    new.fail("unsupported", "fvcore traces the forward pass only", ["flops_fvcore"], kernel="sdpa", n=2)
    found = compare_runs(side(old), side(new))
    assert found.changes[["case", "change", "new"]].to_dict("records") == [
        {"case": "kernel=sdpa/n=1", "change": "failed", "new": "wrong_result"}
    ]


def test_what_an_interrupted_run_lacks_was_not_reached() -> None:
    old, new = side(timed({1: STEADY, 2: STEADY})), side(timed({1: STEADY, 3: STEADY}))
    stopped = replace(new, meta={**new.meta, "finished": None})
    assert compare_runs(old, stopped).changes["change"].tolist() == ["not reached", "added"]
    assert compare_runs(stopped, old).changes["change"].tolist() == ["removed", "not reached"]
    assert "1 case not reached: kernel=sdpa/n=2." in compare_runs(old, stopped).summary


def test_cases_of_another_suite_are_one_line() -> None:
    old, new = side(timed({1: STEADY, 2: STEADY})), side(timed({3: STEADY, 4: STEADY, 5: STEADY}))
    other = replace(new, meta={**new.meta, "finished": None, "suite": {**new.meta["suite"], "name": "other"}})
    assert compare_runs(old, other).changes[["case", "change"]].to_dict("records") == [
        {"case": "2 cases of another suite, small with subject kernel", "change": "removed"},
        {"case": "3 cases of another suite, other with subject kernel", "change": "added"},
    ]


def test_runs_of_different_suites_share_nothing() -> None:
    found = compare_runs(side(timed({1: STEADY})), side(timed({2: STEADY})))
    assert found.rows.empty and found.refused.empty
    assert found.changes["change"].tolist() == ["removed", "added"]
    assert found.summary[-1] == "No case is on both sides with a value to compare."
    assert found.control.startswith("No times were tested")


# -- conditions ------------------------------------------------------------------------------------------------------


def conditions(new_times: float = 1.0, **changed: Any) -> str:
    old, new = side(timed({1: STEADY}), "A"), side(timed({1: scaled(new_times)}), "B", **changed)
    return " ".join(compare_runs(old, new).conditions)


def test_runs_are_said_to_be_measured_apart() -> None:
    text = conditions()
    assert "Measured apart, A from 2026-11-23 06:26 and B from 2026-11-23 06:26" in text
    assert "Different" not in text and "Source, versions" not in text


def test_a_change_without_a_cause_in_the_code_is_said_to_be_the_machines() -> None:
    cause = "Source, versions and machine are the same on both sides: what differs is then due to the machine's state"
    assert cause in conditions(1.5)
    assert cause not in conditions(1.5, git={"commit": "c" * 40, "dirty": True})
    assert cause not in conditions(1.5, machine={**MACHINE, "host": "other"})
    assert cause not in conditions(1.5, software={**SOFTWARE, "python": "3.12.1"})


def test_machines_versions_and_source_are_told() -> None:
    machine = {**MACHINE, "host": "other", "cpu": {"model": "Chip 2", "usable_cores": 64}}
    text = conditions(machine=machine, git={"commit": "d" * 40, "dirty": True}, interrupted=True)
    assert "Different machines (host, processor, cores): A on box (Chip, 2 cores, 8 GiB), B on other (Chip 2" in text
    assert "Source: cccccccccc and dddddddddd with uncommitted changes." in text
    assert "B was interrupted and is not complete." in text
    text = conditions(software={"python": "3.12.1", "packages": {"torch": "2.14.0"}, "environment": {}})
    told = "python 3.11.7 and 3.12.1; torch 2.13.0 and 2.14.0; OMP_NUM_THREADS 1 and none"
    assert f"Different versions or settings: {told}." in text
    assert "Same host, kernels 6.1 and 6.2." in conditions(machine={**MACHINE, "kernel": "6.2"})
    assert "no commit recorded" in conditions(git=None)


def test_a_run_that_says_little_of_itself_can_be_compared() -> None:
    bare = dict.fromkeys(("machine", "software", "git", "workload", "started"))
    text = conditions(**bare)
    assert "B from an unknown time" in text


# -- properties ------------------------------------------------------------------------------------------------------

seconds = st.lists(st.floats(0.5, 2.0), min_size=1, max_size=8)
tables = st.dictionaries(st.integers(1, 6), st.tuples(seconds, seconds), min_size=1, max_size=5)

SWAPPED = {"slower": "faster", "faster": "slower"}


@settings(max_examples=60, deadline=None)
@given(tables, st.floats(0.005, 0.3), st.sampled_from([0.8, 0.99]))
def test_swapping_the_sides_inverts_and_same_lies_within_the_band(
    table: dict[int, tuple[list[float], list[float]]], band: float, level: float
) -> None:
    sides = [timed({n: both[number] for n, both in table.items()}) for number in (0, 1)]
    for bench, factor in zip(sides, (1, 2), strict=True):
        for n in table:
            bench.exact("flops_dispatch", factor * n, kernel="sdpa", n=n)
    old, new = side(sides[0]), side(sides[1])
    there = compare_runs(old, new, level=level, band=band).rows
    back = compare_runs(new, old, level=level, band=band).rows
    assert list(there.columns) == [*FIRST_COLUMNS, "kernel", "n", *LAST_COLUMNS]
    keys = ["case", "metric"]
    for one, other in zip(
        there.sort_values(keys).to_dict("records"), back.sort_values(keys).to_dict("records"), strict=True
    ):
        assert other["verdict"] == SWAPPED.get(one["verdict"], one["verdict"])
        assert (one["old"], one["new"]) == (other["new"], other["old"])
        for name, inverse in (("ratio", "ratio"), ("low", "high"), ("high", "low")):
            assert other[inverse] == pytest.approx(1 / one[name], rel=1e-12, nan_ok=True)
        for name in ("p", "q", "level", "more_pairs", "more_s"):
            assert other[name] == one[name] or (math.isnan(one[name]) and math.isnan(other[name]))
        if one["verdict"] == "same":
            assert 1 / (1 + band) * (1 - 1e-12) <= one["low"] <= one["high"] <= (1 + band) * (1 + 1e-12)
        if one["verdict"] in SWAPPED and one["metric"] == "time":
            assert (one["low"] > 1 or one["high"] < 1) and one["q"] <= (1 - level) * (1 + 1e-12)
