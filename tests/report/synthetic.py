"""Runs made of numbers, for tests of the report: every status, noise, an unclear crossover."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

KERNELS = ("naive", "sdpa", "linear", "performer")
LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096, 8192)
PROCESSES = 5


@dataclass
class FakeRun:
    """The parts of a stored run that a report reads."""

    meta: dict[str, Any]
    measurements: pd.DataFrame
    replicates: pd.DataFrame
    samples: pd.DataFrame = field(default_factory=pd.DataFrame)
    suite_text: str = 'name = "attention"\n[axes]\nkernel = ["naive", "sdpa", "linear", "performer"]\n'
    folder: Path = Path("attention-20260101T120000-host")
    outcomes: pd.DataFrame | None = None


def seconds(kernel: str, n: int, allocator: str) -> float:
    """A plausible time per call: quadratic for the standards, linear for the others."""
    slow = 1.6 if allocator == "default" and n >= 2048 else 1.0
    return {
        "naive": 2e-5 + 4.4e-8 * n * n * 0.9 * slow,
        "sdpa": 1e-5 + 2.6e-8 * n * n * 0.9,
        "linear": 9e-5 + 4.6e-6 * n * slow,
        "performer": 5e-4 + 2.4e-5 * n * slow,
    }[kernel]


def flops(kernel: str, n: int) -> float:
    """FLOPs of 8 heads of dimension 64."""
    return {
        "naive": 8 * 4 * n * n * 64.0,
        "sdpa": 8 * 4 * n * n * 64.0,
        "linear": 8 * 4 * n * 64 * 64.0 * 1.02,
        "performer": 8 * 4 * n * 64 * 266.0,
    }[kernel]


def attention_run() -> FakeRun:
    """Two allocators, four kernels, eight lengths; naive runs out of memory at the end, one length is noisy."""
    random = np.random.default_rng(7)
    rows: list[dict[str, Any]] = []
    processes: list[dict[str, Any]] = []
    for allocator in ("default", "retain"):
        for n in LENGTHS:
            for kernel in KERNELS:
                _case(random, rows, processes, kernel, n, allocator)
    return FakeRun(meta(), pd.DataFrame(rows), pd.DataFrame(processes))


def _case(
    random: np.random.Generator,
    rows: list[dict[str, Any]],
    processes: list[dict[str, Any]],
    kernel: str,
    n: int,
    allocator: str,
) -> None:
    place = {
        "case": f"attention/kernel={kernel}/n={n}/allocator={allocator}",
        "group": f"attention/n={n}/allocator={allocator}",
        "subject": kernel,
        "kernel": kernel,
        "n": n,
        "allocator": allocator,
    }
    noisy = n == 128
    if kernel == "naive" and n == 8192:
        for metric, unit in (("time", "s"), ("peak_tensor_bytes", "B"), ("flops_formula", "FLOP")):
            rows.append(row(place, metric, unit, status="oom_host", reason="needs 4.0 GiB, 2.1 GiB are free"))
        return
    if kernel == "performer" and n == 4096 and allocator == "default":
        rows.append(row(place, "time", "s", status="timeout", reason="no answer within 120 s | killed"))
    else:
        spread = 0.12 if noisy else 0.006
        values = seconds(kernel, n, allocator) * np.exp(random.normal(0, spread, PROCESSES))
        for number, value in enumerate(values):
            processes.append({**place, "replicate": number, "value": float(value), "calls": 10, "samples": 5,
                              "involuntary_switches": 3, "cpu_pressure": 0.015})  # fmt: skip
        logs = np.log(values)
        half = 2.776 * logs.std(ddof=1) / math.sqrt(PROCESSES)
        rows.append(
            row(place, "time", "s", math.exp(logs.mean()), math.exp(logs.mean() - half), math.exp(logs.mean() + half),
                level=0.95, replicates=PROCESSES, samples=25, noisy=noisy,
                extra={"median_over_min": 1.6 if noisy else 1.02, "calls": 10, "outliers": 0, "stopped": "target"})
        )  # fmt: skip
    quadratic = kernel == "naive"
    tensor = 8 * n * n * 4.0 * 2 if quadratic else 8 * n * 64 * 4.0 * (1 if kernel == "sdpa" else 3)
    rows.append(row(place, "peak_tensor_bytes", "B", tensor, extra={"formula": tensor, "exact": True}))
    rows.append(row(place, "peak_resident_bytes", "B", tensor * 1.1 + 2**20))
    work = flops(kernel, n)
    rows.append(row(place, "flops_formula", "FLOP", work, extra={"convention": "1 MAC = 2 FLOPs"}))
    rows.append(row(place, "flops_dispatch", "FLOP", work * (1.0 if kernel != "performer" else 0.93)))
    rows.append(
        row(place, "flops_fvcore", "FLOP", status="unsupported", reason="fvcore has no handle")
        if kernel == "sdpa"
        else row(place, "flops_fvcore", "FLOP", work)
    )
    error = {"naive": 3e-7, "sdpa": 3e-7, "linear": 6e-7, "performer": 0.35}[kernel] * (1 + 0.1 * math.log2(n))
    for kind, value in (("rel_l2", error), ("max_abs", error * 4), ("cosine", 1 - error / 10), ("zeros", 0.0)):
        rows.append(row(place, f"error_output_{kind}", "1", value))


def row(
    place: dict[str, Any],
    metric: str,
    unit: str,
    value: float = math.nan,
    low: float = math.nan,
    high: float = math.nan,
    **rest: Any,
) -> dict[str, Any]:
    """One measurement row with defaults."""
    defaults: dict[str, Any] = {
        "level": math.nan, "status": "ok", "reason": None, "replicates": math.nan, "samples": math.nan,
        "noisy": False, "notes": [], "extra": {},
    }  # fmt: skip
    return {**place, "metric": metric, "value": value, "unit": unit, "low": low, "high": high, **defaults, **rest}


def meta(**suite: Any) -> dict[str, Any]:
    """``run.json`` of the attention run, its suite changed by ``suite``."""
    declared: dict[str, Any] = {
        "name": "attention",
        "title": "Where does linear attention overtake standard attention?",
        "description": "Times, memory, FLOPs and error of attention kernels against sequence length.",
        "path": "suites/attention.toml",
        "text": "",
        "workload": "bench.workloads.attention:attention",
        "subject": "kernel",
        "axes": {"kernel": list(KERNELS), "n": list(LENGTHS), "allocator": ["default", "retain"], "threads": [1]},
        "fixed": {"heads": 8, "head_dim": 64, "dtype": "float32"},
        "environment": {"threads": 1, "openmp": "passive", "allocator": "default"},
        "measure": {"metrics": ["flops", "error", "memory", "time"], "replicates": [5, 15], "samples": 5,
                    "target": 0.02, "level": 0.95, "budget_s": 10.0, "sample_s": 0.005, "warmup_s": 1.0,
                    "timeout_s": 120.0},
        "device": "cpu",
        "interleave": [],
        "crossovers": [
            {
                "axis": "n",
                "baselines": [
                    {"name": "best standard", "members": ["naive", "sdpa"]},
                    {"name": "sdpa", "members": ["sdpa"]},
                ],
                "metrics": ["flops", "time", "memory"],
                "relative_to": "head_dim",
            }
        ],
        "share": None,
        "labels": {"n": "sequence length n", "sdpa": "SDPA", "linear": "linear (elu+1)", "performer": "Performer"},
        "sources": ["Katharopoulos et al. 2020, https://arxiv.org/abs/2006.16236"],
        "preset": "quick",
        "presets": ["quick"],
        **suite,
    }  # fmt: skip
    return {
        "format": 1,
        "bench_version": "0.1.0",
        "run_id": "attention-20260101T120000-host",
        "started": "2026-01-01T12:00:00+00:00",
        "finished": "2026-01-01T12:01:05+00:00",
        "command": ["bench", "run", "attention", "--preset", "quick"],
        "seed": 7,
        "suite": declared,
        "preset": "quick",
        "overrides": {},
        "where": [],
        "device": "cpu",
        "workload": {"name": "attention", "file": "bench/workloads/attention/__init__.py", "sha256": "ab" * 32},
        "cases": 64,
        "groups": 16,
        "machine": {
            "cpu": {"model": "AMD EPYC", "cores": 2},
            "memory_bytes": 25769803776,
            "platform": "Linux-6.1-x86_64",
        },
        "software": {"python": "3.11.7", "torch": "2.13.0", "numpy": "2.4.6"},
        "git": {"commit": "0123456789abcdef", "dirty": True},
        "timing": {"wall_s": 65.2, "start_s": 2.0, "passes_s": 9.0, "warmup_s": 12.0, "sampling_s": 40.0},
        "interrupted": False,
    }


def grid_run(name: str, axes: dict[str, list[Any]], subject: str, **suite: Any) -> FakeRun:
    """A run over any axes: times grow with the numeric axes, differently for each subject."""
    random = np.random.default_rng(3)
    rows: list[dict[str, Any]] = []
    processes: list[dict[str, Any]] = []
    for values in product(*axes.values()):
        chosen = dict(zip(axes, values, strict=True))
        who = str(chosen[subject])
        place = {
            "case": f"{name}/" + "/".join(f"{axis}={value}" for axis, value in chosen.items()),
            "group": f"{name}/" + "/".join(f"{a}={v}" for a, v in chosen.items() if a != subject),
            "subject": who,
            **chosen,
        }
        rank = [str(v) for v in axes[subject]].index(who)
        size = float(chosen.get("n", 100.0))
        part = {"layer": 1.0, "projections": 0.5, "core": 0.3, "ffn": 0.2}.get(str(chosen.get("part")), 1.0)
        base = part * (3e-8 * size**2 if rank < 2 else (3 + rank) * 1e-6 * size + 1e-5 * rank) * (1 + 0.1 * rank)
        samples = base * np.exp(random.normal(0, 0.01, 3))
        for number, value in enumerate(samples):
            processes.append({**place, "replicate": number, "value": float(value), "calls": 5, "samples": 5,
                              "involuntary_switches": 0, "cpu_pressure": None})  # fmt: skip
        logs = np.log(samples)
        half = 4.303 * logs.std(ddof=1) / math.sqrt(3)
        mean = logs.mean()
        bounds = (math.exp(mean), math.exp(mean - half), math.exp(mean + half))
        rows.append(row(place, "time", "s", *bounds, level=0.95, replicates=3, samples=15, extra={"stopped": "budget"}))
        rows.append(row(place, "peak_tensor_bytes", "B", 4096.0 * size * (1 + rank)))
        rows.append(row(place, "flops_formula", "FLOP", part * size * (size if rank < 2 else 300.0 * rank)))
        rows.append(row(place, "flops_dispatch", "FLOP", part * size * (size if rank < 2 else 300.0 * rank)))
        rows.append(row(place, "error_output_rel_l2", "1", 1e-6 * (1 + rank)))
    run = FakeRun(meta(name=name, subject=subject, axes=axes, **suite), pd.DataFrame(rows), pd.DataFrame(processes))
    run.meta["cases"] = math.prod(len(values) for values in axes.values())
    return run


def wide_run(others: int = 8) -> FakeRun:
    """Twenty-four facets and ten subjects: more than a report may draw."""
    kernels = ["naive", "sdpa", *(f"kernel_{i}" for i in range(others))]
    axes: dict[str, list[Any]] = {
        "kernel": kernels,
        "n": [2**i for i in range(5, 14)],
        "dtype": ["float32", "bfloat16", "float16"],
        "causal": [False, True],
        "mode": ["forward", "forward+backward"],
        "allocator": ["retain", "default"],
    }
    return grid_run("wide", axes, "kernel")


def encoder_run() -> FakeRun:
    """Parts of a whole and a second numeric axis."""
    axes: dict[str, list[Any]] = {
        "kernel": ["naive", "sdpa", "linear"],
        "n": [128, 512, 2048],
        "part": ["layer", "projections", "core", "ffn"],
        "hidden": [384, 768],
    }
    share = {"axis": "part", "whole": "layer", "shared": []}
    return grid_run("encoder", axes, "kernel", share=share, labels={"part=ffn": "feed-forward", "hidden": "D"})


def words_run() -> FakeRun:
    """Nothing numeric varies and no crossover is asked for."""
    axes: dict[str, list[Any]] = {
        "loss": ["clip", "siglip", "simclr"],
        "dtype": ["float32", "bfloat16"],
        "fused": [False],
    }
    run = grid_run("losses", axes, "loss", crossovers=[], labels={}, sources=[], title="", description="")
    lost = (run.measurements["subject"] == "clip") & (run.measurements["dtype"] == "bfloat16")
    run.measurements.loc[lost, "value"] = math.nan
    run.measurements.loc[lost, "status"] = "error"
    run.measurements.loc[lost, "reason"] = "RuntimeError: not implemented for 'BFloat16'"
    return run


HOSTILE = ["<script>alert(1)</script>", "a&b_c%d#e$f{g}h~i^j\\k", "quo\"te's |pipe|", "emoji 😀 naïve", "x" * 300]


def hostile_run() -> FakeRun:
    """Names that break HTML, LaTeX or Markdown where they are not escaped."""
    axes: dict[str, list[Any]] = {"kernel": [*HOSTILE], "n": [64, 128, 256], "dtype": HOSTILE[:3]}
    crossovers = [{"axis": "n", "baselines": [{"name": HOSTILE[1], "members": [HOSTILE[0]]},
                                              {"name": HOSTILE[2], "members": [HOSTILE[0], HOSTILE[1]]}],
                   "metrics": ["time", "memory", "flops"], "relative_to": None}]  # fmt: skip
    run = grid_run("hostile", axes, "kernel", crossovers=crossovers, title=HOSTILE[0], description=HOSTILE[2],
                   labels={"n": HOSTILE[1]}, sources=HOSTILE)  # fmt: skip
    run.meta["machine"] = dict.fromkeys(HOSTILE, HOSTILE[1])
    run.meta["command"] = ["bench", "run", *HOSTILE]
    run.suite_text = "</pre></details><script>alert(2)</script>"
    return run


def empty_run() -> FakeRun:
    """Every case failed."""
    run = attention_run()
    frame = run.measurements.drop_duplicates("case").assign(
        metric="time", unit="s", value=math.nan, low=math.nan, high=math.nan, status="crashed", reason="signal 11"
    )
    return FakeRun(run.meta, frame.reset_index(drop=True), run.replicates.iloc[:0])
