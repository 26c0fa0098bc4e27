"""Measurement and replicate frames from plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bench.analysis.intervals import geometric_interval, outcome_interval

TAIL = ["metric", "value", "unit", "low", "high", "level", "status", "reason", "replicates", "samples"]
TAIL += ["noisy", "notes", "extra"]


class Bench:
    """Collects rows as a run would; ``axes`` fixes the order of the axis columns, the subject axis is ``kernel``."""

    def __init__(self, *axes: str) -> None:
        self.axes = axes or ("kernel", "n")
        self.rows: list[dict[str, Any]] = []
        self.processes: list[dict[str, Any]] = []
        self.draws: list[dict[str, Any]] = []

    def _place(self, axes: Mapping[str, Any]) -> dict[str, Any]:
        case = "/".join(f"{name}={axes[name]}" for name in self.axes)
        group = "/".join(f"{name}={axes[name]}" for name in self.axes if name != "kernel")
        return {
            "case": case,
            "group": group,
            "subject": str(axes["kernel"]),
            **{name: axes[name] for name in self.axes},
        }

    def exact(self, metric: str, value: float, extra: dict[str, Any] | None = None, **axes: Any) -> None:
        row = {"metric": metric, "value": float(value), "low": float(value), "high": float(value), "status": "ok"}
        self.rows.append({**self._place(axes), **row, "noisy": False, "notes": [], "extra": extra or {}})

    def time(
        self, seconds: Iterable[float], noisy: bool = False, extra: dict[str, Any] | None = None, **axes: Any
    ) -> None:
        values = list(seconds)
        interval = geometric_interval(values)
        place = self._place(axes)
        row = {"metric": "time", "unit": "s", "value": interval.value, "low": interval.low, "high": interval.high}
        row |= {"status": "ok", "replicates": len(values), "samples": 5 * len(values), "noisy": noisy, "notes": []}
        self.rows.append({**place, **row, "extra": extra or {"stopped": "target", "median_over_min": 1.01}})
        for number, value in enumerate(values):
            process = {"replicate": number, "value": value, "calls": 1, "samples": 5}
            self.processes.append({**place, **process, "involuntary_switches": 2, "cpu_pressure": 1.0})

    def outcome(self, name: str, values: Iterable[float], log: bool = False, unit: str = "1", **axes: Any) -> None:
        """One value for each seed."""
        numbers = list(values)
        interval = outcome_interval(numbers, log=log)
        place = self._place(axes)
        row = {"metric": f"outcome_{name}", "unit": unit, "value": interval.value, "level": 0.95}
        row |= {"low": interval.low, "high": interval.high, "status": "ok", "noisy": False, "notes": []}
        row |= {"replicates": len(numbers), "samples": len(numbers), "extra": {"log": log}}
        self.rows.append({**place, **row})
        for number, value in enumerate(numbers):
            self.draws.append({**place, "metric": name, "replicate": number, "value": value, "unit": unit})

    def fail(self, status: str, reason: str | None, metrics: Iterable[str] = ("time",), **axes: Any) -> None:
        for metric in metrics:
            row = {"metric": metric, "value": None, "status": status, "reason": reason, "noisy": False, "notes": []}
            self.rows.append({**self._place(axes), **row, "extra": {}})

    @property
    def measurements(self) -> pd.DataFrame:
        frame = pd.DataFrame(self.rows, columns=["case", "group", "subject", *self.axes, *TAIL])
        for name in ("value", "low", "high", "level", "replicates", "samples"):
            frame[name] = pd.to_numeric(frame[name])
        return frame

    @property
    def replicates(self) -> pd.DataFrame:
        tail = ["replicate", "value", "calls", "samples", "involuntary_switches", "cpu_pressure"]
        return pd.DataFrame(self.processes, columns=["case", "group", "subject", *self.axes, *tail])

    @property
    def outcomes(self) -> pd.DataFrame:
        tail = ["metric", "replicate", "value", "unit"]
        return pd.DataFrame(self.draws, columns=["case", "group", "subject", *self.axes, *tail])


def question(
    *baselines: tuple[str, ...], metrics: tuple[str, ...] = ("time",), relative_to: str | None = None
) -> list[dict[str, Any]]:
    """One crossover along n against each baseline, named by its members."""
    named = [{"name": "+".join(members), "members": list(members)} for members in baselines]
    return [{"axis": "n", "baselines": named, "metrics": list(metrics), "relative_to": relative_to}]


def power_laws(
    bench: Bench, lengths: Iterable[int], laws: Mapping[str, Callable[[float], float]], count: int = 5, **axes: Any
) -> None:
    """Times by formula with a little noise that all processes of a group share."""
    random = np.random.default_rng(1)
    for n in lengths:
        disturbance = np.exp(random.normal(0, 0.02, count))
        for kernel, law in laws.items():
            own = np.exp(random.normal(0, 0.003, count))
            bench.time((law(n) * disturbance * own).tolist(), kernel=kernel, n=n, **axes)


def meta(axes: Mapping[str, list[Any]], crossovers: list[dict[str, Any]], **suite: Any) -> dict[str, Any]:
    """The parts of ``run.json`` the analysis reads."""
    whole = {"subject": "kernel", "axes": dict(axes), "fixed": {}, "measure": {"level": 0.95}, "labels": {}}
    return {"seed": 3, "cases": None, "suite": {**whole, "crossovers": crossovers, "share": None, **suite}}
