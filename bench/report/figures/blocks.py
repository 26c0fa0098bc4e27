"""Panels that are not lines: stacked bars of shares, and dot plots for suites without a numeric axis."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from bench.report.figures.names import short_forms
from bench.report.figures.spec import Figure, Panel
from bench.report.figures.style import HATCHES, PARTS, SMALL, Look
from bench.report.figures.ticks import axis_number, log_limits, log_ticks, text_width, thin

#: Letters of a row's name in a dot plot.
DOT_LETTERS = 20


def draw_bars(axes: Axes, panel: Panel, figure: Figure, size: tuple[float, float], position: int = 0) -> None:
    """Stack each bar's parts, with a line at 100 %; a part of at least 12 % carries its figure where there is room."""
    count = len(panel.bars)
    places = list(range(count))
    floor = [0.0] * count
    slot = size[0] / max(count, 1)
    for number in range(len(figure.parts)):
        heights = [100 * bar.parts[number] for bar in panel.bars]
        colour = PARTS[number % len(PARTS)]
        bars = axes.bar(places, heights, bottom=floor, width=0.82, color=colour, edgecolor="white", linewidth=0.6,
                        hatch=HATCHES[(number // len(PARTS)) % len(HATCHES)])  # fmt: skip
        for place, patch in enumerate(bars):
            # Found again in the SVG, where each part gets a text to hover over.
            patch.set_gid(f"tile-{position}-{number}-{place}")
        for place, height, base in zip(places, heights, floor, strict=True):
            if height >= 12 and slot >= 17:
                axes.text(place, base + height / 2, f"{height:.0f}", ha="center", va="center", fontsize=SMALL,
                          color="black" if number in (1, 3, 4, 6, 7) else "white")  # fmt: skip
        floor = [base + height for base, height in zip(floor, heights, strict=True)]
    axes.set_ylim(0, max(100.0, *(1.02 * 100 * sum(bar.parts) for p in figure.panels for bar in p.bars)))
    axes.axhline(100, color="#444444", linewidth=0.7)
    axes.set_xlim(-0.6, count - 0.4)
    axes.grid(False)
    short = short_forms([bar.label for bar in panel.bars], 14)
    names = [short[bar.label] for bar in panel.bars]
    kept = set(thin([(i + 0.5) * slot for i in places], [text_width(name, SMALL) for name in names], 3.0))
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.xaxis.set_major_formatter(FixedFormatter([name if i in kept else "" for i, name in enumerate(names)]))
    axes.yaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))


def dot_limits(figure: Figure) -> tuple[float, float]:
    """Shared limits of the value axis of all panels."""
    dots = [dot for panel in figure.panels for dot in panel.dots]
    return log_limits([v for dot in dots for v in (dot.value, dot.low, dot.high)], 0.08)


def draw_dots(
    axes: Axes,
    panel: Panel,
    figure: Figure,
    looks: Mapping[str, Look],
    bounds: tuple[float, float],
    position: int = 0,
) -> None:
    """One row per subject: a point with its interval on a log axis, or the status where there is no value."""
    axes.set_xscale("log")
    axes.set_xlim(*bounds)
    rows = len(panel.dots)
    axes.set_ylim(rows - 0.4, -0.6)
    for row, dot in enumerate(panel.dots):
        look = looks[dot.subject]
        if not math.isfinite(dot.value) or dot.value <= 0:
            axes.text(bounds[0], row, f"  {dot.status or 'no value'}", fontsize=SMALL, va="center", color="#8A1C1C")
            continue
        if dot.high > dot.low > 0:
            axes.plot([dot.low, dot.high], [row, row], color=look.colour, linewidth=1.4, solid_capstyle="butt")
        axes.plot([dot.value], [row], marker=look.marker, color=look.colour, linestyle="none", markersize=5,
                  markerfacecolor="white" if dot.noisy else look.colour,
                  gid=f"points-{position}-{row}-0")  # fmt: skip
    axes.yaxis.set_major_locator(FixedLocator(list(range(rows))))
    short = short_forms([dot.label for shown in figure.panels for dot in shown.dots], DOT_LETTERS)
    axes.yaxis.set_major_formatter(FixedFormatter([short[dot.label] for dot in panel.dots]))
    ticks = log_ticks(*bounds, figure.base, most=5)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([axis_number(tick) for tick in ticks]))
    axes.xaxis.set_minor_locator(NullLocator())
