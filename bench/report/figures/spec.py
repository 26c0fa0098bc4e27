"""What a figure shows, as plain data: planned without matplotlib, drawn without pandas."""

from __future__ import annotations

from dataclasses import dataclass, field


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
    light: bool = False
    hover: tuple[str, ...] = ()


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
    """One row of a dot plot."""

    subject: str
    label: str
    value: float
    low: float
    high: float
    noisy: bool = False
    status: str = ""


@dataclass(frozen=True)
class Panel:
    """One small multiple."""

    title: str
    series: tuple[Series, ...] = ()
    marks: tuple[Mark, ...] = ()
    best: tuple[tuple[float, float], ...] = ()
    bars: tuple[Bar, ...] = ()
    dots: tuple[Dot, ...] = ()


@dataclass(frozen=True)
class Figure:
    """One figure: panels that share their axes.

    Attributes:
        name: File stem.
        kind: ``lines``, ``bars`` or ``dots``.
        title: Heading above it.
        caption: What the reader needs to read it.
        x_label: With unit.
        y_label: With unit.
        panels: At most six.
        columns: Panels beside each other.
        base: Base of the value axis's ticks: 10, or 2 for bytes.
        unity: Whether a line at 1 is drawn (ratios).
        parts: Names of the stacked parts.
        notes: What else the caption says.
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
    notes: tuple[str, ...] = field(default=())

    @property
    def alt(self) -> str:
        """One sentence for readers who do not see it."""
        return f"{self.title}. {self.caption}"
