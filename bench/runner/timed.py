"""A case while its group is timed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bench.runner.passes import Passed
from bench.runner.process import CaseFailed
from bench.runner.replicate import Replicate
from bench.suite.model import Case


@dataclass(eq=False)
class Timed:
    """A case while its group is timed, and what came of it.

    Attributes:
        passed: What its passes found.
        replicates: Its finished processes.
        spent_s: Wall seconds of warm-up and sampling, which its budget limits.
        compiles: Whether its first call was seen to compile.
        per_call_s: Seconds of a call, as its first process found them.
        calls: Calls in each of its samples, once that is settled.
        units: Pieces of work injected into each sample, once that is settled.
        stopped: Why it was measured no further.
        comparison: Baseline, look and share of the error of its comparison, where the suite compares.
    """

    passed: Passed
    replicates: list[Replicate] = field(default_factory=list)
    spent_s: float = 0.0
    start_s: float = 0.0
    warmup_s: float = 0.0
    sampling_s: float = 0.0
    compiles: bool = False
    per_call_s: float = 0.0
    calls: int | None = None
    units: int | None = None
    failure: CaseFailed | None = None
    stopped: str = "most replicates"
    comparison: dict[str, Any] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def case(self) -> Case:
        """The case being timed."""
        return self.passed.case
