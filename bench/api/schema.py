"""The tidy frame of a run: which columns it has, of which dtype and unit, and what they mean.

docs/PANDAS.md shows the same table; a test keeps the two and the real frame together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.analysis.tables import plain, present, rank


@dataclass(frozen=True)
class Column:
    """One column of the tidy frame.

    Attributes:
        name: Its name.
        dtype: As pandas names it: ``str`` (``object`` before pandas 3), ``float64``, ``Int64``, ``bool``.
        unit: Unit of its numbers; empty for text. ``unit`` stands for the row's own column ``unit``.
        meaning: One sentence.
    """

    name: str
    dtype: str
    unit: str
    meaning: str


#: The column that tells several runs apart; it can be pivoted like an axis.
RUN = "run"

#: Columns before the axes.
PLACE = (
    Column("case", "str", "", "Stable id of the case: suite and axis values."),
    Column("group", "str", "", "Id of the cases that were measured side by side with this one."),
    Column("subject", "str", "", "Value of the subject axis as text: what is compared with what."),
)

#: Columns after the axes.
READING = (
    Column("metric", "str", "", "What was measured: time, peak_tensor_bytes, flops_formula, outcome_… and so on."),
    Column(
        "value", "float64", "unit", "The reading; missing where the status is not ok, infinite where that was found."
    ),
    Column("unit", "str", "", "Unit of value, low and high: s, B, FLOP, 1 (a plain number) or an outcome's own."),
    Column("low", "float64", "unit", "Lower end of the interval; equal to value for exact metrics, missing for none."),
    Column("high", "float64", "unit", "Upper end of the interval."),
    Column("level", "float64", "1", "Confidence level of the interval; missing for exact metrics."),
    Column("status", "str", "", "ok, or why there is no value: skipped, unsupported, timeout, oom_host and so on."),
    Column("reason", "str", "", "The status in one sentence; empty where it is ok."),
    Column(
        "replicates", "Int64", "processes", "Fresh processes the value rests on; missing where that has no meaning."
    ),
    Column("samples", "Int64", "samples", "Timed batches, or draws of an outcome, in all processes together."),
    Column("noisy", "bool", "", "Whether the samples scatter so much that the value should be read with care."),
    Column("notes", "str", "", "What else qualifies the value, separated by semicolons."),
)


def tidy(measurements: pd.DataFrame, axes: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """The tidy frame: :data:`PLACE`, one column per axis, :data:`READING`.

    Args:
        measurements: One row per case and metric, of all statuses, as :class:`bench.results.run.Run` gives them.
        axes: Every axis with its values as declared; rows are sorted in that order, metrics as they were stored.

    Returns:
        A new frame; axes keep the dtype that their values have.
    """
    joined = ["; ".join(map(str, notes)) if isinstance(notes, list) else "" for notes in measurements["notes"].tolist()]
    reasons = [str(reason) if present(reason) else "" for reason in measurements["reason"].tolist()]
    noisy = [noisy is True for noisy in measurements["noisy"].tolist()]
    frame = measurements.assign(notes=joined, reason=reasons, noisy=noisy)
    frame = frame[[*(c.name for c in PLACE), *axes, *(c.name for c in READING)]]
    frame = frame.astype({column.name: column.dtype for column in (*PLACE, *READING)})
    ranks = [[ranked.get(plain(value), len(ranked)) for value in frame[axis].tolist()] for axis, ranked in _ranks(axes)]
    places = list(zip(*ranks, strict=True)) if ranks else [()] * len(frame)
    return frame.iloc[sorted(range(len(frame)), key=places.__getitem__)].reset_index(drop=True)


def _ranks(axes: Mapping[str, Sequence[Any]]) -> list[tuple[str, dict[str, int]]]:
    return [(axis, rank(values)) for axis, values in axes.items()]


def schema_table(frame: pd.DataFrame, axes: Mapping[str, Sequence[Any]], labels: Mapping[str, str]) -> pd.DataFrame:
    """The columns of a tidy frame as a frame: ``column, dtype, unit, meaning``, axes with their label and values."""
    described = {column.name: column for column in (*PLACE, *READING)}
    records = []
    for name in map(str, frame.columns):
        if name in described:
            column = described[name]
        else:
            values = ", ".join(plain(value) for value in axes.get(name, ()))
            column = Column(name, str(frame[name].dtype), "", f"Axis: {labels.get(name, name)}. Values: {values}.")
        records.append({"column": name, "dtype": column.dtype, "unit": column.unit, "meaning": column.meaning})
    return pd.DataFrame(records, columns=["column", "dtype", "unit", "meaning"])
