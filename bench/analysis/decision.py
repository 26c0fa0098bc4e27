"""When a comparison of two methods, measured side by side in pairs of processes, is decided.

A pair is one fresh process of each side, run in turns; its value is the difference of their logarithms. Pairs are
looked at a few times, at numbers settled beforehand. Each look has its share of the error that the whole comparison may
make, so that the intervals of all looks together cover the true ratio with the confidence stated (repeated confidence
intervals, Jennison & Turnbull 1989, with the shares added up by Bonferroni's inequality).

Standard library only: the runner's stop rule uses it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.analysis.intervals import Interval, exp, t_interval_of, t_tail
from bench.analysis.ranks import LEAST_PAIRS, signed_rank_estimate, signed_rank_interval, signed_rank_p
from bench.analysis.verdicts import Verdict, verdict

#: The first look at which a change may be called one. What looks changed at the first is measured again before.
CONFIRMED = 2

Method = Literal["signed ranks", "paired t", "Welch t", "exact"]


@dataclass(frozen=True)
class Effect:
    """A ratio new / old with its interval, on the logarithmic scale.

    Attributes:
        log: Logarithm of the ratio.
        low: Lower bound of ``log``; NaN where there is no interval.
        high: Upper bound, likewise.
        p: Two-sided p-value of "no difference", valid however many looks there were; NaN without an interval.
        level: Confidence of the interval, all looks together.
        count: Pairs, or processes of the side that has fewer; 0 for exact values.
        method: How the interval was made.
    """

    log: float
    low: float
    high: float
    p: float
    level: float
    count: int
    method: Method

    @property
    def interval(self) -> Interval:
        """The ratio and its bounds."""
        return Interval(exp(self.log), exp(self.low), exp(self.high), self.level, self.count)

    def inverted(self) -> Effect:
        """The same comparison with the sides swapped."""
        return Effect(-self.log, -self.high, -self.low, self.p, self.level, self.count, self.method)


def looks(least: int, most: int) -> tuple[int, ...]:
    """Numbers of pairs at which a comparison is looked at: ``least``, doubled until ``most``, which is the last."""
    if not 1 <= least <= most:
        raise ValueError(f"expected 1 <= least <= most, got {least!r} and {most!r}")
    found = []
    while least < most:
        found.append(least)
        least *= 2
    return (*found, most)


def shares(planned: Sequence[int]) -> tuple[float, ...]:
    """Share of the allowed error that each look may spend: in proportion to its pairs, so that the last has most."""
    total = sum(planned)
    return tuple(number / total for number in planned)


def paired_differences(new: Mapping[int, float], old: Mapping[int, float]) -> list[float]:
    """Logarithms of new / old of the replicates both sides have, in their order."""
    return [math.log(new[number]) - math.log(old[number]) for number in sorted(new.keys() & old.keys())]


def paired_effect(differences: Sequence[float], level: float = 0.99, share: float = 1.0) -> Effect:
    """Effect of pairs measured side by side.

    From :data:`~bench.analysis.ranks.LEAST_PAIRS` pairs on, by Wilcoxon's signed ranks: the Hodges-Lehmann estimate and
    its exact interval. It holds its level for every symmetric distribution, and on a shared machine, where some pairs
    are off by tens of per cent, it needs far fewer of them than an average does. With fewer pairs ranks cannot reach
    such levels, and Student's t on the logarithms is used.

    Args:
        differences: Logarithms of new / old, one for each pair; finite.
        level: Confidence of the whole comparison.
        share: Share of ``1 - level`` that this look may spend; 1 for a comparison looked at once.

    Returns:
        The effect. Without bounds for a single pair, or where ranks cannot reach the level.

    Raises:
        ValueError: If there is no pair.
    """
    if not differences:
        raise ValueError("the two sides share no replicate")
    here = 1 - (1 - level) * share
    count = len(differences)
    if count < LEAST_PAIRS:
        mean, low, high = t_interval_of(differences, here)
        p = t_tail(differences)
        return Effect(mean, low, high, min(1.0, p / share), level, count, "paired t")
    low, high = signed_rank_interval(differences, here)
    p = min(1.0, signed_rank_p(differences) / share)
    return Effect(signed_rank_estimate(differences), low, high, p, level, count, "signed ranks")


def decided(effect: Effect, look: int, band: float) -> Verdict | None:
    """The verdict with which a comparison may end at its ``look``-th look (from 1), or ``None`` to measure on."""
    found = verdict(effect.interval, band)
    if found == "same" or (found in ("faster", "slower") and look >= CONFIRMED):
        return found
    return None


def more_pairs(effect: Effect, band: float) -> int | None:
    """About how many pairs more would decide an unclear comparison, if the ratio stays as it is.

    The interval shrinks with the square root of the pairs; it must leave 1 or fit into the band. ``None`` where there
    is no interval to go by, where one of the two is so already, or where more than a hundredfold would be needed.
    """
    if not (math.isfinite(effect.low) and math.isfinite(effect.high)) or effect.count == 0:
        return None
    half = (effect.high - effect.low) / 2
    room = max(abs(effect.log), math.log1p(band) - abs(effect.log))
    if half <= 0 or room <= 0:
        return None
    factor = (half / room) ** 2
    return max(1, math.ceil(effect.count * (factor - 1))) if 1 < factor <= 100 else None
