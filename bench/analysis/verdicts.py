"""What an interval of a ratio allows one to say."""

from __future__ import annotations

from typing import Literal

from bench.analysis.intervals import Interval

Verdict = Literal["faster", "slower", "same", "unclear"]

#: Relative difference below which two subjects count as the same.
BAND = 0.03


def verdict(ratio: Interval, band: float = BAND) -> Verdict:
    """Judge a ratio subject / baseline of a metric where less is better.

    ``same`` only if the whole interval lies inside ``1 / (1 + band) … 1 + band``, even where it excludes 1: a
    difference that small is resolved but does not matter. Otherwise ``faster`` or ``slower`` if the interval excludes
    1, and ``unclear`` if it does not or if there is no interval.

    Args:
        ratio: Interval of the ratio.
        band: Relative difference that does not matter, 0.03 for ±3 %.
    """
    if not ratio.known:
        return "unclear"
    if ratio.low >= 1 / (1 + band) and ratio.high <= 1 + band:
        return "same"
    if ratio.high < 1:
        return "faster"
    if ratio.low > 1:
        return "slower"
    return "unclear"
