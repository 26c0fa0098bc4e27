"""Each kind of expectation, judged by numbers worked by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.analysis.claims import judge_claims
from bench.analysis.claims.spread import half_width
from bench.analysis.compare.welch import welch_effect
from bench.analysis.crossover import find_crossovers
from bench.analysis.intervals import paired_ratio, t_quantile
from tests.analysis.claim_frames import claim, exact_crossing, judge, only
from tests.analysis.frames import Bench, meta, power_laws, question

OF_LINEAR = {"of": {"kernel": "linear"}, "to": {"kernel": "sdpa"}, "at": {"n": 8}}
LAWS = {"sdpa": lambda n: 2e-9 * n * n, "linear": lambda n: 4e-7 * n}  # cross at 200


def two(linear: list[float], sdpa: list[float]) -> Bench:
    bench = Bench()
    bench.time(linear, kernel="linear", n=8)
    bench.time(sdpa, kernel="sdpa", n=8)
    return bench


def test_crossovers_are_those_of_the_table() -> None:
    """The same ratios, the same draws: both tell the same numbers."""
    bench = Bench("kernel", "n", "causal")
    for causal in (False, True):
        power_laws(bench, [32, 64, 128, 256, 512, 1024], LAWS, causal=causal)
    asked = question(("sdpa",), ("naive", "sdpa"))
    table = find_crossovers(bench.measurements, bench.replicates, asked, {}, "kernel", seed=3)
    table = table[(table["subject"] == "linear") & (table["baseline"] == "sdpa")]
    spec = {"axis": "n", "subject": "linear", "baseline": "sdpa", "within": [180, 220]}
    found = judge(bench, claim("crossover", spec))
    assert found.points["value"].tolist() == table["at"].tolist()
    assert found.points["low"].tolist() == table["low"].tolist()
    assert found.points["text"].tolist() == table["text"].tolist()
    assert found.points["facet"].tolist() == [{"causal": False}, {"causal": True}]
    assert found.points["facet_text"].tolist() == ["not causal", "causal"]
    row = only(found)
    assert (row["verdict"], row["facets"], row["holds"]) == ("holds", 2, 2) and math.isnan(row["value"])
    assert row["found"].startswith("holds at all 2 places, such as not causal: at n ≈ ")
    assert len(row["cases"]) == 24 and "kernel=linear/n=32/causal=True" in row["cases"]


def test_a_baseline_of_several_takes_the_best() -> None:
    bench = exact_crossing((16, 256))
    for n in (16, 256):
        bench.exact("flops_formula", 2.0 * n * n, kernel="naive", n=n)  # half of SDPA's: crosses at 128
    asked = [{**question(("naive", "sdpa"))[0], "axis": "n"}]
    asked[0]["baselines"][0]["name"] = "best standard"
    spec = {"axis": "n", "subject": "linear", "baseline": "best standard", "within": [127, 129]}
    row = only(judge(bench, claim("crossover", spec, "flops"), crossovers=asked))
    assert (row["verdict"], row["found"]) == ("holds", "at n = 128")
    assert row["cases"] == ["kernel=linear/n=16", "kernel=naive/n=16", "kernel=linear/n=256", "kernel=naive/n=256"]
    # A name that no crossover declares is a subject.
    spec = {**spec, "baseline": "sdpa"}
    assert only(judge(bench, claim("crossover", spec, "flops"), crossovers=[]))["found"] == "at n = 64"


def test_a_place_moves_with_a_facet() -> None:
    bench = Bench("kernel", "n", "hidden")
    for hidden in (128, 256):
        for n in (64, 16384):
            bench.exact("flops_formula", 1.0 * n * n, kernel="sdpa", n=n, hidden=hidden)
            bench.exact("flops_formula", 6.0 * n * hidden, kernel="linear", n=n, hidden=hidden)
    spec = {"axis": "n", "subject": "linear", "baseline": "sdpa"}
    spec["times"] = {"of": "hidden", "factor": 6, "tolerance": 0.25}
    found = judge(bench, claim("crossover", spec, "flops"), labels={"hidden": "D"})
    assert found.points["expected_low"].tolist() == pytest.approx([0.75 * 768, 0.75 * 1536])
    assert found.points["expected_high"].tolist() == pytest.approx([1.25 * 768, 1.25 * 1536])
    assert found.points["text"].tolist() == ["at n = 768 = 6.0·D", "at n = 1536 = 6.0·D"]
    assert only(found)["expected"] == "at n = 6·D, within 25 %"
    one = judge(bench, claim("crossover", spec, "flops", hidden=128), labels={"hidden": "D"})
    assert only(one)["expected"] == "at n = 768 (6·D), within 25 %"
    assert one.points["facet"].tolist() == [{}], "a condition settles it"


def test_outcomes_cross_as_times_do() -> None:
    bench = Bench()
    for n, value in ((10, 4.0), (1000, 0.25)):
        bench.outcome("error", [value, 1.1 * value, 0.9 * value], kernel="linear", n=n)
        bench.outcome("error", [1.0, 1.1, 0.9], kernel="sdpa", n=n)
    spec = {"axis": "n", "subject": "linear", "baseline": "sdpa", "within": [99, 101]}
    row = only(judge(bench, claim("crossover", spec, "error")))
    assert row["verdict"] == "holds" and row["value"] == pytest.approx(100), "paired by seed, the ratios are 4 and 1/4"


def test_time_ratios_are_paired_by_process() -> None:
    linear, sdpa = [0.10, 0.20, 0.40], [0.21, 0.40, 0.80]
    expected = paired_ratio(dict(enumerate(linear)), dict(enumerate(sdpa)))
    row = only(judge(two(linear, sdpa), claim("ratio", {**OF_LINEAR, "below": 0.6})))
    assert (row["value"], row["low"], row["high"]) == (expected.value, expected.low, expected.high)
    assert (row["verdict"], row["expected"]) == ("holds", "linear / sdpa below 0.6")
    assert row["found"] == "0.492 (0.458 to 0.528)"
    assert row["cases"] == ["kernel=linear/n=8", "kernel=sdpa/n=8"]
    bounds = [{"below": 0.5}, {"below": 0.4}, {"above": 0.4}, {"above": 0.6}, {"within": [0.45, 0.55]}]
    found = judge(two(linear, sdpa), *(claim("ratio", {**OF_LINEAR, **bound}) for bound in bounds))
    verdicts = found.claims["verdict"].tolist()
    assert verdicts == ["unclear", "fails", "holds", "fails", "holds"]


def test_ratios_of_two_groups_are_not_paired() -> None:
    bench = Bench()
    small, large = [1.0, 1.1, 0.9], [4.1, 3.9, 4.0]
    bench.time(small, kernel="sdpa", n=8)
    bench.time(large, kernel="sdpa", n=16)
    row = only(judge(bench, claim("ratio", {"of": {"n": 16}, "to": {"n": 8}, "at": {}, "above": 2})))
    expected = welch_effect(large, small, 0.95).interval
    assert (row["low"], row["high"]) == (expected.low, expected.high)
    assert row["expected"] == "n = 16 / n = 8 above 2"


def test_a_single_process_decides_nothing() -> None:
    row = only(judge(two([1.0], [9.0]), claim("ratio", {**OF_LINEAR, "below": 0.5})))
    assert (row["verdict"], row["unclear"], row["found"]) == ("unclear", 1, "0.111, without an interval")


times = st.lists(st.tuples(st.floats(1e-6, 1e2), st.floats(1e-6, 1e2)), min_size=2, max_size=6)


@settings(max_examples=40, deadline=None)
@given(times, st.floats(0.05, 20))
def test_swapping_the_sides_inverts_ratios(pairs: list[tuple[float, float]], bound: float) -> None:
    bench = two([one for one, _ in pairs], [other for _, other in pairs])
    swapped = {"of": OF_LINEAR["to"], "to": OF_LINEAR["of"], "at": OF_LINEAR["at"]}
    found = judge(
        bench,
        claim("ratio", {**OF_LINEAR, "above": bound}),
        claim("ratio", {**swapped, "below": 1 / bound}),
        claim("ratio", {**OF_LINEAR, "within": [bound, 2 * bound]}),
        claim("ratio", {**swapped, "within": [0.5 / bound, 1 / bound]}),
        claim("ratio", {**OF_LINEAR, "above": 1}),
        claim("ratio", {**swapped, "above": 1}),
        claim("equality", {**OF_LINEAR, "band": 0.3}),
        claim("equality", {**swapped, "band": 0.3}),
    )
    verdicts = found.claims["verdict"].tolist()
    assert verdicts[0] == verdicts[1] and verdicts[2] == verdicts[3] and verdicts[6] == verdicts[7]
    assert (verdicts[4] == "unclear") == (verdicts[5] == "unclear")
    assert verdicts[4:6] != ["holds", "holds"], "a tie is above on neither side"
    values = found.points["value"].tolist()
    assert values[1] == pytest.approx(1 / values[0])
    assert found.points["low"].iloc[1] == pytest.approx(1 / found.points["high"].iloc[0])


@settings(max_examples=30, deadline=None)
@given(times, st.floats(0.1, 10), st.floats(1, 3), st.floats(1, 3))
def test_widening_a_claim_never_turns_holds_into_fails(
    pairs: list[tuple[float, float]], low: float, span: float, more: float
) -> None:
    bench = two([one for one, _ in pairs], [other for _, other in pairs])
    narrow = claim("ratio", {**OF_LINEAR, "within": [low, low * span]})
    wide = claim("ratio", {**OF_LINEAR, "within": [low / more, low * span * more]})
    before, after = judge(bench, narrow, wide).claims["verdict"].tolist()
    assert before != "holds" or after == "holds"
    assert before != "unclear" or after != "fails"


def test_exact_ratios_are_decided_exactly() -> None:
    bench = exact_crossing((8, 512), at=64)
    for bound, verdict in (({"above": 8}, "fails"), ({"within": [8, 8.1]}, "holds"), ({"above": 7.999}, "holds")):
        row = only(judge(bench, claim("ratio", {**OF_LINEAR, **bound}, "flops")))
        assert (row["verdict"], row["value"], row["low"], row["high"]) == (verdict, 8, 8, 8)


def test_saving_more_memory_than_time() -> None:
    bench = two([0.5, 0.51, 0.49], [1.0, 1.0, 1.0])
    bench.exact("peak_tensor_bytes", 100, kernel="linear", n=8)
    bench.exact("peak_tensor_bytes", 400, kernel="sdpa", n=8)
    spec = {**OF_LINEAR, "below_ratio_of": "time"}
    row = only(judge(bench, claim("ratio", spec, "memory")))
    time = paired_ratio({0: 0.5, 1: 0.51, 2: 0.49}, {0: 1.0, 1: 1.0, 2: 1.0})
    assert (row["low"], row["high"]) == (pytest.approx(0.25 / time.high), pytest.approx(0.25 / time.low))
    assert row["verdict"] == "holds" and row["expected"] == "linear / sdpa of memory below that of time"
    assert row["found"].startswith("memory 0.25, time 0.500 (")
    other = only(judge(bench, claim("ratio", {**OF_LINEAR, "below_ratio_of": "memory"}, "time")))
    assert (other["verdict"], other["value"]) == ("fails", pytest.approx(1 / row["value"]))
    bench.fail("timeout", "no answer", ["time"], kernel="linear", n=16)
    bench.exact("peak_tensor_bytes", 100, kernel="linear", n=16)
    bench.exact("peak_tensor_bytes", 400, kernel="sdpa", n=16)
    found = only(judge(bench, claim("ratio", {**spec, "at": {}}, "memory")))
    assert (found["facets"], found["uncovered"]) == (1, "no value: no answer (n = 16)")


def test_equality_within_a_band() -> None:
    bench = two([1.0, 1.01, 0.99], [1.0, 1.0, 1.0])
    for band, verdict in ((0.05, "holds"), (0.01, "unclear")):
        assert only(judge(bench, claim("equality", {**OF_LINEAR, "band": band})))["verdict"] == verdict
    assert (
        only(judge(two([2.0, 2.01], [1.0, 1.0]), claim("equality", {**OF_LINEAR, "band": 0.5})))["verdict"] == "fails"
    )
    zero = Bench()
    for kernel in ("linear", "sdpa"):
        zero.exact("error_output_zeros", 0, kernel=kernel, n=8)
    row = only(judge(zero, claim("equality", {**OF_LINEAR, "band": 0.05}, "error_output_zeros")))
    assert (row["verdict"], row["expected"]) == ("holds", "linear and sdpa equal within 5 %")
    zero.rows[0]["value"] = 1e-9
    row = only(judge(zero, claim("equality", {**OF_LINEAR, "band": 0.05}, "error_output_zeros")))
    assert (row["verdict"], row["found"]) == ("fails", "linear / sdpa infinite")


def test_orders_need_every_step() -> None:
    spec = {"axis": "kernel", "values": ["a", "b", "c"], "at": {"n": 8}}
    bench = Bench()
    bench.time([1.0, 1.0], kernel="a", n=8)
    bench.time([2.0, 2.1], kernel="b", n=8)
    bench.time([2.1, 2.0], kernel="c", n=8)
    row = only(judge(bench, claim("order", spec)))
    assert (row["verdict"], row["expected"]) == ("unclear", "a < b < c")
    assert row["value"] == pytest.approx(1.0), "the weakest step"
    assert row["found"].startswith("b / a 2.05 (") and row["found"].endswith("; c / b 1.00 (0.53 to 1.86)")
    assert only(judge(bench, claim("order", {**spec, "values": ["a", "c"]})))["verdict"] == "holds"
    assert only(judge(bench, claim("order", {**spec, "values": ["b", "a", "c"]})))["verdict"] == "fails"
    bench.fail("unsupported", "needs CUDA", kernel="d", n=8)
    row = only(judge(bench, claim("order", {**spec, "values": ["a", "d", "c"]})))
    assert (row["verdict"], row["uncovered"]) == ("unclear", "d: needs CUDA")
    # Known steps that go the wrong way are enough.
    assert only(judge(bench, claim("order", {**spec, "values": ["c", "d", "a"]})))["verdict"] == "fails"
    tie = exact_crossing((64, 128))
    row = only(judge(tie, claim("order", {**spec, "values": ["sdpa", "linear"], "at": {"n": 64}}, "flops")))
    assert row["verdict"] == "fails", "equal is not more"


def slope(**spec: Any) -> dict[str, Any]:
    return {"axis": "n", "equals": 1.0, "tolerance": 0.15, **spec}


def test_slopes_carry_the_spread_of_processes() -> None:
    """Logs 0, 1, 2 ± 0.1: weights -1/2, 0, 1/2, each end adds 0.02 / 2 / 4 with one degree of freedom, two together."""
    bench = Bench("kernel", "n")
    for n in (10, 100, 1000):
        bench.time([n * 10**-0.1, n * 10**0.1], kernel="a", n=n)
    row = only(judge(bench, claim("slope", slope())))
    half = t_quantile(0.95, 2) * math.sqrt(0.005)
    assert (row["value"], row["low"], row["high"]) == (
        pytest.approx(1.0),
        pytest.approx(1 - half),
        pytest.approx(1 + half),
    )
    assert (row["verdict"], row["expected"]) == ("unclear", "slope 1 ± 0.15")
    assert only(judge(bench, claim("slope", {"axis": "n", "above": 0.5})))["verdict"] == "holds"
    assert only(judge(bench, claim("slope", {"axis": "n", "within": [1.5, 2]})))["verdict"] == "fails"


def test_the_interval_of_a_sum_of_means_covers_it_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    trials = 3000
    hits = 0
    for _ in range(trials):
        sides = [random.normal(0, spread, count) for spread, count in ((0.1, 4), (0.3, 6))]
        parts = [(float(side.var(ddof=1)) / len(side), len(side) - 1) for side in sides]
        hits += abs(sides[0].mean() - sides[1].mean()) <= half_width(parts, 0.9)
    share, error = hits / trials, math.sqrt(0.9 * 0.1 / trials)
    assert 0.9 - 4 * error < share < 0.93 + 4 * error, "degrees of freedom rounded down make it a little wide"


def test_exact_slopes_and_their_range() -> None:
    bench = exact_crossing((16, 64, 256, 1024))
    bench.exact("flops_formula", 1.0, kernel="sdpa", n=4)
    spec = slope(**{"from": 16, "to": 1024, "equals": 2, "tolerance": 0.1})
    row = only(judge(bench, claim("slope", spec, "flops", kernel="sdpa")))
    assert (row["verdict"], row["value"], row["low"]) == ("holds", pytest.approx(2), pytest.approx(2))
    assert row["expected"] == "slope 2 ± 0.1, from n = 16 to 1024"
    assert row["found"] == "slope 2 over 4 points, n = 16 to 1024" and len(row["cases"]) == 4
    linear = judge(bench, claim("slope", spec, "flops", kernel=["sdpa", "linear"]))
    assert dict(zip(linear.points["facet_text"], linear.points["verdict"], strict=True)) == {
        "sdpa": "holds",
        "linear": "fails",
    }
    far = only(judge(bench, claim("slope", {**spec, "to": 65536}, "flops", kernel="sdpa")))
    assert (far["verdict"], far["uncovered"]) == ("holds", "n above 1024")
    few = only(judge(bench, claim("slope", {**spec, "to": 64}, "flops", kernel="sdpa")))
    assert few["verdict"] == "unclear" and few["found"].endswith("too few to tell a power law")


def test_slopes_of_outcomes_by_seed_or_by_scatter() -> None:
    bench = Bench("kernel", "n")
    for n in (1, 10, 100):
        bench.outcome("rank", [2.0 * n, 3.0 * n**1.1], kernel="a", n=n)  # one seed has slope 1, the other 1.1
        bench.outcome("once", [5.0 * n], kernel="a", n=n)
        bench.outcome("same", [7.0 * n, 7.0 * n], kernel="a", n=n)
    row = only(judge(bench, claim("slope", slope(), "rank")))
    half = t_quantile(0.95, 1) * 0.05
    assert (row["value"], row["high"]) == (pytest.approx(1.05), pytest.approx(1.05 + half))
    assert only(judge(bench, claim("slope", slope(), "same")))["verdict"] == "holds", "all draws alike: exact"
    assert only(judge(bench, claim("slope", slope(), "once")))["verdict"] == "unclear", "three draws have no interval"
    bench.outcome("once", [5000.0], kernel="a", n=1000)
    assert only(judge(bench, claim("slope", slope(), "once")))["verdict"] == "holds"


def encoder() -> Bench:
    """FLOPs of an encoder layer with D = 768; the feed-forward part is measured under SDPA alone."""
    bench = Bench("kernel", "n", "part")
    for n in (384, 1536, 4608, 6144):
        for kernel in ("sdpa", "linear"):
            core = 4.0 * n * 768 * (n if kernel == "sdpa" else 64)
            bench.exact("flops_formula", core, kernel=kernel, n=n, part="core")
            bench.exact("flops_formula", core + 24.0 * n * 768**2, kernel=kernel, n=n, part="layer")
        bench.exact("flops_formula", 16.0 * n * 768**2, kernel="sdpa", n=n, part="ffn")
        bench.fail("skipped", "the same for every kernel", ["flops_formula"], kernel="linear", n=n, part="ffn")
    return bench


SHARE = {"axis": "part", "whole": "layer", "at": {}}
ENCODER = {"share": {"axis": "part", "whole": "layer", "shared": ["ffn"]}, "fixed": {"hidden": 768}}


def test_shares_at_a_point() -> None:
    """At n = 1536 = 2 D the core is 4 n² D of 4 n² D + 24 n D²: 8 of 32."""
    found = judge(
        encoder(),
        claim("share", {**SHARE, "part": "core", "at": {"n": 1536}, "within": [0.249, 0.251]}, "flops", kernel="sdpa"),
        claim("share", {**SHARE, "part": "ffn", "at": {"n": 1536}, "below": 0.5}, "flops"),
        **ENCODER,
    )
    assert found.claims["found"].iloc[0] == "25 %" and found.claims["verdict"].iloc[0] == "holds"
    assert found.claims["expected"].tolist() == ["core from 24.9 % to 25.1 % of layer", "ffn below 50 % of layer"]
    # Exactly half with SDPA; with linear attention the same part is more than half of less.
    ffn = found.points[found.points["id"] == "c"].iloc[1:]
    assert ffn["facet_text"].tolist() == ["sdpa", "linear"] and ffn["verdict"].tolist() == ["fails", "fails"]
    assert ffn["value"].tolist() == [0.5, pytest.approx(16 / (24 + 4 * 64 / 768))]
    assert ffn["cases"].iloc[1] == ["kernel=sdpa/n=1536/part=ffn", "kernel=linear/n=1536/part=layer"]


def test_from_where_a_part_is_over_or_under_half() -> None:
    six = {"axis": "n", "times": {"of": "hidden", "factor": 6, "tolerance": 0.1}}
    two_d = {"axis": "n", "times": {"of": "hidden", "factor": 2, "tolerance": 0.1}}
    found = judge(
        encoder(),
        claim("share", {**SHARE, "part": "core", "over_half": six}, "flops", kernel="sdpa"),
        claim("share", {**SHARE, "part": "ffn", "under_half": two_d}, "flops", kernel="sdpa"),
        claim("share", {**SHARE, "part": "core", "over_half": {"axis": "n", "never": True}}, "flops", kernel="linear"),
        labels={"hidden": "D"},
        **ENCODER,
    )
    core, ffn, linear = found.claims.to_dict("records")
    assert (core["verdict"], core["value"]) == ("holds", pytest.approx(4608))
    assert core["found"] == "at n = 4608 = 6.0·D"
    assert core["expected"] == "core over half of layer at n = 4608 (6·D), within 10 %"
    assert (ffn["verdict"], ffn["value"]) == ("holds", pytest.approx(1536))
    assert (linear["verdict"], linear["uncovered"]) == ("holds", "n above 6144")


def test_shares_of_time_have_an_interval() -> None:
    bench = Bench("kernel", "n", "part")
    for n, core in ((100, 0.2), (1000, 0.8)):
        bench.time([core, 1.02 * core, 0.98 * core], kernel="sdpa", n=n, part="core")
        bench.time([1.0, 1.01, 0.99], kernel="sdpa", n=n, part="layer")
    spec = {**SHARE, "part": "core", "at": {"n": 100}, "within": [0.15, 0.25]}
    row = only(judge(bench, claim("share", spec), **ENCODER))
    assert row["verdict"] == "holds" and row["low"] < row["value"] < row["high"]
    assert row["value"] == pytest.approx(0.2, rel=1e-3) and " % (" in row["found"]
    along = {**SHARE, "part": "core", "over_half": {"axis": "n", "within": [200, 500]}}
    row = only(judge(bench, claim("share", along), **ENCODER))
    # Odds 1/4 and 4: half way on the logarithmic axis.
    assert row["verdict"] == "holds" and row["value"] == pytest.approx(math.sqrt(1e5), rel=0.01)
    assert row["low"] < row["value"] < row["high"]


def test_values_of_outcomes_and_metrics() -> None:
    bench = Bench()
    bench.outcome("rank", [64.0, 64.0], unit="1", kernel="linear", n=8)
    bench.outcome("loss", [0.2, 0.21, 0.19], kernel="linear", n=8)
    bench.outcome("steps", [math.inf, 3.0], kernel="linear", n=8)
    bench.outcome("single", [3.0], kernel="linear", n=8)
    bench.exact("peak_tensor_bytes", 4096, kernel="linear", n=8)
    checks = {
        ("rank", "within", (0, 64)): "holds",
        ("rank", "below", 64): "fails",
        ("loss", "below", 0.3): "holds",
        ("loss", "below", 0.2): "unclear",
        ("steps", "above", 10): "unclear",
        ("single", "above", 1): "unclear",
        ("memory", "below", 5000): "holds",
        ("peak_tensor_bytes", "above", 4096): "fails",
    }
    claims = [claim("value", {"at": {}, kind: bound}, metric) for metric, kind, bound in checks]
    found = judge(bench, *claims).claims
    assert found["verdict"].tolist() == list(checks.values())
    assert found["found"].tolist()[:3] == ["64", "64", "0.200 (0.175 to 0.225)"]


def test_what_is_not_covered_is_said() -> None:
    bench = Bench("kernel", "n", "dtype")
    for n in (64, 256, 1024):
        for dtype in ("float32", "bfloat16"):
            if n == 1024 and dtype == "bfloat16":
                bench.fail("skipped", "over budget", kernel="sdpa", n=n, dtype=dtype)
            else:
                bench.time([LAWS["sdpa"](n)] * 2, kernel="sdpa", n=n, dtype=dtype)
            bench.time([LAWS["linear"](n) * f for f in (1, 1.001)], kernel="linear", n=n, dtype=dtype)
    bench.fail("unsupported", "needs CUDA", kernel="flash", n=64, dtype="float32")
    spec = {"axis": "n", "subject": "linear", "baseline": "sdpa", "within": [190, 210]}
    row = only(judge(bench, claim("crossover", spec), device="cpu"))
    assert row["verdict"] == "holds"
    assert row["uncovered"] == "no GPU: measured on the CPU only; sdpa, n above 256: over budget (bfloat16)"
    row = only(judge(bench, claim("crossover", {**spec, "subject": "flash"}), device="cuda"))
    assert (row["verdict"], row["facets"], row["found"]) == ("unclear", 0, "nothing was measured that could tell")
    assert row["uncovered"] == "flash: needs CUDA (float32)" and row["cases"] == []
    row = only(judge(bench, claim("ratio", {**OF_LINEAR, "at": {"n": 4096}, "below": 1}), preset="quick"))
    assert (row["verdict"], row["uncovered"]) == ("unclear", "n = 4096: not in this run (preset quick)")
    row = only(judge(bench, claim("value", {"at": {}, "below": 1}, dtype="float16")))
    assert row["uncovered"] == "float16: not in this run"
    flops = only(judge(exact_crossing((16, 256)), claim("crossover", spec, "flops"), device="cpu"))
    assert flops["uncovered"] == "", "what is counted is the same on every device"


def test_one_facet_that_fails_is_enough() -> None:
    bench = Bench("kernel", "n", "causal")
    for causal, factor in ((False, 1.0), (True, 3.0)):
        laws = {"sdpa": LAWS["sdpa"], "linear": lambda n, factor=factor: factor * LAWS["linear"](n)}
        power_laws(bench, [64, 256, 1024], laws, causal=causal)
    spec = {"axis": "n", "subject": "linear", "baseline": "sdpa", "below": 400}
    row = only(judge(bench, claim("crossover", spec), labels={"true": "causal"}))
    assert (row["verdict"], row["holds"], row["fails"]) == ("fails", 1, 1)
    assert row["found"].startswith("holds at 1 of 2 places, fails at 1, such as causal: at n ≈ 599 (")
    assert only(judge(bench, claim("crossover", spec, causal=False)))["verdict"] == "holds"


def test_a_run_without_claims_and_a_run_without_rows() -> None:
    empty = judge(exact_crossing((16,)))
    assert empty.claims.empty and list(empty.claims.columns) == [
        *("id", "text", "source", "metric", "kind", "expected", "found", "verdict", "value", "low", "high", "level"),
        *("facets", "holds", "fails", "unclear", "cases", "uncovered"),
    ]
    assert list(empty.points.columns) == [
        *("id", "facet", "facet_text", "value", "low", "high", "expected_low", "expected_high", "verdict", "text"),
        "cases",
    ]
    specs: dict[str, dict[str, Any]] = {
        "crossover": {"axis": "n", "subject": "linear", "baseline": "sdpa", "below": 8},
        "ratio": {**OF_LINEAR, "above": 1},
        "order": {"axis": "kernel", "values": ["a", "b"], "at": {}},
        "slope": slope(),
        "equality": {**OF_LINEAR, "band": 0.1},
        "share": {"axis": "part", "part": "core", "whole": "layer", "at": {}, "below": 0.5},
        "value": {"at": {}, "above": 1},
    }
    claims = [claim(kind, spec, name=kind) for kind, spec in specs.items()]
    claims.append(claim("share", {**SHARE, "part": "core", "over_half": {"axis": "n", "never": True}}, name="half"))
    bench = Bench()
    about = meta({"kernel": ["linear", "sdpa"], "n": [8]}, [], claims=claims)
    for replicates in (bench.replicates, bench.replicates.iloc[:, :0]):
        found = judge_claims(about, bench.measurements, replicates).claims
        assert found["kind"].tolist() == [*specs, "share"]
        assert set(found["verdict"]) == {"unclear"} and (found["uncovered"] != "").all()
