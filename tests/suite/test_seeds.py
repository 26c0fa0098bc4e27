"""Several seeds are asked for only where the seed changes."""

from __future__ import annotations

import pytest

from bench.suite import load_suite
from tests.suite.conftest import DECLARED, WORKLOAD

FIXED = ("[measure]", "[fixed]\nseed = 3\n[measure]")
AXIS = ("scale = [0.5, 1, 1e-4]", "scale = [0.5, 1, 1e-4]\nseed = [0, 1]")
PRESET = ("measure = {seeds = 2}", "measure = {seeds = 2}\nfixed = {seed = 3}")
INHERITED = ("measure = {seeds = 2}", "fixed = {seed = 3}")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (FIXED, {"measure.seeds": "1: the suite sets seed itself, in line 14",
                 "presets.quick.measure.seeds": "1: the suite sets seed itself, in line 14"}),
        (AXIS, {"measure.seeds": "1: the suite sets seed itself, in line 12",
                "presets.quick.measure.seeds": "1: the suite sets seed itself, in line 12"}),
        (PRESET, {"presets.quick.measure.seeds": "1: the suite sets seed itself, in line 70"}),
        (INHERITED, {"presets.quick.fixed.seed": "no seed here: measure.seeds asks for 5 of them"}),
    ],
)  # fmt: skip
def test_a_seed_that_the_suite_sets(write, problems, change: tuple[str, str], expected: dict[str, str]) -> None:
    assert {one.key: one.expected for one in problems(write(change, text=DECLARED))} == expected


def test_a_workload_that_takes_no_seed(write, problems) -> None:
    path = write(text=DECLARED)
    (path.parent / "work.py").write_text(WORKLOAD.replace(", seed: int = 0", ""), encoding="utf-8")
    found = problems(path)
    assert [(one.line, one.key, one.given) for one in found] == [
        (15, "measure.seeds", "5"),
        (69, "presets.quick.measure.seeds", "2"),
    ]
    assert {one.expected for one in found} == {"1: attend has no parameter 'seed' to tell several apart"}


def test_one_seed_may_be_set_and_so_may_one_that_no_outcome_uses(write, problems) -> None:
    assert load_suite(write(FIXED, ("seeds = 5", "seeds = 1"), ("seeds = 2", "seeds = 1"), text=DECLARED))
    timed = ("measure = {seeds = 2}", 'measure = {metrics = ["time"]}\nfixed = {seed = 3}')
    assert load_suite(write(timed, text=DECLARED), preset="quick").fixed == {"seed": 3}
    (problem,) = problems(write(text=DECLARED), overrides={"seed": [3]})
    assert problem.file == "--set"


@pytest.mark.parametrize("text", ["measure = 1", "measure = {seeds = true}", "presets = {a = 1, b = {measure = []}}"])
def test_any_shape_is_checked_without_a_crash(write, problems, text: str) -> None:
    assert problems(write(text=text))
