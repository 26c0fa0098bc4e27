"""The power laws a suite declares: the points they speak of, the fitted slopes and whether the expected ones hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from bench.analysis.fits import power_fit
from bench.analysis.intervals import Interval
from bench.analysis.selection import Axes, chosen, places, stored
from bench.analysis.tables import build, plain, present, rank, rows_of
from bench.analysis.wording import Labels, figures, value_words

#: Fewer fitted points than this decide nothing.
LEAST_POINTS = 4

#: Different x that they must have.
LEAST_PLACES = 3

LawVerdict = Literal["holds", "fails", "unclear"]
Record = Mapping[str, Any]

_POINTS: dict[str, str | None] = {
    "id": "str",
    "split_value": None,
    "group": "str",
    "case": "str",
    "subject": "str",
    "x": "float64",
    "y": "float64",
    "low": "float64",
    "high": "float64",
    "axes": "object",
}
_LAWS: dict[str, str | None] = {
    "id": "str",
    "title": "str",
    "x": "str",
    "y": "str",
    "split": "str",
    "split_value": None,
    **dict.fromkeys(("slope", "low", "high", "level", "intercept"), "float64"),
    "points": "int64",
    **dict.fromkeys(("x_low", "x_high", "expected", "tolerance", "scale"), "float64"),
    "verdict": "str",
    "text": "str",
}


def law_points(measurements: pd.DataFrame, laws: Sequence[Record], axes: Axes) -> pd.DataFrame:
    """The points of every law: one row per case and group in which both x and y are positive and finite.

    Args:
        measurements: Rows of all statuses.
        laws: The suite's laws as ``run.json`` has them.
        axes: Every axis of the suite and its values, fixed parameters among them.

    Returns:
        ``id, split_value, group, case, subject, x, y, low, high`` (of y) and ``axes`` (a dict). ``group`` is
        ``fitted``, ``outside`` (meets ``where`` but lies beyond a bound) or ``compare:VALUE`` (another value of the
        law's ``compare`` axis; never fitted).
    """
    cases = measurements.drop_duplicates("case")
    records: list[dict[str, Any]] = []
    for law in laws:
        compare = law.get("compare") or {"axis": "", "values": ()}
        groups = [("", dict(law["where"]))]
        groups += [(f"compare:{plain(value)}", {**law["where"], compare["axis"]: value}) for value in compare["values"]]
        ordinates = _values(measurements, law["y"])
        abscissas = None if law["x"] in axes else _values(measurements, law["x"])
        own: list[dict[str, Any]] = []
        for group, where in groups:
            selected = chosen(cases, where, axes)
            names = zip(selected["case"].tolist(), selected["subject"].tolist(), strict=True)
            for (case, subject), place in zip(names, places(selected, axes), strict=True):
                x = _number(place.get(law["x"])) if abscissas is None else abscissas.get(case, _NOTHING)[0]
                y, low, high = ordinates.get(case, _NOTHING)
                if all(value > 0 and math.isfinite(value) for value in (x, y)):
                    split = place.get(law["split"])
                    record = {"id": law["id"], "split_value": split, "case": case, "subject": subject}
                    record |= {"group": group or _group(law, split, x, y), "axes": place}
                    own.append({**record, "x": x, "y": y, "low": low, "high": high})
        order, splits = rank([name for name, _ in groups]), rank(axes.get(law["split"], ()))
        own.sort(
            key=lambda record: (
                splits.get(plain(record["split_value"]), len(splits)),
                order.get(record["group"], 0),
                record["group"],
                record["x"],
            )
        )
        records += own
    return build(records, _POINTS)


def fit_laws(
    measurements: pd.DataFrame, laws: Sequence[Record], axes: Axes, labels: Labels, level: float = 0.95
) -> pd.DataFrame:
    """Fit every law and judge its slope.

    ``holds`` where the slope's interval lies within the tolerance around the expected slope, ``fails`` where it lies
    outside entirely, else ``unclear``, also with fewer than four points. The points are means of cases, and the fit
    takes their scatter around the line as independent from one to the next.

    Args:
        measurements: Rows of all statuses.
        laws: The suite's laws as ``run.json`` has them.
        axes: Every axis of the suite and its values, fixed parameters among them.
        labels: Names of axes and values.
        level: Confidence level of the slope's interval.

    Returns:
        One row per law and value of its split axis that has cases: ``id, title, x, y, split, split_value, slope, low,
        high, level, intercept`` (log10 of y at x = 1), ``points, x_low, x_high`` (range of x fitted), ``expected,
        tolerance, scale, verdict, text``.
    """
    points = law_points(measurements, laws, axes)
    cases = measurements.drop_duplicates("case")
    records = []
    for law in laws:
        order = rank(axes.get(law["split"], ()))
        found = {plain(place.get(law["split"])): place.get(law["split"]) for place in places(cases, axes)}
        within = {plain(place.get(law["split"])) for place in places(chosen(cases, law["where"], axes), axes)}
        for text in sorted(within, key=lambda text: order.get(text, len(order))):
            own = points[(points["id"] == law["id"]) & (points["group"] == "fitted")]
            pairs = [(row["x"], row["y"]) for row in rows_of(own) if plain(row["split_value"]) == text]
            records.append(_judged(law, found[text], pairs, labels, level))
    return build(records, _LAWS)


def law_verdict(slope: Interval, expected: float, tolerance: float) -> LawVerdict:
    """Judge a slope by its interval; ``slope.count`` is the number of points."""
    low, high = expected - tolerance, expected + tolerance
    if slope.count < LEAST_POINTS or not slope.known or math.isnan(expected):
        return "unclear"
    if low <= slope.low and slope.high <= high:
        return "holds"
    return "fails" if slope.high < low or slope.low > high else "unclear"


_NOTHING = [math.nan] * 3


def _values(measurements: pd.DataFrame, name: str) -> dict[str, list[float]]:
    """Case to value and bounds of what a law calls ``name``."""
    rows = measurements[(measurements["metric"] == stored(measurements, name)) & (measurements["status"] == "ok")]
    names = ("value", "low", "high")
    value, low, high = ([_number(one) for one in rows[name].tolist()] for name in names)
    return {case: numbers for case, *numbers in zip(rows["case"].tolist(), value, low, high, strict=True)}


def _number(cell: Any) -> float:
    return float(cell) if present(cell) else math.nan


def _by_value(table: Mapping[str, float], value: Any, otherwise: float) -> float:
    """The number that a table gives for an axis value, by the text that either the suite or a frame has for it."""
    return float(next((table[text] for text in (plain(value), str(value)) if text in table), otherwise))


def _group(law: Record, split: Any, x: float, y: float) -> str:
    above, below, x_above = (law.get(name) for name in ("above", "below", "x_above"))
    scale = _by_value(law.get("scale") or {}, split, 1.0)
    beyond = (
        (above is not None and not y > above * scale)
        or (below is not None and not y < below)
        or (x_above is not None and not x > x_above)
    )
    return "outside" if beyond else "fitted"


def _judged(
    law: Record, split: Any, pairs: Sequence[tuple[float, float]], labels: Labels, level: float
) -> dict[str, Any]:
    slopes = law["slope"]
    expected = _by_value(slopes, split, math.nan) if isinstance(slopes, Mapping) else float(slopes)
    fit = power_fit(pairs, level)
    xs = [x for x, _ in pairs]
    places = len({round(math.log10(x), 6) for x in xs})
    # Two places, however many points stand there, cannot tell a power law from anything else.
    judged = law_verdict(fit.slope, expected, law["tolerance"]) if places >= LEAST_PLACES else "unclear"
    return {
        **{name: law[name] for name in ("id", "title", "x", "y", "split", "tolerance")},
        "split_value": split,
        "slope": fit.slope.value,
        "low": fit.slope.low,
        "high": fit.slope.high,
        "level": level,
        "intercept": fit.intercept,
        "points": len(pairs),
        "x_low": min(xs, default=math.nan),
        "x_high": max(xs, default=math.nan),
        "expected": expected,
        "scale": _by_value(law.get("scale") or {}, split, math.nan),
        "verdict": judged,
        "text": f"{value_words(law['split'], split, labels)}: {_words(fit.slope, expected, law['tolerance'], judged)}.",
    }


def _words(slope: Interval, expected: float, tolerance: float, judged: LawVerdict) -> str:
    counted = f"{slope.count} point{'' if slope.count == 1 else 's'}"
    if math.isnan(slope.value):
        return f"no slope, as {counted if slope.count else 'no point'} can be fitted"
    width = slope.high - slope.low
    value, low, high = figures([(slope.value, 0), (slope.low, -1), (slope.high, 1)], width)
    text = f"slope {value} ({low} to {high}) over {counted}" if slope.known else f"slope {value} over {counted}"
    if math.isnan(expected):
        return f"{text}; the suite expects none"
    few = f", as fewer than {LEAST_POINTS} points decide nothing" if slope.count < LEAST_POINTS else ""
    return f"{text}, expected {expected:g} ± {tolerance:g}: {judged}{few}"
