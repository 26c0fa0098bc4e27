"""Which value of a row is the best, where that is known: its paired interval to every other excludes a tie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analysis.intervals import paired_ratio
from bench.analysis.tables import rows_of
from bench.report import units

Processes = Mapping[str, Mapping[int, float]]


def processes(replicates: pd.DataFrame) -> dict[str, dict[int, float]]:
    """Case to process number to seconds per call."""
    found: dict[str, dict[int, float]] = {}
    for row in rows_of(replicates):
        if units.known(row["value"]) and row["value"] > 0:
            found.setdefault(str(row["case"]), {})[int(row["replicate"])] = float(row["value"])
    return found


def best(rows: Sequence[Mapping[str, Any] | None], by_case: Processes, level: float) -> int | None:
    """The position of the least of several values of one point; ``None`` where the least is not resolved.

    Times are compared by the interval of their paired ratio over processes that ran side by side: the best one is
    resolved where the ratio to the second, and to each other one, is below 1 all over its interval. Values of other
    metrics are compared by their own intervals, which must lie apart.

    Args:
        rows: Measurements; ``None`` for one that has no value.
        by_case: Values per process.
        level: Confidence level of each interval.
    """
    known = [(float(row["value"]), place) for place, row in enumerate(rows) if row and units.known(row["value"])]
    if len(known) < 2:
        return None
    first = min(known)[1]
    least = rows[first]
    others = [rows[place] for _, place in known if place != first]
    if least is None or not all(row is not None and _less(least, row, by_case, level) for row in others):
        return None
    return first


def _less(one: Mapping[str, Any], other: Mapping[str, Any], by_case: Processes, level: float) -> bool:
    if str(one["metric"]) != "time":
        return units.known(one["high"]) and units.known(other["low"]) and one["high"] < other["low"]
    own, rival = by_case.get(str(one["case"]), {}), by_case.get(str(other["case"]), {})
    # One pair, or none, says nothing about how far another would be off.
    return len(own.keys() & rival.keys()) > 1 and paired_ratio(own, rival, level).high < 1
