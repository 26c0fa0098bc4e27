"""Scatter panels on logarithmic axes: cases as points, power laws as straight lines."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from bench.report.figures.names import short_forms
from bench.report.figures.span import Span, span_of
from bench.report.figures.spec import Cloud, Figure, Panel, Rule
from bench.report.figures.style import SMALL, Look
from bench.report.figures.ticks import text_width, thin

_MOST_PLACES = 12
_DECLARED, _FITTED = "#000000", "#8A1C1C"


def scatter_limits(figure: Figure) -> tuple[Span, Span]:
    """Shared limits of all panels, of x and of y."""
    clouds = [cloud for panel in figure.panels for cloud in panel.clouds]
    return (
        span_of([x for cloud in clouds for x in cloud.x], log=True, margin=0.05),
        span_of([y for cloud in clouds for y in cloud.y], log=True, margin=0.05),
    )


def draw_scatter(
    axes: Axes,
    position: int,
    figure: Figure,
    looks: Mapping[str, Look],
    bounds: tuple[Span, Span],
    size: tuple[float, float],
) -> None:
    """Draw one panel: comparison arms, the declared law, the fit, and the text of the law in a free corner."""
    panel = figure.panels[position]
    wide, tall = bounds
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(wide.low, wide.high)
    axes.set_ylim(tall.low, tall.high)
    places = sorted({x for shown in figure.panels for cloud in shown.clouds for x in cloud.x})
    # Few places are those of an axis: its values are what a reader looks for.
    columns = places if len(places) <= _MOST_PLACES else wide.ticks(most=6)
    names = wide.names(columns)
    kept = set(thin([wide.part(x) * size[0] for x in columns], [text_width(name, SMALL) for name in names], 2.5))
    rows = tall.ticks(figure.base)
    for axis, ticks, labels in (
        (axes.xaxis, columns, [name if place in kept else "" for place, name in enumerate(names)]),
        (axes.yaxis, rows, tall.names(rows)),
    ):
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_major_formatter(FixedFormatter(labels))
        axis.set_minor_locator(NullLocator())
    for number, cloud in enumerate(panel.clouds):
        look = looks[cloud.key]
        (dots,) = axes.plot(
            cloud.x,
            cloud.y,
            linestyle="none",
            marker=look.marker,
            markersize=_size(figure),
            markerfacecolor="none" if cloud.pale else look.colour,
            markeredgecolor=look.colour,
            markeredgewidth=0.6 if cloud.pale else 0.2,
            alpha=0.45 if cloud.pale else 0.8,
            zorder=2.2 if cloud.pale else 2.4,
        )
        dots.set_gid(f"points-{position}-{number}-0")
    for rule in panel.rules:
        _rule(axes, rule, wide)
    if panel.note:
        _corner(axes, panel, bounds, size)


def scatter_handles(figure: Figure, looks: Mapping[str, Look]) -> list[Line2D]:
    """Legend entries: each arm once, then the two lines."""
    handles: dict[str, Line2D] = {}
    clouds = [cloud for panel in figure.panels for cloud in reversed(panel.clouds)]
    # What was fitted, what of it was left out, and then what it is compared with.
    keys = {panel.clouds[-1].key for panel in figure.panels if panel.clouds}
    short = short_forms([cloud.label for cloud in clouds], 36)
    for cloud in sorted(clouds, key=lambda cloud: (cloud.key not in keys, cloud.pale)):
        name = short[cloud.label]
        label = (f"{name}, not fitted" if name else "not fitted") if cloud.pale else name or "fitted"
        handles.setdefault(label, _handle(cloud, looks[cloud.key], label))
    rules = [rule for panel in figure.panels for rule in panel.rules]
    if any(not rule.fitted for rule in rules):
        handles["declared"] = Line2D([], [], color=_DECLARED, linewidth=0.8, label="declared law")
    if any(rule.fitted for rule in rules):
        handles["fit"] = Line2D([], [], color=_FITTED, linewidth=1.0, linestyle=(0, (4, 2)), label="fit")
    return list(handles.values())


def _handle(cloud: Cloud, look: Look, label: str) -> Line2D:
    return Line2D([], [], linestyle="none", marker=look.marker, markersize=4, color=look.colour, label=label,
                  markerfacecolor="none" if cloud.pale else look.colour, alpha=0.45 if cloud.pale else 1.0)  # fmt: skip


def _size(figure: Figure) -> float:
    """Small where there are many points, so that they stay apart."""
    most = max(sum(len(cloud.x) for cloud in panel.clouds) for panel in figure.panels)
    return 3.4 if most <= 80 else 2.6 if most <= 300 else 1.9


def _rule(axes: Axes, rule: Rule, wide: Span) -> None:
    low = rule.low if math.isfinite(rule.low) else wide.low
    high = rule.high if math.isfinite(rule.high) else wide.high
    ends = [min(max(end, wide.low), wide.high) for end in (low, high)]
    values = [10.0 ** max(min(rule.intercept + rule.slope * math.log10(x), 300.0), -300.0) for x in ends]
    colour = _FITTED if rule.fitted else _DECLARED
    axes.plot(ends, values, color=colour, linewidth=1.0 if rule.fitted else 0.7, zorder=3,
              linestyle=(0, (4, 2)) if rule.fitted else "-", scalex=False, scaley=False)  # fmt: skip


def _corner(axes: Axes, panel: Panel, bounds: tuple[Span, Span], size: tuple[float, float]) -> None:
    """Write the panel's note into the corner where it covers least."""
    wide, tall = bounds
    room = text_width(panel.note, SMALL) / size[0], 2.2 * SMALL / size[1]
    covered = [(wide.part(x), tall.part(y)) for c in panel.clouds for x, y in zip(c.x, c.y, strict=True)]
    for rule in panel.rules:
        for step in (number / 40 for number in range(41)):
            power = math.log10(wide.low) + step * math.log10(wide.high / wide.low)
            height = (rule.intercept + rule.slope * power - math.log10(tall.low)) / math.log10(tall.high / tall.low)
            covered.append((step, height))

    def hidden(corner: tuple[int, int]) -> int:
        return sum(
            (x > 1 - room[0] if corner[0] else x < room[0]) and (y > 1 - room[1] if corner[1] else y < room[1])
            for x, y in covered
        )

    right, top = min(((0, 0), (1, 0), (1, 1), (0, 1)), key=hidden)
    axes.text(0.99 if right else 0.01, 0.985 if top else 0.015, panel.note, transform=axes.transAxes, fontsize=SMALL,
              va="top" if top else "bottom", ha="right" if right else "left", color=_DECLARED, zorder=4,
              bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.6})  # fmt: skip
