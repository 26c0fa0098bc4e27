"""The numbers behind one crossover: where a ratio drops below 1 and stays there, and how sure that is.

The definition and the interval are explained in ``docs/CROSSOVERS.md``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bench.analysis.intervals import Interval, log_error

Outcome = Literal["crosses", "from the start", "none", "unclear", "no data"]

#: Outcomes a set of points, or a draw of them, can have; their position is the code used below.
KINDS: tuple[Outcome, ...] = ("from the start", "crosses", "none")

#: Draws per crossover.
DRAWS = 2000

#: Log ratios closer to 0 than this are ties: they come from rounding in float64, not from a measurement.
_TIE = 1e-12


@dataclass(frozen=True)
class Crossing:
    """Where a subject overtakes a baseline.

    Attributes:
        outcome: ``crosses``, ``from the start``, ``none`` or ``unclear``.
        apparent: The outcome of the point values alone.
        at: Axis value above which the subject stays below the baseline; NaN unless ``outcome`` is ``crosses``.
        low: Lower bound of ``at``; equal to it where every ratio is exact; NaN where there is no interval.
        high: Upper bound.
        crossings: How often the point values change sides.
        votes: Share of the draws per outcome, in the order of :data:`KINDS`; 1 for the apparent one without draws.
        tied: Whether every ratio is exactly 1.
        bounds: Quantiles of the crossing over all draws, those without one counted at the ends of the range.
    """

    outcome: Outcome
    apparent: Outcome
    at: float
    low: float
    high: float
    crossings: int
    votes: tuple[float, float, float]
    tied: bool = False
    bounds: tuple[float, float] = (math.nan, math.nan)


def locate(n: Sequence[float], log_ratios: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Outcome and crossing of each row of log ratios.

    Args:
        n: Axis values, positive and increasing, shape ``(points,)``.
        log_ratios: Log of subject / baseline, shape ``(rows, points)``.

    Returns:
        Codes into :data:`KINDS` and crossings, each of shape ``(rows,)``. A crossing is interpolated linearly in log n
        and log ratio after the last point that is not below the baseline; rows that are below everywhere have the
        first n, rows that are not below at the end the last.
    """
    x = np.log(np.asarray(n, dtype=np.float64))
    y = np.where(np.abs(log_ratios) < _TIE, 0.0, log_ratios)
    below = y < 0
    points = y.shape[1]
    start = below.all(axis=1)
    codes = np.where(start, 0, np.where(below[:, -1], 1, 2))
    at = np.where(start, x[0], x[-1])
    rows = np.flatnonzero(codes == 1)
    left = points - 1 - np.argmax(~below[rows, ::-1], axis=1)
    y0, y1 = y[rows, left], y[rows, left + 1]
    at[rows] = x[left] + (x[left + 1] - x[left]) * y0 / (y0 - y1)
    return codes.astype(np.int64), np.exp(at)


def find_crossing(
    n: Sequence[float], ratios: Sequence[Interval], level: float, generator: np.random.Generator, draws: int = DRAWS
) -> Crossing:
    """Find where a measured ratio drops below 1 for good, with an interval from parametric draws.

    Each draw takes, at each n independently, the mean log ratio plus its standard error times a t variate with
    (replicates - 1) degrees of freedom. The interval of the crossing is the central ``level`` of the draws, those
    without a crossing counted at the end of the range they point to. An outcome stands if that interval agrees with it:
    it lies inside the range for ``crosses``, and shrinks to one end for ``from the start`` and ``none``.

    Points without an interval (one replicate) are kept at their value; if they are all there is, or if the crossing
    lies beside one, there is no interval.

    Args:
        n: Axis values, positive and increasing; at least one.
        ratios: Subject / baseline at each.
        level: Confidence level, which also decides whether an outcome stands.
        generator: Source of the draws.
        draws: How many.
    """
    y = np.log([ratio.value for ratio in ratios])
    y[np.abs(y) < _TIE] = 0.0
    errors = np.array([log_error(ratio) for ratio in ratios])
    (code,), (at,) = locate(n, y[np.newaxis, :])
    apparent = KINDS[code]
    sides = y < 0
    found = Crossing(
        outcome=apparent,
        apparent=apparent,
        at=float(at) if apparent == "crosses" else math.nan,
        low=math.nan,
        high=math.nan,
        crossings=int(np.count_nonzero(sides[1:] != sides[:-1])),
        votes=(float(code == 0), float(code == 1), float(code == 2)),
        tied=not y.any(),
    )
    if all(ratio.count == 0 for ratio in ratios):
        return replace(found, low=found.at, high=found.at, bounds=(float(at), float(at)))
    single = np.isnan(errors)
    if single.all():
        return found
    freedom = np.array([max(ratio.count - 1, 1) for ratio in ratios], dtype=np.float64)
    scatter = generator.standard_t(freedom, size=(draws, len(ratios)))
    codes, places = locate(n, y + np.where(single, 0.0, errors) * scatter)
    shares = np.bincount(codes, minlength=3) / draws
    tail = (1 - level) / 2
    low, high = (float(bound) for bound in np.quantile(places, [tail, 1 - tail]))
    found = replace(found, votes=(float(shares[0]), float(shares[1]), float(shares[2])), bounds=(low, high))
    outside = shares[[0, 2]] <= tail
    resolved = {"from the start": shares[0] >= 1 - tail, "crosses": outside.all(), "none": shares[2] >= 1 - tail}
    if not resolved[apparent]:
        return replace(found, outcome="unclear", at=math.nan)
    if apparent == "crosses":
        left = int(np.searchsorted(np.asarray(n), found.at, side="right")) - 1
        if not single[left : left + 2].any():
            return replace(found, low=low, high=high)
    return found
