"""A run whose subjects were measured side by side with a baseline."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.analysis.compare import compare_within
from tests.analysis.compare_sides import COST_S, SOFTWARE, looked, side
from tests.analysis.frames import Bench

COMPARE = {"baseline": "old", "pairs": [12, 48], "level": 0.99, "band": 0.02, "budget_s": 5.0}


def drift(count: int, spread: float = 0.1) -> np.ndarray:
    """What both sides of each pair have in common."""
    return np.exp(np.random.default_rng(3).normal(0, spread, count))


def noise(count: int, spread: float = 0.005, seed: int = 4) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(0, spread, count))


def bench_of(*cases: tuple[int, float, int, int], spread: float = 0.005) -> Bench:
    """For each case: n, ratio, pairs and look. The baseline goes on to 48 processes all the same."""
    bench = Bench()
    for n, ratio, pairs, look in cases:
        common = drift(48)
        old, new = {"kernel": "old", "n": n}, {"kernel": "new", "n": n}
        bench.time(common.tolist(), **old)
        looked(bench, new, (ratio * common[:pairs] * noise(pairs, spread)).tolist(), old, look)
    return bench


def test_drift_cancels_in_pairs() -> None:
    found = compare_within(side(bench_of((1, 1.05, 24, 2), (2, 1.0, 12, 1), (3, 0.9, 24, 2)), "r", COMPARE))
    rows = found.rows
    assert rows["n"].tolist() == [1, 3, 2]
    assert rows["verdict"].tolist() == ["slower", "faster", "same"]
    assert rows["method"].tolist() == ["signed ranks"] * 3
    assert rows["count_old"].tolist() == rows["count_new"].tolist() == [24, 24, 12]
    assert rows["look"].tolist() == [2, 2, 1] and rows["looks"].tolist() == [3, 3, 3]
    assert rows.loc[0, "low"] < 1.05 < rows.loc[0, "high"]
    assert rows["subject"].tolist() == ["new"] * 3
    assert (found.old, found.new, found.paired, found.level, found.band) == ("old", "new", True, 0.99, 0.02)
    assert "Measured side by side" in found.conditions[0]
    assert "false discovery rate over 3 times" in found.control
    # Of the baseline, the processes that a pair has: the median of the first 24.
    assert rows.loc[0, "old"] == pytest.approx(float(np.median(drift(48)[:24])))


def test_a_change_that_was_not_measured_again_is_unclear() -> None:
    found = compare_within(side(bench_of((1, 1.2, 12, 1)), "r", COMPARE)).rows.iloc[0]
    assert found["low"] > 1
    assert (found["verdict"], found["note"]) == (
        "unclear",
        "looks slower, but its budget was spent before it could be measured again",
    )
    # The next look is at 24 pairs.
    assert (found["more_pairs"], found["more_s"]) == (12, 12 * 2 * COST_S)


def test_the_share_of_the_look_is_in_the_interval() -> None:
    bench = bench_of((1, 1.01, 12, 1), spread=0.03)
    early = compare_within(side(bench, "r", COMPARE)).rows.iloc[0]
    stored = bench.rows[1]["extra"]["comparison"]
    bench.rows[1]["extra"] = {"comparison": {**stored, "share": 1.0}}
    whole = compare_within(side(bench, "r", COMPARE)).rows.iloc[0]
    assert early["low"] < whole["low"] < whole["high"] < early["high"]
    assert early["p"] == pytest.approx(min(1, 7 * whole["p"]))


def test_more_than_one_subject_and_the_best_known_axes() -> None:
    bench = Bench()
    common = drift(24)
    for n in (1, 2):
        old = {"kernel": "old", "n": n}
        bench.time(common.tolist(), **old)
        for kernel, ratio in (("a", 1.1), ("b", 1.3), ("c", 1.0)):
            looked(bench, {"kernel": kernel, "n": n}, (ratio * common * noise(24, 0.002)).tolist(), old, 2)
    found = compare_within(side(bench, "r", {**COMPARE, "level": 0.95}, labels={"old": "the old one"}))
    assert found.rows["subject"].tolist()[:4] == ["b", "b", "a", "a"]
    assert (found.old, found.new) == ("the old one", "3 others")
    assert "4 of 6 times slower, the largest" in found.summary[0]
    assert "2 of 6 times the same within ±2 %." in found.summary


def test_a_failed_side_is_a_change_and_no_row() -> None:
    bench = bench_of((1, 1.0, 12, 1))
    for n, fate in ((2, "new"), (3, "old")):
        other = {"new": "old", "old": "new"}[fate]
        bench.time(drift(12).tolist(), kernel=other, n=n)
        bench.fail("oom_host", "killed", kernel=fate, n=n)
    bench.time(drift(12).tolist(), kernel="old", n=4)
    bench.fail("skipped", "the same for every kernel", kernel="new", n=4)
    found = compare_within(side(bench, "r", COMPARE))
    assert found.rows["n"].tolist() == [1]
    assert found.changes[["case", "change", "old", "new"]].to_dict("records") == [
        {"case": "kernel=new/n=2", "change": "failed", "old": "ok", "new": "oom_host"},
        {"case": "kernel=new/n=3", "change": "recovered", "old": "oom_host", "new": "ok"},
    ]
    assert found.refused.empty


def test_exact_metrics_are_those_of_the_baselines_case() -> None:
    bench = Bench()
    for kernel, value in (("old", 100), ("new", 150)):
        bench.exact("peak_tensor_bytes", value, kernel=kernel, n=1)
    found = compare_within(side(bench, "r", COMPARE))
    assert found.rows[["case", "ratio", "verdict"]].to_dict("records") == [
        {"case": "kernel=new/n=1", "ratio": 1.5, "verdict": "slower"}
    ]
    assert "Peak memory: more in 1 of 1 case, by 50.0 %: kernel=new/n=1." in found.summary


def test_few_pairs_are_judged_by_t_with_the_quotient_of_means() -> None:
    bench = Bench()
    old = {"kernel": "old", "n": 1}
    bench.time([1.0, 2.0, 4.0, 8.0], **old)
    looked(bench, {"kernel": "new", "n": 1}, [1.1, 2.3, 4.5, 9.0], old, 1)
    found = compare_within(side(bench, "r", COMPARE)).rows.iloc[0]
    assert found["method"] == "paired t"
    assert found["ratio"] == pytest.approx(found["new"] / found["old"])


def test_processes_that_took_turns_are_told() -> None:
    bench = bench_of((1, 1.0, 12, 1))
    assert "took turns" not in " ".join(compare_within(side(bench, "r", COMPARE)).conditions)
    for row in bench.rows:
        row["notes"] = ["processes took turns: the group does not fit into memory side by side"]
    assert "In 1 case processes took turns" in " ".join(compare_within(side(bench, "r", COMPARE)).conditions)


def installed(new: dict[str, Any]) -> str:
    bench = Bench("kernel", "installation")
    for name in ("main", "here"):
        bench.time(drift(12).tolist(), kernel="sdpa", installation=name)
    for row in [*bench.rows, *bench.processes]:
        row["subject"] = row["installation"]
    records = {"main": {"record": {"kind": "git"}, "software": SOFTWARE}, "here": {"record": {}, "software": new}}
    settings = {**COMPARE, "baseline": "main"}
    run = side(bench, "r", settings, subject="installation", installations=records)
    found = compare_within(run)
    assert (found.old, found.new, found.subject, len(found.rows)) == ("main", "here", "installation", 1)
    return " ".join(found.conditions)


def test_installations_are_told_apart() -> None:
    assert "main and here have the same versions." in installed(SOFTWARE)
    assert "main and here differ: python 3.11.7 and 3.12.1." in installed({**SOFTWARE, "python": "3.12.1"})


def test_an_axis_with_the_name_of_a_column_keeps_its_values() -> None:
    bench = Bench("kernel", "p")
    for kernel in ("old", "new"):
        bench.time(drift(12).tolist(), kernel=kernel, p=0.5)
    found = compare_within(side(bench, "r", COMPARE))
    assert found.axes == ("kernel", "axis_p")
    assert found.rows["axis_p"].tolist() == [0.5] and found.rows["p"].tolist() == [1.0]
    assert not found.rows.columns.duplicated().any()


def test_a_run_that_compares_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"r: the suite 'small' has no \[compare\]"):
        compare_within(side(bench_of((1, 1.0, 12, 1)), "r"))


def test_an_empty_comparison_has_all_columns_of_their_dtypes() -> None:
    bench = Bench()
    bench.fail("skipped", "over budget", kernel="old", n=1)
    found = compare_within(side(bench, "r", COMPARE))
    assert found.rows.empty and found.rows["look"].dtype == pd.Int64Dtype()
    assert found.changes.columns.tolist() == ["case", "change", "old", "new", "reason"]
    assert found.refused.columns.tolist() == ["case", "what", "old", "new"]
    assert math.isnan(found.rows["ratio"].sum() or math.nan)
