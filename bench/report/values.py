"""The values a declaration speaks of: an outcome's or a stored metric's, where its conditions hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analysis.selection import chosen
from bench.analysis.summary import Analysis
from bench.analysis.wording import figures
from bench.report import units
from bench.report.view import View

#: Significant digits of an outcome without an interval.
DIGITS = 3


def value_rows(view: View, analysis: Analysis, name: str, where: Mapping[str, Any]) -> pd.DataFrame:
    """One row per case with a value, be it infinite or NaN: ``subject, <axes>, metric, value, low, high, unit``.

    Args:
        view: The run.
        analysis: Its outcomes.
        name: An outcome's bare name or a stored metric.
        where: Conditions on axes, in the shape they have in TOML.
    """
    rows = analysis.outcomes[analysis.outcomes["metric"] == name]
    if rows.empty:
        rows = view.rows(name, ok=False)
        rows = rows[rows["status"] == "ok"]
    return chosen(rows, where, {**{axis: [v] for axis, v in view.fixed.items()}, **view.axes})


def settled(view: View, rows: pd.DataFrame, shown: Iterable[str]) -> tuple[tuple[str, Any], ...]:
    """Axes that vary in the run but have one value in ``rows``, with it; those in ``shown`` left out."""
    found = []
    for axis in view.axes:
        if axis in shown or axis not in rows or len(view.present(axis)) < 2:
            continue
        values = rows[axis].drop_duplicates().tolist()
        if len(values) == 1:
            found.append((axis, values[0]))
    return tuple(found)


def loose(view: View, rows: pd.DataFrame, shown: Sequence[str]) -> list[str]:
    """Axes with more than one value in ``rows`` that a figure has no place for yet."""
    return [axis for axis in view.axes if axis not in shown and axis in rows and rows[axis].nunique() > 1]


def value_text(value: float, low: float, high: float, unit: str) -> str:
    """An outcome with its interval: ``0.953 (0.949–0.957)``, ``3.2×10⁻⁸``, ``120 steps``, ``infinite``."""
    if value != value:
        return "not a number"
    if not units.known(value):
        return "infinite" if value > 0 else "−infinite"
    return units.measured(value, low, high, unit, DIGITS)


def slope_text(slope: float, low: float, high: float) -> str:
    """A slope with its interval: ``−0.99 (−1.03 to −0.95)``, bounds rounded outwards as in the analysis's sentences."""
    if not units.known(slope):
        return "not fitted"
    if not (units.known(low) and units.known(high)):
        return units.minus(f"{slope:.2f}")
    value, lower, upper = figures([(slope, 0), (low, -1), (high, 1)], high - low)
    return units.minus(f"{value} ({lower} to {upper})")


def unit_words(unit: str) -> str:
    """What follows a name on an axis: `` (steps)``; nothing for plain numbers."""
    return "" if unit in ("1", "") else f" ({unit})"
