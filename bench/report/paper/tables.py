"""Which tables a bundle has: verdicts and crossovers first, then values and ratios, one table a setting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.analysis.tables import family, rows_of
from bench.report.escape import slug
from bench.report.figures.facets import collapse
from bench.report.gaps import Gaps
from bench.report.paper.crossings import crossover_tables
from bench.report.paper.layout import Cell, Head, Tab
from bench.report.paper.macros import Numbers
from bench.report.paper.names import Words
from bench.report.paper.quantities import metric_unit, scale
from bench.report.paper.resolve import best, processes
from bench.report.paper.source import Source
from bench.report.paper.words import flow
from bench.report.view import View, pick

#: Peaks of memory that are counted to the byte, and so differ where they differ at all.
_COUNTED = ("peak_tensor_bytes", "peak_allocated_bytes")
#: Settings of one metric that get a table; the data have all.
MOST_FACETS = 48


#: The rows of one point by subject, the subjects, and the point's axes, to one cell a subject.
Cells = Callable[[Mapping[str, Mapping[str, Any]], Sequence[str], tuple[Any, ...]], list[Cell]]


@dataclass(frozen=True)
class _Plan:
    """What the tables of one quantity share."""

    name: str
    sentences: Sequence[str]
    cells: Cells
    unit: str = ""
    main: bool = False
    bold: str = ""

    def caption(self, lines: Sequence[Sequence[Cell]], words: str) -> str:
        """The caption of one of them; it speaks of bold numbers only where there is one."""
        parts = [*self.sentences]
        parts += [self.bold] if any(cell.best for line in lines for cell in line) else []
        return flow(" ".join([*parts, *([f"For {words}."] if words else [])]))


def measured_tables(source: Source, numbers: Numbers) -> Iterator[Tab]:
    """Crossovers, times and ratios to the baseline, then memory, FLOPs, error and declared outcomes."""
    view = source.view
    yield from crossover_tables(source, numbers)
    yield from _values(source, numbers, "time", "Time per call")
    yield from _ratios(source, numbers)
    metrics = [str(metric) for metric in view.measurements["metric"].unique()]
    for metric in metrics:
        relative = metric.startswith("error_") and metric.endswith("_rel_l2")
        if metric.startswith("peak_") or metric == _work(metrics) or relative or metric in _asked(view):
            yield from _values(source, numbers, metric, view.metric_word(metric))


def _work(metrics: Sequence[str]) -> str:
    """The source of FLOPs that tables show: the formula, else the counter."""
    return next((name for name in ("flops_formula", "flops_dispatch") if name in metrics), "")


def _asked(view: View) -> set[str]:
    """The outcomes that a declaration of the suite is about."""
    named = [str(item[key]) for kind, keys in (("laws", ("x", "y")), ("maps", ("value",)), ("trends", ("value",)),
                                               ("hypotheses", ("metric",)), ("claims", ("metric",)))
             for item in view.declared(kind) for key in keys if item.get(key)]  # fmt: skip
    return {f"outcome_{name.removeprefix('outcome_')}" for name in named}


def _values(source: Source, numbers: Numbers, metric: str, title: str) -> Iterator[Tab]:
    view = source.view
    every = view.measurements
    rows = every[every["metric"] == metric]
    if rows.empty or not (rows["status"] == "ok").any():
        return
    records = rows_of(rows)
    rows = rows.assign(_position=range(len(rows)))
    spread = bool((rows["high"] > rows["low"]).any())
    axes, dropped = list(view.facet_axes), list[str]()
    keys = ["subject", *([view.main_axis] if view.main_axis else [])]
    if not spread:
        rows, dropped = collapse(rows, axes, keys, "value")
        axes = [axis for axis in axes if axis not in dropped]
    # Pages of a process and blocks that an allocator reserves are no counts: their last digits are noise.
    compared = metric in ("time", *_COUNTED) or (metric.startswith("peak_") and spread)
    marked = compared and not view.suite.get("compare")
    by_case = processes(source.run.replicates) if metric == "time" and marked else {}
    level = float((view.suite.get("measure") or {}).get("level", 0.95))
    gaps = Gaps(view, family(metric), [*axes, *keys[1:]], "not measured")
    sentences = [f"{title}."]
    if spread:
        sentences.append("In parentheses: uncertainty of the last digits, which covers the confidence interval.")
    if dropped:
        sentences.append(f"The same for every {' and '.join(view.axis_word(axis) for axis in dropped)}.")

    def cells(found: Mapping[str, Mapping[str, Any]], subjects: Sequence[str], point: tuple[Any, ...]) -> list[Cell]:
        shown = [records[found[s]["_position"]] if s in found else None for s in subjects]
        known = [row if row is not None and row["status"] == "ok" else None for row in shown]
        first = best(known, by_case, level) if marked else None
        return [
            _value(numbers, source.measured(row), row, place == first)
            if row is not None
            else Cell(gaps.cell(subject, point).text)
            for place, (subject, row) in enumerate(zip(subjects, known, strict=True))
        ]

    unit = numbers.macro(metric_unit(source, metric)) if scale(rows)[0].tex else ""
    bold = (
        "Bold: less than all others measured, where the interval of the paired ratio to each excludes 1."
        if metric == "time"
        else "Bold: less than all others measured."
    )
    yield from _sheets(source, _Plan(metric, sentences, cells, unit, metric == "time", bold), rows, axes)


def _value(numbers: Numbers, key: Words, row: Mapping[str, Any], bold: bool) -> Cell:
    if key in numbers:
        number = numbers[key]
        return Cell(number.source, numbers.macro(key), number.source, bold)
    value = float(row["value"])
    return Cell("not a number" if value != value else "infinite" if value > 0 else "−infinite")


def _ratios(source: Source, numbers: Numbers) -> Iterator[Tab]:
    view, frame = source.view, source.analysis.ratios
    if view.baseline is None or frame.empty:
        return
    rows = frame[(frame["metric"] == "time") & (frame["baseline"] == view.baseline)]
    if rows.empty:
        return
    axes = list(view.facet_axes)
    gaps = Gaps(view, "time", [*axes, *([view.main_axis] if view.main_axis else [])], "no baseline")
    name = view.baseline_word(view.baseline)
    sentences = [
        f"Time relative to {name}: below 1 is faster. Paired ratios of processes that ran side by side; in "
        "parentheses: uncertainty of the last digits, which covers the confidence interval."
    ]

    def cells(found: Mapping[str, Mapping[str, Any]], subjects: Sequence[str], point: tuple[Any, ...]) -> list[Cell]:
        result = []
        for subject in subjects:
            key = source.ratio(found[subject]) if subject in found else ()
            known = numbers.get(key)
            result.append(
                Cell(known.source, numbers.macro(key), known.source) if known else Cell(gaps.cell(subject, point).text)
            )
        return result

    yield from _sheets(source, _Plan("ratio", sentences, cells, main=True), rows, axes)


def _sheets(source: Source, plan: _Plan, rows: pd.DataFrame, axes: Sequence[str]) -> Iterator[Tab]:
    """One table for each setting; rows run along the main axis, or over the settings where there is none."""
    view, axis = source.view, source.view.main_axis
    facets = view.facets(rows, axes)
    if axis is None:
        subjects = _subjects(view, rows)
        lines = []
        for facet in facets:
            found = {str(row["subject"]): row for row in rows_of(pick(rows, facet))}
            point = tuple(value for _, value in facet)
            lines.append((Cell(view.facet_word(facet) or "all"), *plan.cells(found, subjects, point)))
        heads = (Head("where"), *(Head(view.subject_word(s), True) for s in subjects))
        name = f"{source.stem}{slug(plan.name)}"
        yield Tab(name, plan.caption(lines, ""), heads, tuple(lines), 1, plan.unit, plan.main)
        return
    for number, facet in enumerate(facets[:MOST_FACETS], 1):
        here = pick(rows, facet)
        subjects = _subjects(view, here)
        records = rows_of(here)
        points = sorted({row[axis] for row in records}, key=lambda value: view.position(axis, value))
        lines = []
        for value in points:
            found = {str(row["subject"]): row for row in records if row[axis] == value}
            point = (*(value for _, value in facet), value)
            lines.append((Cell(view.cell_word(axis, value)), *plan.cells(found, subjects, point)))
        heads = (Head(view.axis_symbol(axis), True), *(Head(view.subject_word(s), True) for s in subjects))
        words = view.facet_word(facet)
        stem = _stem(source, plan.name, number, words, len(facets))
        main = plan.main and number == 1
        yield Tab(stem, plan.caption(lines, words), heads, tuple(lines), 1, plan.unit, main)


def _stem(source: Source, name: str, number: int, words: str, count: int) -> str:
    tail = f"-{number}-{slug(words)}".rstrip("-") if count > 1 else ""
    return f"{source.stem}{slug(name)}{tail}"


def _subjects(view: View, rows: pd.DataFrame) -> list[str]:
    """Subjects with a value; those without any are in the table of failures."""
    value = "value" if "value" in rows else "ratio"
    ok = rows[rows["status"] == "ok"] if "status" in rows else rows[rows[value].notna()]
    present = {str(name) for name in ok["subject"]}
    return [subject for subject in view.subjects if subject in present] or [view.subjects[0]]
