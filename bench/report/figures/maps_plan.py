"""Plans for declared heat maps: a value over two axes, one panel for each value of a third."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analysis.summary import Analysis
from bench.report import units
from bench.report.escape import slug
from bench.report.figures.facets import Sheet, sheets
from bench.report.figures.spec import Figure, Grid, Panel, Tile
from bench.report.values import DIGITS, loose, settled, unit_words, value_rows, value_text
from bench.report.view import Facet, View, numeric, pick
from bench.report.wording import named

#: Colours are spaced logarithmically where positive values span more than this factor.
_WIDE = 1000.0
Record = Mapping[Any, Any]


def map_figures(
    view: View, analysis: Analysis, declared: Mapping[str, Any], most: int
) -> tuple[list[Figure], list[str]]:
    """The first figures of one map, and the titles of the others.

    Other axes that vary give a figure for each of their combinations.
    """
    rows = value_rows(view, analysis, str(declared["value"]), declared.get("where") or {})
    x, y, panels = (str(declared[key]) for key in ("x", "y", "panels"))
    if rows.empty:
        return [], []
    others = loose(view, rows, (x, y, panels))
    facets = view.facets(rows, [panels, *others])
    found = sheets(view, facets, (panels,))
    figures = [
        _figure(view, declared, pd.concat([pick(rows, facet) for facet in sheet.facets]), sheet)
        for sheet in found[:most]
    ]
    return figures, [_title(declared, sheet) for sheet in found[most:]]


def _title(declared: Mapping[str, Any], sheet: Sheet) -> str:
    return f"{declared['title']}: {sheet.heading}" if sheet.heading else str(declared["title"])


def _figure(view: View, declared: Mapping[str, Any], rows: pd.DataFrame, sheet: Sheet) -> Figure:
    x, y = str(declared["x"]), str(declared["y"])
    columns, lines = _ordered(view, rows, x), _ordered(view, rows, y)
    if all(numeric(value) for value in lines):
        # As on any other axis, large numbers are at the top.
        lines = sorted(lines, reverse=True)
    words, unit = view.metric_word(str(declared["value"])), str(rows["unit"].iloc[0])
    scale = units.common_scale(rows["value"].tolist(), unit)
    grid = _grid(view, (x, columns), (y, lines), [v / scale.factor for v in rows["value"].tolist()], words)
    panels = tuple(
        Panel(title, tiles=_tiles(view, declared, pick(rows, facet), (columns, lines), scale))
        for facet, title in zip(sheet.facets, sheet.titles, strict=True)
    )
    unit_name = unit_words(scale.symbol)
    sentences = [f"{words}{unit_name} over {view.axis_word(x)} and {view.axis_word(y)}."]
    fixed = "; ".join(named(view, axis, value) for axis, value in settled(view, rows, (x, y, str(declared["panels"]))))
    sentences += [f"For {fixed}."] if fixed else []
    if any(len(panel.tiles) < len(columns) * len(lines) for panel in panels):
        sentences.append("Hatched: no value.")
    sentences.append("Colours are spaced logarithmically." if grid.log else "")
    # As many panels beside each other as leave each cell room for its number.
    beside = 3 if len(columns) <= 6 else 2 if len(columns) <= 12 else 1
    return Figure(
        name=f"map-{slug(str(declared['id']))}{sheet.suffix}",
        kind="map",
        title=_title(declared, sheet),
        caption=" ".join(sentence for sentence in sentences if sentence),
        x_label=view.axis_word(x),
        y_label=view.axis_word(y),
        panels=panels,
        columns=min(beside, len(panels)),
        grid=Grid(grid.rows, grid.columns, grid.low, grid.high, f"{words}{unit_name}", grid.log),
    )


def _grid(
    view: View, x: tuple[str, Sequence[Any]], y: tuple[str, Sequence[Any]], values: Sequence[float], label: str
) -> Grid:
    known = [float(value) for value in values if math.isfinite(value)] or [0.0]
    low, high = min(known), max(known)
    positive = [value for value in known if value > 0]
    log = bool(positive) and len(positive) == len(known) and high > _WIDE * low
    if not log and low >= 0 and 0.3 < high <= 1:
        # Shares and accuracies: the whole range, so that colours mean the same in all figures.
        low, high = 0.0, 1.0
    if high <= low:
        low, high = low - abs(low) * 0.5 - 1e-12, high + abs(high) * 0.5 + 1e-12
    words = ([view.cell_word(axis, value) for value in found] for axis, found in (y, x))
    rows, columns = (tuple(found) for found in words)
    return Grid(rows, columns, low, high, label, log)


def _tiles(
    view: View,
    declared: Mapping[str, Any],
    rows: pd.DataFrame,
    order: tuple[Sequence[Any], Sequence[Any]],
    scale: units.Scale,
) -> tuple[Tile, ...]:
    x, y = str(declared["x"]), str(declared["y"])
    columns, lines = ({value: place for place, value in enumerate(found)} for found in order)
    tiles = []
    for row in rows.to_dict("records"):
        value = float(row["value"]) / scale.factor
        place: Facet = ((x, row[x]), (y, row[y]))
        shown = value_text(row["value"], row["low"], row["high"], row["unit"])
        tiles.append(Tile(lines[row[y]], columns[row[x]], value, _short(value), f"{view.facet_word(place)}: {shown}"))
    return tuple(tiles)


def _short(value: float) -> str:
    """A cell's number in at most five characters or so: ``0.953``, ``12``, ``3e-8``; exact zeros and ones stand out."""
    if not math.isfinite(value):
        return "NaN" if value != value else "∞" if value > 0 else "−∞"
    if value and (abs(value) < 1e-3 or abs(value) >= 1e4):
        return units.minus(f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e"))
    places = 3 if abs(value) < 1 else max(units.decimals(value, None, DIGITS), 0)
    text = units.fixed(value, places)
    if abs(float(text)) == 1.0 and abs(value) != 1.0:
        # Neither 0.9996 nor 1.004 must read as 1.
        text = units.fixed(value, 3)
        if abs(float(text)) == 1.0:
            one = "1" if value > 0 else "-1"
            text = ">.999" if 0 < value < 1 else f"{'>' if value > float(one) else '<'}{one}"
    return units.minus(text.rstrip("0").rstrip(".") if "." in text and value in (0.0, 1.0, -1.0) else text)


def _ordered(view: View, rows: pd.DataFrame, axis: str) -> list[Any]:
    return sorted(rows[axis].drop_duplicates().tolist(), key=lambda value: view.position(axis, value))
