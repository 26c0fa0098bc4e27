"""What a figure shows, as plain data: planned without matplotlib, drawn without pandas."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Series:
    """One line: a subject's values along the main axis.

    Attributes:
        subject: Key of its colour and marker.
        label: What stands at its end; empty for none.
        x: Axis values, increasing.
        y: Values in the figure's display unit; ``low`` and ``high`` bound them (NaN for none).
        noisy: Points that are drawn hollow.
        failed: Axis values at which the subject has no value, marked by a cross at the top.
        zeros: Axis values at which the value is 0, for which a logarithmic axis has no place.
        breaks: Positions of the points to which no line leads, as a value is missing before them.
        light: Drawn thin and pale: a second quantity beside the main one.
        hover: One text a point.
    """

    subject: str
    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    noisy: tuple[bool, ...] = ()
    failed: tuple[float, ...] = ()
    zeros: tuple[float, ...] = ()
    breaks: tuple[int, ...] = ()
    light: bool = False
    hover: tuple[str, ...] = ()


def bounded(series: Iterable[Series]) -> bool:
    """Whether any of these points has an interval, which a caption then tells of."""
    return any(high > low for one in series for low, high in zip(one.low, one.high, strict=True))


@dataclass(frozen=True)
class Mark:
    """A crossover: a vertical line at ``at``, shaded from ``low`` to ``high``, with its text."""

    subject: str
    at: float
    low: float
    high: float
    text: str


@dataclass(frozen=True)
class Bar:
    """One stacked bar (or, with one part, a point with an interval): ``parts`` are shares of 1 in order."""

    label: str
    parts: tuple[float, ...]


@dataclass(frozen=True)
class Dot:
    """One row of a dot plot; ``hover`` is its text in a page."""

    subject: str
    label: str
    value: float
    low: float
    high: float
    noisy: bool = False
    status: str = ""
    hover: str = ""


@dataclass(frozen=True)
class Cloud:
    """Points of one arm of a scatter plot.

    Attributes:
        key: Key of their colour and marker.
        label: The arm's name, for the legend.
        x: Positive values.
        y: The same.
        pale: Whether they lie outside what was fitted.
        hover: One text a point.
    """

    key: str
    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    pale: bool = False
    hover: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A power law y = 10^intercept x^slope, a straight line on logarithmic axes.

    Attributes:
        intercept: log10 of its value at x = 1.
        slope: Its exponent.
        low: Where it begins; NaN for the left end of the axis.
        high: Where it ends; NaN for the right end.
        fitted: Drawn dashed: a result, not a declaration.
    """

    intercept: float
    slope: float
    low: float = math.nan
    high: float = math.nan
    fitted: bool = False


@dataclass(frozen=True)
class Tile:
    """One cell of a heat map: its place, its value (NaN or infinite ones are not coloured), its text."""

    row: int
    column: int
    value: float
    text: str
    hover: str = ""


@dataclass(frozen=True)
class Grid:
    """What the panels of a heat map share.

    Attributes:
        rows: Labels from top to bottom.
        columns: Labels from left to right.
        low: Value at the dark end of the colours.
        high: Value at their bright end.
        label: What the colour bar shows, with unit.
        log: Whether colours are spaced logarithmically.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    low: float
    high: float
    label: str
    log: bool = False


@dataclass(frozen=True)
class Panel:
    """One small multiple; ``note`` is written into a free corner of a scatter plot."""

    title: str
    series: tuple[Series, ...] = ()
    marks: tuple[Mark, ...] = ()
    best: tuple[tuple[float, float], ...] = ()
    bars: tuple[Bar, ...] = ()
    dots: tuple[Dot, ...] = ()
    clouds: tuple[Cloud, ...] = ()
    rules: tuple[Rule, ...] = ()
    tiles: tuple[Tile, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """One figure: panels that share their axes.

    Attributes:
        name: File stem.
        kind: ``lines``, ``bars``, ``dots``, ``scatter`` or ``map``.
        title: Heading above it.
        caption: What the reader needs to read it.
        x_label: With unit.
        y_label: With unit.
        panels: At most six.
        columns: Panels beside each other.
        base: Base of the value axis's ticks: 10, or 2 for bytes.
        unity: Whether a line at 1 is drawn (ratios).
        parts: Names of the stacked parts.
        log_x: Whether the x axis of lines is logarithmic.
        log_y: Whether their value axis is.
        grid: Rows, columns and colours of a heat map.
    """

    name: str
    kind: str
    title: str
    caption: str
    x_label: str
    y_label: str
    panels: tuple[Panel, ...]
    columns: int = 1
    base: int = 10
    unity: bool = False
    parts: tuple[str, ...] = ()
    log_x: bool = True
    log_y: bool = True
    grid: Grid | None = None

    @property
    def wide(self) -> bool:
        """Whether it takes a page's width and not a column's."""
        return self.columns > 1 or (self.grid is not None and len(self.grid.columns) > 6)

    @property
    def alt(self) -> str:
        """One sentence for readers who do not see it."""
        return f"{self.title}. {self.caption}"
