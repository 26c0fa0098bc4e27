"""Many comparisons in one table: which of them may be called changes, and with which intervals.

Benjamini & Hochberg (1995) choose; the false discovery rate is the expected share of false ones among those chosen.
Intervals of what a procedure chose must be wider to keep their promise: Benjamini & Yekutieli (2005) make each of the R
that were chosen out of m at level 1 - R alpha / m, so that of the intervals so shown at most the share alpha misses
(the false coverage rate). Both hold for independent comparisons and for positively dependent ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Selection:
    """What the procedure chose.

    Attributes:
        adjusted: Adjusted p-value of each comparison (q); NaN where it has none.
        chosen: Whether each is chosen: its q is at most the rate.
        tested: How many have a p-value (m).
        rate: The false discovery rate allowed (alpha).
    """

    adjusted: tuple[float, ...]
    chosen: tuple[bool, ...]
    tested: int
    rate: float

    @property
    def level(self) -> float:
        """Confidence of the intervals of those chosen; 1 - rate where all or none are."""
        return self._level(sum(self.chosen) or self.tested)

    @property
    def next_level(self) -> float:
        """Confidence at which one comparison more would be chosen."""
        return self._level(min(sum(self.chosen) + 1, self.tested))

    def _level(self, number: int) -> float:
        return 1 - self.rate * number / self.tested if self.tested else 1 - self.rate


def select(p_values: Sequence[float], rate: float) -> Selection:
    """Choose by Benjamini & Hochberg's procedure.

    Args:
        p_values: One for each comparison; NaN for one that has none, which is not counted.
        rate: False discovery rate.
    """
    order = sorted((p, place) for place, p in enumerate(p_values) if not math.isnan(p))
    adjusted = [math.nan] * len(p_values)
    least = 1.0
    for rank in range(len(order), 0, -1):
        p, place = order[rank - 1]
        least = min(least, p * len(order) / rank)
        adjusted[place] = least
    return Selection(tuple(adjusted), tuple(q <= rate for q in adjusted), len(order), rate)
