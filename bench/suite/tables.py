"""The tables of a suite file: which keys there are, of which types."""

# ruff: noqa: RUF012  # pydantic gives each table its own copy of a default

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from bench.suite.claim_tables import ClaimTable
from bench.suite.declared import HypothesisTable, LawTable, MapTable, TrendTable
from bench.suite.fields import AxisSpec, ConditionSpec, Id, Positive, PresetAxisSpec, Table, ValueSpec, Words

Family = Literal["flops", "error", "outcome", "memory", "time"]
Compared = Literal["flops", "time", "memory"]
Regime = Literal["default", "retain"]
Policy = Literal["passive", "active"]

# For editors; bench.suite.installations says it with the line.
_ONE_OF: dict[str, Any] = {"oneOf": [{"required": [way]} for way in ("python", "git", "requires")]}


class SuiteTable(Table):
    """What the suite is and which workload it measures."""

    name: Id
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


class EnvironmentTable(Table):
    """What is set before the process of a case starts."""

    threads: Annotated[int, Field(ge=1)] | None = None
    """OpenMP and MKL threads."""
    openmp: Policy | None = None
    """Whether waiting threads sleep (passive) or spin (active)."""
    allocator: Regime | None = None
    """The C library's own behaviour (default), or keep freed memory in the process (retain, glibc only)."""


class MeasureTable(Table):
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
    budget_s: Positive | None = None
    """Seconds one case may spend on warm-up and samples, all its processes together."""
    sample_s: Positive | None = None
    """Least seconds of one timed batch."""
    warmup_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Most seconds a process may warm up."""
    timeout_s: Positive | None = None
    """Seconds after which a silent case is killed."""
    servers: Annotated[int, Field(ge=1)] | None = None
    """Fork servers over which the processes of a case are spread."""
    seeds: Annotated[int, Field(ge=1)] | None = None
    """Fresh processes, each with its own seed, that compute the workload's own numbers (outcome)."""


class DecisionTable(Table):
    """Measures until each comparison with a baseline is decided; replaces replicates, level, budget_s and servers."""

    baseline: ValueSpec | None = None
    """A value of the subject, the first one if left out; all others are compared with it."""
    pairs: Annotated[list[Annotated[int, Field(ge=2)]], Field(min_length=2, max_length=2)] | None = None
    """Pairs of processes at the first look and at the last."""
    level: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Confidence of each comparison, all its looks together."""
    band: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Relative difference that does not matter, such as 0.02."""
    budget_s: Positive | None = None
    """Seconds one case may spend on warm-up and samples, all its processes together."""


class InstallationTable(Table):
    """Interpreter, revision or packages that differ from the present installation's: exactly one of the three."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [way]} for way in ("python", "git", "requires")]}
    )

    name: Words
    """Its value on the axis installation; here is the present installation."""
    python: Words | None = None
    """A Python interpreter or the folder of a virtual environment, relative to this file."""
    git: Words | None = None
    """A revision of the repository that holds this file."""
    requires: Annotated[list[Words], Field(min_length=1)] | None = None
    """Requirements as pip takes them, installed over the present packages."""


class BaselineTable(Table):
    """One standard to compare with: a single subject, or the best of several at each point."""

    name: Words
    """What the report calls it."""
    members: Annotated[list[str], Field(min_length=1)]
    """Values of the subject axis."""


class CrossoverTable(Table):
    """A question: along this axis, where does each subject overtake each baseline?"""

    axis: Words
    """A numeric axis."""
    metrics: Annotated[list[Compared], Field(min_length=1)] | None = None
    """Compared in which metrics; those measured, if left out."""
    relative_to: Words | None = None
    """A numeric axis; crossovers are also given as multiples of it."""
    baselines: Annotated[list[BaselineTable], Field(min_length=1)]
    """What the subjects are compared with."""


class ShareTable(Table):
    """Which axis splits a whole into parts."""

    axis: Words
    """The axis whose values are the parts and the whole."""
    whole: Words
    """Its value that is the whole."""
    shared: list[str] = []
    """Parts that are the same for every subject; measured once."""


class SkipTable(Table):
    """Cases left out, and why."""

    when: Annotated[dict[str, ConditionSpec], Field(min_length=1)]
    """Conditions on axes, all of which must hold."""
    reason: Words
    """Shown with each case left out."""


class OmitTable(Table):
    """Combinations of axis values that are not part of the suite; unlike skipped cases they are never mentioned."""

    when: Annotated[dict[str, ConditionSpec], Field(min_length=1)]
    """Conditions on axes, all of which must hold."""


class PresetTable(Table):
    """Replaces parts of the suite."""

    description: str = ""
    """What it is for."""
    axes: dict[str, PresetAxisSpec] = {}
    """Values that replace an axis's own."""
    fixed: dict[str, ValueSpec] = {}
    """Parameters that replace or join the fixed ones."""
    environment: EnvironmentTable = EnvironmentTable()
    """Settings that replace the suite's."""
    measure: MeasureTable = MeasureTable()
    """Settings that replace the suite's."""
    compare: DecisionTable | None = None
    """Settings that replace the suite's, or begin a comparison."""


class SuiteFile(Table):
    """A suite of measurements: a workload, the axes it is measured over, and the questions the report answers."""

    suite: SuiteTable
    axes: Annotated[dict[str, AxisSpec], Field(min_length=1)]
    """Each parameter of the workload that varies, with its values; also threads, openmp, allocator and installation."""
    fixed: dict[str, ValueSpec] = {}
    """Parameters of the workload that stay the same."""
    environment: EnvironmentTable = EnvironmentTable()
    measure: MeasureTable = MeasureTable()
    compare: DecisionTable | None = None
    installation: list[InstallationTable] = []
    crossover: list[CrossoverTable] = []
    share: ShareTable | None = None
    hypothesis: list[HypothesisTable] = []
    law: list[LawTable] = []
    map: list[MapTable] = []
    trend: list[TrendTable] = []
    claim: list[ClaimTable] = []
    labels: dict[str, str] = {}
    """Words the report uses for axes, values and outcomes."""
    skip: list[SkipTable] = []
    omit: list[OmitTable] = []
    presets: dict[str, PresetTable] = {}
    """Smaller or larger editions of the suite, chosen with --preset."""
