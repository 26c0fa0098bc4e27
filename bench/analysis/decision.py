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

from bench.analysis.intervals import Interval, exp, t_interval_of, t_quantile, t_tail
from bench.analysis.ranks import LEAST_PAIRS, signed_rank_estimate, signed_rank_interval, signed_rank_p
from bench.analysis.verdicts import Verdict

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
        p: Two-sided p-value of "no difference", valid however many looks there were; NaN for a single pair.
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
    """Logarithms of new / old of the replicates both sides have, in their order.

    Raises:
        ValueError: If a value of such a replicate is not positive and finite.
    """
    shared = sorted(new.keys() & old.keys())
    for value in (side[number] for number in shared for side in (new, old)):
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"expected a positive finite value, got {value!r}")
    return [math.log(new[number]) - math.log(old[number]) for number in shared]


def by_unit(differences: Sequence[float], units: Sequence[int] | None) -> list[float]:
    """The mean difference of each unit, in the order of their first appearance; without units each pair is one."""
    if units is None:
        return list(differences)
    found: dict[int, list[float]] = {}
    for unit, difference in zip(units, differences, strict=True):
        found.setdefault(unit, []).append(difference)
    return [math.fsum(values) / len(values) for values in found.values()]


def paired_effect(
    differences: Sequence[float], level: float = 0.99, share: float = 1.0, units: Sequence[int] | None = None
) -> Effect:
    """Effect of pairs measured side by side.

    From :data:`~bench.analysis.ranks.LEAST_PAIRS` pairs on, by Wilcoxon's signed ranks: the Hodges-Lehmann estimate and
    its exact interval. It holds its level for every symmetric distribution, and on a shared machine, where some pairs
    are off by tens of per cent, it needs far fewer of them than an average does. With fewer pairs ranks cannot reach
    such levels, and Student's t on the logarithms is used.

    Differences are symmetric wherever both sides have the same law up to a factor. Where only one side is skewed, what
    is estimated is the pseudomedian of the differences, which then lies beside their median.

    Args:
        differences: Logarithms of new / old, one for each pair; finite.
        level: Confidence of the whole comparison.
        share: Share of ``1 - level`` that this look may spend; 1 for a comparison looked at once.
        units: For each pair the pair of fork servers that it came from. Pairs from the same servers share whatever the
            start of an interpreter settles; so their mean counts as one. Without it each pair counts.

    Returns:
        The effect. Without bounds for a single pair, or where ranks cannot reach the level.

    Raises:
        ValueError: If there is no pair.
    """
    if not differences:
        raise ValueError("the two sides share no replicate")
    here = 1 - (1 - level) * share
    count = len(differences)
    differences = by_unit(differences, units)
    if len(differences) < LEAST_PAIRS:
        mean, low, high = t_interval_of(differences, here)
        # In this order: min(1.0, nan) would be 1.
        p = min(t_tail(differences) / share, 1.0)
        return Effect(mean, low, high, p, level, count, "paired t")
    low, high = signed_rank_interval(differences, here)
    p = min(1.0, signed_rank_p(differences) / share)
    return Effect(signed_rank_estimate(differences), low, high, p, level, count, "signed ranks")


def judged(effect: Effect, band: float) -> Verdict:
    """What the interval of an effect allows one to say, as :func:`bench.analysis.verdicts.verdict` has it.

    On the logarithmic scale, so that swapping the sides swaps the verdict to the last bit.
    """
    room = math.log1p(band)
    if -room <= effect.low and effect.high <= room:
        return "same"
    if effect.high < 0:
        return "faster"
    return "slower" if effect.low > 0 else "unclear"


def decided(effect: Effect, look: int, band: float, planned: int = CONFIRMED) -> Verdict | None:
    """The verdict with which a comparison may end at its ``look``-th look (from 1), or ``None`` to measure on.

    Args:
        effect: What this look found.
        look: Its number.
        band: Relative difference that does not matter.
        planned: How many looks there are. A comparison that is looked at only once has nothing to confirm it.
    """
    found = judged(effect, band)
    if found == "same" or (found in ("faster", "slower") and look >= min(CONFIRMED, planned)):
        return found
    return None


def more_pairs(effect: Effect, band: float, strict: Effect | None = None) -> int | None:
    """About how many pairs more would decide an unclear comparison, if the ratio stays as it is.

    The interval must leave 1 or fit into the band, whichever comes first. It shrinks with the square root of the pairs,
    and where it is a t interval with the quantile too.

    Args:
        effect: What is known.
        band: Relative difference that does not matter.
        strict: The same comparison at the level at which it would count as changed, where that is another one.

    Returns:
        ``None`` where there is no interval to go by, where the comparison is decided, or where more than a hundredfold
        would be needed.
    """
    judge = effect if strict is None or not math.isfinite(strict.low + strict.high) else strict
    needed = [_share_left(effect, math.log1p(band)), _share_left(judge, 0.0)]
    left = max((share for share in needed if share is not None), default=0.0)
    if effect.count == 0 or not 0.1 <= left < 1:
        return None
    low, high = effect.count, 100 * effect.count
    aim = left * _width(effect, effect.count)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _width(effect, middle) <= aim else (middle, high)
    return high - effect.count


def _share_left(effect: Effect, room: float) -> float | None:
    """The share of its width to which an interval must shrink to lie within ``room``; for 0, to leave 0."""
    above, below = effect.high - effect.log, effect.log - effect.low
    if not math.isfinite(above + below) or above <= 0 or below <= 0:
        return None
    if room == 0:
        return abs(effect.log) / (below if effect.log > 0 else above)
    return min((room - effect.log) / above, (room + effect.log) / below)


def _width(effect: Effect, count: int) -> float:
    """How wide the interval of so many pairs is, up to a factor."""
    if effect.method == "signed ranks":
        return 1 / math.sqrt(count)
    freedom = 2 * (count - 1) if effect.method == "Welch t" else count - 1
    return t_quantile(effect.level, max(1, freedom)) / math.sqrt(count)
