from __future__ import annotations

import math

import pytest

from bench.analysis.intervals import t_quantile
from bench.analysis.outcomes import outcome_table
from bench.analysis.targets import time_to_target
from tests.analysis.frames import Bench


def test_outcomes_as_a_table() -> None:
    bench = Bench()
    bench.outcome("knn", [0.9, 0.92], kernel="ce", n=8)
    bench.outcome("steps_to_target", [100.0, math.inf], unit="steps", kernel="ce", n=8)
    bench.outcome("knn", [0.9], kernel="flat", n=8)
    bench.time([1.0, 2.0], kernel="ce", n=8)
    bench.fail("unsupported", "no", ["outcome"], kernel="siglip", n=8)
    table = outcome_table(bench.measurements)
    assert table["metric"].tolist() == ["knn", "steps_to_target", "knn"]
    assert table["value"].tolist() == pytest.approx([0.91, math.inf, 0.9])
    assert table["draws"].tolist() == [2, 2, 1] and table["unit"].tolist() == ["1", "steps", "1"]
    assert math.isnan(table["low"].iloc[1]) and math.isnan(table["low"].iloc[2])
    assert list(table.columns[:4]) == ["case", "subject", "kernel", "n"]
    assert outcome_table(Bench().measurements).empty


def test_a_single_process_rests_on_its_draws() -> None:
    bench = Bench()
    bench.outcome("xi", [1.0, 2.0, 3.0], kernel="ce", n=8)
    bench.rows[-1]["replicates"] = 1
    assert outcome_table(bench.measurements)["draws"].tolist() == [3]


def test_steps_times_seconds_by_hand() -> None:
    bench = Bench()
    bench.outcome("steps_to_target", [100.0, 200.0, 400.0], log=True, kernel="ce", n=8)
    bench.time([1.0, 2.0, 4.0], kernel="ce", n=8)
    bench.exact("peak_tensor_bytes", 4096, kernel="ce", n=8)
    row = time_to_target(bench.measurements, bench.outcomes).iloc[0]
    assert row["seconds"] == pytest.approx(400) and row["peak_tensor_bytes"] == 4096
    # Both logs have the standard error ln 2 / sqrt 3; with equal errors the degrees of freedom add to 4.
    half = t_quantile(0.95, 4) * math.log(2) * math.sqrt(2 / 3)
    assert row["seconds_low"] == pytest.approx(400 * math.exp(-half))
    assert row["seconds_high"] == pytest.approx(400 * math.exp(half))
    assert (row["reached"], row["seeds"], row["text"]) == (3, 3, "")


def test_an_arithmetic_mean_counts_with_its_relative_error() -> None:
    bench = Bench()
    bench.outcome("steps_to_target", [100.0, 300.0], kernel="ce", n=8)
    bench.time([2.0, 2.0, 2.0], kernel="ce", n=8)
    row = time_to_target(bench.measurements).iloc[0]
    # The relative standard error is 100 / 200, with 1 degree of freedom; the bound below 0 of the steps does no harm.
    half = t_quantile(0.95, 1) * 0.5
    assert row["seconds"] == pytest.approx(400) and row["steps_low"] < 0 < row["seconds_low"]
    assert row["seconds_high"] == pytest.approx(400 * math.exp(half))
    assert (row["reached"], row["seeds"]) == (0, 0)


def test_no_spread_no_width_and_one_seed_no_interval() -> None:
    bench = Bench()
    bench.outcome("steps_to_target", [100.0, 100.0], kernel="ce", n=8)
    bench.time([2.0, 2.0], kernel="ce", n=8)
    bench.outcome("steps_to_target", [100.0], kernel="flat", n=8)
    bench.time([2.0, 2.0], kernel="flat", n=8)
    same, single = time_to_target(bench.measurements, bench.outcomes).to_dict("records")
    assert same["seconds_low"] == same["seconds"] == same["seconds_high"] == pytest.approx(200)
    assert single["seconds"] == pytest.approx(200) and math.isnan(single["seconds_low"])


def test_a_target_that_is_not_reached() -> None:
    bench = Bench()
    for kernel, values in (("ce", [math.inf, math.inf]), ("flat", [50.0, math.inf])):
        bench.outcome("steps_to_target", values, kernel=kernel, n=8)
        bench.time([1.0, 1.1], kernel=kernel, n=8)
    bench.outcome("steps_to_target", [10.0, 10.0], kernel="untimed", n=8)
    table = time_to_target(bench.measurements, bench.outcomes)
    assert table["subject"].tolist() == ["ce", "flat"]
    assert table["seconds"].tolist() == [math.inf, math.inf]
    assert table["seconds_low"].isna().all()
    assert table["text"].tolist() == ["never", "in 1 of 2 seeds only"]
    assert time_to_target(bench.measurements)["text"].tolist() == ["never", "never"]
    assert time_to_target(Bench().measurements).empty
