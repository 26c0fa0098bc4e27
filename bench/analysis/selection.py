"""Which cases of a frame meet the ``where`` of a law, a map, a trend or a hypothesis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analysis.tables import axis_columns, present, rows_of
from bench.suite.conditions import condition

Axes = Mapping[str, Sequence[Any]]


def places(frame: pd.DataFrame, axes: Axes) -> list[dict[str, Any]]:
    """All axes of the case of each row, with those that have one value only and therefore may lack a column."""
    names = axis_columns(frame)
    single = {axis: values[0] for axis, values in axes.items() if len(values) == 1}
    return [single | row for row in rows_of(frame[names])] if names else [dict(single) for _ in range(len(frame))]


def chosen(frame: pd.DataFrame, where: Mapping[str, Any], axes: Axes) -> pd.DataFrame:
    """The rows whose case meets every condition of ``where``; a case without a value on its axis does not.

    Args:
        frame: Measurements, outcomes or replicates.
        where: Axis to condition, in the shape the suite's TOML gives it.
        axes: Every axis of the suite and its values, fixed parameters among them.
    """
    conditions = [condition(axis, spec) for axis, spec in where.items()]
    keep = [
        all(present(place.get(one.axis)) and one.holds(place) for one in conditions) for place in places(frame, axes)
    ]
    return frame[pd.Series(keep, index=frame.index, dtype=bool)]


def stored(measurements: pd.DataFrame, name: str) -> str:
    """The metric of the rows that ``name`` stands for: an outcome if one has that name, else a stored metric."""
    outcome = f"outcome_{name}"
    return outcome if (measurements["metric"] == outcome).any() else name
