"""The tables that declare what the report does with a workload's own numbers: hypotheses, laws, maps and trends."""

# ruff: noqa: RUF012  # pydantic gives each table its own copy of a default

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from bench.suite.fields import ConditionSpec, Id, Positive, Table, ValueSpec, Words
from bench.suite.questions import Compared, Comparison, Hypothesis, Law, Map, Trend

Where = dict[str, ConditionSpec]
Case = Annotated[dict[str, ValueSpec], Field(min_length=1)]
AtLeast0 = Annotated[float, Field(ge=0, allow_inf_nan=False)]

# A union of its own would name its members in the messages; bench.suite.declarations checks it instead.
_NUMBER: dict[str, Any] = {"type": "number"}
_BY_VALUE: dict[str, Any] = {"type": "object", "additionalProperties": _NUMBER, "minProperties": 1}
SlopeSpec = Annotated[Any, WithJsonSchema({"anyOf": [_NUMBER, _BY_VALUE]})]


class ComparisonTable(Table):
    """One case stands in a relation to another, at the same point of all other axes."""

    left: Case
    """Axis values of the one case."""
    relation: Annotated[Literal["above", "below", "equal", "not above", "not below"], Field(alias="is")]
    """How the one stands to the other."""
    right: Case
    """Axis values of the other case."""


class HypothesisTable(Table):
    """A claim, and the comparisons that decide it at each point of the other axes."""

    id: Id
    """Short name, such as H1."""
    title: Words
    """A few words."""
    text: Words
    """The claim in full."""
    metric: Words
    """The outcome that is compared."""
    margin: AtLeast0
    """Differences up to this count as none."""
    where: Where = {}
    """Conditions on axes, all of which must hold."""
    asked: list[ComparisonTable] = []
    """Where one of these is refuted there is nothing to explain."""
    rejected: list[ComparisonTable] = []
    """The claim is rejected where all of these are shown."""
    supported: list[ComparisonTable] = []
    """The claim is supported where all of these are shown."""
    source: Words | None = None
    """The paper or page it comes from."""


class CompareTable(Table):
    """Other values of an axis that the law's conditions name."""

    axis: Words
    """An axis named under where."""
    values: Annotated[list[ValueSpec], Field(min_length=1)]
    """Its values that are shown as points and not fitted."""


class LawTable(Table):
    """A power law y = c x^slope, fitted on logarithmic axes."""

    id: Id
    """Short name."""
    title: Words
    """Heading of the figure."""
    text: Words
    """The law in words."""
    source: Words | None = None
    """The paper or page it comes from."""
    x: Words
    """An outcome, a stored metric or a numeric axis."""
    y: Words
    """An outcome or a stored metric."""
    split: Words
    """One fit for each value of this axis."""
    slope: SlopeSpec
    """The expected slope, or a table of it by value of split."""
    scale: dict[str, Positive] = {}
    """By value of split: the law is drawn as scale x^slope."""
    above: AtLeast0 | None = None
    """Only points with y above this, times scale where it is given, are fitted."""
    below: Positive | None = None
    """Only points with y below this are fitted."""
    x_above: AtLeast0 | None = None
    """Only points with x above this are fitted."""
    tolerance: Positive = 0.1
    """Half-width around the expected slope that still counts as it."""
    where: Where = {}
    """Conditions on axes, all of which must hold."""
    compare: CompareTable | None = None
    """Cases shown beside the fit."""


class MapTable(Table):
    """A heat map of one value over two axes."""

    id: Id
    """Short name."""
    title: Words
    """Heading of the figure."""
    value: Words
    """An outcome or a stored metric."""
    x: Words
    """The axis across."""
    y: Words
    """The axis upwards."""
    panels: Words
    """One panel for each value of this axis."""
    where: Where = {}
    """Conditions on axes, all of which must hold."""


class TrendTable(Table):
    """One value along a numeric axis, in lines."""

    id: Id
    """Short name."""
    title: Words
    """Heading of the figure."""
    value: Words
    """An outcome or a stored metric."""
    x: Words
    """A numeric axis."""
    lines: Words
    """One line for each value of this axis."""
    panels: Words | None = None
    """One panel for each value of this axis."""
    where: Where = {}
    """Conditions on axes, all of which must hold."""
    log: bool = False
    """Whether the value's axis is logarithmic."""


def hypothesis(table: HypothesisTable) -> Hypothesis:
    """The declared hypothesis."""
    parts = {name: tuple(_comparison(one) for one in getattr(table, name)) for name in _PARTS}
    return Hypothesis(**(table.model_dump(exclude=set(_PARTS)) | parts))


_PARTS = ("asked", "rejected", "supported")


def _comparison(table: ComparisonTable) -> Comparison:
    return Comparison(table.left, table.relation, table.right)


def law(table: LawTable) -> Law:
    """The declared law, its slopes as floats."""
    slope = table.slope
    floats = {key: float(one) for key, one in slope.items()} if isinstance(slope, Mapping) else float(slope)
    compare = Compared(table.compare.axis, tuple(table.compare.values)) if table.compare else None
    return Law(**(table.model_dump() | {"slope": floats, "compare": compare}))


def chart_map(table: MapTable) -> Map:
    """The declared map."""
    return Map(**table.model_dump())


def trend(table: TrendTable) -> Trend:
    """The declared trend."""
    return Trend(**table.model_dump())
