"""Claims about slopes on logarithmic axes: grows as n, as n²."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import variance
from typing import Any

from bench.analysis.claims.cells import Absent, Cells, cells_of
from bench.analysis.claims.points import Gap, Judged, point, unclear
from bench.analysis.claims.ranges import Range, bound_range
from bench.analysis.claims.run import Cell, ClaimRun
from bench.analysis.claims.spread import half_width, zero_width
from bench.analysis.claims.words import bound_words, measured, number
from bench.analysis.fits import power_fit
from bench.analysis.intervals import Interval, exact, mean_interval
from bench.analysis.laws import LEAST_PLACES, LEAST_POINTS
from bench.analysis.tables import present
from bench.analysis.unreached import NOT_REACHED
from bench.analysis.wording import place


def judge_slope(claim: Mapping[str, Any], spec: Mapping[str, Any], run: ClaimRun) -> Judged:
    """Judge the least-squares slope of log metric on log axis over the measured points of a range."""
    axis = str(spec["axis"])
    low, high = float(spec.get("from", -math.inf)), float(spec.get("to", math.inf))
    expected = _expected(spec)
    bound = f"{number(spec['equals'])} ± {number(spec['tolerance'])}" if "equals" in spec else bound_words(spec)
    judged = Judged(f"slope {bound}{_span(axis, low, high)}")
    cells = cells_of(run, str(claim["metric"]))
    inside = [cell for cell in run.cells(claim["where"], {}) if _within(cell, axis, low, high)]
    for facet in run.facets(inside, [axis]):
        shown = run.shown(facet.axes, [claim["where"]])
        where = run.words(shown)
        source = max(cells.sources, key=lambda name: sum(_usable(cells.read(cell, name)) for cell in facet.cells))
        points: list[tuple[float, Interval, Cell]] = []
        unreached = False
        for cell in sorted(facet.cells, key=lambda one: float(one.axes[axis])):
            value, n = cells.read(cell, source), float(cell.axes[axis])
            if isinstance(value, Interval) and _usable(value):
                points.append((n, value, cell))
            else:
                reason = value.reason if isinstance(value, Absent) else "its value is not positive and finite"
                judged.gaps.append(Gap(where, f"{axis} = {place(n)}", reason))
                unreached = unreached or reason == NOT_REACHED
        if not points:
            continue
        found = _slope(points, cells, run.level)
        text = _text(found, axis, [n for n, _, _ in points])
        cases = [cell.case for _, _, cell in points]
        few = len({n for n, _, _ in points}) < LEAST_PLACES
        # More points of its range may turn a slope.
        made = unclear(shown, expected, text, cases) if few or unreached else point(shown, found, expected, text, cases)
        judged.points.append(made)
        judged.limits += _limits(axis, low, high, [n for n, _, _ in points])
    return judged


def _slope(points: Sequence[tuple[float, Interval, Cell]], cells: Cells, level: float) -> Interval:
    """The slope with an interval.

    Exact values have an exact one. Times of processes, and outcomes of seeds, carry their own spread into the slope: it
    is a weighted sum of mean logarithms. Where values have no spread of their own, the scatter around the line must do.
    """
    fit = power_fit([(n, value.value) for n, value, _ in points], level).slope
    if math.isnan(fit.value):
        return fit
    if all(zero_width(value) for _, value, _ in points):
        return exact(fit.value, level)
    logs = [math.log10(n) for n, _, _ in points]
    middle = math.fsum(logs) / len(logs)
    squares = math.fsum((x - middle) ** 2 for x in logs)
    weights = [(x - middle) / squares for x in logs]
    processes = [cells.processes.get(cell.case, {}) for _, _, cell in points]
    positive = all(0 < one < math.inf for values in processes for one in values.values())
    if cells.outcome and positive:
        seeds = sorted(set.intersection(*(set(values) for values in processes)))
        if len(seeds) > 1:
            # The same seeds everywhere: one slope for each.
            slopes = [
                math.fsum(w * math.log10(values[seed]) for w, values in zip(weights, processes, strict=True))
                for seed in seeds
            ]
            return mean_interval(slopes, level)
    elif positive and all(len(values) > 1 for values in processes):
        parts = []
        for weight, values in zip(weights, processes, strict=True):
            spread = variance([math.log10(one) for one in values.values()])
            parts.append((weight**2 * spread / len(values), len(values) - 1))
        half = half_width(parts, level)
        return Interval(fit.value, fit.value - half, fit.value + half, level, len(points))
    if len(points) < LEAST_POINTS:
        return Interval(fit.value, math.nan, math.nan, level, len(points))
    return fit


def _expected(spec: Mapping[str, Any]) -> Range:
    if "equals" in spec:
        return Range(spec["equals"] - spec["tolerance"], spec["equals"] + spec["tolerance"])
    return bound_range(spec)


def _usable(value: Interval | Absent) -> bool:
    return isinstance(value, Interval) and 0 < value.value < math.inf


def _within(cell: Cell, axis: str, low: float, high: float) -> bool:
    value = cell.axes.get(axis)
    number = float(value) if present(value) and value is not None else math.nan
    return number > 0 and low <= number <= high


def _span(axis: str, low: float, high: float) -> str:
    """The range in words, after a comma; nothing for the whole axis."""
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(low):
        return f", up to {axis} = {place(high)}"
    return f", from {axis} = {place(low)}" + ("" if math.isinf(high) else f" to {place(high)}")


def _text(found: Interval, axis: str, numbers: Sequence[float]) -> str:
    if math.isnan(found.value):
        return f"no slope: only {axis} = {place(numbers[0])} was measured"
    few = "; too few to tell a power law" if len(set(numbers)) < LEAST_PLACES else ""
    counted = f"{len(numbers)} points, {axis} = {place(numbers[0])} to {place(numbers[-1])}"
    return f"slope {measured(found)} over {counted}{few}"


def _limits(axis: str, low: float, high: float, numbers: Sequence[float]) -> list[str]:
    """Where the measured range ends well before the claimed one: by more than one of its own steps."""
    step = max((b / a for a, b in pairwise(numbers)), default=1.0)
    found = []
    if math.isfinite(high) and high >= numbers[-1] * step and high > numbers[-1]:
        found.append(f"{axis} above {place(numbers[-1])}")
    if math.isfinite(low) and low <= numbers[0] / step and low < numbers[0]:
        found.append(f"{axis} below {place(numbers[0])}")
    return found
