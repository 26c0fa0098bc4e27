"""What one comparison by one tool is asked, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

#: What a rule says of the new side. Only a rule that can tell says ``same`` or ``unclear``; any other says ``none``.
Verdict = Literal["slower", "faster", "same", "unclear", "none"]

#: Verdicts that report a change.
CHANGED: tuple[Verdict, ...] = ("slower", "faster")

#: Products of the old side; the new side has a known share more of them.
PRODUCTS = 100


class ToolFailed(Exception):
    """A tool that gave no answer; its text is the reason."""


@dataclass(frozen=True)
class Costs:
    """What things cost on this machine, so that each tool's settings can be made to use the same time.

    Attributes:
        start_s: Seconds of a process that imports torch and ends.
        call_s: Seconds of one call of the old side's work.
    """

    start_s: float
    call_s: float


@dataclass(frozen=True)
class Task:
    """One comparison.

    Attributes:
        new: Products of the new side; the old one has :data:`PRODUCTS`.
        settings: The tool's settings, as it made them of the budget.
        seed: For tools that draw their order.
        folder: Empty, for whatever the tool writes; gone afterwards.
        timeout_s: Seconds after which a process of the tool is killed.
    """

    new: int
    settings: Mapping[str, Any]
    seed: int
    folder: Path
    timeout_s: float


@dataclass(frozen=True)
class Compared:
    """What a tool found.

    Attributes:
        verdicts: By rule, as named in :attr:`Tool.rules`.
        ratio: New / old by the tool's own statistic.
        details: Further numbers worth keeping.
    """

    verdicts: Mapping[str, Verdict]
    ratio: float
    details: Mapping[str, Any] = field(default_factory=dict)


class Tool(Protocol):
    """A benchmarking tool, run as its users run it.

    Attributes:
        name: Its name in results and on the command line.
        rules: Rules by which its results are read as "changed": key, and what a table calls it.
    """

    name: str
    rules: Mapping[str, str]

    def version(self) -> str:
        """The version in use. Raises :class:`ToolFailed` where the tool is not there."""

    def settings(self, budget_s: float, costs: Costs) -> dict[str, Any]:
        """Settings with which a whole comparison, start of processes included, takes about ``budget_s`` seconds."""

    def compare(self, task: Task) -> Compared:
        """Measure both sides and judge. Raises :class:`ToolFailed`."""
