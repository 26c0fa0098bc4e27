"""A stored run, read back as data frames."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean, median
from typing import Any

import pandas as pd

from bench.results import folder as files
from bench.results.damage import lost_processes
from bench.results.folder import CACHE, MEASUREMENTS, SAMPLES, SUITE_FILE, FolderError
from bench.results.later_claims import judged_meta
from bench.results.store import has_lines

_ROW_COLUMNS = (
    "metric",
    "value",
    "unit",
    "low",
    "high",
    "level",
    "status",
    "reason",
    "replicates",
    "samples",
    "noisy",
    "notes",
    "extra",
)
_NUMBERS = ("value", "low", "high", "level", "replicates", "samples")


@dataclass(frozen=True)
class Run:
    """One run folder.

    Attributes:
        folder: Where it lies.
        meta: ``run.json``: suite, command line, seed, versions, machine; with claims that were declared later, if any,
            in the place of the suite's own. Where the run was interrupted, ``not_reached`` lists the planned cases
            that have no row: ``id, group, subject, axes``.
    """

    folder: Path
    meta: dict[str, Any]
    _rows: list[dict[str, Any]]

    @property
    def suite_text(self) -> str:
        """The suite file as it was read when the run started."""
        file = self.folder / SUITE_FILE
        return file.read_text(encoding="utf-8") if file.exists() else ""

    @cached_property
    def measurements(self) -> pd.DataFrame:
        """Tidy rows, one per case and metric: ``case, group, subject, <axes>, metric, value, unit, low, high …``."""
        axes = list(self.meta["suite"]["axes"])
        records = [
            {
                "case": row["case"],
                "group": row["group"],
                "subject": row["subject"],
                **{axis: row["axes"].get(axis) for axis in axes},
                **{column: row.get(column) for column in _ROW_COLUMNS},
            }
            for row in self._rows
        ]
        frame = pd.DataFrame(records, columns=["case", "group", "subject", *axes, *_ROW_COLUMNS])
        for column in _NUMBERS:
            frame[column] = pd.to_numeric(frame[column])
        for position, row in enumerate(self._rows):
            for column in ("value", "low", "high"):
                text = (row.get("extra") or {}).get(f"{column}_text")
                if text is not None:
                    frame.loc[position, column] = float(text)
        return frame

    @cached_property
    def _sample_records(self) -> list[dict[str, Any]]:
        """Raw sample records of finished cases; if a case was measured twice, the later processes replace the first."""
        known = {
            row["case"]: int(row["replicates"]) for row in self._rows if row["metric"] == "time" and row["replicates"]
        }
        # A first attempt that was cut off may have got further than the one that counted.
        return [one for one in self._latest("samples") if one["replicate"] < known.get(one["case"], 0)]

    def _latest(self, kind: str) -> list[dict[str, Any]]:
        """Records of one kind, those of finished cases, the last one of each case and process."""
        finished = {row["case"] for row in self._rows}
        latest: dict[tuple[str, int], dict[str, Any]] = {}
        for record in self._records:
            if record.get("kind") == kind and record.get("case") in finished:
                latest[(record["case"], record["replicate"])] = record
        return list(latest.values())

    @cached_property
    def _records(self) -> list[dict[str, Any]]:
        """What was written of single processes. Raises ``FolderError`` where a damaged line lost one that counts."""
        lines = files.read_file(self.folder / SAMPLES)
        records = [record for _, record in lines if record is not None]
        damaged = [number for number, record in lines if record is None]
        # A torn write of an attempt that was cut off costs nothing: its group was measured again.
        lost = lost_processes(records, self._processes) if damaged else []
        if lost:
            raise FolderError(
                f"{self.folder / SAMPLES}, line {damaged[0]}: got what is no record of a run, so samples are lost, "
                f"those of {lost[0]} first; expected the file as it was written: restore it, or measure again"
            )
        return records

    @property
    def _processes(self) -> dict[tuple[str, str], int]:
        """How many processes each case was measured in, by the kind of their records."""
        found: dict[tuple[str, str], int] = {}
        for row in self._rows:
            kind = "outcome" if row["metric"].startswith("outcome_") else "samples"
            if (kind == "outcome" or row["metric"] == "time") and row["status"] == "ok" and row["replicates"]:
                found[(kind, row["case"])] = int(row["replicates"])
        return found

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """The workload's own numbers: ``case, group, subject, <axes>, metric, replicate, value, unit``.

        ``metric`` is the outcome's name. There is one row for each process, numbered by its seed's distance from the
        run's; for each draw where one process answered alone. Cases whose outcome failed have none.
        """
        axes = list(self.meta["suite"]["axes"])
        known = {
            (row["case"], row["metric"].removeprefix("outcome_")): row
            for row in self._rows
            if row["metric"].startswith("outcome_") and row["status"] == "ok"
        }
        records = []
        for record in self._latest("outcome"):
            for name, item in record["values"].items():
                row = known.get((record["case"], name))
                if row is None or record["replicate"] >= row["replicates"]:
                    continue
                values = [float(value) for value in item["values"]]
                numbered = list(enumerate(values))
                if row["replicates"] > 1:
                    numbered = [(record["replicate"], _average(values, row["extra"]["log"]))]
                for number, value in numbered:
                    records.append(
                        {
                            "case": record["case"],
                            "group": row["group"],
                            "subject": row["subject"],
                            **{axis: row["axes"].get(axis) for axis in axes},
                            "metric": name,
                            "replicate": number,
                            "value": value,
                            "unit": item["unit"],
                        }
                    )
        columns = ["metric", "replicate", "value", "unit"]
        return pd.DataFrame(records, columns=["case", "group", "subject", *axes, *columns])

    @cached_property
    def replicates(self) -> pd.DataFrame:
        """One row per case and process: ``case, group, subject, <axes>, replicate, value`` (median s per call).

        ``cost_s`` is what the process took in all: wall seconds of its start, its warm-up and its samples. ``start_s``
        is the first of these, and ``server`` the number of the fork server that it came from.
        """
        axes = list(self.meta["suite"]["axes"])
        cases = {row["case"]: row for row in self._rows}
        records = []
        for record in self._sample_records:
            row = cases[record["case"]]
            records.append(
                {
                    "case": record["case"],
                    "group": row["group"],
                    "subject": row["subject"],
                    **{axis: row["axes"].get(axis) for axis in axes},
                    "replicate": record["replicate"],
                    "value": median(record["seconds"]) if record["seconds"] else math.nan,
                    "calls": record["calls"],
                    "samples": len(record["seconds"]),
                    "involuntary_switches": record.get("involuntary_switches"),
                    "cpu_pressure": record.get("cpu_pressure"),
                    "cost_s": _cost(record),
                    "start_s": record.get("start_s"),
                    "server": record.get("server"),
                }
            )
        columns = ["replicate", "value", "calls", "samples", "involuntary_switches", "cpu_pressure"]
        columns += ["cost_s", "start_s", "server"]
        return pd.DataFrame(records, columns=["case", "group", "subject", *axes, *columns])

    @cached_property
    def samples(self) -> pd.DataFrame:
        """Raw samples: ``case, replicate, sample, seconds`` (seconds per call of one timed batch)."""
        records = [
            {"case": record["case"], "replicate": record["replicate"], "sample": number, "seconds": seconds}
            for record in self._sample_records
            for number, seconds in enumerate(record["seconds"])
        ]
        return pd.DataFrame(records, columns=["case", "replicate", "sample", "seconds"])

    def write_cache(self) -> Path:
        """Rebuild ``measurements.parquet`` from the rows (lists and dicts as JSON text) and return its path."""
        frame = self.measurements.copy()
        for column in ("notes", "extra"):
            frame[column] = [json.dumps(value, ensure_ascii=False) for value in frame[column]]
        for axis in self.meta["suite"]["axes"]:
            if frame[axis].dtype == object:
                frame[axis] = frame[axis].astype(str)
        path = self.folder / CACHE
        frame.to_parquet(path, index=False)
        return path


def _average(values: Sequence[float], log: bool) -> float:
    """What one process stands for: the mean of its draws, on the scale of its row."""
    if len(values) == 1:
        return values[0]
    if log:
        return math.exp(fmean(math.log(value) for value in values))
    # Not fmean: opposite infinities and sums beyond the largest float are NaN and infinite here, and no error.
    return sum(values) / len(values)


def _cost(record: Mapping[str, Any]) -> float:
    """Wall seconds of one process; its checks are not in it. Older runs say only what its calls took."""
    spent = record.get("spent_s")
    if spent is None:
        spent = float(record.get("warmup_s") or 0.0) + record["calls"] * math.fsum(record["seconds"])
    return float(record.get("start_s") or 0.0) + float(spent)


def open_run(path: str | Path) -> Run:
    """Open a run folder. Raises :class:`~bench.results.folder.FolderError` where it is none or its rows are damaged."""
    folder = Path(path)
    meta = judged_meta(folder)
    if not has_lines(folder / MEASUREMENTS):
        raise FolderError(f"{folder} has no {MEASUREMENTS}: nothing was measured")
    rows = files.finished_rows(files.read_rows(folder))
    lacking = files.unreached_cases(folder, meta, {row["case"] for row in rows})
    return Run(folder, {**meta, "not_reached": lacking} if lacking else meta, rows)
