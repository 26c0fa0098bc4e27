"""Which tables a report has, in reading order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from bench.analysis.summary import Analysis
from bench.report import units
from bench.report.claim_tables import claim_point_tables, claim_tables
from bench.report.flops import flops_table
from bench.report.grids import answer_table, axis_cell, crossover_short, ratio_grid, value_table
from bench.report.outcome_tables import outcome_tables
from bench.report.table import Cell, Column, Table, absent, plain_number, simple, text
from bench.report.verdict_tables import verdict_tables
from bench.report.view import View

#: Case ids listed per reason where only one metric of them lacks a value; failed cases are always all listed.
_LISTED = 6
#: Metric families of crossovers, in reading order.
_METRICS = ("time", "memory", "flops")
_TONES = {"skipped": "quiet", "unsupported": "quiet"}


def answer_tables(view: View, analysis: Analysis) -> list[Table]:
    """What the report opens with: claims and other verdicts, then the crossovers against the baseline figures show."""
    table = answer_table(view, analysis, str(view.baseline), _asked(view))
    answers = [*claim_tables(analysis), *verdict_tables(view, analysis)]
    return [*answers, *([table] if table is not None else [])]


def data_tables(view: View, analysis: Analysis) -> list[Table]:
    """All other tables of results."""
    return list(_data(view, analysis))


def _data(view: View, analysis: Analysis) -> Iterator[Table]:
    yield from claim_point_tables(analysis)
    yield from outcome_tables(view, analysis)
    if not analysis.crossovers.empty:
        yield _crossover_list(view, analysis.crossovers)
    metrics = [str(m) for m in view.measurements["metric"].unique()]
    if (table := value_table(view, "time", "Time per call")) is not None:
        yield table
    for metric in ("time", "memory"):
        for baseline in _baselines(view):
            if metric in _asked(view) and (table := ratio_grid(view, analysis, metric, baseline)) is not None:
                yield replace(table, open=metric == "time" and baseline == view.baseline)
    for metric in metrics:
        if metric.startswith("peak_") and (table := _values(view, metric)) is not None:
            yield table
    if not analysis.flops_agreement.empty:
        yield flops_table(view, analysis.flops_agreement)
    for metric in metrics:
        relative = metric.startswith("error_") and metric.endswith("_rel_l2")
        if relative and (table := _values(view, metric)) is not None:
            yield table
    yield from _unusual(view, analysis.errors)
    if not analysis.shares.empty:
        yield from _shares(view, analysis.shares)
    if not analysis.failures.empty:
        yield _failures(view, analysis.failures)


def _values(view: View, metric: str) -> Table | None:
    """The values of a metric that can be 0 throughout: such a one has no figure, and the caption says why."""
    table = value_table(view, metric, view.metric_word(metric))
    rows = view.rows(metric, ok=False)
    # What is not a number is not 0 either.
    if table is not None and (rows.loc[rows["status"] == "ok", "value"] == 0).all():
        return replace(table, caption=f"{table.caption} 0 everywhere.")
    return table


def _asked(view: View) -> list[str]:
    asked = {str(metric) for question in view.questions for metric in question["metrics"]}
    return [metric for metric in _METRICS if metric in asked]


def _rank(metric: str) -> int:
    return _METRICS.index(metric) if metric in _METRICS else len(_METRICS)


def _baselines(view: View) -> list[str]:
    names = [str(b["name"]) for q in view.questions for b in q["baselines"]]
    return sorted(dict.fromkeys(names), key=lambda name: name != view.baseline)


def _crossover_list(view: View, frame: pd.DataFrame) -> Table:
    axes = [axis for axis in view.facet_axes if axis in frame.columns]
    body = []
    # Time first, as everywhere; the order within a metric stays.
    for row in frame.sort_values("metric", key=lambda names: names.map(_rank), kind="stable").to_dict("records"):
        facet = [text(view.cell_word(axis, row[axis])) for axis in axes]
        value = row["at"] if row["outcome"] == "crosses" else None
        at = Cell(crossover_short({str(k): v for k, v in row.items()}), value)
        words = f"{row['text']}. {row['notes']}" if row["notes"] else str(row["text"])
        subject, baseline = view.subject_word(str(row["subject"])), view.baseline_word(str(row["baseline"]))
        body.append(
            (*facet, text(view.metric_word(str(row["metric"]))), text(subject), text(baseline), at, text(words))
        )
    axis = view.axis_symbol(str(frame["axis"].iloc[0]))
    heads = [
        *(Column(view.axis_word(axis)) for axis in axes),
        Column("metric"),
        Column(view.axis_word(view.subject_axis)),
    ]
    heads += [Column("baseline")]
    heads += [Column(f"{axis} (interval)", True), Column("in words")]
    caption = "Every comparison: the point from which the method needs less than the baseline, to the end of the range."
    return Table("crossovers", "All crossovers", caption, tuple(heads), tuple(body), len(axes) + 3, open=False)


def _unusual(view: View, errors: pd.DataFrame) -> Iterator[Table]:
    """Answers with non-finite values or exact zeros, which a relative error does not show."""
    if errors.empty:
        return
    chosen = errors[(errors["nonfinite"] > 0) | (errors["zeros"] > 0.01)]
    if chosen.empty:
        return
    rows = [
        [text(row["case"]), text(row["tensor"]), plain_number(row["zeros"], units.percent(row["zeros"])),
         plain_number(row["nonfinite"], units.percent(row["nonfinite"]), "bad" if row["nonfinite"] > 0 else "")]
        for row in chosen.head(60).to_dict("records")
    ]  # fmt: skip
    more = f" The first 60 of {len(chosen)}; all are in tables/errors.csv." if len(chosen) > 60 else ""
    yield simple("error-unusual", "Zeros and non-finite values",
                 f"Answers with more than 1 % exact zeros, or any value that is not finite.{more}",
                 ("case", "tensor", "exact zeros", "not finite"), rows)  # fmt: skip


def _shares(view: View, frame: pd.DataFrame) -> Iterator[Table]:
    axes = [a for a in (*view.facet_axes, view.main_axis) if a is not None and a in frame.columns]
    part_axis = str(view.suite["share"]["axis"])
    parts = list(dict.fromkeys(frame["part"].astype(str)))
    for metric in dict.fromkeys(frame["metric"]):
        rows: dict[tuple[Any, ...], dict[str, float]] = {}
        for row in frame[frame["metric"] == metric].to_dict("records"):
            rows.setdefault((row["subject"], *(row[a] for a in axes)), {})[str(row["part"])] = row["share"]
        body = [
            (
                text(view.subject_word(key[0])),
                *(axis_cell(view, axis, value) for axis, value in zip(axes, key[1:], strict=True)),
                *(
                    plain_number(found[p], units.percent(found[p]))
                    if units.known(found.get(p))
                    else absent("not measured")
                    for p in parts
                ),
            )
            for key, found in rows.items()
        ]
        whole = view.value_word(part_axis, view.suite["share"]["whole"])
        title = f"Shares of {view.metric_word(str(metric))}"
        heads = [
            Column(view.axis_word(view.subject_axis)),
            *(Column(view.axis_word(a), a == view.main_axis) for a in axes),
        ]
        heads += [Column(view.value_word(part_axis, part), True) for part in parts]
        caption = f"Each part's {metric!s} over that of {whole}."
        if metric == "memory":
            caption += " Peaks do not add up: parts live one after the other."
        yield Table(f"share-{metric}", title, caption, tuple(heads), tuple(body), 1 + len(axes), "1", open=False)


def _failures(view: View, frame: pd.DataFrame) -> Table:
    body = []
    for row in frame.to_dict("records"):
        cases = [str(case) for case in row["cases"]]
        if row["scope"] == "metric" and row["status"] in _TONES and len(cases) > _LISTED:
            listed = f"{', '.join(cases[:_LISTED])} and {len(cases) - _LISTED} more (tables/failures.csv)"
        else:
            listed = ", ".join(cases)
        lacking = "everything" if row["scope"] == "case" else str(row["metrics"])
        tone = _TONES.get(row["status"], "bad")
        body.append((text(str(row["status"]).replace("_", " "), tone), text(row["reason"] or "no reason given"),
                     text(lacking), plain_number(row["count"]), text(listed)))  # fmt: skip
    heads = (Column("status"), Column("reason"), Column("no value for"), Column("cases", True), Column("which"))
    caption = "Everything that was asked for and has no value. Skipped and unsupported cases were left out knowingly."
    return Table("failures", "Failed, skipped and unsupported", caption, heads, tuple(body), 2)
