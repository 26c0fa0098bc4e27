"""Line panels: values along an axis with intervals, direct labels and crossover marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from bench.report.figures.marks import draw_marks
from bench.report.figures.names import short_forms
from bench.report.figures.span import Span, span_of
from bench.report.figures.spec import Figure, Panel, Series
from bench.report.figures.style import SMALL, Look
from bench.report.figures.ticks import axis_number, spread, text_width, thin

Bounds = tuple[Span, Span]

_LINE = SMALL * 1.25
#: Points from one row of crosses to the next, and those of a panel's height at least.
_CROSSES, _TALL = 5.5, 120.0


def limits(figure: Figure) -> Bounds:
    """Shared limits of all panels, of x and of y."""
    every = [series for panel in figure.panels for series in panel.series]
    xs = [x for series in every for x in (*series.x, *series.failed, *series.zeros)]
    ys = [y for series in every for y in (*series.y, *series.low, *series.high)]
    if figure.unity:
        ys.append(1.0)
    wide = span_of(xs, log=figure.log_x, margin=0.04)
    tall = span_of(ys, log=figure.log_y)
    rows = max(sum(bool(series.failed) for series in panel.series) for panel in figure.panels)
    if rows:
        # Room for the crosses, so that no one takes them for values: they stand above all data, unless they are many.
        room = min(_CROSSES * (rows + 0.5), 0.4 * _TALL)
        part = room / (_TALL - room)
        high = tall.high * (tall.high / tall.low) ** part if tall.log else tall.high + (tall.high - tall.low) * part
        tall = Span(tall.low, high, log=tall.log)
    return wide, tall


def draw_lines(
    axes: Axes,
    position: int,
    figure: Figure,
    looks: Mapping[str, Look],
    bounds: Bounds,
    size: tuple[float, float],
) -> None:
    """Draw one panel.

    Args:
        axes: Where.
        position: Which panel of the figure.
        figure: The figure it belongs to.
        looks: Colour and marker per subject.
        bounds: Limits of both axes.
        size: Width and height of the axes in points, for label placement.
    """
    panel = figure.panels[position]
    wide, tall = bounds
    axes.set_xscale("log" if wide.log else "linear")
    axes.set_yscale("log" if tall.log else "linear")
    axes.set_xlim(wide.low, wide.high)
    axes.set_ylim(tall.low, tall.high)
    _ticks(axes, panel, figure, bounds, size)
    if figure.unity:
        axes.axhline(1.0, color="#444444", linewidth=0.9, zorder=1.5)
    if panel.best:
        axes.plot(*zip(*panel.best, strict=True), color="#000000", alpha=0.14, linewidth=5.5, zorder=1.6,
                  solid_capstyle="round")  # fmt: skip
    draw_marks(axes, position, panel, looks, bounds, size)
    for number, series in enumerate(panel.series):
        _series(axes, series, looks[series.subject], f"points-{position}-{number}", tall)
    _crosses(axes, position, panel, looks, size)
    _end_labels(axes, position, figure, looks, bounds, size)


def _series(axes: Axes, series: Series, look: Look, gid: str, tall: Span) -> None:
    if not series.x:
        return
    width, alpha = (0.8, 0.45) if series.light else (1.3, 1.0)
    drawn: list[Artist] = []
    for start, end in pairwise((0, *series.breaks, len(series.x))):
        bounded = [] if series.light else [i for i in range(start, end) if _bounded(series, i, log=tall.log)]
        if bounded:
            x, low, high = (np.array([values[i] for i in bounded]) for values in (series.x, series.low, series.high))
            # On a logarithmic axis an interval that reaches 0 goes down as far as the axis does.
            low = np.maximum(low, tall.low) if tall.log else low
            drawn.append(axes.fill_between(x, low, high, color=look.colour, alpha=0.18, linewidth=0))
            drawn.append(axes.vlines(x, low, high, color=look.colour, linewidth=1.0, zorder=2.2))
        # Of a pale line of a single point nothing would be seen.
        alone = "." if series.light and end - start == 1 else ""
        drawn += axes.plot(series.x[start:end], series.y[start:end], color=look.colour, linestyle=look.dash,
                           linewidth=width, alpha=alpha, marker=alone, zorder=2.5)  # fmt: skip
    for number, artist in enumerate(drawn):
        # In a page that is filtered, what belongs to a series fades with its points.
        artist.set_gid(f"{gid.replace('points', 'line')}-{number}")
    if series.light:
        return
    noisy = series.noisy or (False,) * len(series.x)
    for hollow in (False, True):
        chosen = [i for i, flag in enumerate(noisy) if flag is hollow]
        if chosen:
            (dots,) = axes.plot(
                [series.x[i] for i in chosen],
                [series.y[i] for i in chosen],
                linestyle="none",
                marker=look.marker,
                markerfacecolor="white" if hollow else look.colour,
                markeredgecolor=look.colour,
                markeredgewidth=0.8,
                zorder=3,
            )
            # Found again in the SVG, where each point gets a text to hover over.
            dots.set_gid(f"{gid}-{int(hollow)}")


def _bounded(series: Series, place: int, *, log: bool) -> bool:
    """Whether a point has an interval that the axis can show; series without intervals have no bounds at all."""
    if not series.high:
        return False
    return series.high[place] > series.low[place] and (series.high[place] > 0 or not log)


def _ticks(
    axes: Axes,
    panel: Panel,
    figure: Figure,
    bounds: Bounds,
    size: tuple[float, float],
) -> None:
    wide, tall = bounds
    xs = sorted({x for series in panel.series for x in (*series.x, *series.failed, *series.zeros)})
    names = [axis_number(x) for x in xs]
    places = [wide.part(x) * size[0] for x in xs]
    kept = set(thin(places, [text_width(name, SMALL) for name in names], 2.5))
    axes.xaxis.set_major_locator(FixedLocator(xs))
    axes.xaxis.set_major_formatter(FixedFormatter([name if i in kept else "" for i, name in enumerate(names)]))
    axes.xaxis.set_minor_locator(NullLocator())
    ys = tall.ticks(figure.base)
    axes.yaxis.set_major_locator(FixedLocator(ys))
    axes.yaxis.set_major_formatter(FixedFormatter(tall.names(ys)))
    axes.yaxis.set_minor_locator(NullLocator())


def _crosses(axes: Axes, position: int, panel: Panel, looks: Mapping[str, Look], size: tuple[float, float]) -> None:
    failing = [(place, series) for place, series in enumerate(panel.series) if series.failed and not series.light]
    for level, (place, series) in enumerate(failing):
        (crosses,) = axes.plot(
            series.failed,
            [1.0 - _CROSSES * (0.75 + level) / size[1]] * len(series.failed),
            transform=axes.get_xaxis_transform(),
            linestyle="none",
            marker="x",
            markersize=4.0,
            markeredgewidth=1.0,
            color=looks[series.subject].colour,
            zorder=3,
        )
        crosses.set_gid(f"label-{position}-{place}-20")


def end_names(figure: Figure) -> dict[str, str]:
    """What stands at the ends of a figure's lines, for each of their labels."""
    return short_forms([series.label for panel in figure.panels for series in panel.series if series.label])


def _end_labels(
    axes: Axes,
    position: int,
    figure: Figure,
    looks: Mapping[str, Look],
    bounds: Bounds,
    size: tuple[float, float],
) -> None:
    wide, tall = bounds
    panel = figure.panels[position]
    named: Sequence[Series] = [series for series in panel.series if series.label and series.x]
    numbers = [number for number, series in enumerate(panel.series) if series.label and series.x]
    if not named:
        return
    width, height = size
    short = end_names(figure)
    wishes = [tall.part(series.y[-1]) * height for series in named]
    placed = spread(wishes, _LINE, _LINE / 2, height - _LINE / 2)
    for number, series, wish, place in zip(numbers, named, wishes, placed, strict=True):
        look = looks[series.subject]
        end = wide.part(series.x[-1]) * width
        label = axes.annotate(
            short[series.label],
            (end / width, wish / height),
            xycoords="axes fraction",
            xytext=(width + 8.0 - end, place - wish),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=SMALL,
            color=look.ink,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": look.colour, "linewidth": 0.5, "alpha": 0.7,
                        "linestyle": ":" if end < 0.9 * width else "-", "shrinkA": 1.0, "shrinkB": 2.5,
                        "relpos": (0.0, 0.5)},
        )  # fmt: skip
        label.set_gid(f"label-{position}-{number}-0")
        if label.arrow_patch is not None:
            label.arrow_patch.set_gid(f"label-{position}-{number}-1")
