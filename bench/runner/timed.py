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
    failure: CaseFailed | None = None
    stopped: str = "most replicates"
    comparison: dict[str, Any] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def case(self) -> Case:
        """The case being timed."""
        return self.passed.case
