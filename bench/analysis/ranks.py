"""Wilcoxon's signed ranks: an exact test and interval for the centre of a symmetric distribution.

The interval inverts the test through the Walsh averages, the means of all pairs of values, each value with itself
included (Hollander, Wolfe & Chicken, Nonparametric Statistical Methods, 3rd ed., section 3.3). Standard library only.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from statistics import median

#: With fewer values the test cannot reach small levels: 2 / 2^12 = 0.05 % is the least p-value of twelve.
LEAST_PAIRS = 12


@lru_cache(maxsize=256)
def _tail(count: int) -> tuple[float, ...]:
    """``P(T <= t)`` for t = 0, 1 … of the signed-rank statistic of ``count`` values; exact up to rounding."""
    ways = [1]
    for rank in range(1, count + 1):
        longer = ways + [0] * rank
        for place, number in enumerate(ways):
            longer[place + rank] += number
        ways = longer
    total = 1 << count
    return tuple(number / total for number in accumulate(ways))


def walsh_averages(values: Sequence[float]) -> list[float]:
    """Means of all pairs of values, each with itself included, in ascending order: n (n + 1) / 2 of them."""
    return sorted((one + other) / 2 for place, one in enumerate(values) for other in values[: place + 1])


def signed_rank_estimate(values: Sequence[float]) -> float:
    """The Hodges-Lehmann estimate: median of the Walsh averages."""
    return median(walsh_averages(values))


def signed_rank_interval(values: Sequence[float], level: float) -> tuple[float, float]:
    """Exact confidence interval of the centre of symmetry, of at least ``level``.

    Returns:
        Lower and upper bound; NaN twice where so few values cannot reach the level.
    """
    allowed = (1 - level) / 2
    reached = bisect_right(_tail(len(values)), allowed)
    if reached == 0:
        return math.nan, math.nan
    averages = walsh_averages(values)
    return averages[reached - 1], averages[len(averages) - reached]


def signed_rank_p(values: Sequence[float]) -> float:
    """Two-sided p-value of a centre at 0. A Walsh average of exactly 0 counts for both sides, that is, against."""
    averages = walsh_averages(values)
    below, not_above = bisect_left(averages, 0.0), bisect_right(averages, 0.0)
    fewer = min(not_above, len(averages) - below)
    return min(1.0, 2 * _tail(len(values))[fewer])
