"""Small helpers for frames: which columns are axes, what an absent value is, typed frames that may be empty."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

#: Column names of the measurement and replicate frames that no axis can have.
RESERVED = frozenset(
    {
        *("case", "group", "subject", "metric", "value", "unit", "low", "high", "level", "status", "reason", "extra"),
        *("replicates", "samples", "noisy", "notes", "replicate", "seconds", "calls"),
        *("involuntary_switches", "cpu_pressure", "cost_s", "start_s", "server"),
    }
)

_FAMILIES = (("flops_", "flops"), ("peak_", "memory"), ("error_", "error"), ("outcome_", "outcome"))


def family(metric: str) -> str:
    """The family of a metric: ``time, flops, memory, error`` or ``outcome``; its own name if it has none."""
    return next((name for prefix, name in _FAMILIES if metric.startswith(prefix)), metric)


def axis_columns(frame: pd.DataFrame) -> list[str]:
    """The columns of a measurement or replicate frame that are axes, in the frame's order."""
    return [str(column) for column in frame.columns if column not in RESERVED]


def build(records: Sequence[Mapping[str, Any]], columns: Mapping[str, str | None]) -> pd.DataFrame:
    """A frame with exactly ``columns`` in order, each of its dtype even when there is no record.

    Args:
        records: One mapping per row; absent keys become missing values.
        columns: Column to dtype; ``None`` leaves the dtype to the values (axes).
    """
    frame = pd.DataFrame(list(records), columns=list(columns))
    return frame.astype({column: dtype for column, dtype in columns.items() if dtype is not None})


def present(value: Any) -> bool:
    """Whether a cell holds something: neither None nor NaN."""
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def extras(value: Any) -> dict[str, Any]:
    """The ``extra`` cell as a dict; empty where the cell is."""
    return dict(value) if isinstance(value, Mapping) else {}


def rank(values: Iterable[Any]) -> dict[str, int]:
    """Position of each value in declared order, by its text (a frame and a JSON file may hold 1 and 1.0)."""
    order: dict[str, int] = {}
    for value in values:
        order.setdefault(plain(value), len(order))
    return order


def plain(value: Any) -> str:
    """A value as text: whole numbers without decimals, booleans as in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The frame's rows as dicts of plain Python values."""
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*(frame[name].tolist() for name in names), strict=True)]
