"""Rows of a run to lines of a panel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.analysis.summary import Analysis
from bench.analysis.wording import place, significant
from bench.report import units
from bench.report.figures.facets import Sheet
from bench.report.figures.spec import Mark, Panel, Series
from bench.report.view import Facet, View, pick

#: Statuses that leave a cross in a figure: the subject exists there, but has no value.
_CROSSED = ("skipped", "wrong_result", "oom_host", "oom_device", "timeout", "crashed", "error")


@dataclass(frozen=True)
class Quantity:
    """What a figure shows: stored metric, its unit, words, crossover family, and a second, pale metric."""

    name: str
    metric: str
    unit: str
    words: str
    family: str
    light: str | None = None
    base: int = 10


def value_panels(
    view: View, analysis: Analysis, quantity: Quantity, rows: pd.DataFrame, sheet: Sheet
) -> tuple[tuple[Panel, ...], str]:
    """The panels of one figure and the unit symbol of its value axis.

    Args:
        view: The run.
        analysis: Its crossovers, for the marks.
        quantity: What is drawn.
        rows: Rows of its metric that have a value.
        sheet: The facets and titles.
    """
    shown = pd.concat([pick(rows, facet) for facet in sheet.facets])
    scale = units.common_scale(shown["value"].tolist(), quantity.unit)
    failed = view.rows(quantity.metric, ok=False)
    failed = failed[failed["status"].isin(_CROSSED)]
    second = view.rows(quantity.light) if quantity.light else None
    panels = []
    for facet, title in zip(sheet.facets, sheet.titles, strict=True):
        here, lost = pick(rows, facet), pick(failed, facet)
        series = [
            s
            for subject in view.subjects
            if (s := _series(view, quantity, here, lost, subject, scale, full_label=True)) is not None
        ]
        if second is not None:
            pale = pick(second, facet).drop_duplicates(["subject", str(view.main_axis)])
            series += [s for subject in view.subjects if (s := _pale(view, pale, subject, scale)) is not None]
        best = _best(view, here, scale) if quantity.name in ("time", "memory") else ()
        panels.append(Panel(title, tuple(series), marks(view, analysis, quantity.family, facet), best))
    return tuple(panels), scale.symbol


def _series(
    view: View,
    quantity: Quantity,
    rows: pd.DataFrame,
    lost: pd.DataFrame,
    subject: str,
    scale: units.Scale,
    *,
    full_label: bool,
) -> Series | None:
    axis = str(view.main_axis)
    own, zeros = _above_zero(rows, subject, axis)
    if own.empty and not zeros:
        return None
    records = own.to_dict("records")
    name = view.subject_word(subject)
    return Series(
        subject=subject,
        label=name if full_label else "",
        x=tuple(float(r[axis]) for r in records),
        y=tuple(float(r["value"]) / scale.factor for r in records),
        low=tuple(_scaled(r["low"], scale) for r in records),
        high=tuple(_scaled(r["high"], scale) for r in records),
        noisy=tuple(r["noisy"] is True for r in records),
        failed=tuple(sorted({float(x) for x in lost[lost["subject"] == subject][axis]} - set(own[axis]) - set(zeros))),
        zeros=zeros,
        breaks=_breaks(own[axis].tolist(), zeros),
        hover=tuple(
            f"{name}, {axis} = {place(r[axis])}: {units.with_interval(r['value'], r['low'], r['high'], quantity.unit)}"
            for r in records
        ),
    )


def _pale(view: View, rows: pd.DataFrame, subject: str, scale: units.Scale) -> Series | None:
    axis = str(view.main_axis)
    own, zeros = _above_zero(rows, subject, axis)
    if own.empty and not zeros:
        return None
    x = tuple(float(v) for v in own[axis])
    y = tuple(float(v) / scale.factor for v in own["value"])
    return Series(subject=subject, label="", x=x, y=y, zeros=zeros, breaks=_breaks(x, zeros), light=True)


def _above_zero(rows: pd.DataFrame, subject: str, axis: str) -> tuple[pd.DataFrame, tuple[float, ...]]:
    """A subject's rows that a logarithmic axis can show, along the main axis, and where on that its value is 0."""
    own = rows[rows["subject"] == subject].sort_values(axis)
    return own[own["value"] > 0], tuple(float(x) for x in own.loc[own["value"] == 0, axis])


def _breaks(x: Sequence[float], zeros: Sequence[float]) -> tuple[int, ...]:
    """The points that have a 0 between them and the one before: a line past it would tell of a value above 0."""
    return tuple(end for end in range(1, len(x)) if any(x[end - 1] < zero < x[end] for zero in zeros))


def _best(view: View, rows: pd.DataFrame, scale: units.Scale) -> tuple[tuple[float, float], ...]:
    if len(view.baseline_members) < 2:
        return ()
    axis = str(view.main_axis)
    least = rows[rows["subject"].isin(view.baseline_members)].groupby(axis)["value"].min()
    return tuple((float(x), float(y) / scale.factor) for x, y in least.sort_index().items())  # type: ignore[arg-type]


def marks(view: View, analysis: Analysis, family: str, facet: Facet) -> tuple[Mark, ...]:
    """The crossovers of a facet against the baseline shown, one per subject, deduplicated where axes were dropped."""
    frame = analysis.crossovers
    if view.baseline is None or frame.empty:
        return ()
    chosen = frame[
        (frame["metric"] == family)
        & (frame["baseline"] == view.baseline)
        & (frame["outcome"] == "crosses")
        & (frame["axis"] == view.main_axis)
    ]
    chosen = pick(chosen, facet).drop_duplicates("subject")
    return tuple(_mark(view, row) for row in chosen.to_dict("records"))


def _mark(view: View, row: dict[Any, Any]) -> Mark:
    low, high = (float(row[k]) if units.known(row[k]) else math.nan for k in ("low", "high"))
    symbol = view.axis_symbol(str(view.main_axis))
    sign = "≈" if high > low or not math.isfinite(low) else "="
    # A long axis name would cover the data; the axis is labelled below anyway.
    symbol = symbol if len(symbol) <= 8 else ""
    text = f"{symbol} {sign} {place(row['at']) if sign == '=' else significant(row['at'])}".strip()
    return Mark(str(row["subject"]), float(row["at"]), low, high, text)


def ratio_panels(view: View, analysis: Analysis, ratios: pd.DataFrame, sheet: Sheet) -> tuple[Panel, ...]:
    """The panels of a figure of ratios to one baseline."""
    axis = str(view.main_axis)
    panels = []
    for facet, title in zip(sheet.facets, sheet.titles, strict=True):
        here = pick(ratios, facet)
        series = []
        for subject in view.subjects:
            own = here[(here["subject"] == subject) & (here["ratio"] > 0)].sort_values(axis)
            if own.empty:
                continue
            records = own.to_dict("records")
            name = view.subject_word(subject)
            series.append(
                Series(
                    subject=subject,
                    label=name,
                    x=tuple(float(r[axis]) for r in records),
                    y=tuple(float(r["ratio"]) for r in records),
                    low=tuple(float(r["low"]) for r in records),
                    high=tuple(float(r["high"]) for r in records),
                    hover=tuple(
                        f"{name}, {axis} = {place(r[axis])}: {units.ratio(r['ratio'], r['low'], r['high'])}, "
                        f"{r['verdict']}"
                        for r in records
                    ),
                )
            )
        panels.append(Panel(title, tuple(series), marks(view, analysis, "time", facet)))
    return tuple(panels)


def _scaled(value: Any, scale: units.Scale) -> float:
    return float(value) / scale.factor if units.known(value) else math.nan
