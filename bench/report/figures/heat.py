"""Heat maps: one coloured cell per pair of values, with its number inside and a colour bar beside."""

from __future__ import annotations

import math
import textwrap

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from bench.report.figures.names import short_forms
from bench.report.figures.span import Span
from bench.report.figures.spec import Grid, Panel
from bench.report.figures.style import SMALL
from bench.report.figures.ticks import shorten, text_width, thin

#: Perceptually uniform, readable with colour blindness and in grey.
_COLOURS = "cividis"
_LEAST_TEXT = 4.5
_SLICES = 48


def draw_map(axes: Axes, position: int, panel: Panel, grid: Grid, size: tuple[float, float]) -> None:
    """Draw one panel; cells without a value are hatched."""
    rows, columns = len(grid.rows), len(grid.columns)
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.grid(False)
    axes.add_patch(Rectangle((-0.5, -0.5), columns, rows, facecolor="#F4F4F4", edgecolor="#B5B5B5", hatch="////",
                             linewidth=0, zorder=0))  # fmt: skip
    span = Span(grid.low, grid.high, grid.log)
    colours = colormaps[_COLOURS]
    room = size[0] / columns, size[1] / rows
    longest = max((len(tile.text) for tile in panel.tiles), default=1)
    points = min(SMALL, 0.92 * room[0] / (0.62 * max(longest, 4)), 0.7 * room[1])
    for number, tile in enumerate(panel.tiles):
        known = math.isfinite(tile.value) and (tile.value > 0 or not grid.log)
        face = colours(min(max(span.part(tile.value), 0.0), 1.0)) if known else (0.86, 0.86, 0.86, 1.0)
        patch = Rectangle((tile.column - 0.5, tile.row - 0.5), 1, 1, facecolor=face, edgecolor="white", linewidth=0.6)
        patch.set_gid(f"tile-{position}-{number}")
        axes.add_patch(patch)
        if points >= _LEAST_TEXT:
            bright = 0.299 * face[0] + 0.587 * face[1] + 0.114 * face[2]
            axes.text(tile.column, tile.row, tile.text, ha="center", va="center", fontsize=points,
                      color="black" if bright > 0.5 else "white")  # fmt: skip
    _labels(axes, grid, room)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def draw_bar(canvas: Canvas, grid: Grid, box: tuple[float, float, float, float], length: float) -> None:
    """Draw the colour bar into ``box``: left, bottom, width and height as shares of the canvas; ``length`` points."""
    axes = canvas.add_axes(box)
    # Slices and not an image, so that the drawing stays vectors; each reaches under the next, so that no seam shows.
    for number in range(_SLICES):
        axes.axhspan(number / _SLICES, min((number + 1.5) / _SLICES, 1), linewidth=0,
                     facecolor=colormaps[_COLOURS]((number + 0.5) / _SLICES), zorder=1 + number / _SLICES)  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xticks([])
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    for spine in axes.spines.values():
        spine.set_visible(False)
    span = Span(grid.low, grid.high, grid.log)
    ticks = span.ticks(most=6)
    axes.yaxis.set_major_locator(FixedLocator([span.part(tick) for tick in ticks]))
    axes.yaxis.set_major_formatter(FixedFormatter(span.names(ticks)))
    axes.yaxis.set_minor_locator(NullLocator())
    room = max(int(length / text_width("x", SMALL)), 12)
    lines = textwrap.wrap(shorten(grid.label, 3 * room), room)[:3]
    axes.set_ylabel("\n".join(lines), fontsize=SMALL)
    axes.grid(False)


#: Letters of a row's name.
ROW_LETTERS = 26


def _labels(axes: Axes, grid: Grid, room: tuple[float, float]) -> None:
    fits = max(int(room[0] / text_width("x", SMALL)), 5)
    brief = short_forms(grid.columns, 2 * fits)
    names = ["\n".join(textwrap.wrap(brief[name], fits)[:2]) for name in grid.columns]
    centres = [(place + 0.5) * room[0] for place in range(len(names))]
    kept = set(thin(centres, [max(text_width(line, SMALL) for line in name.split("\n")) for name in names], 2.0))
    axes.xaxis.set_major_locator(FixedLocator(list(range(len(names)))))
    axes.xaxis.set_major_formatter(FixedFormatter([name if i in kept else "" for i, name in enumerate(names)]))
    short = short_forms(grid.rows, ROW_LETTERS)
    axes.yaxis.set_major_locator(FixedLocator(list(range(len(grid.rows)))))
    axes.yaxis.set_major_formatter(FixedFormatter([short[name] for name in grid.rows]))
