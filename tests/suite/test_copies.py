"""A plan measured against itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.suite.copies import COPIES, against_itself
from bench.suite.model import Compare
from bench.suite.problems import SuiteError
from tests.runner.plans import make_plan

COMPARE = Compare("first", pairs=(4, 8), level=0.99, budget_s=2.0)


def test_every_case_is_a_group_of_two_copies() -> None:
    plan = against_itself(make_plan(["good", "twice"], skip={"twice": "not today"}), 40, COMPARE, 0.03)
    (group,) = plan.groups
    assert [case.subject for case in group.cases] == list(COPIES)
    assert [case.inject for case in group.cases] == [0.0, 0.03]
    assert {case.group for case in group.cases} == {group.id} == {"faulty/kind=good/n=64"}
    assert plan.suite.name == "aa_faulty" and "slowed by 3 %" in plan.suite.title


def test_a_process_has_as_much_time_as_in_a_comparison() -> None:
    measure = against_itself(make_plan(["good"]), 40, COMPARE).suite.measure
    assert measure.replicates == (40, 40)
    assert measure.budget_s / measure.replicates[0] == COMPARE.budget_s / COMPARE.confirmed


def test_an_axis_of_that_name_is_a_problem() -> None:
    plan = make_plan(["good"])
    taken = replace(plan, suite=replace(plan.suite, axes={**plan.suite.axes, "copy": (1, 2)}))
    with pytest.raises(SuiteError, match=r"axes\.copy: got copy; expected another name"):
        against_itself(taken, 40, COMPARE)


def test_no_case_left_is_a_problem() -> None:
    with pytest.raises(SuiteError, match="expected at least one case"):
        against_itself(make_plan(["good"], skip={"good": "no"}), 40, COMPARE)
