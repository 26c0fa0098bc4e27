"""What turns the answers of processes into rows, by hand."""

from __future__ import annotations

import math

import pytest

from bench.results.rows import Row
from bench.runner.passes import Passed
from bench.runner.replicate import Replicate
from bench.runner.rows import flops_rows, memory_rows, time_row, unmeasured_rows
from bench.runner.timed import Timed
from tests.runner.plans import make_plan

CASE = make_plan(["good"]).cases[0]


def replicate(*seconds: float, **changes: object) -> Replicate:
    made = Replicate(0, 1, 0.0, seconds=list(seconds))
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def timed(*replicates: Replicate, stopped: str = "target") -> Row:
    return time_row(Timed(Passed(CASE), list(replicates), stopped=stopped), 0.95)


def test_a_process_counts_once_by_its_median() -> None:
    row = timed(replicate(1.0, 1.0, 100.0), replicate(4.0))
    assert row.value == pytest.approx(2.0)
    assert (row.replicates, row.samples) == (2, 4)
    # t with one degree of freedom at 95 % is 12.706; the logarithms 0 and log 4 have a standard error of log(4) / 2.
    assert row.high == pytest.approx(2 * math.exp(12.7062 * math.log(4) / 2), rel=1e-3)


@pytest.mark.parametrize(
    ("made", "disturbed"),
    [
        (replicate(1.0, 1.0, 1.2), False),
        (replicate(1.0, 1.3, 1.3), True),
        (replicate(1.0, 1.0, steady=False), True),
        (replicate(1.0, 1.0, waited_s=0.09), False),
        (replicate(1.0, 1.0, waited_s=0.11), True),
        (replicate(0.001, 0.001, waited_s=0.004), False),
        (replicate(0.001, 0.001, waited_s=0.006), True),
    ],
)
def test_what_counts_as_disturbed(made: Replicate, disturbed: bool) -> None:
    assert made.disturbed is disturbed


def test_a_row_is_noisy_when_most_processes_were_disturbed_or_the_machine_was_pressed() -> None:
    calm, upset = replicate(1.0, pressure=0.1), replicate(1.0, steady=False, pressure=0.1)
    assert not timed(calm, calm, upset).noisy
    noisy = timed(calm, upset, upset)
    assert noisy.noisy and noisy.notes == ("2 of 3 processes disturbed or not steady",)
    pressed = timed(*[replicate(1.0, pressure=0.5)] * 3)
    assert pressed.noisy and pressed.notes == ("CPU pressure 50 % of the time",)


def test_outliers_are_counted_and_kept() -> None:
    row = timed(replicate(1.0, 1.0, 1.6), replicate(1.0), stopped="budget")
    assert (row.extra["outliers"], row.samples, row.extra["stopped"]) == (1, 4, "budget")


def test_the_three_sources_stand_side_by_side() -> None:
    opened = {"flops": 100.0, "flops_causal": 50.0, "convention": "c"}
    count = {"total": 90.0, "convention": "d", "uncounted": {"aten::x": 1}}
    rows = {row.metric: row for row in flops_rows(CASE, opened, {"dispatch": count, "fvcore": None}, True)}
    assert rows["flops_formula"].value == 100 and rows["flops_formula"].extra["causal"] == 50
    assert rows["flops_dispatch"].value == 90 and rows["flops_dispatch"].extra["uncounted"] == {"aten::x": 1}
    assert rows["flops_fvcore"].status == "unsupported"
    backward = flops_rows(CASE, opened, {"dispatch": count, "fvcore": count}, False)
    assert backward[2].reason == "fvcore traces the forward pass only"


def test_a_meter_without_a_reading_gives_no_row() -> None:
    reading = {"tensor_peak": 10, "resident_peak": None, "allocated_peak": None, "reserved_peak": None}
    (row,) = memory_rows(CASE, reading, 12.0, True)
    assert (row.metric, row.value, row.extra) == ("peak_tensor_bytes", 10.0, {"formula": 12.0, "exact": True})


def test_a_case_that_never_ran_still_has_its_flops_by_formula() -> None:
    opened = {"flops": 8.0, "flops_causal": None, "convention": ""}
    rows = unmeasured_rows(CASE, ("flops", "time"), "skipped", "over budget", opened)
    assert [(row.metric, row.status, row.value) for row in rows] == [
        ("flops_formula", "ok", 8.0),
        ("flops_dispatch", "skipped", None),
        ("time", "skipped", None),
    ]
    assert [row.metric for row in unmeasured_rows(CASE, ("flops",), "skipped", "rule", {})] == ["flops_formula"]
