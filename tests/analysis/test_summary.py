from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from bench.analysis.summary import analyse
from bench.analysis.wording import estimate, figures, percent, significant, value_words
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
        for frame in (analysis.outcomes, analysis.laws, analysis.law_points, analysis.hypotheses, analysis.targets):
            assert frame.empty and len(frame.columns) > 5


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


def trained() -> tuple[dict[str, Any], Bench]:
    """A run of outcomes alone: CE stays below FlatNCE at two of three batch sizes; its error falls as 1 / xi."""
    axes = {"kernel": ["ce", "flat"], "n": [1, 10, 100, 1000]}
    bench = Bench(*axes)
    for n in axes["n"]:
        gap = 0.1 if n < 100 else 0.0
        bench.outcome("knn", [0.80 - gap, 0.81 - gap, 0.82 - gap], kernel="ce", n=n)
        bench.outcome("knn", [0.80, 0.81, 0.82], kernel="flat", n=n)
        bench.outcome("error", [1e-7 / n], kernel="ce", n=n)
    below = {"left": {"kernel": "ce"}, "relation": "below", "right": {"kernel": "flat"}}
    equal = {**below, "relation": "equal"}
    hypothesis = {"id": "H2", "title": "scale", "metric": "knn", "margin": 0.01, "where": {}}
    hypothesis |= {"asked": [], "supported": [below], "rejected": [equal]}
    law = {"id": "eps", "title": "Error", "x": "n", "y": "error", "split": "kernel", "slope": -1.0, "tolerance": 0.1}
    law |= {"where": {"kernel": "ce"}, "scale": {}, "compare": None}
    return meta(axes, [], hypotheses=[hypothesis], laws=[law]), bench


def test_a_run_of_outcomes_alone() -> None:
    about, bench = trained()
    about["cases"] = 8
    analysis = analyse(about, bench.measurements, bench.replicates, bench.outcomes)
    assert analysis.headlines == [
        "H2 (scale): supported at 2 of 4 points, rejected at 2.",
        "Error: ce: slope -1.00 (-1.00 to -1.00) over 4 points, expected -1 ± 0.1: holds.",
    ]
    assert (analysis.coverage.ok, analysis.coverage.missing) == (8, 0) and analysis.failures.empty
    assert len(analysis.outcomes) == 12 and len(analysis.law_points) == 4 and len(analysis.hypotheses) == 4
    assert analysis.noise.cases == 0 and analysis.quality.empty and analysis.targets.empty
    without = analyse(about, bench.measurements, bench.replicates)
    assert without.hypotheses.empty and without.hypothesis_summary["points"].tolist() == [0]
    assert len(without.headlines) == 1, "a hypothesis without a point is no headline"


def test_hypotheses_and_laws_leave_room_for_the_rest() -> None:
    about, bench = trained()
    suite = about["suite"]
    suite["hypotheses"] = [{**suite["hypotheses"][0], "id": f"H{number}"} for number in range(7)]
    suite["laws"] = [{**suite["laws"][0], "id": f"law{number}"} for number in range(7)]
    bench.fail("timeout", "too slow", ["outcome"], kernel="ce", n=5000)
    headlines = analyse(about, bench.measurements, bench.replicates, bench.outcomes).headlines
    assert [text[:2] for text in headlines[:5]] == ["H0", "H1", "H2", "H3", "H4"]
    assert [text[:6] for text in headlines[5:9]] == ["Error:"] * 4
    assert headlines[9:] == ["Without all values: 1 of 9 cases (1 failed)."]


@pytest.mark.parametrize(
    ("values", "width", "texts"),
    [
        ([0.953, 0.961, -0.008, -0.0121, -0.0039], 0.0082, ["0.953", "0.961", "-0.008", "-0.013", "-0.003"]),
        ([0.95314, 0.00002], 0.0001, ["0.95314", "0.00002"]),
        ([0.5, 0.5], 0.0, ["0.500", "0.500"]),
        ([-0.00001, 1.0], math.nan, ["0.00", "1.00"]),
        ([1.5e-9, 2.5e-9], 1e-9, ["1.50e-9", "2.50e-9"]),
        ([123456.0, 7.0], 1e5, ["123456", "7"]),
        ([math.inf, math.nan], math.nan, ["inf", "nan"]),
    ],
)
def test_figures_share_a_precision(values: list[float], width: float, texts: list[str]) -> None:
    towards = [0, 0, 0, -1, 1][: len(values)]
    assert figures(list(zip(values, towards, strict=True)), width) == texts


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
