"""Bencher Metric Format: ``{benchmark: {measure: {value, lower_value, upper_value}}}``.

Times are in seconds and their measure is called ``time_seconds``: Bencher's own ``latency`` is in nanoseconds, and is
not used. Memory is in bytes, FLOPs are counts, errors and outcomes have the unit that the name says, or none. What has
no finite value is not there; a benchmark of which nothing has one is not there at all.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from bench.report.exports.chosen import Chosen, bounds, choose

if TYPE_CHECKING:
    from bench.results.run import Run

#: Most bytes of names that Bencher takes.
_BENCHMARK, _MEASURE = 1024, 64

#: Names of the metrics' own units; others are added as they are.
_UNIT_NAMES = {"s": "seconds", "B": "bytes"}


def chosen(run: Run) -> Chosen:
    """Every metric has a place; JSON has none for what is not finite."""
    return choose(run.measurements)


def text(run: Run) -> str:
    """The JSON that ``bencher run --adapter json --file FILE`` takes."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in chosen(run).rows:
        metric = {"value": float(row["value"])}
        interval = bounds(row)
        if interval is not None:
            metric |= {"lower_value": interval[0], "upper_value": interval[1]}
        name = shortened(str(row["case"]), _BENCHMARK)
        found.setdefault(name, {})[measure(str(row["metric"]), str(row["unit"]))] = metric
    return json.dumps(found, indent=1, allow_nan=False) + "\n"


def measure(metric: str, unit: str) -> str:
    """The name of a measure, with its unit where the metric's name does not say it: ``time_seconds``."""
    name = _UNIT_NAMES.get(unit, unit)
    told = unit in ("1", "FLOP") or metric.endswith(f"_{name}")
    return shortened(metric if told else f"{metric}_{name}", _MEASURE)


def shortened(name: str, most: int) -> str:
    """``name`` within ``most`` bytes of UTF-8; a longer one ends with a digest, so that two of them stay two."""
    data = name.encode()
    if len(data) <= most:
        return name
    mark = f"~{hashlib.sha256(data).hexdigest()[:12]}"
    return data[: most - len(mark)].decode(errors="ignore") + mark
