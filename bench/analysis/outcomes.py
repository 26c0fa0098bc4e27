"""The workload's own numbers, such as an accuracy, as a table: one row per case and outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analysis.tables import axis_columns, build, present, rows_of

PREFIX = "outcome_"

_COLUMNS: dict[str, str | None] = {
    "metric": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "unit": "str",
    "draws": "int64",
    "notes": "str",
}


def outcome_table(measurements: pd.DataFrame) -> pd.DataFrame:
    """Every outcome that has a value.

    Returns:
        ``case, subject``, the axes, ``metric`` (the outcome's name), ``value`` (may be infinite or NaN), ``low, high``
        (NaN where there is no interval), ``unit, draws`` (values the interval rests on) and ``notes``.
    """
    axes = axis_columns(measurements)
    chosen = measurements[measurements["metric"].str.startswith(PREFIX) & (measurements["status"] == "ok")]
    records = [
        {
            **{name: row[name] for name in ("case", "subject", *axes, "value", "low", "high")},
            "metric": row["metric"].removeprefix(PREFIX),
            "unit": row["unit"] if present(row["unit"]) else "1",
            "draws": draws(row),
            "notes": "; ".join(row["notes"]) if isinstance(row["notes"], Sequence) else "",
        }
        for row in rows_of(chosen)
    ]
    return build(records, {"case": "str", "subject": "str", **dict.fromkeys(axes), **_COLUMNS})


def draws(row: Mapping[str, Any]) -> int:
    """How many values an outcome's interval rests on: its processes, or the draws of a single one."""
    processes = int(row["replicates"]) if present(row["replicates"]) else 0
    if processes > 1 or not present(row["samples"]):
        return processes
    return int(row["samples"])
