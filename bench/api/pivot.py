"""A run's rows of one metric as a table of two sides, one row in each cell or an error that says what to fix.

pandas' own ``pivot_table`` averages over every axis that is not named, so that the mean of float32 and bfloat16, or of
causal and not, looks like a measurement. Here that is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bench.analysis.points import SOURCES
from bench.analysis.tables import family, plain, present, rank, rows_of
from bench.suite.conditions import condition, condition_faults
from bench.suite.problems import Problem, nearest, show

#: Columns whose values can fill the cells.
VALUES = (
    "value",
    "low",
    "high",
    "level",
    "unit",
    "status",
    "reason",
    "replicates",
    "samples",
    "noisy",
    "notes",
    "case",
)


@dataclass(frozen=True)
class Points:
    """The rows that a table is made of, one for each cell.

    Attributes:
        rows: Rows of the tidy frame.
        index: Axes whose values become the rows of the table.
        columns: Axes whose values become its columns.
        ranks: For each of these axes the position of a value, as text, in declared order.
        metric: The stored metric that the rows hold.
    """

    rows: pd.DataFrame
    index: list[str]
    columns: list[str]
    ranks: dict[str, dict[str, int]]
    metric: str

    def spread(self, values: str) -> pd.DataFrame:
        """One column of the rows as a table; a combination that the run does not have is missing."""
        wide = self.rows.pivot(index=self.index, columns=self.columns, values=values)
        return wide.iloc[self._order(wide.index, self.index), self._order(wide.columns, self.columns)]

    def _order(self, labels: pd.Index[Any], axes: Sequence[str]) -> list[int]:
        def position(number: int) -> list[int]:
            label = labels[number] if len(axes) > 1 else (labels[number],)
            ranked = zip(axes, label, strict=True)
            return [self.ranks[axis].get(plain(_bare(value)), len(self.ranks[axis])) for axis, value in ranked]

        return sorted(range(len(labels)), key=position)


def points(
    frame: pd.DataFrame,
    axes: Mapping[str, Sequence[Any]],
    fixed: Mapping[str, Any],
    index: str | Sequence[str],
    columns: str | Sequence[str],
    metric: str,
    where: Mapping[str, Any] | None,
) -> Points:
    """Choose the rows of a table; arguments are those of :meth:`bench.api.frames.Frames.pivot`.

    Args:
        frame: A tidy frame.
        axes: Its axes with their values as declared.
        fixed: What every case shares, which ``where`` may name.
        index: An axis, or several.
        columns: An axis, or several.
        metric: A stored metric, an outcome, ``memory`` or ``flops``.
        where: Axis to value, list of values, or table of bounds.

    Raises:
        ValueError: One line: the argument, what was given, what was expected and the nearest name.
    """
    stored = stored_metric(frame, metric)
    sides = _axes_of("index", index, axes, fixed), _axes_of("columns", columns, axes, fixed)
    shown = [*sides[0], *sides[1]]
    twice = [axis for axis in dict.fromkeys(shown) if shown.count(axis) > 1]
    if twice:
        raise _fault("columns", twice[0], "each axis once, in index or in columns")
    rows = _chosen(_with_failures(frame, stored), axes, fixed, where or {}).dropna(subset=shown)
    if rows.empty:
        raise _fault(
            "where", where, f"values that some row of {metric} has together; these were never measured together"
        )
    _refuse_several(rows, shown, [axis for axis in axes if axis not in shown])
    return Points(rows, *sides, {axis: rank(axes[axis]) for axis in shown}, stored)


def values_column(values: str) -> str:
    """The column that fills the cells. Raises ``ValueError`` where it is none of :data:`VALUES`."""
    if values not in VALUES:
        raise _fault("values", values, f"a column of the rows ({', '.join(VALUES)})", VALUES)
    return values


def stored_metric(frame: pd.DataFrame, name: str) -> str:
    """The metric of the rows that ``name`` stands for.

    A stored metric's own name; an outcome's bare one (``knn`` for ``outcome_knn``); ``memory`` and ``flops`` for what
    crossovers compare: ``peak_tensor_bytes``, and the first of ``flops_formula`` and ``flops_dispatch`` that has a
    value. Raises ``ValueError`` where there is none.
    """
    known = list(dict.fromkeys(frame["metric"].tolist()))
    valued = set(frame.loc[frame["status"] == "ok", "metric"].tolist())
    compared = sorted(SOURCES.get(name, ()), key=lambda source: source not in valued)
    for candidate in (name, f"outcome_{name}", *compared):
        if candidate in known:
            return candidate
    words = [metric.removeprefix("outcome_") for metric in known if metric in valued]
    words += [one for one, sources in SOURCES.items() if one not in words and valued.intersection(sources)]
    raise _fault("metric", name, f"a metric of this run ({', '.join(words)})", words)


def _axes_of(
    argument: str, given: str | Sequence[str], axes: Mapping[str, Sequence[Any]], fixed: Mapping[str, Any]
) -> list[str]:
    names = [given] if isinstance(given, str) else list(given)
    if not names:
        raise _fault(argument, names, "at least one axis")
    for name in names:
        if name not in axes:
            raise _no_axis(argument, name, axes, fixed)
    return names


def _no_axis(argument: str, name: str, axes: Mapping[str, Sequence[Any]], fixed: Mapping[str, Any]) -> ValueError:
    expected = f"an axis ({', '.join(axes)})"
    if name in fixed:
        expected += f"; {name} has one value in this run, {show(fixed[name])}"
    return _fault(argument, name, expected, axes)


def _with_failures(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The rows of a metric, and for each case that has none the row that says why, stored under its family's name."""
    own = frame[frame["metric"] == metric]
    keys = [name for name in ("run", "case") if name in frame.columns]
    known = set(zip(*(own[key].tolist() for key in keys), strict=True))
    families = {name: family(str(name)) for name in frame["metric"].unique().tolist()}
    failed = frame[(frame["status"] != "ok") & (frame["metric"].map(families) == family(metric))]
    lacking = [key not in known for key in zip(*(failed[key].tolist() for key in keys), strict=True)]
    others = failed[np.array(lacking, dtype=bool)].drop_duplicates(keys)
    return frame.loc[sorted([*own.index.tolist(), *others.index.tolist()])]


def _chosen(
    rows: pd.DataFrame, axes: Mapping[str, Sequence[Any]], fixed: Mapping[str, Any], where: Mapping[str, Any]
) -> pd.DataFrame:
    if not isinstance(where, Mapping):
        raise _fault("where", where, "a table of axis to what it must be, such as {'n': {'at_least': 1024}}")
    conditions = []
    for axis, given in where.items():
        spec = _plain_spec(given)
        if axis not in axes and axis not in fixed:
            raise _fault("where", axis, f"an axis ({', '.join([*axes, *fixed])})", [*axes, *fixed])
        values = _present(rows, axis, axes[axis]) if axis in axes else [fixed[axis]]
        for fault in condition_faults(spec, values):
            key = ".".join(map(str, (axis, *fault.where)))
            expected, near = fault.expected, fault.nearest
            if near is not None and (kind := _other_kind(spec, values)):
                # The nearest name of a number in quotes is the number: it reads the same and helps nobody.
                expected, near = f"{kind} without quotes, {expected}", None
            raise ValueError(str(Problem("where", None, key, show(spec), expected, near)))
        conditions.append(condition(axis, spec))
    names = [one.axis for one in conditions if one.axis in axes]
    keep = [
        all(present(place[name]) for name in names) and all(one.holds({**fixed, **place}) for one in conditions)
        for place in rows_of(rows[list(axes)])
    ]
    return rows[np.array(keep, dtype=bool)]


def _other_kind(spec: Any, values: Sequence[Any]) -> str | None:
    """``a number`` or ``true or false`` where the axis has such values and the condition one as text."""
    given = [one for one in (spec if isinstance(spec, list) else [spec]) if isinstance(one, str)]
    if not given or any(isinstance(value, str) for value in values):
        return None
    return "true or false" if all(isinstance(value, bool) for value in values) else "a number"


def _plain_spec(given: Any) -> Any:
    """A condition of plain Python values: numbers of numpy and tuples will do in a notebook."""
    if isinstance(given, Mapping):
        return {key: _plain_spec(value) for key, value in given.items()}
    if isinstance(given, list | tuple | set | range | np.ndarray | pd.Series | pd.Index):
        return [_bare(value) for value in given]
    return _bare(given)


def _bare(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _present(rows: pd.DataFrame, axis: str, declared: Sequence[Any]) -> list[Any]:
    """The values of an axis that the rows have, in declared order."""
    ranks = rank(declared)
    found = [value for value in rows[axis].drop_duplicates().tolist() if present(value)]
    return sorted(found, key=lambda value: ranks.get(plain(value), len(ranks)))


def _refuse_several(rows: pd.DataFrame, shown: Sequence[str], rest: Sequence[str]) -> None:
    """Raise where a cell would hold several rows, naming the axes in which they differ and how to choose."""
    doubled = rows[rows.duplicated(list(shown), keep=False)]
    if doubled.empty:
        return
    differing: dict[str, dict[str, Any]] = {}
    for _, cell in doubled.groupby(list(shown), sort=False, dropna=False):
        for axis in rest:
            values = {plain(value): value for value in cell[axis].drop_duplicates().tolist()}
            if len(values) > 1:
                differing.setdefault(axis, {}).update(values)
    if not differing:
        raise ValueError("pivot: expected one row for each cell; got the same case more than once")
    named = ", ".join(f"{axis} ({', '.join(map(repr, found.values()))})" for axis, found in differing.items())
    choice = {axis: next(iter(found.values())) for axis, found in differing.items()}
    raise ValueError(
        f"pivot: expected one row for each cell; got several, which still differ in {named}; "
        f"choose one value each, as in where={choice!r}, or name the axis in index or columns"
    )


def _fault(argument: str, given: object, expected: str, known: Iterable[object] = ()) -> ValueError:
    return ValueError(str(Problem("pivot", None, argument, show(given), expected, nearest(given, known))))
