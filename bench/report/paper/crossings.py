"""Tables of crossovers: a row for each method, a column for each metric, a group of rows for each setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analysis.tables import rows_of
from bench.report.escape import slug
from bench.report.grids import crossover_short
from bench.report.paper.layout import Cell, Head, Tab
from bench.report.paper.macros import Numbers
from bench.report.paper.source import Source
from bench.report.paper.words import flow
from bench.report.view import Facet, pick


def crossover_tables(source: Source, numbers: Numbers) -> Iterator[Tab]:
    """One table for each baseline; of the first one, the first setting has a table for the paper's own pages."""
    view, frame = source.view, source.analysis.crossovers
    if frame.empty:
        return
    asked = list(dict.fromkeys(zip(frame["axis"].astype(str), frame["baseline"].astype(str), strict=True)))
    asked.sort(key=lambda pair: pair[1] != view.baseline)
    for number, (axis, baseline) in enumerate(asked, 1):
        rows = frame[(frame["axis"] == axis) & (frame["baseline"] == baseline)]
        axes = [name for name in view.facet_axes if name in rows.columns]
        metrics = [m for m in ("time", "memory", "flops") if m in set(rows["metric"])]
        facets = view.facets(rows, axes)
        level = f"{100 * float(rows['level'].iloc[0]):g} %"
        caption = (
            f"The {view.axis_word(axis)} from which each method needs less than {view.baseline_word(baseline)}, to the "
            f"end of the measured range; in parentheses the {level} interval, rounded outwards."
        )
        heads = (Head(view.axis_word(view.subject_axis)), *(Head(view.metric_word(m)) for m in metrics))
        groups = [_group(source, numbers, rows, facet, metrics) for facet in facets]
        name = f"{source.stem}crossovers" + (f"-{number}-{slug(baseline)}".rstrip("-") if len(asked) > 1 else "")
        if len(facets) > 1 and number == 1:
            words = view.facet_word(facets[0])
            first = flow(f"{caption} For {words}; the supplement has the others.")
            yield Tab(f"{name}-first", first, heads, groups[0], 1, main=True, apart=True)
        body = tuple(
            line
            for facet, group in zip(facets, groups, strict=True)
            for line in ([(Cell(view.facet_word(facet)),)] if facet else []) + list(group)
        )
        yield Tab(name, flow(caption), heads, body, 1, main=number == 1 and len(facets) == 1)


def _group(
    source: Source, numbers: Numbers, rows: pd.DataFrame, facet: Facet, metrics: Sequence[str]
) -> tuple[tuple[Cell, ...], ...]:
    view = source.view
    records = rows_of(pick(rows, facet))
    found = {(str(row["subject"]), str(row["metric"])): row for row in records}
    subjects = [s for s in view.subjects if any((s, m) in found for m in metrics)]
    return tuple(
        (Cell(view.subject_word(s)), *(crossover_cell(source, numbers, found.get((s, m))) for m in metrics))
        for s in subjects
    )


def crossover_cell(source: Source, numbers: Numbers, row: Mapping[str, Any] | None) -> Cell:
    """Where a method overtakes, as macros; what became of it in words where it does not."""
    if row is None:
        return Cell("—")
    text = crossover_short(dict(row))
    at, low, high = (source.crossover(row, what) for what in ("", "low", "high"))
    if at not in numbers:
        return Cell(text)
    code = numbers.num(at)
    if low in numbers:
        code += f" ({numbers.num(low)}--{numbers.num(high)})"
    elif row["low"] != row["high"]:
        code = rf"$\approx$ {code}"
    return Cell(text, code=code)
