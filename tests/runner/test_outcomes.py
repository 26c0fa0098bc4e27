"""A workload's own numbers: each seed in a process of its own, averaged as its unit of replication says."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest

from bench.results.rows import Row
from bench.results.run import Run, open_run
from bench.runner.outcomes import outcome_rows
from bench.runner.run import execute
from bench.workloads.protocol import Outcome
from tests.runner.plans import QUICK, make_plan


def run_drawing(kinds: list[str], out: Path, seeds: int = 3, metrics: tuple[str, ...] = ("outcome",)) -> Run:
    measure = dataclasses.replace(QUICK, metrics=metrics, seeds=seeds)
    plan = make_plan(kinds, measure=measure, workload="./drawing.py:drawing")
    plan = dataclasses.replace(plan, suite=dataclasses.replace(plan.suite, crossovers=()))
    folder = execute(
        plan, out=out, seed=7, device="cpu", command=["bench"], overrides={}, where=[], listener=lambda event: None
    )
    return open_run(folder)


def test_seeds_are_fresh_processes_and_the_row_is_their_mean(tmp_path: Path) -> None:
    run = run_drawing(["plain"], tmp_path)
    row = run.measurements.set_index("metric").loc["outcome_level"]
    # 64, 128, 192: mean 128, standard deviation 64, t(0.975, 2) = 4.302653.
    assert row["value"] == 128
    assert row["high"] - row["value"] == pytest.approx(4.302653 * 64 / math.sqrt(3), rel=1e-6)
    assert (row["replicates"], row["samples"], row["status"]) == (3, 3, "ok")
    assert row["extra"]["facts"] == {"kind": "plain"}
    raw = run.outcomes[run.outcomes["metric"] == "level"]
    assert list(zip(raw["replicate"], raw["value"], strict=True)) == [(0, 64.0), (1, 128.0), (2, 192.0)]
    assert run.outcomes[run.outcomes["metric"] == "process"]["value"].nunique() == 3


def test_draws_of_one_process_are_its_replicates(tmp_path: Path) -> None:
    run = run_drawing(["draws"], tmp_path, seeds=1)
    row = run.measurements.set_index("metric").loc["outcome_level"]
    assert (row["value"], row["unit"], row["replicates"], row["samples"]) == (2, "steps", 1, 2)
    assert list(run.outcomes["replicate"]) == [0, 1] and list(run.outcomes["value"]) == [1, 3]


def test_draws_of_several_processes_are_averaged_first(tmp_path: Path) -> None:
    run = run_drawing(["draws"], tmp_path)
    row = run.measurements.set_index("metric").loc["outcome_level"]
    assert (row["value"], row["replicates"], row["samples"]) == (4, 3, 6)
    assert list(run.outcomes["value"]) == [2, 4, 6]


def test_logarithmic_outcomes_have_a_geometric_mean(tmp_path: Path) -> None:
    run = run_drawing(["uneven"], tmp_path)
    assert run.measurements["value"].item() == pytest.approx(100)


def test_what_is_not_finite_stays_visible(tmp_path: Path) -> None:
    run = run_drawing(["infinite"], tmp_path)
    row = run.measurements.iloc[0]
    assert row["value"] == math.inf and row["status"] == "ok" and math.isnan(row["low"])
    assert list(run.outcomes["value"]) == [1, math.inf, 1]


def test_a_seed_that_fails_is_a_row_and_harms_no_other_case(tmp_path: Path) -> None:
    run = run_drawing(["crash", "plain", "nothing"], tmp_path, metrics=("outcome", "time"))
    rows = run.measurements.set_index(["subject", "metric"])
    assert rows.loc[("crash", "outcome"), "status"] == "crashed"
    assert "SIGSEGV" in rows.loc[("crash", "outcome"), "reason"]
    assert rows.loc[("crash", "outcome"), "reason"].startswith("outcome of seed 8: ")
    assert rows.loc[("crash", "time"), "status"] == "skipped"
    assert rows.loc[("crash", "time"), "reason"] == "not timed, as its outcome failed"
    assert rows.loc[("plain", "outcome_level"), "value"] == 128
    assert rows.loc[("plain", "time"), "value"] > 0
    assert rows.loc[("nothing", "outcome"), "status"] == "unsupported"
    assert rows.loc[("nothing", "outcome"), "reason"] == "the workload gives no outcome"
    assert rows.loc[("nothing", "time"), "value"] > 0
    assert set(run.outcomes["subject"]) == {"plain"}


def answer(log: bool = False, **values: list[float]) -> dict[str, dict[str, object]]:
    return {name: {"values": one, "unit": "1", "log": log} for name, one in values.items()}


def rows_of(*answers: dict[str, dict[str, object]]) -> dict[str, Row]:
    (case,) = make_plan(["plain"]).cases
    return {row.metric: row for row in outcome_rows(case, answers, 0.95, {})}


def test_an_outcome_that_some_seeds_lack_has_no_value() -> None:
    rows = rows_of(answer(a=[1.0], b=[1.0]), answer(a=[3.0]))
    assert rows["outcome_a"].value == 2
    assert (rows["outcome_b"].status, rows["outcome_b"].value) == ("error", None)
    assert str(rows["outcome_b"].reason).startswith("1 of 2 seeds")


def test_one_value_that_has_no_logarithm_makes_every_mean_arithmetic() -> None:
    rows = rows_of(answer(True, a=[1.0, 100.0]), answer(True, a=[0.0, 1.0]))
    assert rows["outcome_a"].value == (50.5 + 0.5) / 2 and rows["outcome_a"].extra["log"] is False
    rows = rows_of(answer(True, a=[1.0, 100.0]), answer(True, a=[1000.0]))
    assert rows["outcome_a"].value == pytest.approx(100) and rows["outcome_a"].extra["log"] is True


def test_an_outcome_needs_a_value() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        Outcome(())
