"""Every case in one row, found by a link: what a verdict rests on can be looked up without leaving the page."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.analysis.tables import family
from bench.report import units
from bench.report.gaps import NOTHING
from bench.report.grids import axis_cell
from bench.report.outcome_tables import used_outcomes
from bench.report.table import Cell, Column, Table, absent, number, plain_number, text
from bench.report.values import value_text
from bench.report.view import View

#: Rows of a larger run that a page has room for; those that a claim rests on come on top of them.
MOST_CASES = 1000
#: Outcomes that get a column.
MOST_OUTCOMES = 6
_MEMORY = ("peak_tensor_bytes", "peak_allocated_bytes", "peak_resident_bytes")
_FLOPS = ("flops_formula", "flops_dispatch", "flops_fvcore")


@dataclass(frozen=True)
class CaseTable:
    """The table of all cases.

    Attributes:
        table: One row a case; the last cell is its id.
        anchors: The HTML id of each row.
        places: The number of each row by its case id.
    """

    table: Table
    anchors: tuple[str, ...]
    places: Mapping[str, int]


def case_anchor(case: str) -> str:
    """The HTML id of a case's row, the same in every report: ``case-`` and 12 hexadecimal digits of its id's SHA-256.

    Case ids themselves are long, and may hold what an HTML id must not.
    """
    return f"case-{hashlib.sha256(case.encode()).hexdigest()[:12]}"


def case_table(view: View, cited: Collection[str] = (), metrics: Sequence[str] = ()) -> CaseTable | None:
    """The table of all cases; ``None`` where the run has none.

    Args:
        view: The run.
        cited: Cases that a claim rests on: none of them is left out.
        metrics: Stored metrics and outcomes that claims speak of; they get a column each.
    """
    if view.measurements.empty:
        return None
    chosen = list(_metrics(view, metrics))
    axes = [axis for axis in view.axes if len(view.present(axis)) > 1]
    places = view.measurements.drop_duplicates("case")
    cases = places["case"].astype(str).tolist()
    kept = _kept(cases, set(cited))
    found: dict[str, dict[str, dict[str, Any]]] = {case: {} for case in cases}
    wanted = view.measurements[view.measurements["metric"].isin([metric for metric, _ in chosen])]
    for row in _records(wanted, ("case", "metric", "value", "low", "high", "unit", "status")):
        found[str(row["case"])][str(row["metric"])] = row
    states = _states(view)
    body = []
    for place, row in enumerate(_records(places, ("case", *axes)), 1):
        case = str(row["case"])
        if case not in kept:
            continue
        body.append(
            (
                plain_number(place, str(place)),
                *(axis_cell(view, axis, row[axis]) for axis in axes),
                *(_cell(found[case].get(metric)) for metric, _ in chosen),
                text(states[case], "quiet" if states[case] != "complete" else ""),
                text(case),
            )
        )
    left = f" {len(body)} of {len(cases)} rows; all are in tables/measurements.csv." if len(body) < len(cases) else ""
    bounds = ", with the intervals of what was measured" if bool((wanted["high"] > wanted["low"]).any()) else ""
    caption = (
        f"One row a case{bounds}; “status” tells what has no value and why. All metrics, at full "
        f"precision, are in tables/measurements.csv under the case’s id.{left}"
    )
    heads = (
        Column("row", True),
        *(
            Column(view.axis_word(axis), any(row[1 + i].value is not None for row in body))
            for i, axis in enumerate(axes)
        ),
        *(Column(words, True) for _, words in chosen),
        Column("status"),
        Column("case"),
    )
    table = Table("cases", "All cases", caption, heads, tuple(body), 1 + len(axes), open=False)
    return CaseTable(
        table,
        tuple(case_anchor(row[-1].text) for row in body),
        {row[-1].text: int(row[0].value or 0) for row in body},
    )


def _kept(cases: Sequence[str], cited: set[str]) -> set[str]:
    room = max(MOST_CASES - len(cited), 0)
    return cited | set([case for case in cases if case not in cited][:room])


def _metrics(view: View, asked: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The metrics that get a column, each with its head."""
    have = [str(metric) for metric in view.measurements["metric"].unique()]
    errors = sorted(
        (m for m in have if m.startswith("error_") and m.endswith("_rel_l2")), key=lambda m: "output" not in m
    )
    outcomes = [name for one in (*asked, *used_outcomes(view)) if (name := f"outcome_{one}") in have]
    others = [] if outcomes else [metric for metric in have if metric.startswith("outcome_")][:MOST_OUTCOMES]
    named = {"time": "time", "memory": _first(have, _MEMORY), "flops": _first(have, _FLOPS)}
    wanted = [*named.values(), *errors[:1], *(m for m in asked if m in have), *outcomes[: len(asked) + MOST_OUTCOMES]]
    for metric in dict.fromkeys([*wanted, *others]):
        if metric in have:
            yield metric, view.metric_word(metric)


def _first(have: Sequence[str], names: Sequence[str]) -> str:
    return next((name for name in names if name in have), names[0])


def _states(view: View) -> dict[str, str]:
    """Each case's status in words: ``complete``, or what lacks a value and why."""
    lost: dict[str, dict[str, list[str]]] = {}
    have: set[str] = set()
    for row in _records(view.measurements, ("case", "metric", "status", "reason")):
        case = str(row["case"])
        if row["status"] == "ok":
            have.add(case)
            lost.setdefault(case, {})
        else:
            reason = row["reason"] if isinstance(row["reason"], str) and row["reason"] else "no reason given"
            words = f"{str(row['status']).replace('_', ' ')}: {reason}"
            lost.setdefault(case, {}).setdefault(words, []).append(str(row["metric"]))
    return {case: _state(view, reasons, partly=case in have) for case, reasons in lost.items()}


def _state(view: View, reasons: Mapping[str, Sequence[str]], *, partly: bool) -> str:
    if not reasons:
        return "complete"
    if not partly:
        return "; ".join(reasons)
    told = (f"{', '.join(view.metric_word(m) for m in metrics)}: {words}" for words, metrics in reasons.items())
    return "; ".join(told)


def _cell(row: Mapping[str, Any] | None) -> Cell:
    if row is None:
        return NOTHING
    if row["status"] != "ok":
        return absent(str(row["status"]))
    if family(str(row["metric"])) == "outcome":
        shown = value_text(row["value"], row["low"], row["high"], row["unit"])
        half = units.reach(row["value"], row["low"], row["high"])
        return Cell(shown, row["value"], row["value"], half) if units.known(row["value"]) else text(shown)
    return (
        number(row["value"], row["low"], row["high"], row["unit"])
        if units.known(row["value"])
        else absent("not finite")
    )


def _records(frame: Any, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    for row in zip(*(frame[column].tolist() for column in columns), strict=True):
        yield dict(zip(columns, row, strict=True))
