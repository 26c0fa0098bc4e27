"""The tables that declare claims: one for each kind of expectation, and the claim around them."""

# ruff: noqa: RUF012  # pydantic gives each table its own copy of a default

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, WithJsonSchema

from bench.suite.claims import KINDS, Claim, stored_claim
from bench.suite.fields import ConditionSpec, Positive, Table, ValueSpec, Words

#: Half-width around the slope that a claim expects, where it gives none; as for laws.
SLOPE_TOLERANCE = 0.1

Number = Annotated[float, Field(allow_inf_nan=False)]
Range = Annotated[list[Number], Field(min_length=2, max_length=2)]
Portion = Annotated[float, Field(gt=0, lt=1)]
Values = dict[str, ValueSpec]
Case = Annotated[Values, Field(min_length=1)]
ClaimId = Annotated[str, Field(min_length=1, json_schema_extra={"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"})]
True_ = Annotated[bool, WithJsonSchema({"const": True})]

BOUNDS = ("above", "below", "within")
PLACES = (*BOUNDS, "times", "never")


def _one_of(*words: str) -> ConfigDict:
    """For editors; bench.suite.claim_checks says it with the line."""
    choices: list[Any] = [{"required": [word]} for word in words]
    return ConfigDict(json_schema_extra={"oneOf": choices})


class BoundTable(Table):
    """Where a number is expected: exactly one of these."""

    model_config = _one_of(*BOUNDS)

    above: Number | None = None
    """It is more than this."""
    below: Number | None = None
    """It is less than this."""
    within: Range | None = None
    """It lies between these two, the smaller one first."""


class TimesTable(Table):
    """A place that moves with another number, such as n = 6 D."""

    of: Words
    """A numeric axis or a fixed parameter."""
    factor: Positive
    """The place is this many times its value."""
    tolerance: Portion
    """Share of the place by which it may be missed to either side, 0.25 for 25 %."""


class PlaceTable(BoundTable):
    """Where on an axis something is expected to begin: exactly one of these."""

    model_config = _one_of(*PLACES)

    times: TimesTable | None = None
    """At a multiple of another axis or of a fixed parameter."""
    never: True_ | None = None
    """Nowhere on the axis, as far as it was measured."""


class CrossoverClaimTable(PlaceTable):
    """From which value of an axis on a subject needs less than a baseline."""

    axis: Words
    """A numeric axis."""
    subject: Words
    """A value of the subject axis."""
    baseline: Words
    """The name of a baseline of a crossover along this axis, or a value of the subject axis."""


class RatioClaimTable(BoundTable):
    """What one case needs over what another one needs."""

    model_config = _one_of(*BOUNDS, "below_ratio_of")

    of: Case
    """Axis values of the case above the line."""
    to: Case
    """Axis values of the case below it; the same axes."""
    at: Values = {}
    """Values of further axes, the same for both."""
    below_ratio_of: Words | None = None
    """Another metric; the ratio is less than this metric's at the same point."""


class OrderClaimTable(Table):
    """Values of an axis in the order in which the metric increases."""

    axis: Words
    """Any axis."""
    values: Annotated[list[ValueSpec], Field(min_length=2)]
    """Its values, the one with the lowest metric first."""
    at: Values = {}
    """Values of further axes."""


class SlopeClaimTable(BoundTable):
    """The slope along a numeric axis, both on logarithmic scales: 2 where the metric grows as n^2."""

    model_config = _one_of("equals", *BOUNDS)

    axis: Words
    """A numeric axis."""
    first: Annotated[Positive | None, Field(alias="from")] = None
    """Least value of the axis that counts."""
    last: Annotated[Positive | None, Field(alias="to")] = None
    """Greatest value of the axis that counts."""
    equals: Number | None = None
    """The expected slope."""
    tolerance: Positive | None = None
    """Half-width around equals that still counts as it; 0.1 if left out."""


class EqualityClaimTable(Table):
    """Two cases that need the same."""

    of: Case
    """Axis values of the one case."""
    to: Case
    """Axis values of the other one; the same axes."""
    at: Values = {}
    """Values of further axes, the same for both."""
    band: Portion = 0.05
    """Relative difference that still counts as none, 0.05 for 5 %."""


class HalfTable(PlaceTable):
    """From which value of an axis on a part is more, or less, than half of the whole."""

    axis: Words
    """A numeric axis."""


class ShareClaimTable(BoundTable):
    """What share of a whole a part has."""

    model_config = _one_of(*BOUNDS, "over_half", "under_half")

    axis: Words
    """The axis whose values are the parts and the whole."""
    part: ValueSpec
    """Its value that is the part."""
    whole: ValueSpec
    """Its value that is the whole."""
    at: Values = {}
    """Values of further axes."""
    over_half: HalfTable | None = None
    """Where the part begins to be more than half of the whole."""
    under_half: HalfTable | None = None
    """Where the part begins to be less than half of the whole."""


class ValueClaimTable(BoundTable):
    """The metric itself, in its own unit."""

    at: Values = {}
    """Values of axes."""


class ClaimTable(Table):
    """What is expected of the numbers, and who says so; exactly one of the expectations."""

    model_config = _one_of(*KINDS)

    id: ClaimId
    """Lower-case words joined by hyphens."""
    text: Words
    """The claim in one sentence."""
    source: Words
    """The paper or page it comes from."""
    metric: Words
    """time, memory or flops, a stored metric or an outcome."""
    where: dict[str, ConditionSpec] = {}
    """Conditions on axes, all of which must hold."""
    crossover: CrossoverClaimTable | None = None
    ratio: RatioClaimTable | None = None
    order: OrderClaimTable | None = None
    slope: SlopeClaimTable | None = None
    equality: EqualityClaimTable | None = None
    share: ShareClaimTable | None = None
    value: ValueClaimTable | None = None


def claim(table: ClaimTable) -> Claim:
    """The declared claim."""
    data = table.model_dump(by_alias=True, exclude_none=True)
    slope = data.get("slope", {})
    if "equals" in slope:
        slope.setdefault("tolerance", SLOPE_TOLERANCE)
    return stored_claim(data)
