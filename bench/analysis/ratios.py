"""The ratio of every subject to every baseline at every point, with a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analysis.crossover import comparisons
from bench.analysis.points import Pair
from bench.analysis.tables import axis_columns, build
from bench.analysis.verdicts import BAND, verdict

_COLUMNS: dict[str, str | None] = {
    "axis": "str",
    "metric": "str",
    "subject": "str",
    "baseline": "str",
    "member": "str",
    "ratio": "float64",
    "low": "float64",
    "high": "float64",
    "level": "float64",
    "count": "int64",
    "verdict": "str",
}


def ratio_table(
    measurements: pd.DataFrame,
    replicates: pd.DataFrame,
    crossovers: Sequence[Mapping[str, Any]],
    subject_axis: str,
    axes_meta: Mapping[str, Sequence[Any]] | None = None,
    *,
    level: float = 0.95,
    band: float = BAND,
) -> pd.DataFrame:
    """Subject / baseline at each point where both were measured.

    Each interval is for its own comparison: of 100 true ties, about 5 intervals at level 0.95 exclude 1.

    Args:
        measurements: Tidy rows of all statuses.
        replicates: One row per case and process.
        crossovers: The questions, which name axes, baselines and metrics.
        subject_axis: The axis whose values are compared.
        axes_meta: Declared values per axis, for the order of rows.
        level: Confidence level.
        band: Relative difference that counts as none.

    Returns:
        Columns: every axis but the subject's, then ``axis`` (the one the points lie on), ``metric, subject, baseline,
        member`` (the baseline's subject compared with), ``ratio, low, high, level, count`` (replicates; 0 for exact
        metrics) and ``verdict`` (``faster``, ``slower``, ``same``, ``unclear``; of bytes and FLOPs
        ``faster`` means less).
    """
    records: dict[tuple[Any, ...], dict[str, Any]] = {}
    for item in comparisons(measurements, replicates, crossovers, subject_axis, axes_meta, level):
        axis = item.readings.axis
        where = dict(zip(item.readings.facet_axes, item.facet, strict=True))
        for point in item.points():
            if not isinstance(point, Pair):
                continue
            key = (axis, item.facet, point.n, item.metric, item.subject, item.baseline)
            records[key] = {
                **where,
                axis: int(point.n) if point.n.is_integer() else point.n,
                "axis": axis,
                "metric": item.metric,
                "subject": item.subject,
                "baseline": item.baseline,
                "member": point.member,
                "ratio": point.ratio.value,
                "low": point.ratio.low,
                "high": point.ratio.high,
                "level": level,
                "count": point.ratio.count,
                "verdict": verdict(point.ratio, band),
            }
    axes: dict[str, str | None] = {
        axis: None for axis in axis_columns(measurements) or list(axes_meta or ()) if axis != subject_axis
    }
    return build(list(records.values()), {**axes, **_COLUMNS})
