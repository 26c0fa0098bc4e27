"""Plans for declared trends: a value along a numeric axis, one line for each value of another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analysis.selection import chosen
from bench.analysis.summary import Analysis
from bench.report import units
from bench.report.escape import slug
from bench.report.figures.facets import Sheet, sheets
from bench.report.figures.palette import look_key
from bench.report.figures.spec import Figure, Panel, Series
from bench.report.values import loose, settled, unit_words, value_rows, value_text
from bench.report.view import View, numeric, pick
from bench.report.wording import named

#: The x axis is logarithmic where its positive values span more than this factor.
_WIDE = 8.0


def trend_figures(
    view: View, analysis: Analysis, declared: Mapping[str, Any], most: int
) -> tuple[list[Figure], list[str]]:
    """The first figures of one trend, and the titles of the others.

    Axes that neither lines nor panels show give a figure for each of their combinations.
    """
    rows = value_rows(view, analysis, str(declared["value"]), declared.get("where") or {})
    x, lines = str(declared["x"]), str(declared["lines"])
    if rows.empty or not all(numeric(value) for value in rows[x].tolist()):
        return [], []
    panels = declared.get("panels")
    others = loose(view, rows, [x, lines, *([str(panels)] if panels else [])])
    facets = view.facets(rows, [*([str(panels)] if panels else []), *others])
    found = sheets(view, facets, (str(panels),) if panels else None)
    figures = [
        _figure(view, declared, pd.concat([pick(rows, facet) for facet in sheet.facets]), sheet)
        for sheet in found[:most]
    ]
    return figures, [_title(declared, sheet) for sheet in found[most:]]


def _title(declared: Mapping[str, Any], sheet: Sheet) -> str:
    return f"{declared['title']}: {sheet.heading}" if sheet.heading else str(declared["title"])


def _figure(view: View, declared: Mapping[str, Any], rows: pd.DataFrame, sheet: Sheet) -> Figure:
    x, lines, log = str(declared["x"]), str(declared["lines"]), bool(declared.get("log"))
    unit = str(rows["unit"].iloc[0])
    scale = units.common_scale(rows["value"].tolist(), unit)
    asked = _asked(view, declared)
    values = sorted(rows[lines].drop_duplicates().tolist(), key=lambda value: view.position(lines, value))
    panels = tuple(
        Panel(
            title,
            tuple(
                series
                for value in values
                if (series := _series(view, declared, pick(rows, facet), pick(asked, facet), value, scale))
            ),
        )
        for facet, title in zip(sheet.facets, sheet.titles, strict=True)
    )
    places = [float(place) for place in rows[x].tolist()]
    spread = max(places) / min(places) if min(places) > 0 else 0.0
    words, axis = view.metric_word(str(declared["value"])), view.axis_word(x)
    logs = {(True, True): ", both axes logarithmic", (False, True): ", value axis logarithmic",
            (True, False): f", {axis} on a logarithmic axis"}.get((spread > _WIDE, log), "")  # fmt: skip
    sentences = [f"{words} over {axis}{logs}."]
    fixed = "; ".join(
        named(view, axis, value) for axis, value in settled(view, rows, (x, lines, str(declared.get("panels"))))
    )
    sentences += [f"For {fixed}."] if fixed else []
    if bool((rows["high"] > rows["low"]).any()):
        seeds = int((view.suite.get("measure") or {}).get("seeds") or 1)
        over = "" if unit in ("s", "B") else " over seeds" if seeds > 1 else " over draws"
        sentences.append(f"Bands are confidence intervals{over}.")
    if any(series.failed for panel in panels for series in panel.series):
        sentences.append("Crosses at the top: infinite or not a number.")
        sentences += _crosses_only(panels)
    sentences += _log_words(rows) if log else []
    if any(series.breaks for panel in panels for series in panel.series):
        sentences.append("A line breaks where a value between two others is missing.")
    return Figure(
        name=f"trend-{slug(str(declared['id']))}{sheet.suffix}",
        kind="lines",
        title=_title(declared, sheet),
        caption=" ".join(sentences),
        x_label=axis,
        y_label=f"{words}{unit_words(scale.symbol)}",
        panels=panels,
        columns=sheet.columns,
        base=2 if unit == "B" else 10,
        log_x=spread > _WIDE,
        log_y=log,
    )


def _series(
    view: View, declared: Mapping[str, Any], rows: pd.DataFrame, asked: pd.DataFrame, line: Any, scale: units.Scale
) -> Series | None:
    x, lines, log = str(declared["x"]), str(declared["lines"]), bool(declared.get("log"))
    own = rows[rows[lines] == line].sort_values(x, kind="stable")
    records = [row for row in own.to_dict("records") if _drawn(row["value"], log=log)]
    failed = tuple(float(row[x]) for row in own.to_dict("records") if not math.isfinite(row["value"]))
    if not records and not failed:
        return None
    places = [float(row[x]) for row in records]
    gaps = {float(place) for place in asked.loc[asked[lines] == line, x]} - set(places)
    name = view.cell_word(lines, line) if isinstance(line, str) else view.value_word(lines, line)
    return Series(
        subject=look_key(view, lines, line),
        label=name,
        x=tuple(places),
        y=tuple(float(row["value"]) / scale.factor for row in records),
        low=_bounds(records, "low", scale),
        high=_bounds(records, "high", scale),
        failed=failed,
        breaks=tuple(end for end in range(1, len(places)) if any(places[end - 1] < gap < places[end] for gap in gaps)),
        hover=tuple(
            f"{name}, {view.value_word(x, row[x])}: "
            f"{value_text(row['value'], row['low'], row['high'], str(row['unit']))}"
            for row in records
        ),
    )


def _asked(view: View, declared: Mapping[str, Any]) -> pd.DataFrame:
    """The cases that a trend speaks of, whatever became of them: one without a value leaves a gap in its line."""
    cases = view.measurements.drop_duplicates("case")
    return chosen(cases, declared.get("where") or {}, {**{axis: [v] for axis, v in view.fixed.items()}, **view.axes})


def _crosses_only(panels: Sequence[Panel]) -> list[str]:
    """Names the lines that are nothing but crosses, as a line is otherwise named at its end."""
    found = [
        f"{series.label} ({panel.title})" if panel.title and len(panels) > 1 else series.label
        for panel in panels
        for series in panel.series
        if not series.x
    ]
    return [f"Nothing but crosses: {'; '.join(found)}."] if found else []


def _log_words(rows: pd.DataFrame) -> list[str]:
    """What a logarithmic value axis cannot show: values that are not above 0, and lower ends of intervals."""
    sentences = []
    if hidden := int(((rows["value"] <= 0) & (rows["value"] > -math.inf)).sum()):
        sentences.append(f"{hidden} of {len(rows)} values are not above 0 and have no place on a logarithmic axis.")
    if bool(((rows["low"] <= 0) & (rows["high"] > rows["low"]) & (rows["value"] > 0)).any()):
        sentences.append("Bands down to the bottom of the axis reach 0 or below.")
    return sentences


def _drawn(value: float, *, log: bool) -> bool:
    return math.isfinite(value) and (value > 0 or not log)


def _bounds(records: Sequence[Mapping[Any, Any]], key: str, scale: units.Scale) -> tuple[float, ...]:
    return tuple(float(row[key]) / scale.factor if units.known(row[key]) else math.nan for row in records)
