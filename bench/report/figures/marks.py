"""Crossover marks of line panels: vertical lines whose texts cover as little of the data as they can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from bench.report.figures.span import Span
from bench.report.figures.spec import Panel
from bench.report.figures.style import SMALL, Look
from bench.report.figures.ticks import text_width

#: Crossovers written into one panel; more would cover the data, and the table has them all.
MOST_MARKS = 5
_LINE = SMALL * 1.25
#: Points of a line between two of its values, where it is looked for below a text.
_STEPS = 12


def draw_marks(
    axes: Axes,
    position: int,
    panel: Panel,
    looks: Mapping[str, Look],
    bounds: tuple[Span, Span],
    size: tuple[float, float],
) -> None:
    """A line and a shade for each crossover, and its text at the bottom, on the side where it covers less.

    Args:
        axes: Where.
        position: Which panel of the figure.
        panel: Its lines and marks.
        looks: Colour and marker per subject.
        bounds: Limits of both axes.
        size: Width and height of the axes in points.
    """
    wide = bounds[0]
    track = list(_track(panel, bounds, size))
    shown = sorted(panel.marks[:MOST_MARKS], key=lambda mark: mark.at)
    for level, mark in enumerate(shown):
        look = looks[mark.subject]
        drawn: list[Artist] = []
        if mark.high > mark.low:
            low, high = max(mark.low, wide.low), min(mark.high, wide.high)
            drawn.append(axes.axvspan(low, high, color=look.colour, alpha=0.10, linewidth=0))
        drawn.append(axes.axvline(mark.at, color=look.colour, linewidth=0.6, zorder=1.4))
        height = 3.0 + level * _LINE
        left = leftwards(wide.part(mark.at) * size[0], height, text_width(mark.text, SMALL) + 3.0, track, size[0])
        told = axes.annotate(
            mark.text,
            (mark.at, 0.0),
            xycoords=("data", "axes fraction"),
            xytext=(-2.0 if left else 2.0, height),
            textcoords="offset points",
            ha="right" if left else "left",
            va="bottom",
            fontsize=SMALL,
            color=look.ink,
            zorder=4,
            bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.6},
        )
        own = next((place for place, series in enumerate(panel.series) if series.subject == mark.subject), 0)
        for number, artist in enumerate([*drawn, told]):
            artist.set_gid(f"label-{position}-{own}-{10 + number}")


def leftwards(at: float, bottom: float, long: float, track: Sequence[tuple[float, float]], width: float) -> bool:
    """Whether a text of ``long`` points beside a line at ``at`` is better written left of it."""
    room = {True: at >= long, False: at + long <= width}
    if room[True] != room[False]:
        return room[True]
    covered = {
        left: sum(
            (at - long if left else at) <= x <= (at if left else at + long) and bottom <= y <= bottom + _LINE
            for x, y in track
        )
        for left in (True, False)
    }
    return covered[True] < covered[False] if covered[True] != covered[False] else at > 0.6 * width


def _track(panel: Panel, bounds: tuple[Span, Span], size: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """Where the lines of a panel run, in points from its lower left corner."""
    wide, tall = bounds
    for series in panel.series:
        places = [(wide.part(x) * size[0], tall.part(y) * size[1]) for x, y in zip(series.x, series.y, strict=True)]
        yield from places
        for (x, y), (right, top) in pairwise(places):
            for part in (step / _STEPS for step in range(1, _STEPS)):
                yield x + part * (right - x), y + part * (top - y)
