"""Real runs that compare: groups of mixed environments, pairs until decided, and a case against itself."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from bench.results.run import open_run
from bench.runner.run import execute, resume
from bench.suite.copies import COPIES, against_itself
from bench.suite.model import Case, Compare, Group, Measure, Plan
from tests.runner.plans import HERE, make_plan

PAIRS = Measure(
    metrics=("time",), replicates=(3, 6), samples=2, level=0.9, budget_s=20.0, sample_s=0.0005, warmup_s=0.01
)


def run_plan(plan: Plan, out: Path) -> Path:
    return execute(
        plan, out=out, seed=7, device="cpu", command=["bench"], overrides={}, where=[], listener=lambda event: None
    )


def by_allocator(folder: Path) -> Plan:
    """One group whose cases differ in an axis of the environment."""
    plan = make_plan(["x"], measure=PAIRS, workload="./surroundings.py:surroundings", folder=folder)
    base = plan.cases[0]
    cases = tuple(
        Case(
            id=f"faulty/allocator={name}",
            axes={"n": 32, "allocator": name},
            params={"n": 32},
            environment=dataclasses.replace(base.environment, allocator=name),
            group="faulty",
            subject=name,
        )
        for name in ("default", "retain")
    )
    suite = dataclasses.replace(
        plan.suite,
        subject="allocator",
        axes={"n": (32,), "allocator": ("default", "retain")},
        crossovers=(),
        compare=Compare(baseline="default", pairs=(3, 6), level=0.9),
    )
    return Plan(suite, (Group("faulty", cases, cases[0].environment),))


def test_each_side_of_a_comparison_runs_in_its_own_environment(tmp_path: Path) -> None:
    run = open_run(run_plan(by_allocator(HERE), tmp_path))
    rows = run.measurements.set_index("subject")
    assert (rows["status"] == "ok").all()
    assert rows.loc["default", "extra"]["facts"]["MALLOC_MMAP_MAX_"] == ""
    assert rows.loc["retain", "extra"]["facts"]["MALLOC_MMAP_MAX_"] == "0"


def test_the_candidates_row_says_how_it_was_compared_and_pairs_are_whole(tmp_path: Path) -> None:
    run = open_run(run_plan(by_allocator(HERE), tmp_path))
    rows = run.measurements.set_index("subject")
    assert "comparison" not in rows.loc["default", "extra"]
    comparison = rows.loc["retain", "extra"]["comparison"]
    assert comparison["baseline"] == "faulty/allocator=default"
    assert comparison["looks"] == [3, 6]
    numbers = {subject: set(part["replicate"]) for subject, part in run.replicates.groupby("subject")}
    assert numbers["default"] == numbers["retain"] == set(range(3 if comparison["look"] == 1 else 6))


def test_a_comparing_run_that_was_cut_off_goes_on_as_it_began(tmp_path: Path) -> None:
    """Without the group's closing record the group is measured again, by the same rule."""
    folder = run_plan(by_allocator(HERE), tmp_path)
    file = folder / "measurements.jsonl"
    file.write_text("".join(line for line in file.read_text().splitlines(True) if '"kind":"group"' not in line))
    again = open_run(resume(folder, command=["bench", "run", "--resume"], listener=lambda event: None))
    assert again.measurements.set_index("subject").loc["retain", "extra"]["comparison"]["looks"] == [3, 6]


def test_a_case_against_itself_is_two_copies_of_which_one_may_be_slowed(tmp_path: Path) -> None:
    plan = against_itself(make_plan(["good", "none"], measure=PAIRS), 4, Compare("good", pairs=(2, 4)), inject=0.5)
    assert [case.id for case in plan.cases[:2]] == [
        "faulty/kind=good/n=64/copy=first",
        "faulty/kind=good/n=64/copy=second",
    ]
    assert [case.inject for case in plan.cases[:2]] == [0.0, 0.5]
    assert plan.cases[0].params == plan.cases[1].params == {"kind": "good", "n": 64}
    run = open_run(run_plan(plan, tmp_path))
    good = run.replicates[run.replicates["case"].str.startswith("faulty/kind=good/")]
    assert sorted(good["subject"].unique()) == sorted(COPIES)
    assert (good.groupby("subject")["replicate"].count() == 4).all()
    unsupported = run.measurements[run.measurements["status"] == "unsupported"]
    assert len(unsupported) == 2
    # What was slowed is in the plan, so that a resumed run slows it too.
    stored = json.loads((run.folder / "plan.json").read_text())
    assert stored["groups"][0]["cases"][1]["inject"] == 0.5
