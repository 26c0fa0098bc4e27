"""Which figures a run gets: time, ratio, memory, FLOPs, error and shares, each split by facet and capped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.analysis.summary import Analysis
from bench.report.figures.blocks_plan import dot_figures, share_figures
from bench.report.figures.facets import Sheet, collapse, sheets
from bench.report.figures.series import Quantity, ratio_panels, value_panels
from bench.report.figures.spec import Figure, Panel
from bench.report.view import View

#: Figures per quantity; what lies beyond is in the tables.
MOST = {"time": 4, "ratio": 4, "memory": 2, "flops": 2, "error": 2, "share": 4}


@dataclass(frozen=True)
class FigurePlan:
    """The figures of a report and, in words, what was left to the tables."""

    figures: tuple[Figure, ...]
    left_out: tuple[str, ...]


def plan_figures(view: View, analysis: Analysis) -> FigurePlan:
    """Choose the figures of a run."""
    if view.main_axis is None:
        wanted = [("time", dot_figures(view, "time")), ("memory", dot_figures(view, "peak_tensor_bytes"))]
    else:
        wanted = [
            ("time", _value_figures(view, analysis, _TIME)),
            ("ratio", _ratio_figures(view, analysis)),
            ("memory", _value_figures(view, analysis, _MEMORY)),
            ("flops", _value_figures(view, analysis, _FLOPS)),
            ("error", _value_figures(view, analysis, _error(view))),
        ]
    wanted.append(("share", share_figures(view, analysis)))
    figures: list[Figure] = []
    left_out: list[str] = []
    for kind, found in wanted:
        figures += found[: MOST[kind]]
        for figure in found[MOST[kind] :]:
            left_out.append(figure.title)
    return FigurePlan(tuple(figures), tuple(left_out))


_TIME = Quantity("time", "time", "s", "Time per call", family="time")
_MEMORY = Quantity(
    "memory", "peak_tensor_bytes", "B", "Peak memory", family="memory", light="peak_resident_bytes", base=2
)
_FLOPS = Quantity("flops", "flops_formula", "FLOP", "FLOPs per call", family="flops")


def _error(view: View) -> Quantity:
    names = [str(m) for m in view.measurements["metric"].unique() if str(m).startswith("error_")]
    relative = [m for m in names if m.endswith("_rel_l2")]
    chosen = "error_output_rel_l2" if "error_output_rel_l2" in relative else (relative or ["error_output_rel_l2"])[0]
    return Quantity("error", chosen, "1", "Relative L2 error against float64", family="error")


def _value_figures(view: View, analysis: Analysis, quantity: Quantity) -> list[Figure]:
    rows = view.rows(quantity.metric)
    if quantity.name == "flops" and rows.empty:
        quantity = replace(quantity, metric="flops_dispatch")
        rows = view.rows(quantity.metric)
    if rows.empty:
        return []
    dropped: list[str] = []
    if quantity.name != "time":
        keys = ["subject", str(view.main_axis)]
        rows, dropped = collapse(rows, view.facet_axes, keys, "value")
    facets = view.facets(rows)
    return [
        _finish(view, quantity, sheet, value_panels(view, analysis, quantity, rows, sheet), dropped)
        for sheet in sheets(view, facets)
    ]


def _finish(
    view: View, quantity: Quantity, sheet: Sheet, made: tuple[tuple[Panel, ...], str], dropped: Sequence[str]
) -> Figure:
    panels, symbol = made
    axis = view.axis_word(str(view.main_axis))
    unit = f" ({symbol})" if symbol else ""
    sentences = [f"{quantity.words} against {axis}, both axes logarithmic."]
    series = [s for panel in panels for s in panel.series]
    if quantity.name == "time":
        sentences.append("Bands are confidence intervals over processes.")
    if quantity.light and any(s.light for s in series):
        sentences.append("Bold: tensors alive at once; pale: resident memory of the process over its own start.")
    if any(panel.best for panel in panels):
        members = ", ".join(view.subject_word(m) for m in view.baseline_members)
        sentences.append(f"Grey shade: the best of {members} at each point.")
    if any(panel.marks for panel in panels):
        sentences.append(f"Vertical lines: where a method overtakes {view.baseline_word(str(view.baseline))} for good.")
    if any(any(s.noisy) for s in series):
        sentences.append("Hollow points are noisy.")
    if any(s.failed for s in series):
        sentences.append("Crosses at the top: not measured, see the table of failures.")
    if dropped:
        sentences.append(f"The same for every {' and '.join(view.axis_word(axis) for axis in dropped)}.")
    return Figure(
        name=f"{quantity.name}{sheet.suffix}",
        kind="lines",
        title=_title(quantity.words, sheet.heading),
        caption=" ".join(sentences),
        x_label=axis,
        y_label=f"{quantity.words}{unit}",
        panels=panels,
        columns=sheet.columns,
        base=quantity.base,
    )


def _ratio_figures(view: View, analysis: Analysis) -> list[Figure]:
    ratios = analysis.ratios
    if view.baseline is None or ratios.empty:
        return []
    chosen = ratios[(ratios["metric"] == "time") & (ratios["baseline"] == view.baseline)]
    if chosen.empty:
        return []
    axis, name = view.axis_word(str(view.main_axis)), view.baseline_word(view.baseline)
    result = []
    for sheet in sheets(view, view.facets(chosen)):
        panels: tuple[Panel, ...] = ratio_panels(view, analysis, chosen, sheet)
        result.append(
            Figure(
                name=f"ratio{sheet.suffix}",
                kind="lines",
                title=_title(f"Time relative to {name}", sheet.heading),
                caption=f"Paired ratio of time per call to {name} against {axis}; below 1 is faster. Bands are "
                "confidence intervals of the ratio over processes that ran side by side; vertical lines: crossovers.",
                x_label=axis,
                y_label=f"Time / {name}",
                panels=panels,
                columns=sheet.columns,
                unity=True,
            )
        )
    return result


def _title(words: str, heading: Any) -> str:
    return f"{words}: {heading}" if heading else words
