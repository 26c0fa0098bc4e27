"""From a planned figure to PDF, SVG and PNG: layout in inches, one drawing for all three."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path

from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Patch

from bench.report.figures.blocks import dot_limits, draw_bars, draw_dots
from bench.report.figures.lines import draw_lines, limits
from bench.report.figures.spec import Figure, Panel
from bench.report.figures.style import PARTS, SMALL, Look, report_style
from bench.report.figures.ticks import shorten, text_width

#: Widths of a paper's column and page, in inches.
COLUMN, PAGE = 3.5, 7.0
_BOTTOM, _TITLE, _GAP, _POINTS = 0.42, 0.22, 0.16, 72.0
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
    width = PAGE if columns > 1 else COLUMN
    left, right = _margins(figure)
    tall = _height(figure)
    legend = 0.24 * math.ceil(len(figure.parts) / (2 * columns + 1)) if figure.parts else 0.0
    titled = _TITLE if any(panel.title for panel in figure.panels) else 0.06
    height = legend + rows * (titled + tall) + (rows - 1) * _GAP + _BOTTOM
    # Only the first column carries value labels; the cells share what is left evenly.
    inner = left if figure.kind == "dots" else 0.14
    wide = (width - left - (columns - 1) * (inner + right) - right) / columns
    canvas = Canvas(figsize=(width, height))
    bounds = limits(figure) if figure.kind == "lines" else None
    dot_bounds = dot_limits(figure) if figure.kind == "dots" else (1.0, 1.0)
    size = (wide * _POINTS, tall * _POINTS)
    for number, panel in enumerate(figure.panels):
        row, column = divmod(number, columns)
        x = left + column * (wide + inner + right)
        y = height - legend - row * (titled + tall + _GAP) - titled - tall
        axes = canvas.add_axes((x / width, y / height, wide / width, tall / height))
        if figure.kind == "lines" and bounds is not None:
            draw_lines(axes, number, figure, looks, bounds, size)
        elif figure.kind == "bars":
            draw_bars(axes, panel, figure, size)
        else:
            draw_dots(axes, panel, figure, looks, dot_bounds)
        if panel.title:
            axes.set_title(_fit(panel.title, size[0] + right * _POINTS), loc="left", pad=4)
        if column and figure.kind != "dots":
            axes.tick_params(labelleft=False)
        if number + columns < len(figure.panels) and figure.kind != "dots":
            axes.tick_params(labelbottom=False)
    middle = left + (width - left - right) / 2
    canvas.text(middle / width, 0.05 / height, figure.x_label, ha="center", va="bottom")
    if figure.y_label:
        centre = (height - legend + _BOTTOM) / 2
        canvas.text(0.04 / width, centre / height, figure.y_label, rotation=90, ha="left", va="center")
    if figure.parts:
        handles = [
            Patch(facecolor=PARTS[i % len(PARTS)], label=shorten(part, 30)) for i, part in enumerate(figure.parts)
        ]
        canvas.legend(handles=handles, loc="upper center", ncols=2 * columns + 1, frameon=False, borderpad=0.1,
                      handlelength=1.2, columnspacing=1.2)  # fmt: skip
    return canvas


def _margins(figure: Figure) -> tuple[float, float]:
    """Inches left of the first panel (value labels) and right of each (line labels)."""
    if figure.kind == "dots":
        longest = max((text_width(shorten(d.label, 20), SMALL) for p in figure.panels for d in p.dots), default=0.0)
        return 0.15 + longest / _POINTS, 0.15
    if figure.kind == "bars":
        return 0.55, 0.08
    labels = [shorten(series.label) for panel in figure.panels for series in panel.series if series.label]
    return 0.62, 0.19 + max((text_width(label, SMALL) for label in labels), default=0.0) / _POINTS


def _height(figure: Figure) -> float:
    """Height of one panel in inches."""
    if figure.kind == "dots":
        return 0.19 * max(len(panel.dots) for panel in figure.panels) + 0.1
    return 1.35 if figure.kind == "bars" else 1.95


def _fit(title: str, points: float) -> str:
    return shorten(title, max(int(points / text_width("x", SMALL + 1)), 8))


def inline_svg(text: str, figure: Figure, prefix: str) -> str:
    """An SVG file's text made fit for inclusion in HTML: no prologue, own ids, a title, a text on each point."""
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, count=1, flags=re.S)
    body = re.sub(r"<title>.*?</title>\s*", "", body, count=1, flags=re.S)
    # A third of the size goes: indentation, and digits below a thousandth of a point.
    body = re.sub(r"\n\s+", "\n", body)
    body = re.sub(r"(\d\.\d{3})\d+", r"\1", body)
    body = re.sub(r'\bid="', f'id="{prefix}', body)
    body = re.sub(r'(xlink:href="|url\()#', rf"\g<1>#{prefix}", body)
    body = _hover(body, figure, prefix)
    head, rest = body.split(">", 1)
    return (
        f'{head} role="img" aria-labelledby="{prefix}title {prefix}desc"><title id="{prefix}title">'
        f'{escape(figure.title)}</title><desc id="{prefix}desc">{escape(figure.caption)}</desc>{rest}'
    )


def _hover(body: str, figure: Figure, prefix: str) -> str:
    """Give each data point a ``<title>``; the groups come in the order in which the panels were drawn."""
    groups = [
        (f"points-{position}-{number}-{int(hollow)}", texts)
        for position, panel in enumerate(figure.panels)
        for number, series in enumerate(panel.series)
        if not series.light
        for hollow in (False, True)
        if (texts := _texts(panel, number, hollow))
    ]
    start = 0
    for gid, texts in groups:
        opening = body.find(f'<g id="{prefix}{gid}">', start)
        if opening < 0:
            continue
        closing = body.find("</g>\n</g>", opening)
        closing = len(body) if closing < 0 else closing
        part = _titled(body[opening:closing], texts)
        body = body[:opening] + part + body[closing:]
        start = opening + len(part)
    return body


def _titled(points: str, texts: list[str]) -> str:
    rest = iter(texts)
    return re.sub(
        r"<use ([^>]*?)/>", lambda match: f"<use {match[1]}><title>{escape(next(rest, ''))}</title></use>", points
    )


def _texts(panel: Panel, number: int, hollow: bool) -> list[str]:
    series = panel.series[number]
    noisy = series.noisy or (False,) * len(series.x)
    return [text for text, flag in zip(series.hover, noisy, strict=True) if flag is hollow] if series.hover else []
