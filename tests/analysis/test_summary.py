from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from bench.analysis.summary import analyse
from bench.analysis.wording import estimate, percent, significant, value_words
from tests.analysis.frames import Bench, meta, power_laws, question

LENGTHS = [32, 64, 128, 256, 512, 1024]
LAWS = {
    "naive": lambda n: 4e-9 * n * n,
    "sdpa": lambda n: 2e-9 * n * n,
    "linear": lambda n: 4e-7 * n,
    "performer": lambda n: 1e-6 * n,
}
LABELS = {"sdpa": "SDPA", "standard": "the best standard kernel", "false": "bidirectional", "true": "causal"}


def measured() -> tuple[dict[str, Any], Bench]:
    axes = {
        "kernel": list(LAWS),
        "n": LENGTHS,
        "dtype": ["float32"],
        "causal": [False, True],
        "allocator": ["retain", "default"],
        "threads": [1],
    }
    bench = Bench(*axes)
    for causal in (False, True):
        for allocator in ("retain", "default"):
            power_laws(bench, LENGTHS, LAWS, dtype="float32", causal=causal, allocator=allocator, threads=1)
    asked = question(("sdpa",), ("naive", "sdpa"), metrics=("time", "memory"))
    asked[0]["baselines"][1]["name"] = "standard"
    return meta(axes, asked, labels=LABELS), bench


def test_headlines_lead_with_time_crossovers() -> None:
    about, bench = measured()
    analysis = analyse(about, bench.measurements, bench.replicates)
    first, second, third = analysis.headlines[:3]
    assert first.startswith("Time, bidirectional, allocator retain: linear overtakes ")
    assert "the best standard kernel (there SDPA) at n ≈ " in first and "threads" not in first
    assert "performer overtakes" in second
    # Then the facets that differ in one axis, with the subject that overtakes first.
    assert third.startswith("Time, bidirectional, allocator default: linear")
    assert analysis.headlines[3].startswith("Time, causal, allocator retain: linear")
    assert not any("naive does not" in headline for headline in analysis.headlines)
    assert len(analysis.headlines) <= 12
    assert analysis.coverage.ok == len(bench.rows)


def test_headlines_with_different_answers_per_baseline() -> None:
    about, bench = measured()
    bench.rows = [row for row in bench.rows if row["n"] <= 256 and row["subject"] != "performer"]
    about["suite"]["crossovers"] = question(("naive",), ("sdpa",))
    about["suite"]["axes"]["allocator"] = ["default"]
    text = analyse(about, bench.measurements, bench.replicates).headlines[0]
    assert "linear overtakes naive at n ≈ " in text and ", and SDPA at n ≈ " in text
    bench.rows = [row for row in bench.rows if row["n"] <= 128]
    text = analyse(about, bench.measurements, bench.replicates).headlines[0]
    assert "; it does not overtake SDPA (none up to 128)." in text


def test_caveats_end_the_headlines() -> None:
    about, bench = measured()
    place = {"dtype": "float32", "causal": False, "allocator": "retain", "threads": 1}
    bench.fail("oom_host", "needs 4 GiB", kernel="naive", n=2048, **place)
    bench.time([1.0, 1.1], noisy=True, kernel="sdpa", n=2048, **place)
    bench.exact("flops_formula", 100, kernel="sdpa", n=2048, **place)
    bench.exact("flops_dispatch", 0, kernel="sdpa", n=2048, **place)
    about["cases"] = 100
    analysis = analyse(about, bench.measurements, bench.replicates)
    assert analysis.headlines[-4:] == [
        "Without all values: 1 of 98 cases (1 failed).",
        "Not reached: 2 of 100 planned cases.",
        "Flagged as noisy: 1 of 97 times (1 %).",
        "FLOP sources disagree or cannot be checked: 1 of 1 cases, 1 of them with a counter at 0; the first: "
        "kernel=sdpa/n=2048/dtype=float32/causal=False/allocator=retain/threads=1: the dispatch counter counted 0.",
    ]


def test_shares_are_told_and_shared_parts_not_compared() -> None:
    axes = {"kernel": ["sdpa", "linear"], "n": [384, 1536, 6144], "part": ["core", "ffn", "layer"], "hidden": [768]}
    bench = Bench("kernel", "n", "part")
    for n in axes["n"]:
        for kernel, core in (("sdpa", 4.0 * n * n * 768), ("linear", 4.0 * n * 768 * 64)):
            bench.exact("flops_formula", core, kernel=kernel, n=n, part="core")
            bench.exact("flops_formula", core + 24.0 * n * 768**2, kernel=kernel, n=n, part="layer")
            if kernel == "sdpa":
                bench.exact("flops_formula", 24.0 * n * 768**2, kernel=kernel, n=n, part="ffn")
            else:
                bench.fail("skipped", "the same for every kernel", ["flops_formula"], kernel=kernel, n=n, part="ffn")
    about = meta(
        {name: values for name, values in axes.items() if name != "hidden"},
        question(("sdpa",), metrics=("flops",), relative_to="hidden"),
        fixed={"hidden": 768},
        share={"axis": "part", "whole": "layer", "shared": ["ffn"]},
        labels={"hidden": "D"},
    )
    analysis = analyse(about, bench.measurements, bench.replicates)
    assert set(analysis.crossovers["part"]) == {"core", "layer"}
    assert "FLOPs with sdpa: core is over half of layer from n ≈ 4608 = 6.0·D." in analysis.headlines
    assert not any("Without all values" in headline for headline in analysis.headlines), "nothing is missing"
    assert analysis.failures.empty and analysis.coverage.cases == 15
    assert analysis.halves["part"].unique().tolist() == ["core", "ffn"]


def test_nothing_measured() -> None:
    about, bench = measured()
    for rows in (bench.measurements.iloc[:0], pd.DataFrame(columns=bench.measurements.columns)):
        analysis = analyse(about, rows, pd.DataFrame())
        assert analysis.headlines == ["Nothing was measured: no case has a value."]
        for frame in (analysis.crossovers, analysis.ratios, analysis.quality, analysis.flops_agreement):
            assert frame.empty and len(frame.columns) > 5
        assert analysis.failures.empty and analysis.shares.empty and analysis.errors.empty


def test_only_failures() -> None:
    about, _ = measured()
    bench = Bench("kernel", "n")
    about["suite"]["axes"] = {"kernel": ["sdpa", "linear"], "n": [8]}
    bench.fail("unsupported", "needs CUDA", kernel="sdpa", n=8)
    bench.fail("unsupported", "needs CUDA", kernel="linear", n=8)
    analysis = analyse(about, bench.measurements, bench.replicates)
    assert analysis.headlines == [
        "Nothing was measured: no case has a value.",
        "Without all values: 2 of 2 cases (2 skipped).",
    ]
    assert set(analysis.crossovers["outcome"]) == {"no data"}
    assert "needs CUDA" in analysis.crossovers["text"].iloc[0]


def test_a_run_without_questions() -> None:
    about, bench = measured()
    about["suite"]["crossovers"] = []
    analysis = analyse(about, bench.measurements, bench.replicates)
    assert analysis.crossovers.empty and analysis.ratios.empty and analysis.headlines == []


@pytest.mark.parametrize(
    ("value", "digits", "towards", "text"),
    [
        (212.4, 3, 0, "212"),
        (16384, 3, 0, "16400"),
        (189.2, 2, -1, "180"),
        (189.2, 2, 1, "190"),
        (190.0, 2, -1, "190"),
        (2.0, 2, 0, "2.0"),
        (0.283, 2, 0, "0.28"),
        (9.96, 2, 0, "10.0"),
    ],
)
def test_significant(value: float, digits: int, towards: int, text: str) -> None:
    assert significant(value, digits, towards) == text


def test_estimates_round_outwards_within_the_range() -> None:
    assert estimate(212.4, 199.6, 223.2, 32, 1024) == "≈ 212 (199 to 224)"
    assert estimate(212.4, 132.0, 341.0, 32, 1024) == "≈ 212 (130 to 350)"
    assert estimate(130.0, 129.0, 131.2, 128, 131) == "≈ 130 (129 to 131)"


def test_words() -> None:
    assert value_words("causal", False, LABELS) == "bidirectional"
    assert value_words("causal", False, {}) == "not causal"
    assert value_words("hidden", 768, {"hidden": "D"}) == "D = 768"
    assert value_words("allocator", "retain", {}) == "allocator retain"
    assert value_words("dtype", "float32", {}) == "float32"
    assert [percent(share) for share in (0, 0.001, 0.25, 0.999, 1)] == [
        "0 %",
        "under 1 %",
        "25 %",
        "over 99 %",
        "100 %",
    ]
