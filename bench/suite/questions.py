"""What a suite's report does with the workload's own numbers: hypotheses, laws, maps and trends. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from bench.suite.model import Scalar


@dataclass(frozen=True)
class Comparison:
    """``left`` stands in this relation to ``right``, both of them cases told by values of axes."""

    left: dict[str, Scalar]
    relation: Literal["above", "below", "equal", "not above", "not below"]
    right: dict[str, Scalar]


@dataclass(frozen=True)
class Hypothesis:
    """A claim that is decided at each point, a combination of the axes that its comparisons do not name.

    Attributes:
        metric: Name of the outcome that the comparisons compare.
        margin: Differences up to this count as none; in the unit of the outcome.
        supported: Comparisons that all hold where the claim is right; if there is none, it is never supported.
        rejected: Comparisons that all hold where it is wrong; if there is none, it is never rejected.
        asked: Comparisons that tell whether there is anything to explain; where one of them is refuted, there is not.
        where: Conditions on axes, in the shape they have in TOML.
    """

    id: str
    title: str
    text: str
    metric: str
    margin: float
    supported: tuple[Comparison, ...]
    rejected: tuple[Comparison, ...]
    asked: tuple[Comparison, ...] = ()
    where: dict[str, Any] = field(default_factory=dict)
    source: str | None = None


@dataclass(frozen=True)
class Compared:
    """Other values of an axis, which replace it in a law's ``where``; shown as points beside the fit."""

    axis: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Law:
    """A power law y = c x^slope, fitted on logarithmic axes, once for each value of ``split``.

    Attributes:
        x: An outcome's name, a stored metric or a numeric axis.
        y: An outcome's name or a stored metric.
        slope: The expected slope, or one for each value of ``split``, by its text.
        scale: By value of ``split``, as text: the law is drawn as scale x^slope.
        above: Only points with y above this, times ``scale`` where there is one, are fitted.
        below: Only points with y below this are fitted.
        x_above: Only points with x above this are fitted.
        tolerance: Half-width around the expected slope that still counts as it.
        where: Conditions on axes, in the shape they have in TOML.
    """

    id: str
    title: str
    text: str
    x: str
    y: str
    split: str
    slope: float | dict[str, float]
    scale: dict[str, float] = field(default_factory=dict)
    above: float | None = None
    below: float | None = None
    x_above: float | None = None
    tolerance: float = 0.1
    where: dict[str, Any] = field(default_factory=dict)
    compare: Compared | None = None
    source: str | None = None


@dataclass(frozen=True)
class Map:
    """A heat map: ``value`` over the axes ``x`` and ``y``, one panel for each value of ``panels``."""

    id: str
    title: str
    value: str
    x: str
    y: str
    panels: str
    where: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trend:
    """``value`` along the numeric axis ``x``, one line for each value of ``lines``; ``log``: on a logarithmic scale."""

    id: str
    title: str
    value: str
    x: str
    lines: str
    panels: str | None = None
    where: dict[str, Any] = field(default_factory=dict)
    log: bool = False
