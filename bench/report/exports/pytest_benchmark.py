"""The JSON of pytest-benchmark, which its own ``compare``, Bencher and github-action-benchmark read.

A case with a time is a benchmark. Its rounds are **processes**: ``data`` has one value for each, the median of its
samples in seconds per call, because that is what a spread between runs is made of. The case's own value and interval,
and its other metrics, are in ``extra_info``. A case without a time is no benchmark; ``crossover_bench.left_out`` beside
the list names it with its status and reason, and the tool takes no notice of that.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from bench import __version__
from bench.analysis.tables import extras, plain, present, rows_of
from bench.report.exports.chosen import Chosen, bounds, choose, declared_axes
from bench.report.exports.spread import spread
from bench.results.pytest_json import OWN, PROCESSES

if TYPE_CHECKING:
    from bench.results.run import Run

#: The version whose format this is: a reader may ask for it.
FORMAT = "5.3.1"


def chosen(run: Run) -> Chosen:
    """The times: each becomes a benchmark, and what else is known of its case goes with it."""
    return choose(run.measurements[run.measurements["metric"] == "time"])


def text(run: Run) -> str:
    """The file as ``pytest --benchmark-json`` would have written it; times in s, memory in B."""
    rows = chosen(run).rows
    processes: dict[str, list[float]] = {}
    frame = run.replicates.sort_values("replicate", kind="stable")
    for case, value in zip(frame["case"].tolist(), frame["value"].tolist(), strict=True):
        if present(value) and math.isfinite(value):
            processes.setdefault(case, []).append(float(value))
    others = _others(run)
    document = {
        "machine_info": _machine(run.meta),
        "commit_info": _commit(run.meta),
        "benchmarks": [
            _benchmark(run, row, processes.get(row["case"], []), others.get(row["case"], {})) for row in rows
        ],
        "datetime": str(run.meta.get("finished") or run.meta.get("started") or ""),
        "version": FORMAT,
        OWN: {
            "version": __version__,
            "run": run.meta.get("run_id"),
            "units": {"time": "s", "memory": "B"},
            "left_out": _without_time(run),
        },
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _benchmark(
    run: Run, row: Mapping[str, Any], data: Sequence[float], others: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    case = str(row["case"])
    file = PurePath(str(run.meta["suite"].get("path") or f"{run.meta['suite']['name']}.toml")).name
    interval = bounds(row)
    about: dict[str, Any] = {
        "case": case,
        "data": PROCESSES if data else "the value of the case: its processes are not stored",
        "value": row["value"],
        "low": interval[0] if interval else None,
        "high": interval[1] if interval else None,
        "level": row["level"] if present(row["level"]) else None,
        "noisy": row["noisy"] is True,
        "notes": [str(note) for note in row["notes"]] if isinstance(row["notes"], Sequence) else [],
        "metrics": others,
    }
    return {
        "group": str(row["group"]),
        # As the items of `pytest mysuite.toml` are called, so that both files of one case stand in one line.
        "name": case,
        "fullname": f"{file}::{case}",
        "params": declared_axes(row, run.meta["suite"]["axes"]),
        "param": case,
        "extra_info": {OWN: about},
        "options": {},
        "stats": {
            **spread(data or [row["value"]]),
            "data": list(data or [row["value"]]),
            "iterations": int(extras(row["extra"]).get("calls") or 1),
        },
    }


def _others(run: Run) -> dict[str, dict[str, dict[str, Any]]]:
    """What is known of each case besides its time."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in choose(run.measurements[run.measurements["metric"] != "time"]).rows:
        interval = bounds(row)
        told = {"value": row["value"], "unit": str(row["unit"])}
        told |= {"low": interval[0], "high": interval[1]} if interval else {}
        found.setdefault(row["case"], {})[str(row["metric"])] = told
    return found


def _without_time(run: Run) -> list[dict[str, str]]:
    """The cases that are no benchmark, each with its status and reason."""
    timed = {row["case"] for row in chosen(run).rows}
    left: dict[str, dict[str, str]] = {}
    for row in rows_of(run.measurements[["case", "metric", "status", "reason"]]):
        if row["case"] in timed:
            continue
        reason = str(row["reason"]) if present(row["reason"]) else ""
        told = {"case": str(row["case"]), "status": str(row["status"]), "reason": reason}
        if row["metric"] == "time" or row["case"] not in left:
            left[row["case"]] = told
    # A case that was asked for no time has none for that reason.
    asked = set(run.measurements.loc[run.measurements["metric"] == "time", "case"])
    return [one if one["case"] in asked else {**one, "status": "no time", "reason": ""} for one in left.values()]


def _machine(meta: Mapping[str, Any]) -> dict[str, Any]:
    machine, software = meta.get("machine") or {}, meta.get("software") or {}
    cpu = machine.get("cpu") or {}
    return {
        "node": machine.get("host"),
        "processor": cpu.get("model"),
        "machine": machine.get("architecture"),
        "python_compiler": software.get("compiler"),
        "python_implementation": software.get("implementation"),
        "python_implementation_version": software.get("python"),
        "python_version": software.get("python"),
        "python_build": ["", ""],
        "release": machine.get("kernel"),
        "system": machine.get("system"),
        "cpu": {"brand_raw": cpu.get("model"), "count": cpu.get("cores"), "arch": machine.get("architecture")},
        "device": plain(meta.get("device", "unknown")),
    }


def _commit(meta: Mapping[str, Any]) -> dict[str, Any]:
    git = meta.get("git") or {}
    return {
        "id": git.get("commit") or "unversioned",
        "time": None,
        "author_time": None,
        "dirty": bool(git.get("dirty")),
        "project": str(meta["suite"]["name"]),
        "branch": git.get("branch") or "(unknown)",
    }
