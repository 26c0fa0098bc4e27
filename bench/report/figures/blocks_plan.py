"""Plans for the figures that are not lines: shares of a whole, and suites without a numeric axis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from bench.analysis.summary import Analysis
from bench.report import units
from bench.report.figures.facets import sheets
from bench.report.figures.spec import Bar, Dot, Figure, Panel
from bench.report.figures.ticks import axis_number
from bench.report.view import Facet, View, pick

#: Peaks of memory do not add up, so shares of them are left to the table.
_SHARE_WORDS = {"time": "time", "flops": "FLOPs"}


def dot_figures(view: View, metric: str) -> list[Figure]:
    """One row per subject, one panel per facet: for suites in which nothing numeric varies."""
    rows = view.rows(metric)
    if rows.empty:
        return []
    everything = view.rows(metric, ok=False)
    unit = str(rows["unit"].iloc[0])
    result = []
    for sheet in sheets(view, view.facets(everything)):
        shown = pd.concat([pick(rows, facet) for facet in sheet.facets])
        if shown.empty:
            continue
        scale = units.common_scale(shown["value"].tolist(), unit)
        panels = tuple(
            Panel(title, dots=_dots(view, pick(everything, facet), scale))
            for facet, title in zip(sheet.facets, sheet.titles, strict=True)
        )
        words = "Time per call" if metric == "time" else view.metric_word(metric)
        ends = bool((shown["high"] > shown["low"]).any())
        bars = " Bars are confidence intervals over processes." if ends else ""
        result.append(
            Figure(
                name=f"{'time' if metric == 'time' else 'memory'}{sheet.suffix}",
                kind="dots",
                title=f"{words}: {sheet.heading}" if sheet.heading else words,
                caption=f"{words} of each {view.axis_word(view.subject_axis)}, logarithmic axis.{bars}",
                x_label=f"{words} ({scale.symbol})",
                y_label="",
                panels=panels,
                columns=sheet.columns,
                base=2 if unit == "B" else 10,
            )
        )
    return result


def _dots(view: View, rows: pd.DataFrame, scale: units.Scale) -> tuple[Dot, ...]:
    dots = []
    for subject in view.subjects:
        for row in rows[rows["subject"] == subject].to_dict("records")[:1]:
            value, low, high = (
                float(row[k]) / scale.factor if units.known(row[k]) else math.nan for k in ("value", "low", "high")
            )
            status = "" if row["status"] == "ok" else str(row["status"]).replace("_", " ")
            name = view.subject_word(subject)
            told = status or units.with_interval(row["value"], row["low"], row["high"], str(row["unit"]))
            dots.append(Dot(subject, name, value, low, high, row["noisy"] is True, status, f"{name}: {told}"))
    return tuple(dots)


def share_figures(view: View, analysis: Analysis) -> list[Figure]:
    """Stacked bars: how each part's share changes along the main axis, a panel per subject."""
    share, frame = view.suite.get("share"), analysis.shares
    if not share or frame.empty:
        return []
    figures = []
    for metric in [m for m in _SHARE_WORDS if m in set(frame["metric"])]:
        rows = frame[frame["metric"] == metric]
        rows = rows[rows["share"].notna()]
        axes = [axis for axis in view.facet_axes if axis != share["axis"]]
        for number, facet in enumerate(view.facets(rows, axes), 1):
            figures.append(_share_figure(view, share, metric, pick(rows, facet), facet, number))
    # One of each metric first, so that the cap on figures doesn't leave only time.
    return sorted(figures, key=lambda figure: int(figure.name.rsplit("-", 1)[1]))


def _share_figure(
    view: View, share: Mapping[str, Any], metric: str, rows: pd.DataFrame, facet: Facet, number: int
) -> Figure:
    part_axis, whole = str(share["axis"]), view.value_word(share["axis"], share["whole"])
    words = _SHARE_WORDS[metric]
    parts = [str(p) for p in view.axes.get(part_axis, []) if str(p) in set(rows["part"].astype(str))]
    parts += [p for p in dict.fromkeys(rows["part"].astype(str)) if p not in parts]
    subjects = [s for s in view.subjects if s in set(rows["subject"])][:6]
    heading = view.facet_word(facet)
    title = f"Share of {words} by {view.axis_word(part_axis)}"
    return Figure(
        name=f"share-{metric}-{number}",
        kind="bars",
        title=f"{title}: {heading}" if heading else title,
        caption=f"Each part's {words} as a share of {whole}, in percent; parts are measured by themselves, so that "
        "their sum can differ from 100 %.",
        x_label=view.axis_word(str(view.main_axis)) if view.main_axis else "",
        y_label=f"Share of {words} (%)",
        panels=tuple(
            Panel(view.subject_word(s), bars=_bars(view, rows[rows["subject"] == s], parts)) for s in subjects
        ),
        columns=2,
        parts=tuple(view.value_word(part_axis, part) for part in parts),
    )


def _bars(view: View, rows: pd.DataFrame, parts: list[str]) -> tuple[Bar, ...]:
    axis = view.main_axis
    points: list[Any] = sorted(rows[axis].unique()) if axis else [None]
    bars = []
    for point in points:
        here = rows if point is None else rows[rows[axis] == point]
        shares = dict(zip(here["part"].astype(str), here["share"].astype(float), strict=True))
        bars.append(
            Bar("" if point is None else axis_number(point), tuple(max(shares.get(p, 0.0), 0.0) for p in parts))
        )
    return tuple(bars)
