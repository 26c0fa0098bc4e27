"""Which figures a run gets: declared ones first, then time, ratio, memory, FLOPs, error and shares; all capped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.analysis.summary import Analysis
from bench.report.escape import distinct
from bench.report.figures.blocks_plan import dot_figures, share_figures
from bench.report.figures.facets import Sheet, collapse, sheets
from bench.report.figures.laws_plan import law_figures
from bench.report.figures.maps_plan import map_figures
from bench.report.figures.series import Quantity, ratio_panels, value_panels
from bench.report.figures.spec import Figure, Panel, Series, bounded
from bench.report.figures.trends_plan import trend_figures
from bench.report.view import View

#: Figures per quantity; what lies beyond is in the tables.
MOST = {"time": 4, "ratio": 4, "memory": 2, "flops": 2, "error": 2, "share": 4}
#: The same for a suite that asks no question of time: one look at the costs, and no more.
_ASIDE = {"time": 1, "ratio": 0, "memory": 1, "flops": 0, "error": 0, "share": 4}
#: The looks at the costs that a declaration of the same metric takes the place of.
_LOOKS = {"time": "time", "peak_tensor_bytes": "memory"}
#: Figures of one declared law, map or trend.
MOST_DECLARED = 3


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
    most = dict(MOST if view.questions else _ASIDE)
    for metric, (found, others) in _declared(view, analysis):
        if found and not view.questions and metric in _LOOKS:
            # The suite's author chose how these costs are looked at; the same values once more would be in the way.
            most[_LOOKS[metric]] = 0
        titles = _numbered([*(figure.title for figure in found), *others])
        figures += [replace(figure, title=title) for figure, title in zip(found, titles, strict=False)]
        left_out += titles[len(found) :]
    for kind, found in wanted:
        figures += found[: most[kind]]
        left_out += [figure.title for figure in found[most[kind] :]]
    # Names are those of files; two declarations may have similar ids.
    names = distinct(figure.name for figure in figures)
    named = tuple(replace(figure, name=name) for figure, name in zip(figures, names, strict=True))
    return FigurePlan(named, tuple(left_out))


def _numbered(titles: Sequence[str]) -> list[str]:
    """Titles of one declaration's figures; those that continue another get a number."""
    seen: Counter[str] = Counter()
    result = []
    for title in titles:
        seen[title] += 1
        result.append(title if seen[title] == 1 else f"{title} ({seen[title]})")
    return result


def _declared(view: View, analysis: Analysis) -> Iterator[tuple[str, tuple[list[Figure], list[str]]]]:
    """The metric of each declaration, its figures and the titles of others, in the order in which an answer is read."""
    for law in view.declared("laws"):
        yield str(law["y"]), law_figures(view, analysis, law, MOST_DECLARED)
    for trend in view.declared("trends"):
        yield str(trend["value"]), trend_figures(view, analysis, trend, MOST_DECLARED)
    for declared in view.declared("maps"):
        yield str(declared["value"]), map_figures(view, analysis, declared, MOST_DECLARED)


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
        # What is not a number has no place in the figure, yet it differs from its neighbours.
        every = view.rows(quantity.metric, ok=False)
        rows, dropped = collapse(every[every["status"] == "ok"], view.facet_axes, keys, "value")
        rows = rows[rows["value"].notna()]
    facets = view.facets(rows)
    found = [
        _finish(view, quantity, sheet, value_panels(view, analysis, quantity, rows, sheet), dropped)
        for sheet in sheets(view, facets)
    ]
    # Where all values are 0 there is nothing to draw on a logarithmic axis; the table's caption says so.
    return [
        figure for figure in found if any(one.x for panel in figure.panels for one in panel.series if not one.light)
    ]


def _finish(
    view: View, quantity: Quantity, sheet: Sheet, made: tuple[tuple[Panel, ...], str], dropped: Sequence[str]
) -> Figure:
    panels, symbol = made
    axis = view.axis_word(str(view.main_axis))
    unit = f" ({symbol})" if symbol else ""
    sentences = [f"{quantity.words} over {axis}, both axes logarithmic."]
    series = [s for panel in panels for s in panel.series]
    if quantity.name == "time" and bounded(series):
        sentences.append("Bands are confidence intervals over processes.")
    if quantity.light and any(s.light for s in series):
        sentences.append("Bold: tensors alive at once; pale: resident memory of the process over its own start.")
    sentences += _zero_words(series)
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


def _zero_words(series: Sequence[Series]) -> list[str]:
    """What a logarithmic axis cannot show: values of 0, which leave gaps in lines and whole lines out."""
    bold = [one for one in series if not one.light]
    sentences = []
    if count := sum(len(one.zeros) for one in bold):
        every = count + sum(len(one.x) for one in bold)
        sentences.append(f"{count} of {every} values are 0 and have no place on a logarithmic axis: lines break there.")
    # A line is otherwise named at its end.
    named = {one.label for one in bold if one.x}
    if unnamed := dict.fromkeys(one.label for one in bold if one.zeros and one.label not in named):
        sentences.append(f"0 everywhere: {'; '.join(unnamed)}.")
    if any(one.zeros for one in series if one.light):
        sentences.append("Pale lines break off where the value is 0.")
    return sentences


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
                caption=_ratio_caption(f"Paired ratio of time per call to {name} over {axis}", panels),
                x_label=axis,
                y_label=f"Time / {name}",
                panels=panels,
                columns=sheet.columns,
                unity=True,
            )
        )
    return result


def _ratio_caption(what: str, panels: Sequence[Panel]) -> str:
    sentences = [f"{what}; below 1 is faster."]
    if bounded([series for panel in panels for series in panel.series]):
        sentences.append("Bands are confidence intervals of the ratio over processes that ran side by side.")
    if any(panel.marks for panel in panels):
        sentences.append("Vertical lines: crossovers.")
    return " ".join(sentences)


def _title(words: str, heading: Any) -> str:
    return f"{words}: {heading}" if heading else words
