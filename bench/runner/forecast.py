"""What a case is likely to cost, from the smaller cases of its line; what cannot fit is skipped, with the reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.suite.model import Case, Suite

#: Share of the memory that is free which cases may plan to fill.
MEMORY_SHARE = 0.85

_GIB = 1 << 30


def available_memory() -> int | None:
    """Bytes of host memory that are free for use, or ``None`` where the system does not say."""
    try:
        with open("/proc/meminfo") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


@dataclass
class _Line:
    """What is known of the cases that differ along the crossover axis only."""

    seconds: dict[float, tuple[float, float | None]] = field(default_factory=dict)
    out_of_memory: tuple[float, str] | None = None


class Forecast:
    """Remembers what finished cases cost and foretells the larger ones."""

    def __init__(self, suite: Suite) -> None:
        """The axis along which cases grow is the suite's first crossover axis; without one nothing is foretold."""
        self._axis = suite.crossovers[0].axis if suite.crossovers else suite.growth
        self._lines: dict[tuple[tuple[str, Any], ...], _Line] = {}

    def _line(self, case: Case) -> _Line:
        key = tuple((name, value) for name, value in case.axes.items() if name != self._axis)
        return self._lines.setdefault(key, _Line())

    def _position(self, case: Case) -> float | None:
        return None if self._axis is None else float(case.axes[self._axis])

    def learn(self, case: Case, seconds: float, flops: float | None) -> None:
        """Remember a measured time per call."""
        position = self._position(case)
        if position is not None:
            self._line(case).seconds[position] = (seconds, flops)

    def learn_failure(self, case: Case, status: str) -> None:
        """Remember that a case ran out of memory: larger ones of its line are not tried."""
        position = self._position(case)
        line = self._line(case)
        if position is not None and status in ("oom_host", "oom_device") and line.out_of_memory is None:
            line.out_of_memory = (position, status)

    def seconds(self, case: Case, flops: float | None) -> float | None:
        """Seconds per call foretold from smaller cases, or ``None`` where they do not tell: then it takes a call.

        The largest smaller case grows with the FLOPs; where the workload gives none, as from the one before it on a
        double logarithmic scale. A single case says nothing of growth, and a case must not be left out on a guess.
        """
        position = self._position(case)
        if position is None:
            return None
        smaller = sorted((at, known) for at, known in self._line(case).seconds.items() if at < position)
        if not smaller:
            return None
        at, (seconds, known_flops) = smaller[-1]
        if flops and known_flops:
            return seconds * max(flops / known_flops, 1.0)
        if len(smaller) < 2 or smaller[-2][0] <= 0:
            return None
        before, (earlier, _) = smaller[-2]
        slope = math.log(seconds / earlier) / math.log(at / before)
        return float(seconds * (position / at) ** max(slope, 0.0))

    def memory_reason(self, case: Case, opened: Mapping[str, Any], available: int | None) -> str | None:
        """Why a case cannot fit into memory, or ``None``."""
        line, position = self._line(case), self._position(case)
        if line.out_of_memory and position is not None and position > line.out_of_memory[0]:
            at, status = line.out_of_memory
            return f"{status} at {self._axis} = {at:g}"
        need = needed_bytes(opened)
        if available is not None and need > MEMORY_SHARE * available:
            return f"needs about {need / _GIB:.1f} GiB, {available / _GIB:.1f} GiB free"
        return None


def needed_bytes(opened: Mapping[str, Any]) -> float:
    """Bytes a case needs by its own formulas: inputs and peak."""
    return float(opened.get("peak_bytes") or 0) + float(opened.get("input_bytes") or 0)
