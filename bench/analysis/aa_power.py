"""The smallest change that a comparison finds, from a case's own noise.

Pairs of servers, and the recorded differences of their pairs, are drawn again with random signs into blocks as long as
a comparison: as many comparisons of the case with itself. A slowdown moves all differences of a block by the logarithm
of its ratio, and the intervals of all looks with them. So each look's interval is made once, and every size of slowdown
is tried on it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bench.analysis.aa_pairs import Numbers, Pairs
from bench.analysis.aa_replay import welch
from bench.analysis.decision import CONFIRMED, looks, shares
from bench.analysis.intervals import t_quantile
from bench.analysis.ranks import LEAST_PAIRS
from bench.suite.model import Compare

#: Power at which a change counts as one that is found.
POWERS = (0.8, 0.95)

#: A slowdown beyond this share, a tenfold time, is none that anyone looks for: it counts as not found.
MOST = 9.0

#: Comparisons drawn for each case.
BLOCKS = 200


@dataclass(frozen=True)
class Look:
    """One look of a protocol: pairs, the confidence of its interval, and whether a change may be called one."""

    pairs: int
    level: float
    may_change: bool


def protocol(compare: Compare, most: int | None = None, last: int | None = None) -> list[Look]:
    """The looks of a comparison.

    Args:
        compare: Its settings.
        most: Instead of its most pairs.
        last: The pair at which its budget ends it, if that is earlier.
    """
    planned = looks(min(compare.pairs[0], most or compare.pairs[1]), most or compare.pairs[1])
    end = min(last or planned[-1], planned[-1])
    found = []
    for number, (pairs, share) in enumerate(zip(planned, shares(planned), strict=True), 1):
        # As `decided` has it: a comparison that is looked at only once has nothing to confirm it.
        confirmed = number >= min(CONFIRMED, len(planned))
        found.append(Look(min(pairs, end), 1 - (1 - compare.level) * share, confirmed))
        if pairs >= end:
            break
    return found


def draw(differences: Numbers, servers: npt.NDArray[np.int64], longest: int, random: np.random.Generator) -> Numbers:
    """Blocks of ``longest`` differences, drawn with replacement and given random signs; one block a row.

    A block takes as many pairs of servers in turn as there were. Each is drawn from those of the run, and its
    differences from those that came from it: what a pair of servers settled stays in all pairs of a block that are
    forked from it. The two copies are alike, so the differences of a pair of servers and their negatives are equally
    likely; the signs make the blocks symmetric whatever side the noise of this run happened to favour.

    Args:
        differences: Those of the recorded pairs.
        servers: The pair of servers that each came from.
        longest: Pairs of the longest comparison.
        random: Where the draws come from.
    """
    names, place = np.unique(servers, return_inverse=True)
    together = differences[np.argsort(place, kind="stable")]
    sizes = np.bincount(place)
    starts = np.cumsum(sizes) - sizes
    chosen = random.integers(0, len(names), (BLOCKS, min(len(names), longest)))
    signs = random.choice((-1.0, 1.0), chosen.shape)
    turns = np.arange(longest) % len(names)
    pools = chosen[:, turns]
    drawn = together[starts[pools] + random.integers(0, sizes[pools])]
    return np.asarray(drawn * signs[:, turns])


def detectable(blocks: Numbers, protocol_looks: Sequence[Look], band: float, servers: int) -> tuple[float, ...]:
    """The least slowdowns found with each of :data:`POWERS`.

    Args:
        blocks: Comparisons of a case with itself, one a row, at least as long as the last look.
        protocol_looks: The looks of a comparison.
        band: Relative difference that does not matter; a block that is called the same first does not find a change.
        servers: Pairs of fork servers that the pairs take in turn.

    Returns:
        Shares of the time, 0.03 for 3 %; infinity where none up to :data:`MOST` would be found.
    """
    averages = Averages(blocks, servers)
    bounds = [averages.interval(look.pairs, look.level) for look in protocol_looks]
    return _least([low for low, _ in bounds], [high for _, high in bounds], protocol_looks, band)


def detectable_apart(
    pairs: Pairs, count: int, level: float, band: float, random: np.random.Generator
) -> tuple[float, ...]:
    """What :func:`detectable` says of ``count`` processes a side if the two sides are measured half a run apart.

    Stretches of ``count`` neighbouring processes are drawn from both halves of the run, so that the drift between them
    counts, as it does when two runs are compared.
    """
    half = len(pairs.logs) // 2
    places = np.arange(count)[None, :]
    early = random.integers(0, half - count + 1, (BLOCKS, 1)) + places
    late = random.integers(half, len(pairs.logs) - count + 1, (BLOCKS, 1)) + places
    copy = random.integers(0, 2, (BLOCKS, 1))
    _, low, high = welch(pairs.logs[late, copy], pairs.logs[early, 1 - copy], level)
    turned = random.integers(0, 2, BLOCKS).astype(bool)
    low, high = np.where(turned, -high, low), np.where(turned, -low, high)
    return _least([low], [high], [Look(count, level, True)], band)


def _least(
    lows: Sequence[Numbers], highs: Sequence[Numbers], protocol_looks: Sequence[Look], band: float
) -> tuple[float, ...]:
    room = math.log1p(band)
    # The outcome of a block changes at these shifts only, and it is the same all the way to the next one.
    edges = np.concatenate([edge for low, high in zip(lows, highs, strict=True)
                            for edge in (-low, -high, room - high, -room - low)])  # fmt: skip
    edges = np.unique(np.append(edges[np.isfinite(edges) & (edges > 0)], 0.0))
    shifts = edges + 1e-9
    found = np.zeros((len(lows[0]), len(shifts)), dtype=bool)
    going = np.ones_like(found)
    for low, high, look in zip(lows, highs, protocol_looks, strict=True):
        least, most = low[:, None] + shifts, high[:, None] + shifts
        same = (least >= -room) & (most <= room)
        slower, faster = look.may_change & ~same & (least > 0), look.may_change & ~same & (most < 0)
        found |= going & slower
        going &= ~(same | slower | faster)
    power = found.mean(axis=0)
    result = []
    for wanted in POWERS:
        missed = np.flatnonzero(power < wanted)
        first = int(missed[-1]) + 1 if missed.size else 0
        change = math.expm1(min(float(edges[first]), 700.0)) if first < len(edges) else math.inf
        result.append(change if change <= MOST else math.inf)
    return tuple(result)


class Averages:
    """Intervals of the beginnings of many blocks, as :func:`~bench.analysis.decision.paired_effect` makes them.

    The means of all pairs of values are sorted once for each length, all blocks together.
    """

    def __init__(self, blocks: Numbers, servers: int) -> None:
        """``blocks`` holds one comparison a row; its pairs take so many pairs of servers in turn."""
        self._blocks = blocks
        self._servers = servers
        self._sorted: dict[int, Numbers] = {}

    def interval(self, count: int, level: float) -> tuple[Numbers, Numbers]:
        """Bounds of each block's first ``count`` values; NaN where ranks cannot reach the level."""
        pairs, part = count, self._blocks[:, :count]
        # Pairs from the same servers count once.
        count = min(count, self._servers)
        part = np.column_stack([part[:, place :: self._servers].mean(axis=1) for place in range(count)])
        if count < LEAST_PAIRS:
            if count < 2:
                return np.full(len(part), np.nan), np.full(len(part), np.nan)
            half = t_quantile(level, count - 1) * part.std(axis=1, ddof=1) / math.sqrt(count)
            return part.mean(axis=1) - half, part.mean(axis=1) + half
        reached = _reached(count, level)
        if reached == 0:
            return np.full(len(part), np.nan), np.full(len(part), np.nan)
        if pairs not in self._sorted:
            one, other = np.tril_indices(count)
            self._sorted[pairs] = np.sort((part[:, one] + part[:, other]) / 2, axis=1)
        averages = self._sorted[pairs]
        return averages[:, reached - 1], averages[:, averages.shape[1] - reached]


@lru_cache(maxsize=256)
def _reached(count: int, level: float) -> int:
    """How many of the sorted averages lie outside the interval at either end, the bound included."""
    chances = np.ones(1)
    for rank in range(1, count + 1):
        longer = np.zeros(chances.size + rank)
        longer[: chances.size] += chances
        longer[rank:] += chances
        chances = longer / 2
    return int(np.searchsorted(np.cumsum(chances), (1 - level) / 2, side="right"))
