"""What one process of a case measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

#: A process whose median sample is this much above its fastest counts as disturbed.
NOISY_SPREAD = 1.25

#: Share of its sampling time for which a process was ready to run but had no CPU, above which it counts as disturbed.
NOISY_WAIT = 0.05

#: Seconds of such waiting that say nothing: every turn begins with a process being woken, which takes some 0.1 ms.
WAKING_S = 0.005


@dataclass
class Replicate:
    """What one process of a case measured; becomes one line of ``samples.jsonl``."""

    number: int
    pid: int
    start_s: float
    server: int = 0
    calls: int = 1
    seconds: list[float] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)
    clocks: list[float] = field(default_factory=list)
    first_call_s: float = 0.0
    warmup_calls: int = 0
    warmup_s: float = 0.0
    spent_s: float = 0.0
    steady: bool = True
    units: int | None = None
    switches: int | None = None
    pressure: float | None = None
    load: float | None = None
    waited_s: float | None = None

    @property
    def value(self) -> float:
        """Median seconds per call: the one value this process contributes."""
        return median(self.seconds)

    @property
    def disturbed(self) -> bool:
        """Whether its samples spread, it had to wait for a CPU, or it never became steady."""
        busy = self.calls * sum(self.seconds)
        waited = self.waited_s is not None and self.waited_s > max(NOISY_WAIT * busy, WAKING_S)
        return not self.steady or waited or self.value > NOISY_SPREAD * min(self.seconds)

    def record(self, case: str) -> dict[str, Any]:
        """The line of ``samples.jsonl``."""
        line = {
            "case": case,
            "replicate": self.number,
            "calls": self.calls,
            "seconds": self.seconds,
            "turns": self.turns,
            "first_call_s": self.first_call_s,
            "warmup_calls": self.warmup_calls,
            "warmup_s": self.warmup_s,
            "spent_s": self.spent_s,
            "steady": self.steady,
            "start_s": self.start_s,
            "server": self.server,
            "pid": self.pid,
            "involuntary_switches": self.switches,
            "cpu_pressure": self.pressure,
            "load": self.load,
            "waited_s": self.waited_s,
        }
        line |= {"units": self.units} if self.units is not None else {}
        return {**line, "clock_mhz": self.clocks} if self.clocks else line
