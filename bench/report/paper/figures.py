"""The figures of a report, one file a panel, at the width of a paper's column: PDF to include, PGF to read in.

A PGF file takes the document's own fonts; its text is escaped, and its sizes come from matplotlib's fonts, so that none
needs a TeX installation to be made. Both formats carry no date.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Patch

from bench.report.figures.blocks import dot_limits, draw_bars, draw_dots
from bench.report.figures.heat import draw_bar, draw_map
from bench.report.figures.lines import draw_lines, limits
from bench.report.figures.palette import palette
from bench.report.figures.plan import plan_figures
from bench.report.figures.scatter import draw_scatter, scatter_handles, scatter_limits
from bench.report.figures.spec import Figure
from bench.report.figures.style import FONT, PARTS, SMALL, Look, report_style
from bench.report.figures.ticks import shorten, text_width
from bench.report.paper.pgf import pgf
from bench.report.paper.source import Source
from bench.report.paper.words import sentence, spell

#: Width of a column, in inches.
COLUMN = 3.3
_BOTTOM, _TITLE, _TOP, _TALL, _BAR, _POINTS = 0.42, 0.2, 0.06, 1.95, 0.72, 72.0
#: Letters of a label at a line's end, of a row's name, and of a panel's title.
_LABEL, _ROW, _HEADING = 18, 16, 52
#: What matplotlib finds files, colours and drawings by: never shown, so never respelt.
_KEYS = frozenset({"name", "kind", "subject", "key", "hover"})

T = TypeVar("T")


@dataclass(frozen=True)
class Drawing:
    """One panel of one figure.

    Attributes:
        name: File stem.
        title: Of its figure.
        panel: Of the panel; empty where the figure has one only.
        caption: Of the figure.
        kind: Which figures it belongs to: ``time``, ``ratio``, ``law`` and so on.
        main: Whether the paper's own pages show it.
        files: Ending to content.
        height: In inches.
        run: The run it belongs to, where the bundle has several.
    """

    name: str
    title: str
    panel: str
    caption: str
    kind: str
    main: bool
    files: Mapping[str, bytes]
    height: float = 0.0
    run: str = ""

    @property
    def whole(self) -> str:
        """The caption of the whole figure; it opens with what is shown, and names what all panels share."""
        return self._caption(self.title.partition(": ")[2])

    @property
    def text(self) -> str:
        """The caption of this panel alone."""
        return self._caption(", ".join(part for part in (self.title.partition(": ")[2], self.panel) if part))

    def _caption(self, setting: str) -> str:
        subject = self.title.partition(": ")[0]
        parts = [self.caption] if self.caption.startswith(subject) else [f"{subject}.", self.caption]
        named = [sentence(self.run)] if self.run else []
        return " ".join([*named, *parts, *([f"For {setting}."] if setting else [])])


def drawings(source: Source) -> Iterator[Drawing]:
    """All panels of all figures that the report plans."""
    looks = palette(source.view)
    shown: set[str] = set()
    for planned in plan_figures(source.view, source.analysis).figures:
        figure = _labelled(spelt(planned))
        kind = figure.name.partition("-")[0]
        for number, panel in enumerate(figure.panels):
            letter = f"-{number + 1}" if len(figure.panels) > 1 else ""
            name = f"{source.stem}{figure.name}{letter}"
            title = panel.title if len(figure.panels) > 1 else ""
            found, height = _files(figure, number, looks, name)
            yield Drawing(name, figure.title, title, figure.caption, kind, kind not in shown, found, height)
            shown.add(kind)


def spelt(item: T) -> T:
    """A plan whose texts have no character beyond pdflatex's reach, so that figures and text agree."""
    if not is_dataclass(item) or isinstance(item, type):
        return item
    changed: dict[str, Any] = {}
    for one in fields(item):
        value = getattr(item, one.name)
        if one.name in _KEYS:
            continue
        if isinstance(value, str):
            changed[one.name] = spell(value)
        elif isinstance(value, tuple):
            changed[one.name] = tuple(spell(part) if isinstance(part, str) else spelt(part) for part in value)
        elif is_dataclass(value):
            changed[one.name] = spelt(value)
    return replace(item, **changed)


def _labelled(figure: Figure) -> Figure:
    """The labels at lines' ends, short enough for a column; those that would become equal keep their ends as well."""
    names = list(dict.fromkeys(series.label for panel in figure.panels for series in panel.series))
    short = {name: shorten(name, _LABEL) for name in names}
    twins = {name for name in names if list(short.values()).count(short[name]) > 1}
    half = (_LABEL - 1) // 2
    short |= {
        name: f"{name[: _LABEL - half - 1].rstrip()}…{name[-half:].lstrip()}" for name in twins if len(name) > _LABEL
    }
    panels = tuple(
        replace(panel, series=tuple(replace(series, label=short[series.label]) for series in panel.series))
        for panel in figure.panels
    )
    return replace(figure, panels=panels)


def _files(figure: Figure, number: int, looks: Mapping[str, Look], name: str) -> tuple[dict[str, bytes], float]:
    """The panel as PDF and PGF, and its height in inches."""
    with report_style(name):
        canvas = _draw(figure, number, looks)
        buffer = io.BytesIO()
        canvas.savefig(buffer, format="pdf", metadata={"CreationDate": None})
        found = {"pdf": buffer.getvalue(), "pgf": pgf(canvas, f"{name}.pgf").encode()}
        return found, float(canvas.get_size_inches()[1])


def _draw(figure: Figure, number: int, looks: Mapping[str, Look]) -> Canvas:
    panel = figure.panels[number]
    handles = _handles(figure, looks)
    columns = _legend_columns(handles)
    legend = 0.145 * math.ceil(len(handles) / columns) + (0.06 if handles else 0.0)
    left, right = _margins(figure)
    tall = _height(figure)
    titled = _TITLE if panel.title else _TOP
    bottom = _BOTTOM + (0.13 if figure.grid and any(len(name) > 8 for name in figure.grid.columns) else 0.0)
    height = legend + titled + tall + bottom
    wide = COLUMN - left - right
    canvas = Canvas(figsize=(COLUMN, height))
    size = (wide * _POINTS, tall * _POINTS)
    axes = canvas.add_axes((left / COLUMN, bottom / height, wide / COLUMN, tall / height))
    _painter(figure, looks, size)(axes, number)
    if panel.title:
        points = FONT if text_width(panel.title, FONT) <= (COLUMN - left) * _POINTS else SMALL
        axes.set_title(shorten(panel.title, _HEADING), loc="left", pad=4, fontsize=points)
    middle = (left + wide / 2) / COLUMN
    label = shorten(figure.x_label, int(0.95 * COLUMN * _POINTS / text_width("x", FONT)))
    canvas.text(middle, 0.05 / height, label, ha="center", va="bottom")
    if figure.y_label:
        room = (tall + titled + bottom * 0.6) * _POINTS
        points = FONT if text_width(figure.y_label, FONT) <= room else SMALL
        label = shorten(figure.y_label, int(room / text_width("x", points)))
        # As far down as the axes' middle, where it fits there.
        centre = min(max((bottom + tall / 2) * _POINTS, text_width(label, points) / 2 + 2), height * _POINTS)
        canvas.text(0.03 / COLUMN, centre / _POINTS / height, label, rotation=90, ha="left", va="center",
                    fontsize=points)  # fmt: skip
    if figure.grid:
        box = (1 - (right - 0.08) / COLUMN, bottom / height, 0.11 / COLUMN, tall / height)
        draw_bar(canvas, figure.grid, box, tall * _POINTS)
    if handles:
        canvas.legend(handles=handles, loc="upper center", ncols=columns, frameon=False, borderpad=0.1,
                      handlelength=1.1, columnspacing=0.9, labelspacing=0.2)  # fmt: skip
    return canvas


def _painter(figure: Figure, looks: Mapping[str, Look], size: tuple[float, float]) -> Callable[[Axes, int], None]:
    """What draws a panel, given its axes and its number; all panels of a figure have the same limits."""
    if figure.kind == "lines":
        bounds = limits(figure)
        return lambda axes, number: draw_lines(axes, number, figure, looks, bounds, size)
    if figure.kind == "bars":
        return lambda axes, number: draw_bars(axes, figure.panels[number], figure, size)
    if figure.kind == "scatter":
        spans = scatter_limits(figure)
        return lambda axes, number: draw_scatter(axes, number, figure, looks, spans, size)
    if figure.grid is not None:
        grid = replace(figure.grid, rows=tuple(shorten(row, _ROW) for row in figure.grid.rows))
        return lambda axes, number: draw_map(axes, number, figure.panels[number], grid, size)
    ends = dot_limits(figure)
    return lambda axes, number: draw_dots(axes, figure.panels[number], figure, looks, ends)


def _handles(figure: Figure, looks: Mapping[str, Look]) -> list[Artist]:
    if figure.kind == "scatter":
        return list(scatter_handles(figure, looks))
    return [Patch(facecolor=PARTS[i % len(PARTS)], label=shorten(part, 30)) for i, part in enumerate(figure.parts)]


def _legend_columns(handles: Sequence[Artist]) -> int:
    # Names in a legend may come closer to each other than labels in a figure.
    widest = 0.87 * max((text_width(str(handle.get_label()), SMALL) for handle in handles), default=1.0) + 3.2 * SMALL
    return max(1, min(len(handles), int(COLUMN * _POINTS / widest)))


def _margins(figure: Figure) -> tuple[float, float]:
    """Inches left of the panel (value labels) and right of it (line labels, colour bar)."""
    if figure.kind == "dots":
        longest = max((text_width(shorten(d.label, 20), SMALL) for p in figure.panels for d in p.dots), default=0.0)
        return 0.15 + longest / _POINTS, 0.15
    if figure.kind == "bars":
        return 0.5, 0.08
    if figure.kind == "scatter":
        return 0.6, 0.1
    if figure.grid:
        return 0.36 + max(text_width(shorten(row, _ROW), SMALL) for row in figure.grid.rows) / _POINTS, _BAR
    labels = [series.label for panel in figure.panels for series in panel.series if series.label]
    return 0.58, 0.16 + 0.92 * max((text_width(label, SMALL) for label in labels), default=0.0) / _POINTS


def _height(figure: Figure) -> float:
    if figure.kind == "dots":
        return 0.19 * max(len(panel.dots) for panel in figure.panels) + 0.1
    if figure.grid:
        return min(max(0.24 * len(figure.grid.rows), 0.9), 3.0)
    return 1.35 if figure.kind == "bars" else _TALL
