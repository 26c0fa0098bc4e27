"""The range of an axis: limits, ticks and places on a linear or a logarithmic scale. No matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.report.figures.ticks import log_limits, log_ticks, plain_axis_number, power_numbers


@dataclass(frozen=True)
class Span:
    """One axis from ``low`` to ``high``."""

    low: float
    high: float
    log: bool = True

    def part(self, value: float) -> float:
        """Where a value lies: 0 at the low end, 1 at the high end."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, base: int = 10, most: int = 7) -> list[float]:
        """Round numbers inside the range."""
        return log_ticks(self.low, self.high, base, most) if self.log else linear_ticks(self.low, self.high, most)

    def names(self, ticks: Sequence[float]) -> list[str]:
        """Tick labels, powers of ten as such where there are many."""
        return power_numbers(ticks) if self.log else [plain_axis_number(tick) for tick in ticks]


def span_of(values: Iterable[float], *, log: bool, margin: float = 0.06) -> Span:
    """A span around all finite (and, on a logarithmic axis, positive) values, with a margin on both sides."""
    known = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
    if log:
        return Span(*log_limits(known, margin))
    low, high = min(known, default=0.0), max(known, default=1.0)
    pad = (high - low) * margin or max(abs(high) * 0.1, 1e-12)
    return Span(low - pad, high + pad, log=False)


def linear_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten between two limits; as many as fit into ``most``."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]
