"""Comparisons of runs that real processes made. Nothing here depends on how long anything took."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bench.analysis.compare import Side, compare_runs, compare_within
from bench.analysis.decision import paired_differences, paired_effect
from bench.results.run import Run, open_run
from bench.runner.run import execute
from bench.suite.model import Compare, Measure, Plan
from tests.runner.plans import make_plan

QUICK = Measure(
    metrics=("flops", "error", "memory", "time"),
    replicates=(3, 6),
    samples=2,
    level=0.9,
    budget_s=20.0,
    sample_s=0.0005,
    warmup_s=0.01,
)


def measured(out: Path, kinds: list[str], compare: Compare | None = None) -> Run:
    plan = make_plan(kinds, (32,), measure=QUICK)
    plan = Plan(dataclasses.replace(plan.suite, crossovers=(), compare=compare), plan.groups)
    folder = execute(
        plan, out=out, seed=7, device="cpu", command=["bench"], overrides={}, where=[], listener=lambda event: None
    )
    return open_run(folder)


def as_side(run: Run) -> Side:
    return Side(run.meta["run_id"], run.meta, run.measurements, run.replicates)


def test_two_runs_of_one_plan(tmp_path: Path) -> None:
    old, new = measured(tmp_path / "old", ["good", "raise"]), measured(tmp_path / "new", ["good", "hidden"])
    found = compare_runs(as_side(old), as_side(new))
    assert set(found.rows["case"]) == {"faulty/kind=good/n=32"}
    assert set(found.rows["metric"]) == {"time", "peak_tensor_bytes", "flops_dispatch", "error"}
    exact = found.rows[found.rows["method"] == "exact"]
    assert (exact["verdict"] == "same").all()
    time = found.rows[found.rows["metric"] == "time"].iloc[0]
    # Welch's ratio is the quotient of both sides' geometric means over servers.
    assert time["ratio"] == pytest.approx(time["new"] / time["old"])
    assert found.changes["change"].tolist() == ["removed", "added"]
    assert (old.replicates["cost_s"] > 0).all()
    assert not any(sentence.startswith("Different") for sentence in found.conditions)


def test_a_run_that_compares_is_judged_as_it_was_measured(tmp_path: Path) -> None:
    compare = Compare(baseline="good", pairs=(3, 6), level=0.9)
    run = measured(tmp_path, ["good", "approximate", "raise"], compare)
    found = compare_within(as_side(run))
    time = found.rows[found.rows["metric"] == "time"]
    assert time["subject"].tolist() == ["approximate"]
    stored = run.measurements.query("metric == 'time' and subject == 'approximate'")["extra"].iloc[0]["comparison"]
    row = time.iloc[0]
    assert (row["look"], row["looks"]) == (stored["look"], 2)
    values = {
        subject: dict(zip(part["replicate"], part["value"], strict=True))
        for subject, part in run.replicates.groupby("subject")
    }
    differences = paired_differences(values["approximate"], values["good"])
    servers = {subject: part["server"].tolist() for subject, part in run.replicates.groupby("subject")}
    assert servers["approximate"] == servers["good"] == [0, 1, 2, 3, 4, 5][: len(differences)]
    effect = paired_effect(differences, 0.9, stored["share"], servers["good"])
    assert (row["ratio"], row["p"]) == (effect.interval.value, effect.p)
    assert (row["low"], row["high"]) == (effect.interval.low, effect.interval.high)
    assert row["count_new"] == len(differences) == 3 * stored["look"]
    assert found.changes[["case", "change", "new"]].to_dict("records") == [
        {"case": "faulty/kind=raise/n=32", "change": "failed", "new": "error"}
    ]
