"""What share of a whole each of its parts has, and from which n on a part is more or less than half of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bench.analysis.crossing import KINDS, locate
from bench.analysis.points import SOURCES
from bench.analysis.tables import axis_columns, build, plain, present, rank, rows_of
from bench.analysis.wording import Labels, multiple, place, significant

_SHARES: dict[str, str | None] = {
    "subject": "str",
    "metric": "str",
    "part": "str",
    "value": "float64",
    "whole": "float64",
    "share": "float64",
    "check": "float64",
}
_HALVES: dict[str, str | None] = {
    "axis": "str",
    "metric": "str",
    "subject": "str",
    "part": "str",
    "outcome": "str",
    "at": "float64",
    "first": "float64",
    "last": "float64",
    "relative": "float64",
    "text": "str",
}

_Place = tuple[Any, ...]


def share_table(
    measurements: pd.DataFrame,
    share: Mapping[str, Any] | None,
    subject_axis: str,
    axes_meta: Mapping[str, Sequence[Any]],
) -> pd.DataFrame:
    """Each part's value over the whole's, per point and subject, for time, FLOPs and peak memory.

    A part declared as shared is taken from the first subject it was measured under. Peaks of memory do not add up
    (parts live one after the other), so their ``check`` is expected to exceed 1.

    Args:
        measurements: Tidy rows of all statuses.
        share: ``{"axis", "whole", "shared"}`` as in ``run.json``, or ``None``.
        subject_axis: The axis whose values are compared.
        axes_meta: Declared values per axis, for the order of rows.

    Returns:
        Columns: every axis but the subject's and the parts', then ``subject, metric`` (``time``, ``flops``,
        ``memory``), ``part, value, whole, share`` and ``check`` (sum of all parts / whole; NaN where one is missing).
    """
    split = str(share["axis"]) if share else ""
    others = [axis for axis in axis_columns(measurements) or list(axes_meta) if axis not in (subject_axis, split)]
    schema: dict[str, str | None] = {**dict.fromkeys(others), **_SHARES}
    if share is None or split not in measurements.columns:
        return build([], schema)
    values = _index(measurements, others, split)
    subjects = _ordered((subject for cells in values.values() for subject, _ in cells), axes_meta.get(subject_axis, ()))
    parts = _ordered((part for cells in values.values() for _, part in cells), axes_meta.get(split, ()))
    whole = plain(share["whole"])
    shared = {plain(part) for part in share.get("shared") or ()}
    records = []
    for where in values:
        for subject in subjects:
            for metric, sources in SOURCES.items():
                source, total = _first(values[where].get((subject, whole), {}), sources)
                if source is None:
                    continue
                found = {}
                for part in parts:
                    holders = subjects if part in shared else [subject]
                    cells = [values[where].get((holder, part), {}) for holder in holders]
                    known = next((cell[source] for cell in cells if source in cell), None)
                    if part != whole and known is not None:
                        found[part] = known
                complete = len(found) == len([part for part in parts if part != whole])
                check = sum(found.values()) / total if complete else math.nan
                records += [
                    {
                        **dict(zip(others, where, strict=True)),
                        "subject": subject,
                        "metric": metric,
                        "part": part,
                        "value": value,
                        "whole": total,
                        "share": value / total,
                        "check": check,
                    }
                    for part, value in found.items()
                ]
    return build(records, schema)


def halves(
    shares: pd.DataFrame,
    axis: str,
    whole: str,
    relative_to: str | None = None,
    axes_meta: Mapping[str, Sequence[Any]] | None = None,
    labels: Labels | None = None,
) -> pd.DataFrame:
    """From which n on a part is more, or less, than half of the whole.

    The point is interpolated as a crossover is, linearly in log n and in the log of part / rest, which is exact where
    both follow power laws; it has no interval.

    Args:
        shares: The frame of :func:`share_table`.
        axis: Numeric axis along which to look.
        whole: Name of the whole, for the text.
        relative_to: Axis of whose value ``at`` is also given as a multiple.
        axes_meta: Declared values per axis, for a ``relative_to`` that does not vary.
        labels: Names of the parts in the texts.

    Returns:
        One row per facet, metric, subject and part with at least two n. ``outcome`` is ``rises`` (over half from ``at``
        to the end), ``falls`` (under half from ``at`` to the end), ``over`` or ``under`` (throughout).
    """
    names = labels or {}
    facets = [str(name) for name in shares.columns if name not in _SHARES and name != axis]
    schema: dict[str, str | None] = {**dict.fromkeys(facets), **_HALVES}
    if axis not in shares.columns:
        return build([], schema)
    series: dict[_Place, dict[float, float]] = {}
    for row in rows_of(shares[[*facets, "metric", "subject", "part", axis, "share"]]):
        *key, number, value = row.values()
        if number > 0 and value > 0:
            series.setdefault(tuple(key), {})[float(number)] = value
    records = []
    for place_key, points in series.items():
        if len(points) < 2:
            continue
        n = sorted(points)
        over = points[n[-1]] > 0.5
        # A peak of memory can be the whole's: such a share stands for "nearly all".
        share = np.minimum([points[value] for value in n], 0.999)
        y = np.log((1 - share) / share) * (1 if over else -1)
        (code,), (where_at,) = locate(n, y[np.newaxis, :])
        crosses = KINDS[code] == "crosses"
        metric, subject, part = place_key[-3:]
        where = dict(zip(facets, place_key[:-3], strict=True))
        unit = where.get(relative_to) if relative_to in where else _only((axes_meta or {}).get(relative_to or "", ()))
        at = float(where_at) if crosses else math.nan
        side = "over" if over else "under"
        text = f"{names.get(part, part)} is {side} half of {names.get(whole, whole)} "
        if crosses:
            text += f"from {axis} ≈ {place(at)}"
            if unit:
                text += f" = {multiple(significant(at / unit, 2), str(relative_to), names)}"
        else:
            text += f"from {axis} = {place(n[0])} to {place(n[-1])}"
        records.append(
            {
                **where,
                "axis": axis,
                "metric": metric,
                "subject": subject,
                "part": part,
                "outcome": ("rises" if over else "falls") if crosses else side,
                "at": at,
                "first": n[0],
                "last": n[-1],
                "relative": at / unit if unit else math.nan,
                "text": text,
            }
        )
    return build(records, schema)


def without_repeats(measurements: pd.DataFrame, share: Mapping[str, Any] | None, subject_axis: str) -> pd.DataFrame:
    """Drop the skipped rows of shared parts that were measured under another subject: nothing is missing there."""
    if not share or share["axis"] not in measurements.columns:
        return measurements
    shared = measurements[str(share["axis"])].isin(list(share.get("shared") or ()))
    axes = [axis for axis in axis_columns(measurements) if axis != subject_axis]
    places = list(zip(*(measurements[axis].tolist() for axis in axes), strict=True))
    status = measurements["status"].tolist()
    measured = {place for place, said in zip(places, status, strict=True) if said == "ok"}
    repeat = [said == "skipped" and place in measured for place, said in zip(places, status, strict=True)]
    return measurements[~(shared & pd.Series(repeat, index=measurements.index, dtype=bool))]


def _index(measurements: pd.DataFrame, others: Sequence[str], split: str) -> dict[_Place, dict[tuple[str, str], Any]]:
    """Place to (subject, part) to metric to value, positive values only."""
    found: dict[_Place, dict[tuple[str, str], dict[str, float]]] = {}
    chosen = measurements[measurements["status"] == "ok"]
    columns = [*others, "subject", split, "metric", "value"]
    for *where, subject, part, metric, value in zip(*(chosen[name].tolist() for name in columns), strict=True):
        if present(value) and 0 < value < math.inf:
            cells = found.setdefault(tuple(where), {})
            cells.setdefault((str(subject), plain(part)), {})[metric] = float(value)
    return found


def _first(cell: Mapping[str, float], sources: Sequence[str]) -> tuple[str | None, float]:
    source = next((name for name in sources if name in cell), None)
    return source, cell[source] if source is not None else math.nan


def _ordered(seen: Any, declared: Sequence[Any]) -> list[str]:
    order = rank(declared)
    return sorted(dict.fromkeys(seen), key=lambda text: order.get(text, len(order)))


def _only(values: Sequence[Any]) -> float | None:
    return float(values[0]) if len(values) == 1 else None
