"""Power laws by least squares on logarithms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.intervals import Interval, t_quantile

#: Spread of log10 x below which all points stand at one place.
_ONE_PLACE = 1e-9


@dataclass(frozen=True)
class PowerFit:
    """``y = 10**intercept * x**slope``.

    Attributes:
        slope: With a t interval; NaN where the points have fewer than two x, its bounds NaN for two points.
        intercept: Decimal logarithm of y at x = 1.
    """

    slope: Interval
    intercept: float


def power_fit(points: Sequence[tuple[float, float]], level: float = 0.95) -> PowerFit:
    """Ordinary least squares of log10 y on log10 x.

    The interval is the textbook one: the residual variance over ``n - 2`` degrees of freedom, divided by the sum of
    squares of log10 x (Draper and Smith, Applied Regression Analysis, section 1.4).

    Args:
        points: Pairs (x, y), all positive and finite.
        level: Confidence level.

    Raises:
        ValueError: If a value is not positive.
    """
    count = len(points)
    xs = [math.log10(x) for x, _ in points]
    ys = [math.log10(y) for _, y in points]
    # Places that differ by rounding alone are one place, and have no slope.
    if count < 2 or max(xs) - min(xs) < _ONE_PLACE:
        return PowerFit(Interval(math.nan, math.nan, math.nan, level, count), math.nan)
    middle, height = math.fsum(xs) / count, math.fsum(ys) / count
    squares = math.fsum((x - middle) ** 2 for x in xs)
    slope = math.fsum((x - middle) * (y - height) for x, y in zip(xs, ys, strict=True)) / squares
    intercept = height - slope * middle
    if count == 2:
        return PowerFit(Interval(slope, math.nan, math.nan, level, count), intercept)
    residual = math.fsum((y - intercept - slope * x) ** 2 for x, y in zip(xs, ys, strict=True))
    half = t_quantile(level, count - 2) * math.sqrt(residual / (count - 2) / squares)
    return PowerFit(Interval(slope, slope - half, slope + half, level, count), intercept)
