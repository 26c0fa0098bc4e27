"""A small stored run with numbers that can be worked out by hand, for tests of the notebook's frames."""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path
from typing import Any

from bench.results.folder import RunFolder
from bench.results.rows import Row

HOSTILE = '<script>alert("&")</script>'
LEVELS: dict[str, list[Any]] = {"kernel": ["sdpa", "linear"], "n": [64, 128, 256], "dtype": ["float32", "float16"]}

#: Milliseconds in float32: at 64 linear takes twice as long, at 256 a quarter; float16 takes half of either.
MS = {"sdpa": {64: 1.0, 128: 4.0, 256: 16.0}, "linear": {64: 2.0, 128: 3.0, 256: 4.0}}


def make_run(
    parent: Path, name: str = "demo", slower: float = 1.0, started: str = "2026-11-23T10:00:00+00:00", **suite: Any
) -> Path:
    """A stored run of both kernels; linear in float16 timed out at 256, SDPA in float16 had no memory there."""
    meta = {
        "format": 1,
        "run_id": name,
        "started": started,
        "seed": 1,
        "device": "cpu",
        "machine": {"host": name, "cpu": {"model": f"CPU of {name}", "cores": 2}, "memory_bytes": 2**33},
        "software": {"packages": {"torch": "2.13.0"}},
        "suite": {
            "name": "demo",
            "title": HOSTILE,
            "subject": "kernel",
            "axes": LEVELS,
            "fixed": {"heads": 8},
            "labels": {"n": "sequence length n"},
            "crossovers": [
                {
                    "axis": "n",
                    "baselines": [{"name": "SDPA", "members": ["sdpa"]}],
                    "metrics": ["time"],
                    "relative_to": None,
                }
            ],
            **suite,
        },
    }
    folder = RunFolder.create(parent, meta, [], "[suite]\n")
    # Stored last to first, so that the order of the suite is not that of the rows.
    for n, dtype in reversed(list(product(LEVELS["n"], LEVELS["dtype"]))):
        group = f"demo/n={n}/dtype={dtype}"
        cases = []
        for kernel in LEVELS["kernel"]:
            case = f"demo/kernel={kernel}/n={n}/dtype={dtype}"
            cases.append(case)
            _measure(folder, Row(case, group, kernel, {"kernel": kernel, "n": n, "dtype": dtype}, "time", "s"), slower)
        folder.finish_group(group, cases, {})
    folder.close()
    return folder.path


def _measure(folder: RunFolder, place: Row, slower: float) -> None:
    kernel, n, dtype = (place.axes[axis] for axis in LEVELS)
    at = {"case": place.case, "group": place.group, "subject": place.subject, "axes": place.axes}

    def failed(metric: str, unit: str, status: str, reason: str) -> Row:
        return Row(**at, metric=metric, unit=unit, status=status, reason=reason)

    if dtype == "float16" and n == 256:
        status = "oom_host" if kernel == "sdpa" else "timeout"
        families = (("time", "s"), ("peak_tensor_bytes", "B")) if kernel == "sdpa" else (("time", "s"),)
        folder.write_rows([failed(metric, unit, status, f"no answer {HOSTILE}") for metric, unit in families])
    else:
        seconds = MS[kernel][n] * 1e-3 * slower * (0.5 if dtype == "float16" else 1.0)
        noisy = kernel == "linear" and n == 64
        interval = {"low": 0.99 * seconds, "high": 1.01 * seconds, "level": 0.95, "replicates": 3, "samples": 3}
        folder.write_rows(
            [Row(**at, metric="time", unit="s", value=seconds, noisy=noisy, notes=("a", "b"), **interval)]
        )
        for number, factor in enumerate((0.99, 1.0, 1.01)):
            sample = {"calls": 10, "seconds": [factor * seconds], "start_s": 0.1, "spent_s": 1.0, "server": 0}
            folder.write_samples({"case": place.case, "replicate": number, **sample})
    if not (dtype == "float16" and n == 256 and kernel == "sdpa"):
        peaks = [("peak_tensor_bytes", 1024.0 * n), ("peak_resident_bytes", 2048.0 * n)]
        folder.write_rows([Row(**at, metric=m, unit="B", value=v, low=v, high=v) for m, v in peaks])
    folder.write_rows([Row(**at, metric="outcome_knn", unit="1", value=math.inf if n == 64 else 0.5)])
