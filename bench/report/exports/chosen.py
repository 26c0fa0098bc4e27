"""Which measurements a format has a place for, and why the others are left out. None is ever written as 0."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.analysis.tables import plain, present, rows_of

#: Why a measured value is left out.
NOT_FINITE = "not finite"
NO_PLACE = "of metrics that the format has no place for"


@dataclass(frozen=True)
class Chosen:
    """The rows to write, as dicts in stored order, and how many others there are by reason."""

    rows: list[dict[str, Any]]
    left_out: Mapping[str, int]


def choose(measurements: pd.DataFrame, wanted: Callable[[str], bool] | None = None, *, finite: bool = True) -> Chosen:
    """Divide a run's rows into those that are written and those that are not.

    Args:
        measurements: Tidy rows of all statuses.
        wanted: Whether the format has a place for a metric; for all of them unless given.
        finite: Whether the format can hold finite numbers only, as JSON.
    """
    rows: list[dict[str, Any]] = []
    left_out: Counter[str] = Counter()
    for row in rows_of(measurements):
        if row["status"] != "ok":
            left_out[str(row["status"])] += 1
        elif wanted is not None and not wanted(str(row["metric"])):
            left_out[NO_PLACE] += 1
        elif row["value"] is None or (finite and not math.isfinite(row["value"])):
            left_out[NOT_FINITE] += 1
        else:
            rows.append(row)
    return Chosen(rows, dict(left_out))


def bounds(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """The interval of a row; ``None`` where there is none, it is not finite, or the value is exact."""
    low, high = row["low"], row["high"]
    if not (present(low) and present(high)) or not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return None
    return float(low), float(high)


def declared_axes(row: Mapping[str, Any], axes: Mapping[str, list[Any]]) -> dict[str, Any]:
    """A row's axes that have a value, as the suite declares it: a frame may have made 1.0 of 1."""
    found = {}
    for axis, values in axes.items():
        if present(row.get(axis)):
            text = plain(row[axis])
            found[axis] = next((value for value in values if plain(value) == text), row[axis])
    return found
