"""Turns what a case's processes answered into rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.analysis.intervals import geometric_interval
from bench.results.rows import FAMILY_METRIC, FAMILY_UNIT, Row
from bench.suite.model import Case

if TYPE_CHECKING:
    from bench.runner.timed import Timed

#: Share of the sampling time in which some task on the machine waited for a CPU, above which a case counts as
#: disturbed.
NOISY_PRESSURE = 0.20


def row(case: Case, metric: str, unit: str, **values: Any) -> Row:
    """A row of a case."""
    return Row(case.id, case.group, case.subject, dict(case.axes), metric, unit, **values)


def failure_rows(case: Case, families: Sequence[str], status: str, reason: str) -> list[Row]:
    """A row without a value for every metric family the case was asked for."""
    return [row(case, FAMILY_METRIC[name], FAMILY_UNIT[name], status=status, reason=reason) for name in families]


def unmeasured_rows(
    case: Case, families: Sequence[str], status: str, reason: str, opened: Mapping[str, Any]
) -> list[Row]:
    """The rows of a case that was not run. Its FLOPs by formula are known all the same, if the workload stated any."""
    if opened.get("flops") is None or "flops" not in families:
        return failure_rows(case, families, status, reason)
    counted = row(case, "flops_dispatch", "FLOP", status=status, reason=reason)
    others = [name for name in families if name != "flops"]
    return [formula_row(case, opened), counted, *failure_rows(case, others, status, reason)]


def formula_row(case: Case, opened: Mapping[str, Any]) -> Row:
    """FLOPs by the workload's own formula."""
    if opened["flops"] is None:
        reason = "the workload states no formula"
        return row(case, "flops_formula", "FLOP", status="unsupported", reason=reason)
    extra = {"convention": opened["convention"], "causal": opened["flops_causal"], "uncounted": {}}
    return exact_row(case, "flops_formula", "FLOP", float(opened["flops"]), **extra)


def exact_row(case: Case, metric: str, unit: str, value: float, **extra: Any) -> Row:
    """A row of a deterministic metric: its interval is the value itself."""
    return row(case, metric, unit, value=value, low=value, high=value, extra=extra)


def error_rows(case: Case, errors: Mapping[str, Mapping[str, float]], tolerance: float | None) -> list[Row]:
    """One row for each tensor and error measure; ``gate`` says whether a worse error would have stopped the case."""
    return [
        exact_row(case, f"error_{tensor}_{name}", "1", value, tolerance=tolerance, gate=tolerance is not None)
        for tensor, measures in errors.items()
        for name, value in measures.items()
    ]


def memory_rows(case: Case, reading: Mapping[str, int | None], formula: float | None, exact: bool) -> list[Row]:
    """Peak bytes of one call by every meter that gave a number."""
    names = {
        "tensor_peak": "peak_tensor_bytes",
        "resident_peak": "peak_resident_bytes",
        "allocated_peak": "peak_allocated_bytes",
        "reserved_peak": "peak_reserved_bytes",
    }
    rows = []
    for key, metric in names.items():
        value = reading.get(key)
        if value is not None:
            extra = {"formula": formula, "exact": exact} if key == "tensor_peak" else {}
            rows.append(exact_row(case, metric, "B", float(value), **extra))
    return rows


def flops_rows(case: Case, opened: Mapping[str, Any], counted: Mapping[str, Any], forward_only: bool) -> list[Row]:
    """The three sources side by side; a source that cannot count this case says why."""
    rows = [formula_row(case, opened)]
    dispatch = counted["dispatch"]
    extra = {"convention": dispatch["convention"], "uncounted": dispatch["uncounted"]}
    rows.append(exact_row(case, "flops_dispatch", "FLOP", dispatch["total"], **extra))
    traced = counted["fvcore"]
    if not forward_only:
        traced = {"failed": "fvcore traces the forward pass only"}
    elif traced is None:
        traced = {"failed": "the workload gives no forward function to trace"}
    if "failed" in traced:
        rows.append(row(case, "flops_fvcore", "FLOP", status="unsupported", reason=traced["failed"]))
    else:
        extra = {"convention": traced["convention"], "uncounted": traced["uncounted"]}
        rows.append(exact_row(case, "flops_fvcore", "FLOP", traced["total"], **extra))
    return rows


def time_row(timed: Timed, level: float) -> Row:
    """The case's time from its processes: geometric mean of their medians, with a t interval on the logarithms."""
    replicates = timed.replicates
    interval = geometric_interval([replicate.value for replicate in replicates], level)
    disturbed = sum(replicate.disturbed for replicate in replicates)
    pressures = [replicate.pressure for replicate in replicates if replicate.pressure is not None]
    pressed = bool(pressures) and median(pressures) > NOISY_PRESSURE
    said = list(timed.notes)
    if 2 * disturbed > len(replicates):
        said.append(f"{disturbed} of {len(replicates)} processes disturbed or not steady")
    if pressed:
        said.append(f"CPU pressure {100 * median(pressures):.0f} % of the time")
    outliers = sum(1 for replicate in replicates for seconds in replicate.seconds if seconds > 1.5 * replicate.value)
    extra = {
        "median_over_min": max(replicate.value / min(replicate.seconds) for replicate in replicates),
        "calls": int(median(replicate.calls for replicate in replicates)),
        "outliers": outliers,
        "first_call_s": median(replicate.first_call_s for replicate in replicates),
        "involuntary_switches": sum(replicate.switches or 0 for replicate in replicates),
        "stopped": timed.stopped,
        "facts": dict(timed.passed.facts),
    }
    if timed.comparison is not None:
        extra["comparison"] = timed.comparison
    return row(
        timed.case,
        "time",
        "s",
        value=interval.value,
        low=interval.low,
        high=interval.high,
        level=level,
        replicates=len(replicates),
        samples=sum(len(replicate.seconds) for replicate in replicates),
        noisy=2 * disturbed > len(replicates) or pressed,
        notes=tuple(said),
        extra=extra,
    )
