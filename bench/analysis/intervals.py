"""Confidence intervals whose unit is the process: t intervals on one value per replicate, or on its logarithm.

Times and ratios are averaged on the log scale, a workload's own outcomes on their own. Nothing here needs more than
the standard library, so that the runner's stopping rule can use it at no cost.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Interval:
    """A value with its confidence interval.

    Attributes:
        value: The estimate.
        low: Lower bound; NaN where a single replicate gives no interval.
        high: Upper bound, likewise.
        level: Confidence level, e.g. 0.95.
        count: Replicates the estimate rests on; 0 marks an exact value (counted, not sampled).
    """

    value: float
    low: float
    high: float
    level: float
    count: int

    @property
    def known(self) -> bool:
        """Whether there are bounds at all."""
        return not (math.isnan(self.low) or math.isnan(self.high))


def exact(value: float, level: float = 0.95) -> Interval:
    """The interval of a deterministic value (FLOPs, bytes of tensors): both bounds equal it."""
    return Interval(value, value, value, level, 0)


@lru_cache(maxsize=1024)
def t_quantile(level: float, freedom: int) -> float:
    """Half-width, in standard errors, of a two-sided t interval.

    Solves ``P(|T| <= t) = level`` by bisection on the closed form of the distribution for whole degrees of freedom
    (Abramowitz & Stegun 26.7.3 and 26.7.4), to about 14 digits.

    Args:
        level: Confidence level, 0 < level < 1.
        freedom: Degrees of freedom, at least 1.

    Raises:
        ValueError: If either is out of range.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level!r}")
    if freedom < 1:
        raise ValueError(f"degrees of freedom must be at least 1, got {freedom!r}")
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        if _central_mass(middle, freedom) < level:
            low = middle
        else:
            high = middle
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def _central_mass(angle: float, freedom: int) -> float:
    """``P(|T| <= sqrt(freedom) * tan(angle))`` for a t distribution with whole ``freedom``."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    if freedom == 1:
        return 2 * angle / math.pi
    term = cosine if odd else 1.0
    total = term
    for step in range(3 if odd else 2, freedom - 1, 2):
        term *= cosine * cosine * (step - 1) / step
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def geometric_interval(values: Iterable[float], level: float = 0.95) -> Interval:
    """Geometric mean of one positive value per replicate, with a t interval on the logs.

    Args:
        values: One number per process, such as its median seconds per call.
        level: Confidence level.

    Returns:
        The interval; its bounds are NaN for a single value.

    Raises:
        ValueError: If there is no value, or one is not positive and finite.
    """
    return _from_logs([_log(value) for value in values], level)


def mean_interval(values: Iterable[float], level: float = 0.95) -> Interval:
    """Arithmetic mean of one value per replicate, with a t interval.

    Args:
        values: One number per process or draw, of any sign.
        level: Confidence level.

    Returns:
        The interval. Its bounds are NaN for a single value, and where a value is infinite or NaN (the mean is then
        infinite or NaN too); both equal the mean where all values are equal.

    Raises:
        ValueError: If there is no value.
    """
    numbers = [float(value) for value in values]
    count = len(numbers)
    if count == 0:
        raise ValueError("no value to make an interval of")
    if not all(math.isfinite(number) for number in numbers):
        # fsum refuses inf - inf; the plain sum gives NaN there.
        return Interval(sum(numbers) / count, math.nan, math.nan, level, count)
    if min(numbers) == max(numbers):
        bound = numbers[0] if count > 1 else math.nan
        return Interval(numbers[0], bound, bound, level, count)
    huge = max(abs(number) for number in numbers) > 1e290
    # Dividing first keeps a sum of huge numbers finite; otherwise the exactly rounded sum is the better one.
    mean = math.fsum(number / count for number in numbers) if huge else math.fsum(numbers) / count
    spread = math.hypot(*(number - mean for number in numbers))
    half = t_quantile(level, count - 1) * spread / math.sqrt((count - 1) * count)
    return Interval(mean, mean - half, mean + half, level, count)


def outcome_interval(values: Iterable[float], level: float = 0.95, log: bool = False) -> Interval:
    """The interval of an outcome: a geometric mean where ``log`` asks for it and every value is positive, else a mean.

    Never raises for a value: one that is infinite or NaN makes the mean so and leaves the bounds NaN.

    Args:
        values: One number per process or draw.
        level: Confidence level.
        log: Whether the outcome is to be averaged on the log scale.

    Raises:
        ValueError: If there is no value.
    """
    numbers = [float(value) for value in values]
    arithmetic = mean_interval(numbers, level)
    if not log or not math.isfinite(arithmetic.value) or min(numbers) <= 0 or min(numbers) == max(numbers):
        return arithmetic
    return _from_logs([_log(number) for number in numbers], level)


def paired_ratio(a: Mapping[int, float], b: Mapping[int, float], level: float = 0.95) -> Interval:
    """Ratio ``a / b`` over the replicates both have, with a t interval on the paired log differences.

    Replicates with the same number ran side by side, so what disturbed both cancels. Swapping ``a`` and ``b`` inverts
    the value and swaps the inverted bounds.

    Args:
        a: Replicate number to value of the subject.
        b: Replicate number to value of the baseline.
        level: Confidence level.

    Raises:
        ValueError: If they share no replicate, or a shared value is not positive and finite.
    """
    shared = sorted(a.keys() & b.keys())
    if not shared:
        raise ValueError("the two sides share no replicate")
    return _from_logs([_log(a[number]) - _log(b[number]) for number in shared], level)


def relative_half_width(interval: Interval) -> float:
    """Half the interval's width over its value (0.02 = ±2 %); infinity where there is no interval yet."""
    if not interval.known:
        return math.inf
    return (interval.high - interval.low) / (2 * interval.value)


def log_error(interval: Interval) -> float:
    """Standard error of the log of ``interval.value``, read back from its bounds; NaN where there are none."""
    if interval.count == 0:
        return 0.0
    if not interval.known:
        return math.nan
    return math.log(interval.high / interval.low) / (2 * t_quantile(interval.level, interval.count - 1))


def t_interval_of(numbers: Sequence[float], level: float) -> tuple[float, float, float]:
    """Mean of numbers and the bounds of its t interval; NaN bounds for a single number."""
    count = len(numbers)
    mean = math.fsum(numbers) / count
    if count == 1:
        return mean, math.nan, math.nan
    variance = math.fsum((number - mean) ** 2 for number in numbers) / (count - 1)
    half = t_quantile(level, count - 1) * math.sqrt(variance / count)
    return mean, mean - half, mean + half


def t_tail(numbers: Sequence[float]) -> float:
    """Two-sided p-value of Student's t for a mean of 0; NaN for a single number, 0 for equal ones that are not 0."""
    count = len(numbers)
    mean = math.fsum(numbers) / count
    if count == 1:
        return math.nan
    error = math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / ((count - 1) * count))
    if error == 0:
        return 1.0 if mean == 0 else 0.0
    return max(0.0, 1 - _central_mass(math.atan(abs(mean) / error / math.sqrt(count - 1)), count - 1))


def _log(value: float) -> float:
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f"expected a positive finite value, got {value!r}")
    return math.log(value)


def _from_logs(logs: list[float], level: float) -> Interval:
    if not logs:
        raise ValueError("no value to make an interval of")
    mean, low, high = t_interval_of(logs, level)
    return Interval(math.exp(mean), exp(low), exp(high), level, len(logs))


def exp(log: float) -> float:
    """``math.exp`` that gives infinity where the bound of a few wild values is beyond every float."""
    return math.inf if log >= 709 else math.exp(log)
