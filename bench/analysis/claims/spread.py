"""Intervals of numbers made of several means, each with a spread of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.analysis.intervals import Interval, exact, exp, log_error, t_quantile


def half_width(parts: Sequence[tuple[float, int]], level: float) -> float:
    """Half the width of the t interval of a sum of independent means.

    Degrees of freedom are Welch and Satterthwaite's, rounded down, so that the interval is never too narrow for it.

    Args:
        parts: For each mean the variance it adds, and its degrees of freedom (at least 1).
        level: Confidence level.
    """
    total = math.fsum(variance for variance, _ in parts)
    if total == 0:
        return 0.0
    freedom = total**2 / math.fsum(variance**2 / free for variance, free in parts)
    # The slack keeps 4.999… from becoming 4.
    return t_quantile(level, max(1, math.floor(freedom + 1e-9))) * math.sqrt(total)


def quotient(over: Interval, under: Interval) -> Interval:
    """The quotient of two positive estimates that were measured apart; without bounds where one of them has none."""
    value = over.value / under.value
    count = min((one.count for one in (over, under) if not zero_width(one)), default=0)
    if not (over.known and under.known):
        return Interval(value, math.nan, math.nan, over.level, count)
    wide = [one for one in (over, under) if not zero_width(one)]
    if len(wide) < 2:
        return Interval(value, over.low / under.high, over.high / under.low, over.level, count)
    half = half_width([(log_error(one) ** 2, one.count - 1) for one in wide], over.level)
    middle = math.log(value)
    return Interval(value, exp(middle - half), exp(middle + half), over.level, count)


def zero_width(interval: Interval) -> bool:
    """Whether a value is exact: counted, or the same in every process."""
    return interval.known and interval.low == interval.high


def divided(over: float, under: float, level: float) -> Interval:
    """The quotient of two exact numbers; infinite where the lower one is 0, NaN where both are."""
    if under == 0:
        return exact(math.nan if over == 0 else math.copysign(math.inf, over), level)
    return exact(over / under, level)
