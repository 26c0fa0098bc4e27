"""Time to a target: steps until it is reached times seconds for a step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from bench.analysis.intervals import Interval, t_quantile
from bench.analysis.outcomes import PREFIX, draws
from bench.analysis.tables import axis_columns, build, extras, present, rows_of

STEPS = "steps_to_target"

_COLUMNS: dict[str, str | None] = {
    **dict.fromkeys(("steps", "steps_low", "steps_high", "step_seconds", "step_low", "step_high"), "float64"),
    **dict.fromkeys(("seconds", "seconds_low", "seconds_high"), "float64"),
    "reached": "int64",
    "seeds": "int64",
    "peak_tensor_bytes": "float64",
    "text": "str",
}


def time_to_target(
    measurements: pd.DataFrame, outcomes: pd.DataFrame | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Multiply the steps each case needs by the time it needs for one.

    The steps vary from seed to seed and the time from process to process, so the two errors are independent: the
    standard errors of their logarithms add in squares, over the degrees of freedom of Welch and Satterthwaite. Where a
    seed never reaches the target, steps and seconds are infinite.

    Args:
        measurements: Rows of all statuses.
        outcomes: Raw outcomes, to count the seeds that reach the target.
        level: Confidence level of the product's interval.

    Returns:
        One row per case that has both: ``case, subject``, the axes, ``steps, steps_low, steps_high, step_seconds,
        step_low, step_high, seconds, seconds_low, seconds_high`` (NaN where there is no interval), ``reached, seeds``
        (both 0 without raw outcomes), ``peak_tensor_bytes`` (NaN if not measured) and ``text``: ``never`` or in how
        many seeds, empty where all of them reach it.
    """
    axes = axis_columns(measurements)
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    wanted = (PREFIX + STEPS, "time", "peak_tensor_bytes")
    for row in rows_of(measurements[measurements["metric"].isin(wanted) & (measurements["status"] == "ok")]):
        rows.setdefault(row["case"], {})[row["metric"]] = row
    reached = _reached(outcomes)
    records = []
    for case, found in rows.items():
        steps, time = found.get(wanted[0]), found.get("time")
        if steps is None or time is None:
            continue
        taken = _interval(steps, draws(steps), level)
        each = _interval(time, int(time["replicates"]) if present(time["replicates"]) else 0, level)
        total = _product(taken, bool(extras(steps["extra"]).get("log")), each)
        seeds = reached.get(case, [])
        memory = found.get(wanted[2])
        records.append(
            {
                **{name: steps[name] for name in ("case", "subject", *axes)},
                **_bounds(taken, "steps", "steps"),
                **_bounds(each, "step_seconds", "step"),
                **_bounds(total, "seconds", "seconds"),
                "reached": sum(seeds),
                "seeds": len(seeds),
                "peak_tensor_bytes": memory["value"] if memory else math.nan,
                "text": _words(taken.value, seeds),
            }
        )
    return build(records, {"case": "str", "subject": "str", **dict.fromkeys(axes), **_COLUMNS})


def _reached(outcomes: pd.DataFrame | None) -> dict[str, list[bool]]:
    """For each case, whether each seed reached the target."""
    found: dict[str, list[bool]] = {}
    if outcomes is not None:
        rows = outcomes[outcomes["metric"] == STEPS]
        for case, value in zip(rows["case"].tolist(), rows["value"].tolist(), strict=True):
            found.setdefault(case, []).append(math.isfinite(value))
    return found


def _interval(row: Mapping[str, Any], count: int, level: float) -> Interval:
    low, high = (float(row[name]) if present(row[name]) else math.nan for name in ("low", "high"))
    own = float(row["level"]) if present(row["level"]) else level
    return Interval(float(row["value"]), low, high, own, count)


def _product(steps: Interval, log: bool, each: Interval) -> Interval:
    value = steps.value * each.value
    level = each.level
    if not (steps.known and each.known and math.isfinite(value) and value > 0):
        return Interval(value, math.nan, math.nan, level, 0)
    parts = [(_error(steps, log), steps.count - 1), (_error(each, True), each.count - 1)]
    squares = sum(error**2 for error, _ in parts)
    if squares == 0:
        return Interval(value, value, value, level, 0)
    freedom = squares**2 / sum(error**4 / count for error, count in parts if error > 0)
    # A whole number below it, as the quantile asks for; the slack keeps 4.999… from becoming 4.
    half = t_quantile(level, max(1, math.floor(freedom + 1e-9))) * math.sqrt(squares)
    return Interval(value, value * math.exp(-half), value * math.exp(half), level, 0)


def _error(interval: Interval, log: bool) -> float:
    """Standard error of the value's logarithm; for an arithmetic mean its relative standard error."""
    if interval.low == interval.high:
        return 0.0
    width = math.log(interval.high / interval.low) if log else (interval.high - interval.low) / interval.value
    return width / (2 * t_quantile(interval.level, interval.count - 1))


def _bounds(interval: Interval, value: str, bound: str) -> dict[str, float]:
    return {value: interval.value, f"{bound}_low": interval.low, f"{bound}_high": interval.high}


def _words(steps: float, seeds: list[bool]) -> str:
    if math.isfinite(steps):
        return ""
    return f"in {sum(seeds)} of {len(seeds)} seeds only" if any(seeds) else "never"
