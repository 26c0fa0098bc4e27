"""Tables of the workload's own numbers: outcomes that a declaration uses, time to a target, operators that ran."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from bench.analysis.summary import Analysis
from bench.analysis.tables import extras
from bench.report import units
from bench.report.escape import slug
from bench.report.figures.facets import collapse
from bench.report.grids import axis_cell, value_table
from bench.report.table import Cell, Column, Table, absent, text
from bench.report.values import DIGITS, loose
from bench.report.verdict_tables import MOST_ROWS, cut
from bench.report.view import View, numeric


def outcome_tables(view: View, analysis: Analysis) -> Iterator[Table]:
    """The time to a target, the outcomes that a declaration uses, the operators by precision."""
    if not analysis.targets.empty:
        yield _targets(view, analysis.targets)
    have = set(analysis.outcomes["metric"])
    for name in [name for name in used_outcomes(view) if name in have]:
        table = value_table(view, f"outcome_{name}", view.metric_word(name))
        if table is not None:
            caption = f"{table.caption}{cut(len(table.rows), 'outcomes')}"
            yield replace(table, name=f"outcome-{slug(name)}", caption=caption, rows=table.rows[:MOST_ROWS], open=False)
    table = _operators(view)
    if table is not None:
        yield table


def used_outcomes(view: View) -> list[str]:
    """Names that a hypothesis, a trend, a map or a law speaks of, each once."""
    names = [str(one["metric"]) for one in view.declared("hypotheses")]
    names += [str(one["value"]) for kind in ("trends", "maps") for one in view.declared(kind)]
    names += [str(one[side]) for one in view.declared("laws") for side in ("y", "x")]
    return list(dict.fromkeys(names))


def _targets(view: View, frame: pd.DataFrame) -> Table:
    axes = [axis for axis in loose(view, frame, ()) if axis != view.subject_axis]
    body = []
    # Fastest first within each point, so that the answer is read from the first line.
    ordered = sorted(
        frame.to_dict("records"), key=lambda row: ([view.position(axis, row[axis]) for axis in axes], row["seconds"])
    )
    for row in ordered[:MOST_ROWS]:
        reached = f"{row['reached']} of {row['seeds']}" if row["seeds"] else "unknown"
        body.append(
            (
                *(axis_cell(view, axis, row[axis]) for axis in axes),
                text(view.subject_word(str(row["subject"]))),
                _measured(row, "seconds", "seconds", "s"),
                _measured(row, "steps", "steps", "1"),
                _measured(row, "step_seconds", "step", "s"),
                Cell(units.quantity(row["peak_tensor_bytes"], "B"), row["peak_tensor_bytes"])
                if units.known(row["peak_tensor_bytes"])
                else absent("not measured"),
                Cell(reached, float(row["reached"])),
            )
        )
    heads = [*(Column(view.axis_word(axis), all(numeric(v) for v in view.present(axis))) for axis in axes)]
    heads += [Column(view.axis_word(view.subject_axis))]
    heads += [Column(name, True) for name in ("time to target", "steps", "time per step", "peak memory", "seeds")]
    caption = (
        "Steps until the target is reached, times the time per step. Parentheses: intervals over seeds and processes. "
        f"The last column: how many seeds reached it.{cut(len(frame), 'targets')}"
    )
    return Table("targets", "Time to the target", caption, tuple(heads), tuple(body), len(axes) + 1)


def _measured(row: dict[Any, Any], value: str, bound: str, unit: str) -> Cell:
    number = row[value]
    if not units.known(number):
        return absent(str(row["text"]) or "not finite") if bound != "step" else absent("not measured")
    shown = units.measured(number, row[f"{bound}_low"], row[f"{bound}_high"], unit, DIGITS)
    return Cell(shown, number, number, units.reach(number, row[f"{bound}_low"], row[f"{bound}_high"]))


def _operators(view: View) -> Table | None:
    """What ran, as the rows state it; axes that make no difference to it are left out."""
    frame = view.measurements.drop_duplicates("case")
    texts = [_stated(extra) for extra in view.measurements["extra"].tolist()]
    stated = view.measurements.assign(_operators=texts)
    stated = stated[stated["_operators"] != ""].drop_duplicates("case")
    if stated.empty or frame.empty:
        return None
    axes = loose(view, stated, ())
    stated = stated.assign(_key=pd.factorize(stated["_operators"])[0].astype(float) + 1)
    # The subject and a precision always stay: the table is about them.
    kept = [axis for axis in axes if axis == view.subject_axis or axis == "dtype"]
    found, dropped = collapse(stated, [axis for axis in axes if axis not in kept], kept, "_key")
    axes = [axis for axis in axes if axis not in dropped]
    records = sorted(
        found.drop_duplicates([*axes, "_operators"]).to_dict("records"),
        key=lambda row: [view.position(axis, row[axis]) for axis in axes],
    )
    body = tuple(
        (*(axis_cell(view, axis, row[axis]) for axis in axes), text(row["_operators"])) for row in records[:MOST_ROWS]
    )
    heads = (*(Column(view.axis_word(a), all(numeric(v) for v in view.present(a))) for a in axes), Column("operators"))
    same = f" The same for every {' and '.join(view.axis_word(axis) for axis in dropped)}." if dropped else ""
    caption = f"Operators that took part, as each case states them.{same}{cut(len(records), 'measurements')}"
    title = "Which operators ran in which precision"
    return Table("operators", title, caption, heads, body, max(len(axes), 1) if axes else 0, open=False)


def _stated(extra: Any) -> str:
    facts = extras(extra).get("facts")
    return str(facts.get("operators") or "") if isinstance(facts, dict) else ""
