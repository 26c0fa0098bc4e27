from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.analysis.crossover import find_crossovers
from bench.analysis.ratios import ratio_table
from bench.analysis.wording import multiple
from tests.analysis.frames import Bench, power_laws, question

LENGTHS = [32, 64, 128, 256, 512, 1024]
LAWS = {"naive": lambda n: 2e-9 * n * n, "linear": lambda n: 4e-7 * n}  # cross at 200


def only(frame: pd.DataFrame, **where: Any) -> dict[str, Any]:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0].to_dict()


def crossovers(bench: Bench, questions: list[dict[str, Any]], axes: dict[str, Any] | None = None, **options: Any):
    return find_crossovers(bench.measurements, bench.replicates, questions, axes or {}, "kernel", **options)


def test_time_with_an_interval() -> None:
    bench = Bench()
    power_laws(bench, LENGTHS, LAWS)
    row = only(crossovers(bench, question(("naive",))))
    assert (row["axis"], row["metric"], row["subject"], row["baseline"]) == ("n", "time", "linear", "naive")
    assert row["outcome"] == "crosses" and row["crossings"] == 1
    assert row["low"] < row["at"] < row["high"]
    assert row["at"] == pytest.approx(200, rel=0.01)
    # Shared disturbance of 2 % cancels; what is left is 0.3 % per side.
    assert row["high"] / row["low"] < 1.05
    assert (row["first"], row["last"], row["level"], row["best_member"]) == (32, 1024, 0.95, "naive")
    assert row["text"].startswith("at n ≈ ") and " to " in row["text"]
    assert math.isnan(row["relative"]) and row["notes"] == ""


def test_exact_metrics_have_no_interval_and_read_plainly() -> None:
    bench = Bench("kernel", "n", "hidden")
    for n in (16, 256, 4096):
        bench.exact("flops_formula", 4 * n * n * 64, kernel="sdpa", n=n, hidden=32)
        bench.exact("flops_formula", 4 * n * 64 * 64, kernel="linear", n=n, hidden=32)
        bench.exact("peak_tensor_bytes", 1000 * n, kernel="sdpa", n=n, hidden=32)
        bench.exact("peak_tensor_bytes", 1000 * n, kernel="linear", n=n, hidden=32)
    table = crossovers(bench, question(("sdpa",), metrics=("flops", "memory", "time"), relative_to="hidden"))
    flops = only(table, metric="flops")
    assert flops["at"] == flops["low"] == flops["high"] == pytest.approx(64)
    assert flops["text"] == "at n = 64 = 2.0 × hidden"
    assert flops["relative"] == pytest.approx(2)
    assert flops["hidden"] == 32
    assert only(table, metric="memory")["text"] == "none: equal up to 4096"
    assert only(table, metric="time")["text"] == "no data: linear and sdpa: time not measured"


def test_relative_to_a_fixed_parameter_and_its_label() -> None:
    bench = Bench()
    for n in (768, 3072):
        bench.exact("flops_formula", n * 1536, kernel="linear", n=n)
        bench.exact("flops_formula", n * n, kernel="sdpa", n=n)
    asked = question(("sdpa",), metrics=("flops",), relative_to="hidden")
    row = only(crossovers(bench, asked, {"hidden": [768]}, labels={"hidden": "D"}))
    assert row["text"] == "at n = 1536 = 2.0·D"


def test_flops_fall_back_to_the_dispatch_counter_on_both_sides() -> None:
    bench = Bench()
    for n in (16, 256):
        bench.exact("flops_formula", 1, kernel="sdpa", n=n)
        bench.exact("flops_dispatch", 4 * n * n, kernel="sdpa", n=n)
        bench.exact("flops_dispatch", 256 * n, kernel="linear", n=n)
    assert only(crossovers(bench, question(("sdpa",), metrics=("flops",))))["at"] == pytest.approx(64)


def test_from_the_start_and_none() -> None:
    bench = Bench()
    power_laws(bench, LENGTHS, {"a": lambda n: 1e-6 * n, "b": lambda n: 2e-6 * n})
    table = crossovers(bench, question(("a",), ("b",)))
    assert only(table, subject="a")["text"] == "from the start (n ≥ 32)"
    assert only(table, subject="b")["text"] == "none up to 1024"
    assert only(table, subject="b")["baseline"] == "a"


def test_identical_subjects_are_unclear() -> None:
    bench = Bench()
    for n in LENGTHS:
        bench.time([1.0, 1.02, 0.98, 1.01, 1.0], kernel="a", n=n)
        bench.time([1.0, 0.99, 1.01, 1.0, 1.01], kernel="b", n=n)
    row = only(crossovers(bench, question(("a",))))
    assert row["outcome"] == "unclear" and row["text"].startswith("unclear")
    assert math.isnan(row["at"])


def test_unclear_names_the_bound_it_knows() -> None:
    bench = Bench()
    bench.time([1.0, 1.05, 0.96, 1.02, 0.97], kernel="a", n=64)
    bench.time([1.0] * 5, kernel="b", n=64)
    for n in (128, 256):
        bench.time([0.5, 0.51, 0.5, 0.49, 0.5], kernel="a", n=n)
        bench.time([1.0] * 5, kernel="b", n=n)
    row = only(crossovers(bench, question(("b",))))
    assert row["outcome"] == "unclear"
    assert row["text"].startswith("unclear: by n ≈ ") and "at the latest" in row["text"]


def test_several_crossings_are_said() -> None:
    bench = Bench()
    for n, ratio in zip((16, 64, 256, 1024), (2, 0.5, 2, 0.5), strict=True):
        bench.exact("flops_formula", 1000 * ratio, kernel="a", n=n)
        bench.exact("flops_formula", 1000, kernel="b", n=n)
    row = only(crossovers(bench, question(("b",), metrics=("flops",))))
    assert row["text"] == "crosses 3 times; last at n = 512"
    bench.exact("flops_formula", 2000, kernel="a", n=4096)
    bench.exact("flops_formula", 1000, kernel="b", n=4096)
    row = only(crossovers(bench, question(("b",), metrics=("flops",))))
    assert row["text"] == "none up to 4096 (below only within n = 64 to 1024)"


def test_missing_points_limit_the_statement() -> None:
    bench = Bench()
    power_laws(bench, [64, 128, 256, 512], LAWS)
    bench.fail("timeout", "no answer within 120 s", kernel="linear", n=32)
    bench.time([LAWS["naive"](32)] * 5, kernel="naive", n=32)
    bench.time([LAWS["linear"](1024)] * 5, kernel="linear", n=1024)
    bench.fail("skipped", "over budget", kernel="naive", n=1024)
    bench.rows = [row for row in bench.rows if not (row["n"] == 128 and row["subject"] == "linear")]
    bench.fail("oom_host", None, kernel="linear", n=128)
    row = only(crossovers(bench, question(("naive",)), labels={"linear": "Linear"}))
    assert (row["first"], row["last"]) == (64, 512)
    assert row["text"].endswith("; compared up to n = 512; compared from n = 64 on")
    assert row["notes"] == (
        "naive not measured above 512: over budget; Linear not measured below 64: no answer within 120 s; "
        "left out n = 128: Linear: out of memory"
    )


def test_no_data_gives_the_reason() -> None:
    bench = Bench()
    bench.fail("unsupported", "needs CUDA", kernel="flash", n=64)
    bench.time([1.0, 1.0], kernel="naive", n=64)
    row = only(crossovers(bench, question(("naive",), ("absent",))), subject="flash", baseline="naive")
    assert (row["outcome"], row["text"]) == ("no data", "no data: flash: needs CUDA")
    row = only(crossovers(bench, question(("absent",))), subject="naive")
    assert row["text"] == "no data: absent: not in this run"
    assert math.isnan(row["first"])


def test_single_point_and_single_replicate() -> None:
    bench = Bench()
    bench.time([1.0], kernel="a", n=64)
    bench.time([2.0], kernel="b", n=64)
    row = only(crossovers(bench, question(("b",))))
    assert row["text"] == "from the start (only n = 64 measured); one replicate: no interval"
    bench.time([4.0], kernel="b", n=16)
    bench.time([16.0], kernel="a", n=16)
    row = only(crossovers(bench, question(("b",))))
    assert row["outcome"] == "crosses" and math.isnan(row["low"]) and math.isnan(row["high"])
    # Ratios 4 and 1/2: two thirds of the way from 16 to 64.
    assert row["text"] == "at n ≈ 40.3; one replicate: no interval"


def test_samples_that_are_gone_are_the_reason_for_no_interval() -> None:
    bench = Bench()
    for n, seconds in ((16, 16.0), (64, 1.0)):
        bench.time([seconds] * 3, kernel="a", n=n)
        bench.time([4.0 if n == 16 else 2.0] * 3, kernel="b", n=n)
    bench.processes.clear()
    assert only(crossovers(bench, question(("b",))))["text"] == "at n ≈ 40.3; samples are missing: no interval"


def test_one_point_of_several_with_a_single_replicate_is_noted() -> None:
    bench = Bench()
    power_laws(bench, [64, 128, 256, 512], LAWS)
    bench.time([LAWS["naive"](32)], kernel="naive", n=32)
    bench.time([LAWS["linear"](32)], kernel="linear", n=32)
    row = only(crossovers(bench, question(("naive",))))
    assert row["low"] < row["at"] < row["high"]
    assert row["notes"] == "one replicate, so no interval, at n = 32"


def test_replicates_that_were_never_paired_give_no_interval() -> None:
    bench = Bench()
    power_laws(bench, [64, 1024], LAWS)
    row = only(
        find_crossovers(bench.measurements, bench.replicates.iloc[:0], question(("naive",)), {}, "kernel"),
    )
    assert row["outcome"] == "crosses" and math.isnan(row["low"])


def test_best_of_several_switches_members() -> None:
    # naive is the best standard up to 128, fused after it. linear / best is 400 / 256 at 128 and 250 / 256 at 256.
    bench = Bench()
    laws = {
        "naive": lambda n: 2e-9 * n * n if n <= 128 else 4e-9 * n * n,
        "fused": lambda n: 3e-9 * n * n if n <= 128 else 1.6e-9 * n * n,
        "linear": lambda n: 4e-7 * n,
    }
    power_laws(bench, [32, 64, 128, 256, 512], laws)
    bench.fail("oom_host", "needs 4 GiB", kernel="naive", n=1024)
    power_laws(bench, [1024], {name: laws[name] for name in ("fused", "linear")})
    asked = question(("naive", "fused"), ("naive",))
    table = crossovers(bench, asked)
    row = only(table, subject="linear", baseline="naive+fused")
    expected = 128 * 2 ** (math.log(400 / 256) / math.log(400 / 250))
    assert row["at"] == pytest.approx(expected, rel=0.01) and row["best_member"] == "fused"
    assert row["last"] == 1024 and row["notes"] == "baseline without naive at n = 1024"
    # Members are not compared with the baseline they belong to, nor a subject with itself.
    assert set(zip(table["subject"], table["baseline"], strict=True)) == {
        ("linear", "naive+fused"),
        ("linear", "naive"),
        ("fused", "naive"),
    }
    ratios = ratio_table(bench.measurements, bench.replicates, asked, "kernel")
    members = ratios[(ratios["subject"] == "linear") & (ratios["baseline"] == "naive+fused")]
    assert members["member"].tolist() == ["naive"] * 3 + ["fused"] * 3
    assert members["n"].tolist() == [32, 64, 128, 256, 512, 1024]
    assert members["ratio"].iloc[0] == pytest.approx(200 / 32, rel=0.01)
    assert members["verdict"].tolist() == ["slower"] * 3 + ["same"] + ["faster"] * 2


def test_facets_in_declared_order_with_text_bool_and_environment_axes() -> None:
    bench = Bench("kernel", "n", "dtype", "causal", "allocator")
    axes = {
        "kernel": ["naive", "linear"],
        "n": LENGTHS,
        "dtype": ["float32", "bfloat16"],
        "causal": [False, True],
        "allocator": ["retain", "default"],
    }
    for dtype in ("bfloat16", "float32"):
        for causal in (True, False):
            for allocator in ("default", "retain"):
                slope = 4e-7 * (2 if causal else 1) * (1 if allocator == "retain" else 1.5)
                laws = {"naive": LAWS["naive"], "linear": lambda n, slope=slope: slope * n}
                power_laws(bench, LENGTHS, laws, dtype=dtype, causal=causal, allocator=allocator)
    table = crossovers(bench, question(("naive",)), axes)
    assert list(table.columns[:4]) == ["dtype", "causal", "allocator", "axis"]
    order = list(zip(table["dtype"], table["causal"], table["allocator"], strict=True))
    assert order[:4] == [
        ("float32", False, "retain"),
        ("float32", False, "default"),
        ("float32", True, "retain"),
        ("float32", True, "default"),
    ]
    assert table["at"].tolist()[:4] == pytest.approx([200, 300, 400, 600], rel=0.01)


def test_results_do_not_depend_on_what_else_was_measured() -> None:
    bench = Bench()
    power_laws(bench, LENGTHS, LAWS)
    alone = only(crossovers(bench, question(("naive",))))
    power_laws(bench, LENGTHS, {"other": lambda n: 1e-6 * n})
    beside = only(crossovers(bench, question(("naive",))), subject="linear")
    assert alone == pytest.approx(beside, nan_ok=True)
    assert crossovers(bench, question(("naive",)), seed=1).iloc[0]["low"] != alone["low"]


def test_questions_along_two_axes() -> None:
    bench = Bench("kernel", "n", "batch")
    # linear / sdpa is 64 batch / n.
    for n in (16, 1024):
        for batch in (1, 4):
            bench.exact("flops_formula", 4.0 * batch * n * n, kernel="sdpa", n=n, batch=batch)
            bench.exact("flops_formula", 256.0 * n * batch * batch, kernel="linear", n=n, batch=batch)
    (along,) = question(("sdpa",), metrics=("flops",))
    asked = [along, {**along, "axis": "batch"}]
    table = crossovers(bench, asked)
    assert list(table.columns[:3]) == ["n", "batch", "axis"]
    along_n = table[table["axis"] == "n"]
    assert along_n["batch"].tolist() == [1, 4] and along_n["n"].isna().all()
    assert along_n["at"].tolist() == pytest.approx([64, 256])
    assert table.loc[table["axis"] == "batch", "outcome"].tolist() == ["none", "from the start"]


def test_empty_frames_are_typed() -> None:
    bench = Bench("kernel", "n", "dtype")
    for measurements in (bench.measurements, pd.DataFrame(columns=list(bench.measurements.columns))):
        table = find_crossovers(measurements, pd.DataFrame(), question(("naive",)), {}, "kernel")
        assert table.empty and table["at"].dtype == np.float64 and table["crossings"].dtype == np.int64
        assert list(table.columns[:2]) == ["dtype", "axis"]
        ratios = ratio_table(measurements, pd.DataFrame(), question(("naive",)), "kernel")
        assert ratios.empty and list(ratios.columns[:3]) == ["n", "dtype", "axis"]


def test_ratios_carry_interval_and_verdict() -> None:
    bench = Bench()
    bench.time([2.0, 2.02, 1.98], kernel="twice", n=8)
    bench.time([1.0, 1.01, 0.99], kernel="once", n=8)
    bench.time([1.0, 1.01, 0.99], kernel="again", n=8)
    table = ratio_table(bench.measurements, bench.replicates, question(("once",)), "kernel")
    twice = only(table, subject="twice")
    assert twice["ratio"] == pytest.approx(2) and twice["verdict"] == "slower" and twice["count"] == 3
    assert only(table, subject="again")["verdict"] == "same"
    assert twice["n"] == 8 and twice["member"] == "once"


def test_multiples_of_an_axis_by_its_short_name() -> None:
    assert multiple("6", "hidden", {}) == "6 × hidden"
    assert multiple("6", "hidden", {"hidden": "hidden size D"}) == "6 × hidden"
    assert multiple("2.0", "hidden", {"hidden": "D"}) == "2.0·D"
