"""The claims of the contrastive suites, judged by the published runs: each one finds its numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.analysis.claims import Claims, judge_claims
from bench.results.run import open_run
from bench.suite import load_suite
from bench.suite.claims import claim_data

REPORTS = Path(__file__).parents[2] / "reports"

#: What rests on counted numbers, or on intervals far from the edge.
VERDICTS = {
    "precision": {
        "xi-falls-with-the-batch": "holds",
        "rounding-exceeds-gradient-float32": "fails",
        "float32-suffices-at-the-published-temperature": "holds",
        "negatives-stay-accurate-bfloat16": "holds",
        "flatnce-accurate-at-every-xi": "holds",
        "infonce-without-cancellation-as-accurate": "holds",
        "bfloat16-loses-the-positives": "holds",
        "both-flatnce-forms-agree": "holds",
    },
    "accumulation": {
        "two-passes-equal-whole-batch": "holds",
        "two-passes-equal-whole-batch-float64": "holds",
        "naive-is-another-gradient": "holds",
        "batch-norm-breaks-two-passes": "holds",
        "dropout-breaks-two-passes": "holds",
        "dropout-breaks-more-than-other-masks": "fails",
        "replay-repairs-dropout": "holds",
        "one-more-forward-flops": "holds",
        "two-passes-keep-embeddings-only": "fails",
        "cache-memory-almost-constant": "fails",
    },
    "training": {
        "xi-near-zero": "fails",
        "flatnce-consistently-better": "fails",
        "flatnce-gradient-is-larger": "holds",
        "float64-closes-the-gap": "fails",
        "gain-without-rounding": "holds",
    },
}


def judged(name: str) -> Claims:
    """The suite's claims as it is now, by a run whose own suite may be older."""
    run = open_run(REPORTS / f"reference-contrastive-{name}")
    claims = [claim_data(claim) for claim in load_suite(f"contrastive-{name}").claims]
    meta = {**run.meta, "suite": {**run.meta["suite"], "claims": claims}}
    return judge_claims(meta, run.measurements, run.replicates, run.outcomes)


@pytest.mark.parametrize("name", [pytest.param("precision", marks=pytest.mark.slow), "accumulation", "training"])
def test_the_published_run_decides_the_claims(name: str) -> None:
    claims = judged(name).claims.set_index("id")
    assert (claims["facets"] > 0).all(), "a claim that finds nothing names something that the suite does not have"
    assert not claims["uncovered"].str.contains("not in this run|not measured").any()
    assert claims.loc[list(VERDICTS[name]), "verdict"].to_dict() == VERDICTS[name]


def test_points_are_the_numbers_of_the_rows() -> None:
    """Two ratios of counted numbers, read off the rows."""
    found = judged("accumulation").points.set_index(["id", "facet_text"])
    run = open_run(REPORTS / "reference-contrastive-accumulation")
    rows = run.measurements.query("part == 'step' and norm == 'layer' and dtype == 'float32' and batch == 4096")

    def read(metric: str, method: str, dropout: float) -> float:
        (value,) = rows.query("metric == @metric and method == @method and dropout == @dropout")["value"]
        return float(value)

    errors = [read("error_gradient_rel_l2", one, 0.1) for one in ("two_pass", "full_other_masks")]
    point = found.loc[("dropout-breaks-more-than-other-masks", "batch = 4096")]
    assert point["value"] == pytest.approx(errors[0] / errors[1]) and point["value"] < 1
    memory = [read("peak_tensor_bytes", one, 0.0) for one in ("two_pass", "full")]
    assert found.loc[("two-passes-save-memory", "batch = 4096"), "value"] == pytest.approx(memory[0] / memory[1])
