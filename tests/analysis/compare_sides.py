"""Sides of a comparison from plain numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.analysis.compare import Side
from tests.analysis.frames import Bench

COST_S = 0.5

MACHINE = {"host": "box", "kernel": "6.1", "cpu": {"model": "Chip", "usable_cores": 2}, "memory_bytes": 8 << 30}
SOFTWARE = {"python": "3.11.7", "packages": {"torch": "2.13.0"}, "environment": {"OMP_NUM_THREADS": "1"}}


def run_meta(
    axes: Mapping[str, Sequence[Any]], compare: Mapping[str, Any] | None = None, **changed: Any
) -> dict[str, Any]:
    """The parts of ``run.json`` that a comparison reads; ``fixed``, ``environment`` and ``subject`` go to the suite."""
    suite = {
        "name": "small",
        "subject": changed.pop("subject", "kernel"),
        "axes": dict(axes),
        "fixed": changed.pop("fixed", {"dim": 8}),
        "environment": {"threads": 1, "openmp": "passive", "allocator": "default", **changed.pop("environment", {})},
        "measure": {"samples": 5, "sample_s": 0.005, "warmup_s": 1.0},
        "labels": changed.pop("labels", {}),
        "compare": dict(compare) if compare else None,
    }
    meta = {
        "seed": 0,
        "device": "cpu",
        "started": "2026-11-23T06:26:30+00:00",
        "workload": {"name": "./work.py:work", "sha256": "a" * 64},
        "machine": MACHINE,
        "software": SOFTWARE,
        "git": {"commit": "c" * 40, "dirty": False},
        "interrupted": False,
        "suite": suite,
    }
    return {**meta, **changed}


def side(bench: Bench, label: str = "run", compare: Mapping[str, Any] | None = None, **changed: Any) -> Side:
    """A run of what a :class:`~tests.analysis.frames.Bench` has collected; each process cost half a second."""
    axes = {axis: list(dict.fromkeys(row[axis] for row in bench.rows)) for axis in bench.axes}
    replicates = bench.replicates.assign(cost_s=COST_S)
    return Side(label, run_meta(axes, compare, **changed), bench.measurements, replicates)


def timed(times: Mapping[int, Iterable[float]], kernel: str = "sdpa") -> Bench:
    """Cases of one kernel over n, each with the seconds of its processes."""
    bench = Bench()
    for n, seconds in times.items():
        bench.time(seconds, kernel=kernel, n=n)
    return bench


def looked(bench: Bench, case: Mapping[str, Any], seconds: Iterable[float], base: Mapping[str, Any], look: int) -> None:
    """A case that a comparison in looks at 12, 24 and 48 pairs ended at its ``look``-th."""
    name = "/".join(f"{axis}={base[axis]}" for axis in bench.axes)
    share = (12, 24, 48)[look - 1] / 84
    stored = {"baseline": name, "look": look, "looks": [12, 24, 48], "share": share}
    bench.time(seconds, extra={"comparison": stored}, **case)
