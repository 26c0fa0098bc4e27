"""From a planned figure to PDF, SVG and PNG: layout in inches, one drawing for all three."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Patch

from bench.report.figures.blocks import DOT_LETTERS, dot_limits, draw_bars, draw_dots
from bench.report.figures.heat import ROW_LETTERS, draw_bar, draw_map
from bench.report.figures.hover import inline_svg
from bench.report.figures.lines import draw_lines, end_names, limits
from bench.report.figures.names import short_forms
from bench.report.figures.scatter import draw_scatter, scatter_handles, scatter_limits
from bench.report.figures.spec import Figure
from bench.report.figures.style import FONT, PARTS, SMALL, Look, report_style
from bench.report.figures.ticks import shorten, text_width

#: Widths of a paper's column and page, in inches.
COLUMN, PAGE = 3.5, 7.0
_BOTTOM, _TITLE, _GAP, _BAR, _POINTS = 0.42, 0.22, 0.16, 0.8, 72.0
_FORMATS = ("pdf", "svg", "png")


def save_figure(figure: Figure, looks: Mapping[str, Look], folder: Path, number: int = 1) -> tuple[list[Path], str]:
    """Draw a figure and write ``<name>.pdf``, ``.svg`` and ``.png`` into ``folder``.

    The files carry no date and are byte-identical on every run with the same versions. ``number`` is the figure's place
    in the page; it keeps the ids of several drawings apart.

    Returns:
        The paths, and the SVG for use inside HTML: ids unique to the figure, a text to hover over on each point.
    """
    paths = [folder / f"{figure.name}.{kind}" for kind in _FORMATS]
    with report_style(figure.name):
        canvas = _draw(figure, looks)
        canvas.savefig(paths[0], metadata={"CreationDate": None})
        canvas.savefig(paths[1], metadata={"Date": None, "Title": figure.title})
        canvas.savefig(paths[2])
    return paths, inline_svg(paths[1].read_text(encoding="utf-8"), figure, f"f{number}-")


def _draw(figure: Figure, looks: Mapping[str, Look]) -> Canvas:
    columns = min(figure.columns, len(figure.panels))
    rows = math.ceil(len(figure.panels) / columns)
    width = PAGE if figure.wide else COLUMN
    handles = _handles(figure, looks)
    legend_columns = _legend_columns(handles, width)
    legend = 0.24 * math.ceil(len(handles) / legend_columns)
    # The colour bar of a map stands right of all panels.
    bar = _BAR if figure.grid else 0.0
    left, right = _margins(figure)
    tall = _height(figure)
    titled = _TITLE if any(panel.title for panel in figure.panels) else 0.06
    # Names of columns may take two lines.
    bottom = _BOTTOM + (0.13 if figure.grid and any(len(name) > 8 for name in figure.grid.columns) else 0.0)
    height = legend + rows * (titled + tall) + (rows - 1) * _GAP + bottom
    # Only the first column carries value labels; the cells share what is left evenly.
    inner = left if figure.kind == "dots" else 0.14
    wide = (width - bar - left - (columns - 1) * (inner + right) - right) / columns
    canvas = Canvas(figsize=(width, height))
    size = (wide * _POINTS, tall * _POINTS)
    paint = _painter(figure, looks, size)
    for number, panel in enumerate(figure.panels):
        row, column = divmod(number, columns)
        x = left + column * (wide + inner + right)
        y = height - legend - row * (titled + tall + _GAP) - titled - tall
        axes = canvas.add_axes((x / width, y / height, wide / width, tall / height))
        paint(axes, number)
        if panel.title:
            title, points = _fit(panel.title, size[0] + right * _POINTS)
            axes.set_title(title, loc="left", pad=4, fontsize=points)
        if column and figure.kind != "dots":
            axes.tick_params(labelleft=False)
        if number + columns < len(figure.panels) and figure.kind != "dots":
            axes.tick_params(labelbottom=False)
    middle = left + (width - bar - left - right) / 2
    x_label = shorten(figure.x_label, int(width * _POINTS / text_width("x", FONT)))
    canvas.text(middle / width, 0.05 / height, x_label, ha="center", va="bottom")
    if figure.y_label:
        room = height - legend - 0.1
        label, points = _upright(figure.y_label, room * _POINTS)
        # As far down as the axes' middle, where it fits there.
        centre = max((height - legend + bottom) / 2 - 0.05, 0.05) if "\n" not in label else 0.05 + room / 2
        canvas.text(0.03 / width, centre / height, label, rotation=90, ha="left", va="center", fontsize=points,
                    linespacing=1.0)  # fmt: skip
    if figure.grid:
        top = height - legend - titled
        box = ((width - bar + 0.08) / width, (top - tall) / height, 0.11 / width, tall / height)
        draw_bar(canvas, figure.grid, box, tall * _POINTS)
    if handles:
        canvas.legend(handles=handles, loc="upper center", ncols=legend_columns, frameon=False, borderpad=0.1,
                      handlelength=1.2, columnspacing=1.2)  # fmt: skip
    return canvas


def _painter(figure: Figure, looks: Mapping[str, Look], size: tuple[float, float]) -> Callable[[Axes, int], None]:
    """What draws a panel, given its axes and its number; limits that panels share are worked out once."""
    if figure.kind == "lines":
        bounds = limits(figure)
        return lambda axes, number: draw_lines(axes, number, figure, looks, bounds, size)
    if figure.kind == "bars":
        return lambda axes, number: draw_bars(axes, figure.panels[number], figure, size, number)
    if figure.kind == "scatter":
        spans = scatter_limits(figure)
        return lambda axes, number: draw_scatter(axes, number, figure, looks, spans, size)
    if figure.grid is not None:
        grid = figure.grid
        return lambda axes, number: draw_map(axes, number, figure.panels[number], grid, size)
    ends = dot_limits(figure)
    return lambda axes, number: draw_dots(axes, figure.panels[number], figure, looks, ends, number)


def _handles(figure: Figure, looks: Mapping[str, Look]) -> list[Artist]:
    if figure.kind == "scatter":
        return list(scatter_handles(figure, looks))
    short = short_forms(figure.parts, 30)
    return [Patch(facecolor=PARTS[i % len(PARTS)], label=short[part]) for i, part in enumerate(figure.parts)]


def _legend_columns(handles: Sequence[Artist], width: float) -> int:
    """How many legend entries stand beside each other."""
    widest = max((text_width(str(handle.get_label()), SMALL) for handle in handles), default=1.0) + 4.0 * SMALL
    return max(1, min(len(handles), int(width * _POINTS / widest)))


def _margins(figure: Figure) -> tuple[float, float]:
    """Inches left of the first panel (value labels) and right of each (line labels)."""
    if figure.kind == "dots":
        return 0.15 + _widest(short_forms([d.label for p in figure.panels for d in p.dots], DOT_LETTERS)), 0.15
    if figure.kind == "bars":
        return 0.55, 0.08
    if figure.kind == "scatter":
        return 0.66, 0.1
    if figure.grid:
        return 0.36 + _widest(short_forms(figure.grid.rows, ROW_LETTERS)), 0.02
    return 0.62, 0.19 + _widest(end_names(figure))


def _widest(short: Mapping[str, str]) -> float:
    """Inches that the longest of these names takes."""
    return max((text_width(name, SMALL) for name in short.values()), default=0.0) / _POINTS


def _height(figure: Figure) -> float:
    """Height of one panel in inches."""
    if figure.kind == "dots":
        return 0.19 * max(len(panel.dots) for panel in figure.panels) + 0.1
    if figure.grid:
        return min(max(0.24 * len(figure.grid.rows), 0.9), 3.0)
    return 1.35 if figure.kind == "bars" else 1.95


def _fit(title: str, room: float) -> tuple[str, float]:
    """A title that fits into ``room`` points: smaller where it is long, cut where that does not help."""
    for points in (FONT, SMALL, SMALL - 1):
        if text_width(title, points) <= room:
            return title, points
    return shorten(title, max(int(room / text_width("x", points)), 8)), points


def _upright(label: str, room: float) -> tuple[str, float]:
    """A value axis's name on one line, or smaller on two where ``room`` points are too few."""
    if text_width(label, FONT) <= room:
        return label, FONT
    letters = max(int(room / text_width("x", SMALL - 0.5)), 8)
    return "\n".join(textwrap.wrap(shorten(label, 2 * letters - 6), letters)[:2]), SMALL - 0.5
