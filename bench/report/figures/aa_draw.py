"""Draws the figure of an A/A run as PDF, SVG and PNG."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from bench.report.figures.aa import AAFigure, Alarms
from bench.report.figures.hover import inline_svg
from bench.report.figures.names import short_forms
from bench.report.figures.span import Span, span_of
from bench.report.figures.style import CHALLENGERS, FONT, SMALL, looks, report_style
from bench.report.figures.ticks import axis_number, spread, text_width, thin

_WIDTH, _TALL, _TOP, _BOTTOM, _LEFT, _GAP, _INCH = 7.0, 2.1, 0.26, 0.42, 0.45, 0.52, 72.0
_LETTERS = 24
_ROW = SMALL * 1.25
_FORMATS = ("pdf", "svg", "png")
_APART, _BESIDE, _WHOLE, _GREY = "#B5400A", "#0072B2", "#000000", "#444444"
#: What stands right of an axis: text, where its line ends, and its colour.
End = tuple[str, float, float, str]
_NOMINAL = "nominal"
#: No rate is drawn below this, in per cent.
_FLOOR = 0.1


def save_aa(plan: AAFigure, folder: Path, number: int = 1) -> tuple[list[Path], str]:
    """Write ``aa.pdf``, ``.svg`` and ``.png`` into ``folder``; the same bytes on every run with the same versions.

    Returns:
        The paths, and the SVG for use inside HTML; ``number`` keeps its ids apart from those of other figures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{plan.figure.name}.{kind}" for kind in _FORMATS]
    with report_style(plan.figure.name):
        canvas = _draw(plan)
        canvas.savefig(paths[0], metadata={"CreationDate": None})
        canvas.savefig(paths[1], metadata={"Date": None, "Title": plan.figure.title})
        canvas.savefig(paths[2])
    return paths, inline_svg(paths[1].read_text(encoding="utf-8"), plan.figure, f"f{number}-")


def _draw(plan: AAFigure) -> Canvas:
    names = short_forms([line.label for line in plan.powers], _LETTERS)
    first = 0.15 + max((text_width(name, SMALL) for name in names.values()), default=0.0) / _INCH
    second = 0.15 + max(text_width(name, SMALL) for name in (*(line.label for line in plan.alarms), _NOMINAL)) / _INCH
    wide = (_WIDTH - _LEFT - _GAP - first - second) / 2
    height = _TOP + _TALL + _BOTTOM
    canvas = Canvas(figsize=(_WIDTH, height))
    place = _BOTTOM / height, wide / _WIDTH, _TALL / height
    left = canvas.add_axes((_LEFT / _WIDTH, *place))
    right = canvas.add_axes(((_LEFT + wide + first + _GAP) / _WIDTH, *place))
    size = (wide * _INCH, _TALL * _INCH)
    every = [line.pairs for line in plan.powers] + [line.pairs for line in plan.alarms]
    counts = [pairs for line in every for pairs in line]
    across = span_of(counts, log=True, margin=0.05)
    ticks = sorted({pairs for line in plan.powers for pairs in line.pairs})
    _powers(left, plan, across, size)
    (_found if plan.injected else _alarms)(right, plan, across, size)
    for axes, title in ((left, plan.figure.panels[0].title), (right, plan.figure.panels[1].title)):
        axes.set_xscale("log")
        axes.set_xlim(across.low, across.high)
        _count_ticks(axes, ticks, across, size)
        axes.set_title(title, loc="left", pad=4, fontsize=FONT)
        axes.set_xlabel(plan.figure.x_label, labelpad=2)
    return canvas


def _count_ticks(axes: Axes, ticks: Sequence[float], across: Span, size: tuple[float, float]) -> None:
    names = [axis_number(tick) for tick in ticks]
    places = [across.part(tick) * size[0] for tick in ticks]
    kept = set(thin(places, [text_width(name, SMALL) for name in names], 2.5))
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FixedFormatter([name if i in kept else "" for i, name in enumerate(names)]))
    axes.xaxis.set_minor_locator(NullLocator())


def _value_axis(axes: Axes, tall: Span) -> None:
    axes.set_yscale("log" if tall.log else "linear")
    axes.set_ylim(tall.low, tall.high)
    ticks = tall.ticks()
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FixedFormatter(tall.names(ticks)))
    axes.yaxis.set_minor_locator(NullLocator())


def _powers(axes: Axes, plan: AAFigure, across: Span, size: tuple[float, float]) -> None:
    values = [value for line in plan.powers for value in line.least]
    values += [line.present[1] for line in plan.powers if line.present is not None]
    tall = span_of([*values, *([plan.injected] if plan.injected else [])], log=True)
    _value_axis(axes, tall)
    tints = cycle(CHALLENGERS[:1] + CHALLENGERS[2:])
    markers = cycle("os^Dv")
    short = short_forms([line.label for line in plan.powers], _LETTERS)
    ends: list[End] = []
    for line in plan.powers:
        if line.kind == "faint":
            axes.plot(line.pairs, line.least, color="#9A9A9A", linewidth=0.5, zorder=2)
            continue
        tint = _APART if line.kind == "apart" else "#000000" if line.kind == "median" else next(tints)
        dash = (0, (4, 1.5)) if line.kind == "apart" else "-"
        marker = "x" if line.kind == "apart" else "o" if line.kind == "median" else next(markers)
        axes.plot(line.pairs, line.least, color=tint, linestyle=dash, marker=marker, zorder=3)
        if line.present is not None:
            pairs, least = line.present
            axes.plot(pairs, least, color=tint, marker="o", markersize=8, markerfacecolor="none", zorder=4)
        ends.append((short[line.label], line.pairs[-1], line.least[-1], _ink(tint)))
    if plan.injected:
        _guide(axes, plan.injected)
        ends.append(("injected", across.high, plan.injected, _GREY))
    _end_labels(axes, ends, across, tall, size)


def _alarms(axes: Axes, plan: AAFigure, across: Span, size: tuple[float, float]) -> None:
    shown = [value for line in plan.alarms for value in (*line.rates, *line.high) if value > 0]
    lower = [value for line in plan.alarms for value, rate in zip(line.low, line.rates, strict=True) if rate > 0]
    least = max(_FLOOR, min([*shown, *lower, plan.nominal]))
    tall = Span(*(span_of([least, max([*shown, plan.nominal])], log=True, margin=0.06).low, 130.0))
    _value_axis(axes, tall)
    _guide(axes, plan.nominal)
    ends = [*_lines(axes, plan, tall), (_NOMINAL, across.high, plan.nominal, _GREY)]
    _end_labels(axes, ends, across, tall, size)


def _found(axes: Axes, plan: AAFigure, across: Span, size: tuple[float, float]) -> None:
    """Shares found lie anywhere between nothing and all: a linear axis."""
    tall = Span(0.0, 104.0, log=False)
    _value_axis(axes, tall)
    _end_labels(axes, _lines(axes, plan, tall), across, tall, size)


def _lines(axes: Axes, plan: AAFigure, tall: Span) -> list[End]:
    """Draw all rates and return what to write at their ends."""
    ends: list[End] = []
    for shift, line in zip((0.985, 1.015, 1.0), plan.alarms, strict=False):
        tint = {"apart": _APART, "beside": _BESIDE}.get(line.kind, _WHOLE)
        _rates(axes, line, tint, tall, shift)
        last = line.rates[-1] if line.rates[-1] > 0 else line.high[-1]
        ends.append((line.label, line.pairs[-1], last, _ink(tint)))
    return ends


def _rates(axes: Axes, line: Alarms, tint: str, tall: Span, shift: float) -> None:
    # Moved a little sideways, so that intervals at the same number of pairs stay apart.
    pairs = [value * shift for value in line.pairs]
    seen = [i for i, rate in enumerate(line.rates) if rate > 0]
    marker = {"apart": "x", "beside": "o"}.get(line.kind, "D")
    dash = (0, (4, 1.5)) if line.kind == "apart" else "-"
    axes.plot([pairs[i] for i in seen], [line.rates[i] for i in seen], color=tint, marker=marker, linestyle=dash,
              zorder=4 if line.kind == "whole" else 3)  # fmt: skip
    for i in range(len(pairs)):
        low = max(line.low[i], tall.low)
        alpha = 0.75 if i in seen else 0.35
        axes.vlines(pairs[i], low, line.high[i], color=tint, linewidth=0.9, alpha=alpha, zorder=2.4)
        if i not in seen:
            face = tint if line.kind == "whole" else "white"
            axes.plot(pairs[i], line.high[i], color=tint, marker="v", markerfacecolor=face, zorder=3)


def _guide(axes: Axes, value: float) -> None:
    axes.axhline(value, color=_GREY, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=1.8)


def _end_labels(axes: Axes, ends: Sequence[End], across: Span, tall: Span, size: tuple[float, float]) -> None:
    """Names right of the axes, each level with the end of its line as far as their neighbours let them."""
    wishes = [min(max(tall.part(value), 0.0), 1.0) * size[1] for _, _, value, _ in ends]
    placed = spread(wishes, _ROW, _ROW / 2, size[1] - _ROW / 2)
    for (label, pairs, _, ink), wish, place in zip(ends, wishes, placed, strict=True):
        end = min(across.part(pairs), 1.0) * size[0]
        # A level that crosses the whole panel needs no line to its name.
        arrow = {"arrowstyle": "-", "color": ink, "linewidth": 0.5, "alpha": 0.6, "linestyle": ":", "shrinkA": 1.0,
                 "shrinkB": 3.0, "relpos": (0.0, 0.5)} if end < size[0] or abs(place - wish) > 2 else None  # fmt: skip
        axes.annotate(
            label,
            (end / size[0], wish / size[1]),
            xycoords="axes fraction",
            xytext=(size[0] + 7.0 - end, place - wish),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=SMALL,
            color=ink,
            annotation_clip=False,
            arrowprops=arrow,
        )


def _ink(tint: str) -> str:
    """A colour dark enough for text."""
    known = {colour: look.ink for colour, look in zip(CHALLENGERS, looks(CHALLENGERS, ()).values(), strict=True)}
    return known.get(tint, tint)
