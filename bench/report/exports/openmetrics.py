"""OpenMetrics text, for Prometheus and what reads its files.

One family of gauges for each kind of metric, with its unit in the name: ``crossover_time_seconds``,
``crossover_memory_bytes``, ``crossover_work_flops``, ``crossover_error`` and ``crossover_outcome``, each with two
others for the ends of its intervals. A measurement without a value has no series there: ``crossover_missing`` counts
it, with its name and status as labels. No sample has a time stamp: node_exporter's text-file collector refuses them.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bench.analysis.tables import family, plain, present, rows_of
from bench.report.exports.chosen import Chosen, bounds, choose, declared_axes

if TYPE_CHECKING:
    from bench.results.run import Run

Labels = dict[str, str]

#: Family of metrics to the stem of its gauges, their unit, and what they are.
_KINDS = {
    "time": ("time", "seconds", "Time per call"),
    "memory": ("memory", "bytes", "Peak memory of one call"),
    "flops": ("work", "flops", "Floating-point operations of one call, a multiplication and an addition being two"),
    "error": ("error", "", "Deviation from the same computation in float64"),
    "outcome": ("outcome", "", "The workload's own numbers; the label unit has the unit"),
}
_OTHER = ("value", "", "Other measurements; the label unit has the unit")

_ENDS = {"low": "lower end of the confidence interval", "high": "upper end of the confidence interval"}


def chosen(run: Run) -> Chosen:
    """Every metric has a place, infinities and NaN have one, too."""
    return choose(run.measurements, finite=False)


def text(run: Run) -> str:
    """The whole exposition, with ``# EOF`` as its last line."""
    names = label_names(run.meta["suite"]["axes"])
    families: dict[str, tuple[str, str, list[tuple[Labels, float]]]] = {}

    def add(stem: str, unit: str, words: str, labels: Labels, value: float) -> None:
        name = "_".join(part for part in ("crossover", stem, unit) if part)
        families.setdefault(name, (unit, words, []))[2].append((labels, value))

    add("run_info", "", "What was run, on what; always 1", _about(run.meta), 1.0)
    started = _seconds(run.meta.get("started"))
    if started is not None:
        add("run_started_timestamp", "seconds", "When the run started, since 1970", {}, started)
    for row in chosen(run).rows:
        stem, unit, words = _KINDS.get(family(row["metric"]), _OTHER)
        labels = _labels(run, row, names)
        if not unit:
            labels["unit"] = str(row["unit"])
        add(stem, unit, words, labels, float(row["value"]))
        for end, value in zip(_ENDS, bounds(row) or (), strict=False):
            add(f"{stem}_{end}", unit, f"{words}: {_ENDS[end]}", labels, value)
    for row in rows_of(run.measurements[run.measurements["status"] != "ok"]):
        labels = {**_labels(run, row, names), "status": str(row["status"])}
        add("missing", "", "Measurements without a value, one each; they have no other series", labels, 1.0)
    lines = [line for name, (unit, words, samples) in families.items() for line in _lines(name, unit, words, samples)]
    return "\n".join([*lines, "# EOF", ""])


def label_names(axes: Iterable[str]) -> dict[str, str]:
    """Axis to the name of its label: ``axis_`` and the axis, of ASCII letters, digits and ``_``, no two alike."""
    names: dict[str, str] = {}
    for axis in axes:
        name = base = "axis_" + re.sub("[^A-Za-z0-9_]", "_", axis)
        number = 2
        while name in names.values():
            name, number = f"{base}_{number}", number + 1
        names[axis] = name
    return names


def escaped(value: str) -> str:
    """Text between the quotes of a label: backslash, quote and newline escaped, all else as it is."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _labels(run: Run, row: Mapping[str, Any], names: Mapping[str, str]) -> Labels:
    axes = declared_axes(row, run.meta["suite"]["axes"])
    return {
        "suite": str(run.meta["suite"]["name"]),
        "case": str(row["case"]),
        "metric": str(row["metric"]),
        **{names[axis]: plain(value) for axis, value in axes.items()},
    }


def _about(meta: Mapping[str, Any]) -> Labels:
    machine, git = meta.get("machine") or {}, meta.get("git") or {}
    told = {
        "run": meta.get("run_id"),
        "suite": meta["suite"]["name"],
        "device": meta.get("device"),
        "host": machine.get("host"),
        "bench_version": meta.get("bench_version"),
        "commit": git.get("commit"),
    }
    return {name: plain(value) for name, value in told.items() if present(value)}


def _lines(name: str, unit: str, words: str, samples: Iterable[tuple[Labels, float]]) -> Iterator[str]:
    yield f"# TYPE {name} gauge"
    if unit:
        yield f"# UNIT {name} {unit}"
    yield f"# HELP {name} {escaped(words)}."
    for labels, value in samples:
        inside = ",".join(f'{key}="{escaped(text)}"' for key, text in labels.items())
        yield f"{name}{{{inside}}} {_number(value)}" if labels else f"{name} {_number(value)}"


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return repr(value) if math.isfinite(value) else "+Inf" if value > 0 else "-Inf"


def _seconds(moment: Any) -> float | None:
    """Seconds since 1970 of an ISO time; ``None`` where it cannot be read or has no offset."""
    try:
        found = datetime.datetime.fromisoformat(str(moment))
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo is not None else None
