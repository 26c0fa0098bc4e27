"""What a claim expects and what a measurement knows, both as ranges of numbers, and the verdict that follows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from bench.analysis.intervals import Interval

ClaimVerdict = Literal["holds", "fails", "unclear"]
VERDICTS: tuple[ClaimVerdict, ...] = get_args(ClaimVerdict)


@dataclass(frozen=True)
class Range:
    """All numbers from ``low`` to ``high``; infinity is one of them (of a crossover it means: never).

    Attributes:
        low: Lower bound; NaN where nothing is known.
        high: Upper bound, likewise.
        open_low: Whether ``low`` itself is left out.
        open_high: Whether ``high`` itself is left out.
    """

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False

    @property
    def known(self) -> bool:
        """Whether it has bounds at all."""
        return not (math.isnan(self.low) or math.isnan(self.high))

    def covers(self, other: Range) -> bool:
        """Whether every number of ``other`` is one of this."""
        below, above = _order(self.low, other.low), _order(other.high, self.high)
        low = below < 0 or (below == 0 and (other.open_low or not self.open_low))
        return low and (above < 0 or (above == 0 and (other.open_high or not self.open_high)))

    def misses(self, other: Range) -> bool:
        """Whether the two have no number in common."""
        left, right = _order(self.high, other.low), _order(other.high, self.low)
        return (
            left < 0
            or right < 0
            or (left == 0 and (self.open_high or other.open_low))
            or (right == 0 and (other.open_high or self.open_low))
        )


#: Nothing is known.
UNKNOWN = Range(math.nan, math.nan)


def decide(known: Range, expected: Range) -> ClaimVerdict:
    """Judge what is known by what is expected.

    ``holds`` if all that is known lies inside, ``fails`` if all of it lies outside, else ``unclear``; also where either
    is not known.
    """
    if not (known.known and expected.known):
        return "unclear"
    if expected.covers(known):
        return "holds"
    return "fails" if expected.misses(known) else "unclear"


def overall(verdicts: Sequence[ClaimVerdict]) -> ClaimVerdict:
    """The verdict of a claim from those of its points: one that fails is enough; without a point it is unclear."""
    if "fails" in verdicts:
        return "fails"
    return "holds" if verdicts and "unclear" not in verdicts else "unclear"


def bound_range(bound: Mapping[str, Any]) -> Range:
    """The range that a declared ``above``, ``below`` (both without the bound itself) or ``within`` (with) asks for."""
    if "within" in bound:
        low, high = bound["within"]
        return Range(float(low), float(high))
    if "above" in bound:
        return Range(low=float(bound["above"]), open_low=True)
    return Range(high=float(bound["below"]), open_high=True)


def interval_range(interval: Interval) -> Range:
    """What an interval says of its value; nothing where it has no bounds."""
    return Range(interval.low, interval.high) if interval.known else UNKNOWN


def _order(one: float, other: float) -> int:
    """-1, 0 or 1. Both are rounded to twelve digits, which is what arithmetic in float64 leaves certain."""
    one, other = (float(f"{value:.12g}") for value in (one, other))
    return (one > other) - (one < other)
