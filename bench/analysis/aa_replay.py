"""Comparisons of a case with itself, made again from recorded pairs: what would have been said, and at what cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from bench.analysis.aa_pairs import Numbers, Pairs
from bench.analysis.decision import Effect, decided, judged, looks, paired_effect, shares
from bench.analysis.verdicts import Verdict
from bench.suite.model import Compare

#: Confidence of the interval of a rate.
RATE_LEVEL = 0.95


@dataclass(frozen=True)
class Replayed:
    """One comparison as it would have gone.

    Attributes:
        verdict: Of the second copy against the first: ``slower`` says that the second takes longer.
        log: Logarithm of the ratio second / first.
        pairs: Pairs it took.
        seconds: Wall seconds of all their processes.
    """

    verdict: Verdict
    log: float
    pairs: int
    seconds: float


@dataclass(frozen=True)
class Rate:
    """How often something happened, with the exact interval of Clopper and Pearson (1934).

    Attributes:
        count: How often it did.
        of: How often it could have.
        low: Lower bound of the rate at :data:`RATE_LEVEL`; NaN where nothing was tried.
        high: Upper bound, likewise.
    """

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The rate itself; NaN where nothing was tried."""
        return self.count / self.of if self.of else math.nan


def rate(count: int, of: int) -> Rate:
    """A rate with its interval."""
    if of == 0:
        return Rate(count, of, math.nan, math.nan)
    bounds = stats.binomtest(count, of).proportion_ci(RATE_LEVEL, method="exact")
    return Rate(count, of, float(bounds.low), float(bounds.high))


def tally(found: Sequence[Replayed], *verdicts: Verdict) -> int:
    """How many comparisons ended with one of some verdicts."""
    return sum(one.verdict in verdicts for one in found)


def replay(pairs: Pairs, compare: Compare) -> list[Replayed]:
    """One comparison after the other, each beginning where the one before it ended.

    The looks, their shares of the error, the confirmation and the budget are those of a run that compares. A
    comparison is begun only where as many pairs are left as it could need: counting the quick ones alone at the end
    would favour a verdict.
    """
    planned = looks(*compare.pairs)
    parts = shares(planned)
    found = []
    start = 0
    while start + compare.pairs[1] <= len(pairs.logs):
        end = start + compare.pairs[1]
        last = last_pair(pairs.spent_s[start:end], compare)
        units = pairs.servers[start:end].tolist()
        one = _compared(pairs.differences[start:end].tolist(), units, planned, parts, last, compare)
        cost = float(pairs.cost_s[start : start + one[2]].sum())
        found.append(Replayed(one[0], one[1], one[2], cost))
        start += one[2]
    return found


def last_pair(spent_s: Numbers, compare: Compare) -> int:
    """The pair after which a comparison ends at the latest: its most, or the one that uses up a side's budget.

    Whatever the budget, every comparison gets its second look.
    """
    spent = np.cumsum(spent_s[: compare.pairs[1]], axis=0).max(axis=1)
    over = np.flatnonzero(spent >= compare.budget_s)
    return min(compare.pairs[1], max(compare.confirmed, int(over[0]) + 1)) if over.size else compare.pairs[1]


def _compared(
    differences: list[float],
    units: list[int],
    planned: Sequence[int],
    parts: Sequence[float],
    last: int,
    compare: Compare,
) -> tuple[Verdict, float, int]:
    for look, (number, share) in enumerate(zip(planned, parts, strict=True), 1):
        count = min(number, last)
        effect = paired_effect(differences[:count], compare.level, share, units[:count])
        found = decided(effect, look, compare.band, len(planned))
        if found is not None or count == last:
            return found or "unclear", effect.log, count
    raise AssertionError("the last look is at the last pair")


def replay_fixed(pairs: Pairs, count: int, level: float, band: float) -> list[Replayed]:
    """Comparisons of ``count`` pairs each, looked at once."""
    found = []
    for start in range(0, len(pairs.logs) - count + 1, count):
        end = start + count
        effect = paired_effect(pairs.differences[start:end].tolist(), level, 1.0, pairs.servers[start:end].tolist())
        cost = float(pairs.cost_s[start : start + count].sum())
        found.append(Replayed(judged(effect, band), effect.log, count, cost))
    return found


def replay_apart(pairs: Pairs, count: int, level: float, band: float) -> list[Replayed]:
    """Comparisons of ``count`` processes a side that were not measured side by side.

    One side is taken from the first half of the run and the other from the second, half a run later, as when two runs
    are made one after the other. Both copies serve as either side, so each stretch gives two comparisons.
    """
    half = len(pairs.logs) // 2
    found = []
    for start in range(0, half - count + 1, count):
        for early in (0, 1):
            sides = pairs.logs[start : start + count, early], pairs.logs[half + start : half + start + count, 1 - early]
            old, new = sides if early == 0 else sides[::-1]
            mean, low, high = (float(bound[0]) for bound in welch(new[None], old[None], level))
            effect = Effect(mean, low, high, math.nan, level, count, "Welch t")
            cost = float(pairs.cost_s[start : start + count].sum())
            found.append(Replayed(judged(effect, band), mean, count, cost))
    return found


def welch(new: Numbers, old: Numbers, level: float) -> tuple[Numbers, Numbers, Numbers]:
    """Welch's t interval of the difference of means, row by row.

    Args:
        new: Logarithms of the new side, one comparison a row.
        old: Those of the old side.
        level: Confidence of each interval.

    Returns:
        Difference new - old, lower and upper bounds.
    """
    parts = [side.var(axis=1, ddof=1) / side.shape[1] for side in (new, old)]
    total = np.maximum(parts[0] + parts[1], np.finfo(float).tiny)
    freedom = total**2 / np.maximum(
        parts[0] ** 2 / (new.shape[1] - 1) + parts[1] ** 2 / (old.shape[1] - 1), np.finfo(float).tiny
    )
    half = stats.t.ppf((1 + level) / 2, np.maximum(freedom, 1.0)) * np.sqrt(total)
    mean = new.mean(axis=1) - old.mean(axis=1)
    return mean, mean - half, mean + half
