"""How far the numbers can be trusted: noise, agreement of the FLOP sources, failures, coverage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import pandas as pd

from bench.analysis.tables import axis_columns, build, extras, family, present, rows_of

#: Relative difference up to which two FLOP sources agree.
AGREEMENT = 0.01

_NOISE: dict[str, str | None] = {
    "replicates": "int64",
    "samples": "int64",
    "half_width": "float64",
    "stopped": "str",
    "median_over_min": "float64",
    "outliers": "int64",
    "involuntary_switches": "float64",
    "cpu_pressure": "float64",
    "noisy": "bool",
    "notes": "str",
}
_FAILURES: dict[str, str | None] = {
    "status": "str",
    "reason": "str",
    "scope": "str",
    "metrics": "str",
    "count": "int64",
    "cases": None,
}


@dataclass(frozen=True)
class Noise:
    """The noise of a run's times in a few numbers.

    Attributes:
        cases: Cases with a time.
        noisy: How many of them are flagged noisy.
        share: ``noisy / cases``; 0 without cases.
        worst: Ids of up to five cases with the widest intervals, widest first.
        replicates: Least, median and most processes a case was measured in.
        half_width: Median relative half-width of the interval of the time; NaN without one.
        stopped: How many cases stopped for which cause (``target``, ``budget``, ``most replicates``).
    """

    cases: int
    noisy: int
    share: float
    worst: tuple[str, ...]
    replicates: tuple[int, float, int]
    half_width: float
    stopped: dict[str, int]


@dataclass(frozen=True)
class Coverage:
    """How much of the run there is.

    Attributes:
        planned: Cases the run set out to measure; ``None`` where the run does not say.
        cases: Cases with rows.
        ok: Cases with a value in every metric family they were asked for.
        partial: Cases with a value in some families only.
        failed: Cases without any value that were tried.
        skipped: Cases left out knowingly: over budget, by a rule of the suite, or not supported here.
        missing: Planned cases without a row (the run was interrupted).
        by_status: Cases per status; a case counts once for each status among its families.
    """

    planned: int | None
    cases: int
    ok: int
    partial: int
    failed: int
    skipped: int
    missing: int
    by_status: dict[str, int]


def noise_table(measurements: pd.DataFrame, replicates: pd.DataFrame) -> pd.DataFrame:
    """What qualifies the time of each case.

    Returns:
        One row per case with a time: ``case, subject``, the axes, ``replicates, samples, half_width`` (relative;
        infinite without an interval), ``stopped, median_over_min, outliers, involuntary_switches`` (sum over its
        processes), ``cpu_pressure`` (median over them), ``noisy, notes``.
    """
    axes = axis_columns(measurements)
    switches: dict[str, float] = {}
    pressures: dict[str, list[float]] = {}
    for name in ("case", "involuntary_switches", "cpu_pressure"):
        if name not in replicates.columns:
            replicates = replicates.assign(**{name: None})
    for case, count, pressure in zip(
        replicates["case"].tolist(),
        replicates["involuntary_switches"].tolist(),
        replicates["cpu_pressure"].tolist(),
        strict=True,
    ):
        if present(count):
            switches[case] = switches.get(case, 0.0) + float(count)
        if present(pressure):
            pressures.setdefault(case, []).append(float(pressure))
    records = []
    for row in rows_of(measurements[(measurements["metric"] == "time") & (measurements["status"] == "ok")]):
        extra = extras(row["extra"])
        case = row["case"]
        known = present(row["low"]) and present(row["high"])
        records.append(
            {
                **{name: row[name] for name in ("case", "subject", *axes)},
                "replicates": int(row["replicates"]) if present(row["replicates"]) else 0,
                "samples": int(row["samples"]) if present(row["samples"]) else 0,
                "half_width": (row["high"] - row["low"]) / (2 * row["value"]) if known else math.inf,
                "stopped": str(extra.get("stopped") or ""),
                "median_over_min": extra.get("median_over_min"),
                "outliers": int(extra.get("outliers") or 0),
                "involuntary_switches": switches.get(case, math.nan),
                "cpu_pressure": median(pressures[case]) if case in pressures else math.nan,
                "noisy": row["noisy"] is True,
                "notes": "; ".join(row["notes"]) if isinstance(row["notes"], Sequence) else "",
            }
        )
    return build(records, {"case": "str", "subject": "str", **dict.fromkeys(axes), **_NOISE})


def noise_summary(table: pd.DataFrame) -> Noise:
    """The few numbers of :class:`Noise` from :func:`noise_table`."""
    if table.empty:
        return Noise(0, 0, 0.0, (), (0, 0.0, 0), math.nan, {})
    noisy = int(table["noisy"].sum())
    counts = table["replicates"].tolist()
    widths = [width for width in table["half_width"].tolist() if math.isfinite(width)]
    worst = table[table["half_width"] < math.inf].sort_values("half_width", ascending=False, kind="stable")
    return Noise(
        cases=len(table),
        noisy=noisy,
        share=noisy / len(table),
        worst=tuple(worst["case"].head(5).tolist()),
        replicates=(min(counts), median(counts), max(counts)),
        half_width=median(widths) if widths else math.nan,
        stopped={str(cause): int(count) for cause, count in table["stopped"].value_counts().items() if cause},
    )


def _without_formulas(measurements: pd.DataFrame) -> pd.DataFrame:
    """Rows that took a measurement: a case that was never run still has its FLOPs by formula."""
    counted = set(measurements.loc[measurements["metric"] == "flops_dispatch", "case"])
    return measurements[~((measurements["metric"] == "flops_formula") & measurements["case"].isin(counted))]


def failure_table(measurements: pd.DataFrame) -> pd.DataFrame:
    """Everything that has no value, by status and reason.

    Returns:
        Columns ``status, reason, scope`` (``case`` where the case has no value at all, ``metric`` where others of it
        have one), ``metrics`` (those without a value), ``count`` (cases) and ``cases`` (their ids, a list); whole cases
        first, most frequent first.
    """
    measurements = _without_formulas(measurements)
    alive = set(measurements.loc[measurements["status"] == "ok", "case"].tolist())
    groups: dict[tuple[str, str, str], tuple[dict[str, None], dict[str, None]]] = {}
    for row in rows_of(measurements[measurements["status"] != "ok"]):
        scope = "metric" if row["case"] in alive else "case"
        reason = str(row["reason"]) if present(row["reason"]) else ""
        metrics, cases = groups.setdefault((row["status"], reason, scope), ({}, {}))
        metrics[row["metric"] if scope == "metric" else family(row["metric"])] = None
        cases[row["case"]] = None
    records: list[dict[str, Any]] = [
        {
            "status": status,
            "reason": reason,
            "scope": scope,
            "metrics": ", ".join(metrics),
            "count": len(cases),
            "cases": list(cases),
        }
        for (status, reason, scope), (metrics, cases) in groups.items()
    ]
    records.sort(key=lambda record: (record["scope"] != "case", -record["count"]))
    return build(records, _FAILURES)


def coverage(measurements: pd.DataFrame, planned: int | None = None) -> Coverage:
    """Count cases by what became of them; a family counts as measured if any of its metrics has a value."""
    states: dict[str, dict[str, set[str]]] = {}
    for row in rows_of(_without_formulas(measurements)):
        states.setdefault(row["case"], {}).setdefault(family(row["metric"]), set()).add(row["status"])
    counts = dict.fromkeys(("ok", "partial", "failed", "skipped"), 0)
    by_status: dict[str, int] = {}
    for families in states.values():
        final = ["ok" if "ok" in found else min(found) for found in families.values()]
        for status in set(final):
            by_status[status] = by_status.get(status, 0) + 1
        if all(status == "ok" for status in final):
            counts["ok"] += 1
        elif "ok" in final:
            counts["partial"] += 1
        elif all(status in ("skipped", "unsupported") for status in final):
            counts["skipped"] += 1
        else:
            counts["failed"] += 1
    missing = max(0, planned - len(states)) if planned is not None else 0
    return Coverage(planned, len(states), **counts, missing=missing, by_status=dict(sorted(by_status.items())))
