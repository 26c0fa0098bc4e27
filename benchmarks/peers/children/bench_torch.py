"""Both sides by torch.utils.benchmark in one process, one after the other: ``bench_torch.py OLD NEW SECONDS``.

Prints the table of its ``Compare`` and then, as the last line, the statistics of both measurements as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from torch.utils.benchmark import Compare, Measurement, Timer
from work import make


def main(old: int, new: int, seconds: float) -> None:
    """Measure each side for so many seconds."""
    measured = [
        Timer("work()", globals={"work": make(count)}, label="products", description=name).blocked_autorange(
            min_run_time=seconds
        )
        for name, count in (("old", old), ("new", new))
    ]
    table = Compare(measured)
    table.trim_significant_figures()
    table.print()
    print(json.dumps([statistics(one) for one in measured]))


def statistics(measured: Measurement) -> dict[str, Any]:
    """Quartiles in seconds, and the digits that ``Measurement`` takes for significant."""
    times = sorted(measured.times)
    return {
        "median": measured.median,
        "low": quantile(times, 0.25),
        "high": quantile(times, 0.75),
        "digits": measured.significant_figures,
        "blocks": len(times),
    }


def quantile(ordered: list[float], share: float) -> float:
    """Linear between neighbours, as the interquartile range of ``Measurement`` is."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
