"""What a comparison is made of, and what comes of it. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

#: What may differ between two runs whose cases are compared all the same, if the caller allows it by name.
ALLOWED = ("source", "parameters", "environment", "seed", "device", "workload")

#: What can have become of a case, in the order in which it is listed.
CHANGES = ("failed", "removed", "not reached", "status", "recovered", "added")

#: Columns of ``Comparison.rows`` before the axes.
FIRST_COLUMNS = {"case": "str", "subject": "str"}

#: Columns of ``Comparison.rows`` after the axes, each with its dtype.
LAST_COLUMNS = {
    "metric": "str",
    "unit": "str",
    "old": "float64",
    "new": "float64",
    "ratio": "float64",
    "low": "float64",
    "high": "float64",
    "level": "float64",
    "p": "float64",
    "q": "float64",
    "count_old": "int64",
    "count_new": "int64",
    "method": "str",
    "verdict": "str",
    "look": "Int64",
    "looks": "Int64",
    "more_pairs": "float64",
    "more_s": "float64",
    "noisy": "bool",
    "note": "str",
}

#: Columns of ``Comparison.changes`` and of ``Comparison.refused``, all of them text.
CHANGE_COLUMNS = dict.fromkeys(("case", "change", "old", "new", "reason"), "str")
REFUSED_COLUMNS = dict.fromkeys(("case", "what", "old", "new"), "str")


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes:
        label: What people call it: a run id, ``main``, ``torch==2.12.0``.
        meta: The run's ``run.json``.
        measurements: Its tidy rows, of every status.
        replicates: One row per case and process, with ``value`` (s per call) and ``cost_s`` (wall s of the process).
    """

    label: str
    meta: Mapping[str, Any]
    measurements: pd.DataFrame
    replicates: pd.DataFrame


@dataclass(frozen=True)
class Comparison:
    """Two sides compared, case by case. Every ratio is new / old, and less is better.

    Attributes:
        old: Label of the side compared with.
        new: Label of the other side.
        rows: One row per case and metric that both sides have, slower first. ``case, subject``, the axes, ``metric``
            (``time``, ``peak_tensor_bytes`` or ``peak_allocated_bytes``, ``flops_dispatch``, ``error``), ``unit``,
            ``old, new`` (values), ``ratio, low, high, level, p, q`` (``q``: adjusted for all times of the table),
            ``count_old, count_new`` (processes; 0 for what is counted), ``method``, ``verdict`` (``slower`` means more
            of any metric), ``look, looks`` (of how many; missing where processes were not measured in looks),
            ``more_pairs, more_s`` (what would decide an unclear row; NaN if nobody knows, or it is decided),
            ``noisy, note``.
        changes: Cases on one side only, or with another status: ``case, change`` (one of :data:`CHANGES`),
            ``old, new`` (statuses, or empty), ``reason``.
        refused: What is not the same case on both sides: ``case`` (empty: all of them), ``what`` (the key of
            :data:`ALLOWED` that would let it pass), ``old, new``.
        conditions: Sentences on how the two were measured.
        control: A sentence on the errors that the table allows itself.
        summary: Sentences on what came out.
        level: Confidence of each interval, all looks together; 1 - level is the false discovery rate of the table.
        band: Relative difference that counts as none.
        paired: Whether both sides ran side by side.
        subject: The subject axis.
        axes: The columns of ``rows`` that are axes. One that has the name of another column is called ``axis_<name>``.
    """

    old: str
    new: str
    rows: pd.DataFrame
    changes: pd.DataFrame
    refused: pd.DataFrame
    conditions: tuple[str, ...]
    control: str
    summary: tuple[str, ...]
    level: float
    band: float
    paired: bool
    subject: str
    axes: tuple[str, ...]


def axis_column(axis: str) -> str:
    """The name of an axis's column in ``Comparison.rows``."""
    return f"axis_{axis}" if axis in FIRST_COLUMNS or axis in LAST_COLUMNS else axis
