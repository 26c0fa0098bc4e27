"""The effect of two runs measured apart: Welch's t on the logarithms of one value per process.

B. L. Welch, The generalization of 'Student's' problem when several different population variances are involved,
Biometrika 34 (1947). Neither the spreads nor the counts of the two sides need to be equal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, variance

from bench.analysis.decision import Effect

#: Processes that each side needs for an interval.
LEAST_PROCESSES = 2


def welch_effect(new: Sequence[float], old: Sequence[float], level: float = 0.99) -> Effect:
    """The ratio new / old of geometric means, and its interval.

    Args:
        new: Seconds per call of each process of one side.
        old: Those of the other side.
        level: Confidence level.

    Returns:
        The effect; without bounds and p-value where a side has fewer than :data:`LEAST_PROCESSES`.

    Raises:
        ValueError: If a side has no value, or one that is not positive and finite.
    """
    logs = [_logs(side) for side in (new, old)]
    counts = [len(side) for side in logs]
    shift = fmean(logs[0]) - fmean(logs[1])
    if min(counts) < LEAST_PROCESSES:
        return Effect(shift, math.nan, math.nan, math.nan, level, min(counts), "Welch t")
    parts = [variance(side) / count for side, count in zip(logs, counts, strict=True)]
    # Values that are all equal have a variance that rounding alone makes; it is none.
    total = math.fsum(part for part, side in zip(parts, logs, strict=True) if min(side) < max(side))
    if total == 0:
        return Effect(shift, shift, shift, float(shift == 0), level, min(counts), "Welch t")
    # scipy is asked only where there is something to ask: its import takes longer than a small comparison.
    from scipy.special import stdtr, stdtrit

    freedom = total**2 / math.fsum(part**2 / (count - 1) for part, count in zip(parts, counts, strict=True))
    error = math.sqrt(total)
    half = float(stdtrit(freedom, (1 + level) / 2)) * error
    p = min(1.0, 2 * float(stdtr(freedom, -abs(shift) / error)))
    return Effect(shift, shift - half, shift + half, p, level, min(counts), "Welch t")


def _logs(values: Sequence[float]) -> list[float]:
    if not values:
        raise ValueError("no value to compare")
    for value in values:
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"expected a positive finite value, got {value!r}")
    return [math.log(value) for value in values]
