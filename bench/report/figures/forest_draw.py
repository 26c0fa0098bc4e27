"""Draws a forest plot as PDF, SVG and PNG."""

from __future__ import annotations

import io
import math
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from bench.report.figures.forest import VERDICTS, Forest
from bench.report.figures.hover import inline_svg
from bench.report.figures.names import short_forms
from bench.report.figures.style import FONT, SMALL, report_style
from bench.report.figures.ticks import log_ticks, shorten, text_width

#: Colour and marker of each verdict; the marker tells them apart without colour, too.
LOOKS = {
    "slower": ("#B5400A", ">", "#B5400A"),
    "faster": ("#00795A", "<", "#00795A"),
    "unclear": ("#8A6100", "o", "white"),
    "same": ("#6B6B6B", "o", "#6B6B6B"),
}
_WIDTH, _ROW, _BOTTOM, _TOP, _INCH = 7.0, 0.175, 0.42, 0.3, 72.0
_LETTERS = 46
_FORMATS = ("pdf", "svg", "png")


def forest_svg(forest: Forest, prefix: str = "forest-") -> str:
    """The drawing for use inside HTML; the same bytes on every run with the same versions."""
    with report_style(forest.figure.name):
        canvas = _draw(forest)
        target = io.StringIO()
        canvas.savefig(target, format="svg", metadata={"Date": None, "Title": forest.figure.title})
    return inline_svg(target.getvalue(), forest.figure, prefix)


def save_forest(forest: Forest, folder: Path) -> list[Path]:
    """Write ``comparison.pdf``, ``.svg`` and ``.png`` into ``folder``."""
    paths = [folder / f"{forest.figure.name}.{kind}" for kind in _FORMATS]
    with report_style(forest.figure.name):
        canvas = _draw(forest)
        canvas.savefig(paths[0], metadata={"CreationDate": None})
        canvas.savefig(paths[1], metadata={"Date": None, "Title": forest.figure.title})
        canvas.savefig(paths[2])
    return paths


def _draw(forest: Forest) -> Canvas:
    short = short_forms([row.label for row in forest.rows], _LETTERS)
    labels = [short[row.label] for row in forest.rows]
    left = 0.25 + max(max((text_width(label, SMALL) for label in labels), default=0.0) / _INCH, 0.4)
    right = 0.25 + max(text_width(row.words, SMALL) for row in forest.rows) / _INCH
    tall = _ROW * len(forest.rows) + 0.12
    height = _TOP + tall + _BOTTOM
    canvas = Canvas(figsize=(_WIDTH, height))
    wide = max(_WIDTH - left - right, 1.5)
    axes = canvas.add_axes((left / _WIDTH, _BOTTOM / height, wide / _WIDTH, tall / height))
    axes.set_xscale("log")
    axes.set_xlim(forest.low, forest.high)
    axes.set_ylim(len(forest.rows) - 0.4, -0.6)
    axes.axvspan(1 / (1 + forest.band), 1 + forest.band, color="#E4EAF0", linewidth=0, zorder=0)
    axes.axvline(1, color="#444444", linewidth=0.8, zorder=1)
    _intervals(axes, forest)
    for number, series in enumerate(forest.figure.panels[0].series):
        if series.x:
            colour, marker, face = LOOKS[series.subject]
            # Its id ties each marker to the text that the page shows on hovering.
            axes.plot(series.x, series.y, linestyle="none", marker=marker, color=colour, markerfacecolor=face,
                      markersize=4.6, zorder=3, gid=f"points-0-{number}-0")  # fmt: skip
    places = list(range(len(forest.rows)))
    axes.yaxis.set_major_locator(FixedLocator(places))
    axes.yaxis.set_major_formatter(FixedFormatter(labels))
    axes.tick_params(axis="y", length=0, pad=7)
    axes.grid(False, axis="y")
    ticks = ratio_ticks(forest.low, forest.high, most=max(3, int(wide / 0.5)))
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))
    axes.xaxis.set_minor_locator(NullLocator())
    for place, row in enumerate(forest.rows):
        axes.annotate(row.words, (1.0, place), xycoords=("axes fraction", "data"), xytext=(9, 0),
                      textcoords="offset points", va="center", fontsize=SMALL, color=LOOKS[row.verdict][0])  # fmt: skip
    canvas.text((left + wide / 2) / _WIDTH, 0.05 / height, shorten(forest.figure.x_label, 60), ha="center", va="bottom",
                fontsize=FONT)  # fmt: skip
    shown = [verdict for verdict in VERDICTS if any(row.verdict == verdict for row in forest.rows)]
    handles = [
        Line2D([], [], linestyle="none", marker=LOOKS[one][1], color=LOOKS[one][0], markerfacecolor=LOOKS[one][2],
               markersize=4.6, label=one)
        for one in shown
    ]  # fmt: skip
    canvas.legend(handles=handles, loc="upper center", bbox_to_anchor=((left + wide / 2) / _WIDTH, 1.0), ncols=4,
                  frameon=False, borderpad=0.1, handletextpad=0.3, columnspacing=1.4)  # fmt: skip
    return canvas


def _intervals(axes: Axes, forest: Forest) -> None:
    """A bar from bound to bound; an arrow head where it leaves the axis."""
    for place, row in enumerate(forest.rows):
        colour = LOOKS[row.verdict][0]
        low, high = max(row.low, forest.low), min(row.high, forest.high)
        axes.plot([low, high], [place, place], color=colour, linewidth=1.3, solid_capstyle="butt", zorder=2)
        for end, cut, marker in ((low, row.low < forest.low, 8), (high, row.high > forest.high, 9)):
            if cut:
                # Carets whose tip is at the point: left for 8, right for 9.
                axes.plot([end], [place], marker=marker, color=colour, markersize=4, linestyle="none", clip_on=False)


def ratio_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Round ratios between two ends around 1, 1 among them: every hundredth … or, over a wide span, 0.5, 1, 2.

    At least two where there is room for them, and about ``most`` at most.
    """
    for step in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2):
        first, last = math.ceil((low - 1) / step - 1e-9), math.floor((high - 1) / step + 1e-9)
        if last - first + 1 <= most and high / low < 2.2:
            return [round(1 + number * step, 6) for number in range(first, last + 1)]
    for ladder in _LADDERS:
        every = sorted({1 / above for above in ladder} | {1.0} | {float(above) for above in ladder})
        found = [float(f"{tick:.3g}") for tick in every if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
        if len(found) <= most and low > every[0] / 2 and high < every[-1] * 2:
            return found
    return sorted({1.0, *(tick for tick in log_ticks(low, high, most=max(most - 1, 2)) if not 0.5 < tick < 2)})


#: Ticks above 1 of wide spans, finest first; below 1 stand their inverses.
_LADDERS = ((1.25, 1.6, 2.0, 2.5, 4.0), (1.5, 2.0, 3.0, 4.0), (2.0, 5.0, 10.0), (2.0, 4.0, 10.0))
