"""Tables with one row per point and one column per subject: values, ratios, crossovers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from bench.analysis.summary import Analysis
from bench.analysis.tables import family
from bench.analysis.verdicts import BAND
from bench.analysis.wording import estimate, place, significant
from bench.report import units
from bench.report.figures.facets import collapse
from bench.report.gaps import NOTHING, Gaps
from bench.report.table import Cell, Column, Table, absent, number, text
from bench.report.values import value_text
from bench.report.view import View, numeric

Record = dict[str, Any]


def value_table(view: View, metric: str, words: str) -> Table | None:
    """Values of one metric: rows are points, columns subjects; ``None`` where the run has no row of it.

    The best of a row is marked only where its interval ends below all others' begin.
    """
    rows = view.rows(metric, ok=False)
    if rows.empty or not (rows["status"] == "ok").any():
        return None
    unit = str(rows["unit"].iloc[0])
    exact = not bool((rows["high"] > rows["low"]).any())
    axes = _point_axes(view)
    dropped: list[str] = []
    if exact:
        rows, dropped = collapse(rows, [a for a in axes if a != view.main_axis], _keys(view), "value")
        axes = [axis for axis in axes if axis not in dropped]
    over = "processes; ~ marks noisy times" if family(metric) == "time" else "seeds or draws"
    intervals = "" if exact else f" Parentheses: confidence interval over {over}."
    same = f" The same for every {' and '.join(view.axis_word(a) for a in dropped)}." if dropped else ""
    # Where a run compares, its verdicts tell who is ahead, corrected for their number.
    plain = metric.startswith(("error", "flops", "outcome")) or bool(view.suite.get("compare"))
    # A time without an interval is never known to be less than another.
    plain = plain or (exact and family(metric) == "time")
    bold = "" if plain else " Bold: less than all others." if exact else " Bold: less than all others, intervals apart."
    gaps = Gaps(view, family(metric), axes, "not measured")
    caption = f"{words}.{intervals}{bold}{same}"
    return _grid(view, metric, words, caption, rows, axes, unit, _value_cell, gaps, mark=bool(bold))


def ratio_grid(view: View, analysis: Analysis, metric: str, baseline: str) -> Table | None:
    """Ratios to one baseline; green and red only where the interval excludes 1."""
    frame = analysis.ratios
    if frame.empty:
        return None
    rows = frame[(frame["metric"] == metric) & (frame["baseline"] == baseline)]
    if rows.empty:
        return None
    axes = _point_axes(view)
    dropped: list[str] = []
    if metric != "time":
        rows, dropped = collapse(rows, [a for a in axes if a != view.main_axis], _keys(view), "ratio")
        axes = [axis for axis in axes if axis not in dropped]
    what = view.metric_word(metric)
    title = f"{what} relative to {view.baseline_word(baseline)}"
    less = "faster" if metric == "time" else "less"
    caption = f"{title}: below 1 is {less}."
    if metric == "time" and bool((rows["high"] > rows["low"]).any()):
        caption += f" Coloured where the interval excludes 1 and does not lie within {100 * BAND:g} % of it."
    if dropped:
        caption += f" The same for every {' and '.join(view.axis_word(a) for a in dropped)}."
    name = f"ratio-{metric}-{_stem(baseline)}"
    gaps = Gaps(view, metric, axes, "no baseline")
    return _grid(view, name, title, caption, rows, axes, "1", _ratio_cell, gaps, mark=False)


def answer_table(view: View, analysis: Analysis, baseline: str, metrics: Sequence[str]) -> Table | None:
    """Where each subject overtakes one baseline: rows are metrics and facets, columns subjects.

    Facets that make no difference to a metric share a row.
    """
    frame = analysis.crossovers
    frame = frame[frame["baseline"] == baseline] if not frame.empty else frame
    if frame.empty:
        return None
    subjects = [s for s in view.subjects if s in set(frame["subject"])]
    body: list[tuple[Cell, ...]] = []
    for metric in metrics:
        rows, axes = crossover_rows(view, frame[frame["metric"] == metric], metric)
        records = [{str(k): v for k, v in row.items()} for row in rows.to_dict("records")]
        for facet in view.facets(rows, axes):
            here = {r["subject"]: r for r in records if all(r[axis] == value for axis, value in facet)}
            cells = [_crossover_cell(here[s]) if s in here else NOTHING for s in subjects]
            body.append((text(view.metric_word(metric)), text(view.facet_word(facet) or "everywhere"), *cells))
    axis = str(frame["axis"].iloc[0])
    word = view.baseline_word(baseline)
    known = bool((frame["high"] > frame["low"]).any())
    bounds = f" Parentheses: {100 * float(frame['level'].iloc[0]):g} % interval." if known else ""
    return Table(
        name="answer",
        title=f"{view.axis_symbol(axis)} from which each method beats {word}",
        caption=f"From this {view.axis_word(axis)} on a method needs less than {word}, to the end of the measured "
        f"range.{bounds}",
        columns=(Column("metric"), Column("where"), *(Column(view.subject_word(s), True) for s in subjects)),
        rows=tuple(body),
        keys=2,
    )


def crossover_rows(view: View, frame: pd.DataFrame, metric: str) -> tuple[pd.DataFrame, list[str]]:
    """The crossovers of a metric without the facet axes that make no difference to it, and the axes that do.

    Times always keep all axes: two facets never take exactly the same time.
    """
    axes = [axis for axis in view.facet_axes if axis in frame.columns]
    if metric == "time" or frame.empty:
        return frame, axes
    keyed = frame.assign(_key=pd.factorize(frame["text"])[0].astype(float) + 1)
    rows, dropped = collapse(keyed, axes, ["subject"], "_key")
    return rows, [axis for axis in axes if axis not in dropped]


def crossover_short(row: Record) -> str:
    """A crossover in a few characters: ``212 (199–220)``, ``none up to 4096``, ``from 64 on``."""
    if row["outcome"] == "crosses":
        low, high = row["low"], row["high"]
        if not (units.known(low) and units.known(high)) or high <= low:
            return place(row["at"]) if low == high else f"≈ {significant(row['at'])}"
        words = estimate(row["at"], low, high, row["first"], row["last"])
        return words.removeprefix("≈ ").replace(" to ", "–")
    if row["outcome"] == "none":
        return f"none up to {place(row['last'])}"
    if row["outcome"] == "from the start":
        return f"from {place(row['first'])} on"
    return str(row["outcome"])


def _crossover_cell(row: Record) -> Cell:
    tone = {"crosses": "good", "from the start": "good", "none": "", "unclear": "warn"}.get(row["outcome"], "quiet")
    sort = row["at"] if row["outcome"] == "crosses" else None
    return Cell(crossover_short(row), sort, tone=tone, title=str(row["text"]))


def _value_cell(row: Record) -> Cell:
    if row["status"] != "ok" or not units.known(row["value"]):
        return absent(row["status"] if row["status"] != "ok" else "not finite", row["reason"])
    if family(str(row["metric"])) == "outcome":
        shown = value_text(row["value"], row["low"], row["high"], row["unit"])
        return Cell(shown, row["value"], row["value"], units.reach(row["value"], row["low"], row["high"]))
    cell = number(row["value"], row["low"], row["high"], row["unit"])
    if row["noisy"] is True:
        return Cell(f"{cell.text} ~", cell.sort, cell.value, cell.half, "warn", "noisy")
    return cell


def _ratio_cell(row: Record) -> Cell:
    shown = units.ratio(row["ratio"], row["low"], row["high"])
    tone = {"faster": "good", "slower": "bad", "unclear": "warn"}.get(row["verdict"], "")
    half = units.reach(row["ratio"], row["low"], row["high"])
    return Cell(shown, row["ratio"], row["ratio"], half, tone, f"{row['verdict']}, compared with {row['member']}")


def _grid(
    view: View,
    name: str,
    title: str,
    caption: str,
    rows: pd.DataFrame,
    axes: Sequence[str],
    unit: str,
    cell: Callable[[Record], Cell],
    gaps: Gaps,
    *,
    mark: bool,
) -> Table:
    records: dict[tuple[Any, ...], dict[str, Record]] = {}
    for record in rows.to_dict("records"):
        point = tuple(record[axis] for axis in axes)
        records.setdefault(point, {})[str(record["subject"])] = {str(k): v for k, v in record.items()}
    subjects = [s for s in view.subjects if any(s in found for found in records.values())]
    ordered = sorted(records, key=lambda point: [view.position(a, v) for a, v in zip(axes, point, strict=True)])
    body = []
    for point in ordered:
        found = records[point]
        cells = [cell(found[s]) if s in found else gaps.cell(s, point) for s in subjects]
        if mark:
            cells = _mark_best(cells, [found.get(s) for s in subjects])
        keys = [axis_cell(view, axis, value) for axis, value in zip(axes, point, strict=True)]
        body.append((*keys, *cells))
    heads = [Column(view.axis_word(axis), all(numeric(p[i]) for p in ordered)) for i, axis in enumerate(axes)]
    heads += [Column(view.subject_word(s), True) for s in subjects]
    return Table(name, title, caption, tuple(heads), tuple(body), len(axes), unit)


def _mark_best(cells: list[Cell], found: list[Record | None]) -> list[Cell]:
    # A time without an interval is that of one process, and not known to be less than another.
    if any(row is not None and row["metric"] == "time" and not units.known(row["low"]) for row in found):
        return cells
    bounds = [
        (
            row["low"] if units.known(row["low"]) else row["value"],
            row["high"] if units.known(row["high"]) else row["value"],
        )
        if row is not None and units.known(row["value"])
        else None
        for row in found
    ]
    known = [(bound, i) for i, bound in enumerate(bounds) if bound is not None]
    if len(known) < 2:
        return cells
    _, best = min((bound[1], i) for bound, i in known)
    top = bounds[best]
    if top is None or any(bound[0] <= top[1] for bound, i in known if i != best):
        return cells
    old = cells[best]
    cells[best] = Cell(old.text, old.sort, old.value, old.half, "best", old.title)
    return cells


def axis_cell(view: View, axis: str, value: Any) -> Cell:
    """An axis value as the key of a row: sortable where it is a number."""
    shown = view.cell_word(axis, value)
    return Cell(shown, float(value), float(value)) if numeric(value) else text(shown)


def _point_axes(view: View) -> list[str]:
    return [*view.facet_axes, *([view.main_axis] if view.main_axis else [])]


def _keys(view: View) -> list[str]:
    return ["subject", *([view.main_axis] if view.main_axis else [])]


def _stem(name: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower()).strip("-")[:40] or "baseline"
