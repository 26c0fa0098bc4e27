"""Numerical error against float64 as a table: one row per case and tensor."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bench.analysis.tables import axis_columns, build, extras

MEASURES = ("max_abs", "rel_l2", "cosine", "zeros", "nonfinite")


def error_table(measurements: pd.DataFrame) -> pd.DataFrame:
    """Spread the ``error_<tensor>_<measure>`` rows into columns.

    Returns:
        One row per case and tensor: ``case, subject``, the axes, ``tensor, max_abs, rel_l2, cosine, zeros, nonfinite``
        (the last two are shares of the elements) and ``approximation``: whether the workload calls its answer an
        approximation, so that the error is a result and not a check.
    """
    axes = axis_columns(measurements)
    columns = ["case", "subject", *axes]
    chosen = measurements[measurements["metric"].str.startswith("error_") & (measurements["status"] == "ok")]
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in zip(*(chosen[name].tolist() for name in [*columns, "metric", "value", "extra"]), strict=True):
        *place, metric, value, extra = row
        measure = next((name for name in MEASURES if metric.endswith(f"_{name}")), None)
        if measure is None:
            continue
        tensor = metric.removeprefix("error_").removesuffix(f"_{measure}")
        record = found.setdefault(
            (place[0], tensor),
            {**dict(zip(columns, place, strict=True)), "tensor": tensor, "approximation": False},
        )
        record[measure] = value
        record["approximation"] = record["approximation"] or extras(extra).get("gate") is False
    kinds: dict[str, str | None] = {name: "float64" for name in MEASURES}
    return build(
        list(found.values()),
        {"case": "str", "subject": "str", **dict.fromkeys(axes), "tensor": "str", **kinds, "approximation": "bool"},
    )
