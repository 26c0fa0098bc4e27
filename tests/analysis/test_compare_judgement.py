"""What stands for being called changed in a table, and what tells what became of a case."""

from __future__ import annotations

import math

import pandas as pd

from bench.analysis.compare.changes import statuses, time_statuses
from bench.analysis.compare.judgement import Compared, judge
from bench.analysis.compare.pairs import Look, Process, Times

#: Twenty-four disturbances, balanced in sign and well inside a per cent.
WIGGLE = [sign * step / 2000 for step in range(1, 13) for sign in (1, -1)]


def compared(case: str, shift: float, look: int = 2, scale: float = 1.0) -> Compared:
    """A case whose new side takes ``exp(shift)`` times as long in every pair, give or take."""
    old = {number: Process(1.0, 0.1, number) for number in range(24)}
    new = {number: Process(math.exp(shift + scale * move), 0.1, number) for number, move in enumerate(WIGGLE)}
    times = Times(old, new, True, (1.0, 1.0), Look(look, (12, 24, 48), 2 / 7))
    return Compared({"case": case, "subject": "new"}, times, (), False, ())


def verdicts(*cases: Compared) -> dict[str, str]:
    rows, _ = judge(cases, 0.99, 0.02)
    return {row["case"]: row["verdict"] for row in rows}


def test_what_is_the_same_is_not_among_those_chosen() -> None:
    """Many small real shifts inside the band must not buy the others a looser level."""
    shifts = [compared(f"shift {number}", 0.008) for number in range(9)]
    rows, selection = judge([*shifts, compared("changed", 0.2)], 0.99, 0.02)
    assert {row["case"]: row["verdict"] for row in rows} == {
        **{f"shift {n}": "same" for n in range(9)},
        "changed": "slower",
    }
    assert sum(selection.chosen) == 1
    assert selection.level == 1 - 0.01 / 10
    # None of the same is widened: each keeps the interval that showed it.
    assert {row["level"] for row in rows if row["verdict"] == "same"} == {0.99}


def test_a_change_seen_once_does_not_count_as_chosen() -> None:
    found = verdicts(compared("once", 0.2, look=1), compared("twice", 0.2))
    assert found == {"once": "unclear", "twice": "slower"}


def test_a_time_that_fails_is_told_although_another_metric_failed_before() -> None:
    frame = pd.DataFrame(
        [("a", "peak_tensor_bytes", "error", "broke"), ("a", "time", "timeout", "no answer")],
        columns=["case", "metric", "status", "reason"],
    )
    assert statuses(frame)["a"][0] == "error"
    assert time_statuses(frame) == {"a": ("timeout", "no answer")}
