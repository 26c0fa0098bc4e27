"""The validated suite and what it expands into. Pure data: no parsing, no torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bench.suite.claims import Claim
from bench.suite.questions import Hypothesis, Law, Map, Trend

Scalar = str | int | float | bool

#: Axes that describe the process a case runs in; they are never passed to the workload.
ENVIRONMENT_AXES = ("threads", "openmp", "allocator", "installation")

#: The axis whose values are installations; unlike the others it has no setting under [environment].
INSTALLATION = "installation"

#: The installation the command itself runs in.
HERE = "here"

#: Metric families a suite may ask for, in the order in which the passes run.
METRICS = ("flops", "error", "outcome", "memory", "time")

#: The families of a suite that names none: what a workload finds out by itself is measured only where it is asked for.
DEFAULT_METRICS = ("flops", "error", "memory", "time")


@dataclass(frozen=True)
class Environment:
    """What is set before the interpreter of a case starts (rule 11).

    Attributes:
        threads: OpenMP and MKL threads.
        openmp: ``passive`` lets waiting threads sleep, ``active`` lets them spin.
        allocator: ``default`` is the C library's own behaviour; ``retain`` keeps freed memory in the process
            (glibc only), so that large tensors are not mapped afresh at each call.
        installation: Name of the installation (interpreter, packages, source) that the process runs in.
        copy: Tells environments apart that are alike and share no fork server all the same.
    """

    threads: int = 1
    openmp: Literal["passive", "active"] = "passive"
    allocator: Literal["default", "retain"] = "default"
    installation: str = HERE
    copy: int = 0


@dataclass(frozen=True)
class Measure:
    """How long and how precisely to measure.

    Attributes:
        metrics: Families from :data:`METRICS`.
        replicates: Least and most fresh processes a case is measured in.
        samples: Timed batches per process, fewer where the budget does not reach.
        target: Relative half-width of the interval of the time at which measuring stops, e.g. 0.02.
        level: Confidence level of every interval.
        budget_s: Wall seconds one case may spend on warm-up and samples, all its replicates together. A case whose
            predicted cost cannot fit the least replicates into it is skipped, with the reason.
        sample_s: Least seconds of one timed batch; calls are batched until it is reached.
        warmup_s: Most seconds a process may warm up before its samples count.
        timeout_s: Seconds after which a case that answers nothing is killed.
        servers: Fork servers over which the processes of a case are spread: what is settled when an interpreter starts
            (where libraries lie in memory) is shared by all that are forked from it. ``None``: one for each process.
        fill_s: Seconds of warm-up and samples up to which a process goes on sampling beyond ``samples``: set where
            comparisons are measured, so that their whole budget goes into them.
        seeds: Fresh processes, each with a seed of its own, in which the workload's own numbers are asked for.
    """

    metrics: tuple[str, ...] = DEFAULT_METRICS
    replicates: tuple[int, int] = (5, 15)
    samples: int = 5
    target: float = 0.02
    level: float = 0.95
    budget_s: float = 10.0
    sample_s: float = 0.005
    warmup_s: float = 1.0
    timeout_s: float = 120.0
    servers: int | None = None
    fill_s: float = 0.0
    seeds: int = 1


@dataclass(frozen=True)
class Installation:
    """Where a case may run: exactly one of the last three says how it differs from the present installation.

    Attributes:
        name: Its value on the ``installation`` axis.
        python: An interpreter, or the folder of a virtual environment.
        git: A revision of the repository that holds the suite; its sources are measured in an environment of their own.
        requires: Requirements as pip takes them, such as ``torch==2.12.0``, installed over the present packages.
    """

    name: str
    python: str | None = None
    git: str | None = None
    requires: tuple[str, ...] = ()


#: Seconds of a sample in comparisons. With 3 ms instead of 10 (and thrice as many of them), pairs of processes of an
#: encoder layer scattered by 2.0 instead of 2.4 %, and the estimates of 24 pairs by 0.3 instead of 0.6 %.
COMPARED_S = 0.003


@dataclass(frozen=True)
class Compare:
    """Measuring goes on until each comparison with the baseline is decided, not until an interval is narrow.

    Attributes:
        baseline: The subject that all others are compared with, as text.
        pairs: Pairs of processes at the first look and at the last; between them looks double.
        level: Confidence of each comparison, all its looks together.
        band: Relative difference that does not matter, 0.02 for 2 %.
        budget_s: Wall seconds one case may spend on warm-up and samples; a pair has twice as much.
    """

    baseline: str
    pairs: tuple[int, int] = (12, 48)
    level: float = 0.99
    band: float = 0.02
    budget_s: float = 5.0

    @property
    def confirmed(self) -> int:
        """Pairs of the second look, the first at which a change may be called one; every case gets as many."""
        return min(2 * self.pairs[0], self.pairs[1])

    def sample_s(self, asked_s: float) -> float:
        """Least seconds of a sample: the median of many short ones passes over bursts of other load, see COMPARED_S."""
        return min(asked_s, COMPARED_S)

    @property
    def fill_s(self) -> float:
        """Seconds of a process if all pairs are to fit into the budget; a case with short calls fills them."""
        return self.budget_s / self.pairs[1]


@dataclass(frozen=True)
class Baseline:
    """One standard to compare with: a single subject, or the best of several at each point."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Crossover:
    """A question the report answers: along ``axis``, where does each subject overtake each baseline?

    Attributes:
        axis: Numeric axis, such as ``n``.
        baselines: What the subjects are compared with.
        metrics: Any of ``flops``, ``time``, ``memory``.
        relative_to: Optional numeric axis; crossovers are then also stated as multiples of it (n = 6 D).
    """

    axis: str
    baselines: tuple[Baseline, ...]
    metrics: tuple[str, ...] = ("flops", "time", "memory")
    relative_to: str | None = None


@dataclass(frozen=True)
class Share:
    """Which axis splits a whole into parts, so that the report can show each part's share.

    Attributes:
        axis: Axis whose values are the parts and the whole, such as ``part``.
        whole: Its value that stands for the whole, such as ``layer``.
        shared: Parts that do not depend on the subject; measured under the first subject only and used for all.
    """

    axis: str
    whole: str
    shared: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suite:
    """A validated suite with preset and command-line overrides applied.

    ``growth`` is the axis along which cases grow, for suites whose crossovers do not say it.
    ``axes`` maps each axis to its values in declared order, environment axes included; ``labels`` gives axis values and
    axis names the words a report uses; ``interleave`` names axes besides the subject whose cases are measured
    in the same group.
    """

    name: str
    title: str
    description: str
    path: Path
    text: str
    workload: str
    subject: str
    axes: dict[str, tuple[Scalar, ...]]
    fixed: dict[str, Scalar]
    environment: Environment
    measure: Measure
    device: str = "auto"
    interleave: tuple[str, ...] = ()
    crossovers: tuple[Crossover, ...] = ()
    share: Share | None = None
    hypotheses: tuple[Hypothesis, ...] = ()
    laws: tuple[Law, ...] = ()
    maps: tuple[Map, ...] = ()
    trends: tuple[Trend, ...] = ()
    claims: tuple[Claim, ...] = ()
    compare: Compare | None = None
    installations: tuple[Installation, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    preset: str | None = None
    presets: tuple[str, ...] = ()
    growth: str | None = None


@dataclass(frozen=True)
class Case:
    """One point of the axes.

    Attributes:
        id: Stable and readable: ``attention/kernel=sdpa/n=1024/dtype=float32``; equal across runs and machines.
        axes: Every axis with this case's value, environment axes included.
        params: What the workload is called with (``fixed`` and the axes that are not environment axes).
        environment: What its process is started with.
        group: Id of the group it is measured in.
        subject: Its value on the subject axis, as text.
        skip: Reason why a ``skip`` rule leaves it out, else ``None``.
        inject: Share of its own time by which each sample is slowed with further work, 0.03 for 3 %; to try out what
            comparisons find.
    """

    id: str
    axes: dict[str, Scalar]
    params: dict[str, Scalar]
    environment: Environment
    group: str
    subject: str
    skip: str | None = None
    inject: float = 0.0


@dataclass(frozen=True)
class Group:
    """The cases that differ in the subject axis (and the ``interleave`` axes) only; measured together.

    ``environment`` is that of its first case; others differ from it where the subject is an axis of the environment.
    """

    id: str
    cases: tuple[Case, ...]
    environment: Environment


@dataclass(frozen=True)
class Plan:
    """A suite and its expanded cases, grouped, in the order in which they will run."""

    suite: Suite
    groups: tuple[Group, ...]

    @property
    def cases(self) -> tuple[Case, ...]:
        """All cases in running order, skipped ones included."""
        return tuple(case for group in self.groups for case in group.cases)
