from __future__ import annotations

import math

import pandas as pd
import pytest

from bench.analysis.errors import error_table
from bench.analysis.flops import flops_agreement
from bench.analysis.quality import coverage, failure_table, noise_summary, noise_table
from tests.analysis.frames import Bench


def test_noise_per_case_and_in_all() -> None:
    bench = Bench()
    bench.time([1.0, 1.1, 0.9], kernel="a", n=1, noisy=True, extra={"stopped": "budget", "median_over_min": 1.5})
    bench.time([1.0, 1.0, 1.0, 1.0], kernel="b", n=1, extra={"stopped": "target", "outliers": 2})
    bench.time([1.0], kernel="c", n=1)
    bench.fail("timeout", "too slow", kernel="d", n=1)
    table = noise_table(bench.measurements, bench.replicates)
    assert table["subject"].tolist() == ["a", "b", "c"]
    assert table["involuntary_switches"].tolist() == [6, 8, 2]
    assert table["cpu_pressure"].tolist() == [1, 1, 1]
    assert table["outliers"].tolist() == [0, 2, 0]
    assert table["half_width"].iloc[1] == 0 and table["half_width"].iloc[2] == math.inf
    noise = noise_summary(table)
    assert (noise.cases, noise.noisy, noise.share) == (3, 1, pytest.approx(1 / 3))
    assert noise.worst == ("kernel=a/n=1", "kernel=b/n=1")
    assert noise.replicates == (1, 3, 4)
    assert noise.stopped == {"budget": 1, "target": 2}
    assert noise.half_width == pytest.approx(table["half_width"].iloc[0] / 2)


def test_no_time_no_noise() -> None:
    noise = noise_summary(noise_table(Bench().measurements, pd.DataFrame()))
    assert (noise.cases, noise.share, noise.worst, noise.stopped) == (0, 0.0, (), {})
    assert math.isnan(noise.half_width)


def test_failures_by_reason_whole_cases_first() -> None:
    bench = Bench()
    for n in (1, 2):
        bench.exact("flops_formula", 1, kernel="a", n=n)
        bench.fail("unsupported", "fvcore traces the forward pass only", ["flops_fvcore"], kernel="a", n=n)
    bench.fail("oom_host", "needs 4 GiB", ["flops_formula", "time"], kernel="b", n=1)
    table = failure_table(bench.measurements)
    assert table["status"].tolist() == ["oom_host", "unsupported"]
    assert table["scope"].tolist() == ["case", "metric"]
    assert table["metrics"].tolist() == ["flops, time", "flops_fvcore"]
    assert table["count"].tolist() == [1, 2]
    assert table["cases"].tolist() == [["kernel=b/n=1"], ["kernel=a/n=1", "kernel=a/n=2"]]


def test_coverage_counts_families_not_metrics() -> None:
    bench = Bench()
    bench.exact("flops_formula", 1, kernel="whole", n=1)
    bench.fail("unsupported", "no", ["flops_fvcore"], kernel="whole", n=1)
    bench.time([1.0], kernel="whole", n=1)
    bench.exact("flops_formula", 1, kernel="part", n=1)
    bench.fail("timeout", "slow", ["time"], kernel="part", n=1)
    bench.fail("wrong_result", "off by 2", ["flops_formula", "time"], kernel="dead", n=1)
    bench.fail("skipped", "over budget", ["flops_formula", "time"], kernel="left", n=1)
    counts = coverage(bench.measurements, planned=6)
    assert (counts.cases, counts.ok, counts.partial, counts.failed, counts.skipped) == (4, 1, 1, 1, 1)
    assert counts.missing == 2
    assert counts.by_status == {"ok": 2, "skipped": 1, "timeout": 1, "wrong_result": 1}
    assert coverage(Bench().measurements).planned is None


def test_flop_sources_that_agree_differ_or_see_nothing() -> None:
    bench = Bench()
    for kernel, formula, dispatch, traced in (
        ("agrees", 1000, 1000, 1009),
        ("differs", 1000, 1000, 900),
        ("blind", 1000, 0, 1000),
        ("lonely", 1000, None, None),
        ("unknown", None, 0, 0),
        ("idle", 0, 0, None),
    ):
        for metric, value in (("flops_formula", formula), ("flops_dispatch", dispatch), ("flops_fvcore", traced)):
            if value is None:
                bench.fail("unsupported", "no", [metric], kernel=kernel, n=1)
            else:
                extra = {"uncounted": {"aten::bmm": 2}} if metric == "flops_fvcore" and value == 900 else {}
                bench.exact(metric, value, extra, kernel=kernel, n=1)
    table = flops_agreement(bench.measurements).set_index("subject")
    assert table["agree"].astype(object).where(table["agree"].notna(), None).to_dict() == {
        "agrees": True,
        "differs": False,
        "blind": False,
        "lonely": None,
        "unknown": None,
        "idle": True,
    }
    assert table["zero"].to_dict() == {**dict.fromkeys(table.index, False), "blind": True}
    assert table["spread"]["agrees"] == pytest.approx(0.009)
    assert table["spread"]["blind"] == math.inf
    assert table["sources"].tolist() == [3, 3, 3, 1, 2, 2]
    assert table["text"]["differs"] == "fvcore counts 10 % less than the formula; fvcore leaves out aten::bmm"
    assert table["text"]["blind"] == "the dispatch counter counted 0"
    assert table["text"]["unknown"] == "the counters say 0 and there is no formula to check them with"
    assert table["text"]["agrees"] == table["text"]["lonely"] == table["text"]["idle"] == ""


def test_errors_in_columns() -> None:
    bench = Bench()
    for measure, value in (("max_abs", 0.5), ("rel_l2", 0.1), ("cosine", 0.99), ("zeros", 0.0), ("nonfinite", 0.0)):
        bench.exact(f"error_output_{measure}", value, {"gate": False}, kernel="performer", n=8)
    bench.exact("error_dq_rel_l2", 1e-7, {"gate": True}, kernel="sdpa", n=8)
    table = error_table(bench.measurements)
    assert table["tensor"].tolist() == ["output", "dq"]
    assert table["approximation"].tolist() == [True, False]
    assert table.iloc[0][["max_abs", "rel_l2", "cosine", "zeros", "nonfinite"]].tolist() == [0.5, 0.1, 0.99, 0, 0]
    assert math.isnan(table.iloc[1]["max_abs"])
    assert error_table(Bench().measurements).empty
