"""A list for github-action-benchmark, to be read with ``tool: customSmallerIsBetter``.

The tool judges every entry of a file by one direction, so only metrics are in it of which less is better: time,
memory, FLOPs and errors. Cosine similarity, of which more is better, and a workload's own numbers, of which nobody
says, are left out, as is whatever has no finite value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Context, Decimal
from typing import TYPE_CHECKING, Any

from bench.analysis.tables import family, present
from bench.report.exports.chosen import Chosen, bounds, choose

if TYPE_CHECKING:
    from bench.results.run import Run

_UPWARDS = Context(prec=3, rounding=ROUND_CEILING)


def chosen(run: Run) -> Chosen:
    """The measurements of which less is better."""
    return choose(run.measurements, smaller_is_better)


def smaller_is_better(metric: str) -> bool:
    """Whether less of a metric is better for certain."""
    return family(metric) in ("time", "memory", "flops", "error") and not metric.endswith("_cosine")


def text(run: Run) -> str:
    """The JSON that ``output-file-path`` names; times in s, memory in B."""
    return json.dumps([_entry(row) for row in chosen(run).rows], indent=1, allow_nan=False) + "\n"


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": f"{row['case']} {row['metric']}",
        "unit": str(row["unit"]),
        "value": float(row["value"]),
    }
    interval, told = bounds(row), []
    if interval is not None:
        # The format has one number for both sides: the longer one, rounded up, so that it covers the interval.
        half = max(row["value"] - interval[0], interval[1] - row["value"])
        entry["range"] = f"± {_UPWARDS.create_decimal(Decimal(half))}"
        level = f"{100 * row['level']:g} % interval" if present(row["level"]) else "interval"
        told.append(f"{level}: {interval[0]!r} to {interval[1]!r}")
    if row["metric"] == "time" and present(row["replicates"]):
        told.append(f"processes: {int(row['replicates'])}")
    if row["noisy"] is True:
        told.append("noisy")
    told += [str(note) for note in row["notes"]] if isinstance(row["notes"], Sequence) else []
    if told:
        entry["extra"] = "\n".join(told)
    return entry
