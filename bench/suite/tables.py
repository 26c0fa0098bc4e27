"""The tables of a suite file: which keys there are, of which types."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

Family = Literal["flops", "error", "memory", "time"]
Compared = Literal["flops", "time", "memory"]
Regime = Literal["default", "retain"]
Policy = Literal["passive", "active"]

_SCALAR: dict[str, Any] = {"type": ["string", "integer", "number", "boolean"]}
_WHOLE: dict[str, Any] = {"type": "integer"}
_RANGE: dict[str, Any] = {
    "type": "object",
    "description": "Whole numbers from one end to the other, growing by a factor or by a step.",
    "properties": {"from": _WHOLE, "to": _WHOLE, "factor": {**_WHOLE, "minimum": 2}, "step": {**_WHOLE, "minimum": 1}},
    "required": ["from", "to"],
    "oneOf": [{"required": ["factor"]}, {"required": ["step"]}],
    "additionalProperties": False,
}
_LIST: dict[str, Any] = {"type": "array", "items": _SCALAR, "minItems": 1, "uniqueItems": True}
_BOUNDS: dict[str, Any] = {
    "type": "object",
    "properties": {key: {"type": "number"} for key in ("above", "below", "at_least", "at_most")}
    | {"not": {"anyOf": [_SCALAR, _LIST]}},
    "minProperties": 1,
    "additionalProperties": False,
}

# Values whose checks need the line and the whole suite are taken as they are here and checked by our own code.
AxisSpec = Annotated[Any, WithJsonSchema({"anyOf": [_LIST, _RANGE]})]
PresetAxisSpec = Annotated[Any, WithJsonSchema({"anyOf": [_SCALAR, _LIST, _RANGE]})]
FixedSpec = Annotated[Any, WithJsonSchema(_SCALAR)]
ConditionSpec = Annotated[Any, WithJsonSchema({"anyOf": [_SCALAR, _LIST, _BOUNDS]})]

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Words = Annotated[str, Field(min_length=1)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class SuiteTable(_Table):
    """What the suite is and which workload it measures."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    """Short name; begins every case id and names run folders."""
    title: Words | None = None
    """Heading of the report."""
    description: str = ""
    """A paragraph or two for the report."""
    workload: Words
    """``package.module:function``, or ``./file.py:function`` relative to this file."""
    subject: Words
    """The axis whose values are measured against each other."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to measure; auto takes the fastest there is."""
    interleave: list[str] = []
    """Axes besides the subject whose cases take turns in one group."""
    sources: list[str] = []
    """Papers and pages the suite follows."""


class EnvironmentTable(_Table):
    """What is set before the process of a case starts."""

    threads: Annotated[int, Field(ge=1)] | None = None
    """OpenMP and MKL threads."""
    openmp: Policy | None = None
    """Whether waiting threads sleep (passive) or spin (active)."""
    allocator: Regime | None = None
    """The C library's own behaviour (default), or keep freed memory in the process (retain, glibc only)."""


class MeasureTable(_Table):
    """How long and how precisely to measure."""

    metrics: Annotated[list[Family], Field(min_length=1)] | None = None
    """Which families of metrics."""
    replicates: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2, max_length=2)] | None = None
    """Least and most fresh processes per case."""
    samples: Annotated[int, Field(ge=1)] | None = None
    """Least timed batches per process."""
    target: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Relative half-width of the interval at which measuring stops."""
    level: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Confidence level of the intervals."""
    budget_s: Seconds | None = None
    """Seconds one case may spend on warm-up and samples, all its processes together."""
    sample_s: Seconds | None = None
    """Least seconds of one timed batch."""
    warmup_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Most seconds a process may warm up."""
    timeout_s: Seconds | None = None
    """Seconds after which a silent case is killed."""


class BaselineTable(_Table):
    """One standard to compare with: a single subject, or the best of several at each point."""

    name: Words
    """What the report calls it."""
    members: Annotated[list[str], Field(min_length=1)]
    """Values of the subject axis."""


class CrossoverTable(_Table):
    """A question: along this axis, where does each subject overtake each baseline?"""

    axis: Words
    """A numeric axis."""
    metrics: Annotated[list[Compared], Field(min_length=1)] | None = None
    """Compared in which metrics; those measured, if left out."""
    relative_to: Words | None = None
    """A numeric axis; crossovers are also given as multiples of it."""
    baselines: Annotated[list[BaselineTable], Field(min_length=1)]
    """What the subjects are compared with."""


class ShareTable(_Table):
    """Which axis splits a whole into parts."""

    axis: Words
    """The axis whose values are the parts and the whole."""
    whole: Words
    """Its value that is the whole."""
    shared: list[str] = []
    """Parts that are the same for every subject; measured once."""


class SkipTable(_Table):
    """Cases left out, and why."""

    when: Annotated[dict[str, ConditionSpec], Field(min_length=1)]
    """Conditions on axes, all of which must hold."""
    reason: Words
    """Shown with each case left out."""


class OmitTable(_Table):
    """Combinations of axis values that are not part of the suite; unlike skipped cases they are never mentioned."""

    when: Annotated[dict[str, ConditionSpec], Field(min_length=1)]
    """Conditions on axes, all of which must hold."""


class PresetTable(_Table):
    """Replaces parts of the suite."""

    description: str = ""
    """What it is for."""
    axes: dict[str, PresetAxisSpec] = {}
    """Values that replace an axis's own."""
    fixed: dict[str, FixedSpec] = {}
    """Parameters that replace or join the fixed ones."""
    environment: EnvironmentTable = EnvironmentTable()
    """Settings that replace the suite's."""
    measure: MeasureTable = MeasureTable()
    """Settings that replace the suite's."""


class SuiteFile(_Table):
    """A suite of measurements: a workload, the axes it is measured over, and the questions the report answers."""

    suite: SuiteTable
    axes: Annotated[dict[str, AxisSpec], Field(min_length=1)]
    """Each parameter of the workload that varies, with its values; also threads, openmp and allocator."""
    fixed: dict[str, FixedSpec] = {}
    """Parameters of the workload that stay the same."""
    environment: EnvironmentTable = EnvironmentTable()
    measure: MeasureTable = MeasureTable()
    crossover: list[CrossoverTable] = []
    share: ShareTable | None = None
    labels: dict[str, str] = {}
    """Words the report uses for axes and values."""
    skip: list[SkipTable] = []
    omit: list[OmitTable] = []
    presets: dict[str, PresetTable] = {}
    """Smaller or larger editions of the suite, chosen with --preset."""
