"""The crossover table: per facet, metric, subject and baseline, the n from which the subject needs less."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from bench.analysis.crossing import find_crossing
from bench.analysis.points import Facet, Missing, Pair, Readings
from bench.analysis.tables import axis_columns, build, plain
from bench.analysis.wording import Labels, multiple, outcome_words, place, significant

_COLUMNS: dict[str, str | None] = {
    "axis": "str",
    "metric": "str",
    "subject": "str",
    "baseline": "str",
    "outcome": "str",
    "at": "float64",
    "low": "float64",
    "high": "float64",
    "level": "float64",
    "first": "float64",
    "last": "float64",
    "crossings": "int64",
    "relative": "float64",
    "best_member": "str",
    "text": "str",
    "notes": "str",
}


@dataclass(frozen=True)
class Comparison:
    """One subject against one baseline along the axis of one crossover question.

    Attributes:
        readings: The run along that axis.
        question: The crossover as declared: ``axis``, ``baselines``, ``metrics``, ``relative_to``.
        facet: Values of all other axes, in the order of ``readings.facet_axes``.
        metric: ``time``, ``memory`` or ``flops``.
        subject: Who is compared.
        baseline: Name of what it is compared with.
        members: The subjects the baseline consists of.
    """

    readings: Readings
    question: Mapping[str, Any]
    facet: Facet
    metric: str
    subject: str
    baseline: str
    members: tuple[str, ...]

    def points(self) -> list[Pair | Missing]:
        """What is known at each n of the facet, in increasing order."""
        grid = self.readings.grid(self.facet)
        return [self.readings.pair(self.facet, n, self.subject, self.members, self.metric) for n in grid]


def comparisons(
    measurements: pd.DataFrame,
    replicates: pd.DataFrame,
    crossovers: Sequence[Mapping[str, Any]],
    subject_axis: str,
    axes_meta: Mapping[str, Sequence[Any]] | None = None,
    level: float = 0.95,
) -> Iterator[Comparison]:
    """Every comparison the crossover questions ask for, in reading order.

    A subject is left out where it is the baseline or one of its members, and where the facet has no row of it.
    """
    for question in crossovers:
        readings = Readings(measurements, replicates, question["axis"], subject_axis, axes_meta, level)
        for facet in readings.facets:
            present = [subject for subject in readings.subjects if readings.occurs(facet, subject)]
            for metric in question["metrics"]:
                for subject in present:
                    for baseline in question["baselines"]:
                        members = tuple(str(member) for member in baseline["members"])
                        if subject not in members:
                            yield Comparison(readings, question, facet, metric, subject, baseline["name"], members)


def find_crossovers(
    measurements: pd.DataFrame,
    replicates: pd.DataFrame,
    crossovers: Sequence[Mapping[str, Any]],
    axes_meta: Mapping[str, Sequence[Any]],
    subject_axis: str,
    seed: int = 0,
    *,
    level: float = 0.95,
    labels: Labels | None = None,
) -> pd.DataFrame:
    """Compute every crossover of a run.

    Args:
        measurements: Tidy rows of all statuses.
        replicates: One row per case and process, ``value`` in seconds per call.
        crossovers: The questions, as in ``run.json``: ``axis``, ``baselines`` (``name``, ``members``), ``metrics`` and
            ``relative_to``.
        axes_meta: Declared values per axis; fixed parameters may be added as axes of one value.
        subject_axis: The axis whose values are compared.
        seed: Seeds the draws of each interval, together with what is compared.
        level: Confidence level.
        labels: Names of subjects in the texts.

    Returns:
        One row per facet, metric, subject and baseline. Columns: the facet axes, then ``axis, metric, subject,
        baseline, outcome`` (``crosses``, ``from the start``, ``none``, ``unclear``, ``no data``), ``at, low, high,
        level, first, last`` (range in which both were measured), ``crossings, relative`` (``at`` as a multiple of
        ``relative_to``), ``best_member`` (the baseline's best subject just above the crossing, or at the largest n),
        ``text, notes``.
    """
    names = labels or {}
    records = [
        {**dict(zip(item.readings.facet_axes, item.facet, strict=True)), **_row(item, axes_meta, seed, level, names)}
        for item in comparisons(measurements, replicates, crossovers, subject_axis, axes_meta, level)
    ]
    asked = {question["axis"] for question in crossovers}
    own = asked if len(asked) == 1 else set()
    known = axis_columns(measurements) or list(axes_meta)
    facets: dict[str, str | None] = {axis: None for axis in known if axis != subject_axis and axis not in own}
    return build(records, {**facets, **_COLUMNS})


def _row(
    item: Comparison, axes_meta: Mapping[str, Sequence[Any]], seed: int, level: float, labels: Labels
) -> dict[str, Any]:
    points = item.points()
    pairs = [point for point in points if isinstance(point, Pair)]
    axis = item.readings.axis
    row: dict[str, Any] = {
        "axis": axis,
        "metric": item.metric,
        "subject": item.subject,
        "baseline": item.baseline,
        "level": level,
        "crossings": 0,
        "best_member": "",
        "notes": "",
    }
    if not pairs:
        return {**row, "outcome": "no data", "text": f"no data: {_absence(points, labels)}"}
    n = [pair.n for pair in pairs]
    ratios = [pair.ratio for pair in pairs]
    # Seeded by what is compared with what, so that a baseline of several and its best member draw alike.
    key = repr((item.facet, item.metric, item.subject, [(pair.n, pair.member) for pair in pairs]))
    crossing = find_crossing(n, ratios, level, np.random.default_rng([seed, crc32(key.encode())]))
    relative_to = item.question.get("relative_to")
    unit = _unit(item, axes_meta)
    relative = crossing.at / unit
    exact = all(ratio.count == 0 for ratio in ratios)
    below = [pair.n for pair in pairs if pair.ratio.value < 1]
    text = outcome_words(axis, crossing, n[0], n[-1], exact, below)
    if relative_to and math.isfinite(relative):
        text += f" = {multiple(significant(relative, 2), relative_to, labels)}"
    single = [pair.n for pair in pairs if pair.ratio.count == 1]
    if len(single) == len(pairs):
        text += f"; {item.readings.single}: no interval"
        single = []
    text += _range_words(axis, points, n[0], n[-1], crossing.outcome)
    best = next((pair.member for pair in pairs if pair.n >= crossing.at), pairs[-1].member)
    return {
        **row,
        "outcome": crossing.outcome,
        "at": crossing.at,
        "low": crossing.low,
        "high": crossing.high,
        "first": n[0],
        "last": n[-1],
        "crossings": crossing.crossings,
        "relative": relative,
        "best_member": best,
        "text": text,
        "notes": "; ".join(
            [*_range_notes(points, n[0], n[-1], labels), *_inner_notes(item, points, single, n[0], n[-1], labels)]
        ),
    }


def _unit(item: Comparison, axes_meta: Mapping[str, Sequence[Any]]) -> float:
    """What the crossover is a multiple of: the facet's value, or the only value the run has; NaN where unknown."""
    axis = item.question.get("relative_to")
    if not axis:
        return math.nan
    if axis in item.readings.facet_axes:
        return float(item.facet[item.readings.facet_axes.index(axis)])
    values = axes_meta.get(axis, ())
    return float(values[0]) if len(values) == 1 else math.nan


def _who(names: Sequence[str], labels: Labels) -> str:
    return " and ".join(labels.get(name, name) for name in names)


def _absence(points: Sequence[Pair | Missing], labels: Labels) -> str:
    gaps = [point for point in points if isinstance(point, Missing)]
    if not gaps:
        return "no n was measured"
    reasons = dict.fromkeys(f"{_who(gap.who, labels)}: {gap.reason}" for gap in gaps)
    return "; ".join(reasons)


def _range_words(axis: str, points: Sequence[Pair | Missing], first: float, last: float, outcome: str) -> str:
    """How far the statement reaches, where that is less than was asked for; the reasons are in the notes."""
    gaps = [point.n for point in points if isinstance(point, Missing)]
    words = ""
    # "none up to 1024" says where it ends.
    if outcome != "none" and any(n > last for n in gaps):
        words += f"; compared up to {axis} = {place(last)}"
    if any(n < first for n in gaps):
        words += f"; compared from {axis} = {place(first)} on"
    return words


def _range_notes(points: Sequence[Pair | Missing], first: float, last: float, labels: Labels) -> Iterator[str]:
    """Why the range that was measured ends before the range that was asked for."""
    gaps = [point for point in points if isinstance(point, Missing)]
    above = next((gap for gap in gaps if gap.n > last), None)
    under = next((gap for gap in reversed(gaps) if gap.n < first), None)
    if above:
        yield f"{_who(above.who[:2], labels)} not measured above {place(last)}: {above.reason}"
    if under:
        yield f"{_who(under.who, labels)} not measured below {place(first)}: {under.reason}"


def _inner_notes(
    item: Comparison,
    points: Sequence[Pair | Missing],
    single: Sequence[float],
    first: float,
    last: float,
    labels: Labels,
) -> Iterator[str]:
    """What qualifies single points: left out, without an interval, or without some member of the baseline."""
    axis = item.readings.axis
    for point in points:
        if isinstance(point, Missing) and first < point.n < last:
            yield f"left out {axis} = {place(point.n)}: {_who(point.who, labels)}: {point.reason}"
    if single:
        yield f"one replicate, so no interval, at {axis} = {', '.join(place(n) for n in single)}"
    absent: dict[str, list[float]] = {}
    for point in points:
        for member in point.absent if isinstance(point, Pair) else ():
            absent.setdefault(member, []).append(point.n)
    for member, where in absent.items():
        # One that the facet does not hold at all is no gap: a baseline may name kernels of other machines.
        if not item.readings.occurs(item.facet, member):
            continue
        yield f"baseline without {labels.get(member, member)} at {axis} = {', '.join(plain(n) for n in where)}"
