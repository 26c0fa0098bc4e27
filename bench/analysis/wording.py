"""How numbers, axis values and outcomes read. Rounding never makes an interval narrower than it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bench.analysis.crossing import KINDS, Crossing
from bench.analysis.tables import plain

Labels = Mapping[str, str]

#: Environment axes: their values mean nothing without the axis's name.
_NAMED_AXES = ("threads", "openmp", "allocator")

METRIC_NAMES = {"time": "Time", "flops": "FLOPs", "memory": "Peak memory"}


def significant(value: float, digits: int = 3, towards: int = 0) -> str:
    """``value`` to significant digits, without an exponent; ``towards`` -1 rounds down, 1 up, 0 to nearest."""
    if value == 0 or not math.isfinite(value):
        return str(value)
    exponent = math.floor(math.log10(abs(value)))
    step = 10.0 ** (exponent - digits + 1)
    scaled = value / step
    # The slack keeps a number that is already round from being pushed to the next one.
    rounded = {-1: math.floor(scaled + 1e-6), 0: round(scaled), 1: math.ceil(scaled - 1e-6)}[towards]
    return f"{rounded * step:.{max(0, digits - 1 - exponent)}f}"


def figures(values: Sequence[tuple[float, int]], width: float) -> list[str]:
    """Numbers that are read together, such as a difference and its bounds, to one common precision.

    The last digit shown is small against ``width``, and the largest number has three to six digits.

    Args:
        values: Each number and where it rounds to: -1 down, 1 up, 0 to nearest.
        width: Width of the interval that sets the precision; 0 or NaN where there is none.
    """
    largest = max((abs(value) for value, _ in values if math.isfinite(value)), default=0.0)
    exponent = math.floor(math.log10(largest)) if largest > 0 else 0
    wanted = -math.floor(math.log10(width / 3)) if width > 0 and math.isfinite(width) else 0
    # Digits after the point of the largest number, once that is written as d.ddd.
    digits = min(max(wanted + exponent, 2), 5)
    plainly = -5 <= exponent < 7
    unit = 1.0 if plainly else 10.0**exponent
    decimals = max(0, digits - exponent) if plainly else digits
    suffix = "" if plainly else f"e{exponent}"
    return [decimal(value / unit, decimals, towards) + suffix for value, towards in values]


def decimal(value: float, decimals: int, towards: int) -> str:
    """``value`` with so many decimals; ``towards`` -1 rounds down, 1 up, 0 to nearest."""
    if not math.isfinite(value):
        return str(value)
    scaled = value * 10.0**decimals
    rounded = {-1: math.floor(scaled + 1e-6), 0: round(scaled), 1: math.ceil(scaled - 1e-6)}[towards]
    return f"{rounded / 10.0**decimals:.{decimals}f}"


def place(value: float) -> str:
    """An axis value: whole numbers as they are, others to three digits."""
    if math.isclose(value, round(value), rel_tol=1e-9):
        return str(round(value))
    return significant(value)


def estimate(at: float, low: float, high: float, first: float, last: float) -> str:
    """``≈ 212 (190 to 240)``: bounds rounded outwards, but never beyond the measured range ``first … last``."""
    digits = 2 if (high - low) / (2 * at) > 0.25 else 3
    lower = place(first) if low <= first else significant(low, digits, -1)
    upper = place(last) if high >= last else significant(high, digits, 1)
    return f"≈ {significant(at)} ({lower} to {upper})"


def symbol(axis: str, labels: Labels) -> str:
    """The short name of an axis: its label if that is one word, else the axis's own name."""
    label = labels.get(axis, axis)
    return axis if " " in label else label


def multiple(factor: str, axis: str, labels: Labels) -> str:
    """So many times an axis: ``6·D`` where its short name is one character, else ``6 × hidden``."""
    name = symbol(axis, labels)
    return f"{factor}·{name}" if len(name) == 1 else f"{factor} × {name}"


def value_words(axis: str, value: Any, labels: Labels) -> str:
    """An axis value as a reader would say it.

    A label of the value's own text wins; without one a boolean reads ``causal`` or ``not causal``, a
    number ``D = 768``, an environment axis ``allocator retain`` and any other text as it is.
    """
    text = plain(value)
    if text in labels:
        return labels[text]
    name = symbol(axis, labels)
    if isinstance(value, bool):
        return name if value else f"not {name}"
    if axis in _NAMED_AXES:
        return f"{name} {text}"
    if isinstance(value, int | float):
        return f"{name} = {text}"
    return text


def percent(share: float) -> str:
    """A share as a percentage without decimals, but never 0 % or 100 % for what is neither."""
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 < share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"


def earliness(row: Mapping[str, Any]) -> tuple[int, float]:
    """Sorts rows of the crossover table: those that overtake by the n from which it is known, then the others.

    One that is below from its first measured n on may have been measured from there only, so it counts from there.
    """
    rank = {"crosses": 0, "from the start": 0, "unclear": 1, "none": 2}
    known = {"crosses": "at", "from the start": "first"}.get(row["outcome"])
    return rank.get(row["outcome"], 3), float(row[known]) if known else 0.0


def outcome_words(axis: str, crossing: Crossing, first: float, last: float, exact: bool, below: list[float]) -> str:
    """The outcome of one comparison in words, such as ``at n ≈ 212 (190 to 240)``.

    Args:
        axis: Name of the axis.
        crossing: What was found.
        first: Least n at which both sides were measured.
        last: Largest such n.
        exact: Whether every ratio is exact (FLOPs, bytes).
        below: The n at which the point values are below the baseline.
    """
    if crossing.outcome == "unclear":
        return _unclear_words(axis, crossing, first, last)
    if crossing.outcome == "from the start":
        return (
            f"from the start (only {axis} = {place(first)} measured)"
            if first == last
            else (f"from the start ({axis} ≥ {place(first)})")
        )
    if crossing.tied:
        return f"none: equal up to {place(last)}"
    if crossing.outcome == "none":
        if below:
            span = place(below[0]) if len(below) == 1 else f"{place(below[0])} to {place(below[-1])}"
            return f"none up to {place(last)} (below only within {axis} = {span})"
        return f"none up to {place(last)}"
    if exact:
        text = f"{axis} = {place(crossing.at)}"
    elif math.isnan(crossing.low):
        text = f"{axis} ≈ {significant(crossing.at)}"
    else:
        text = f"{axis} {estimate(crossing.at, crossing.low, crossing.high, first, last)}"
    return f"crosses {crossing.crossings} times; last at {text}" if crossing.crossings > 1 else f"at {text}"


def _unclear_words(axis: str, crossing: Crossing, first: float, last: float) -> str:
    phrases = {
        "from the start": "from the start",
        "crosses": "crosses",
        "none": f"none up to {place(last)}",
    }
    votes = sorted(zip(crossing.votes, KINDS, strict=True), reverse=True)
    shares = ", ".join(f"{phrases[kind]} in {percent(share)}" for share, kind in votes if share > 0)
    low, high = crossing.bounds
    if high < last:
        known = f"by {axis} ≈ {significant(high, 2, 1)} at the latest"
    elif low > first:
        known = f"not before {axis} ≈ {significant(low, 2, -1)}"
    else:
        known = ""
    return f"unclear{': ' + known if known else ''} ({shares} of the draws)"
