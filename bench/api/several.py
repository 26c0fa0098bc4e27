"""Several runs in one frame, with a column that tells them apart: machines, versions or nights beside each other."""

from __future__ import annotations

import datetime
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from bench.analysis.tables import plain, rank
from bench.api.frames import Frames
from bench.api.opened import Run, open_run
from bench.api.schema import RUN
from bench.plural import counted
from bench.results.folder import MEASUREMENTS, RUN_FILE, FolderError
from bench.results.store import has_lines
from bench.suite.problems import Problem, nearest, one_of, show


class Runs(Frames):
    """Opened runs in the order in which they started; each frame is theirs one below the other, ``run`` in front.

    An axis that a run does not have is missing in its rows. ``runs[0]``, ``runs["name"]`` and a loop give single runs.
    """

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs = sorted(runs, key=_moment)
        taken = [run for run in self._runs if RUN in run.axes]
        if taken:
            raise ValueError(f"{taken[0].folder}: its axis {RUN!r} has the name of the column that tells runs apart")
        twice = [name for name, count in Counter(self.names).items() if count > 1]
        if twice:
            raise FolderError(
                f"open_runs: got {twice[0]!r} more than once; expected each run once, in folders whose names differ"
            )

    @cached_property
    def names(self) -> list[str]:
        """What the column ``run`` holds: the name of each folder, with the folder above it where two are alike."""
        folders = [run.folder.resolve() for run in self._runs]
        often = Counter(folder.name for folder in folders)
        return [folder.name if often[folder.name] == 1 else f"{folder.parent.name}/{folder.name}" for folder in folders]

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    def __getitem__(self, which: int | str) -> Run:
        if isinstance(which, int):
            return self._runs[which]
        if which not in self.names:
            expected = f"one of the runs ({', '.join(self.names)})"
            raise ValueError(str(Problem("run", None, "", show(which), expected, nearest(which, self.names))))
        return self._runs[self.names.index(which)]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per run, case and metric: ``run``, then the columns of a run's own frame."""
        return self._joined(lambda run: run.frame)

    @cached_property
    def crossovers(self) -> pd.DataFrame:
        """The crossovers of every run."""
        return self._joined(lambda run: run.crossovers)

    @cached_property
    def ratios(self) -> pd.DataFrame:
        """The ratios of every run."""
        return self._joined(lambda run: run.ratios)

    @cached_property
    def claims(self) -> pd.DataFrame:
        """The claims of every run."""
        return self._joined(lambda run: run.claims)

    @cached_property
    def claim_points(self) -> pd.DataFrame:
        """What the verdicts of every run rest on."""
        return self._joined(lambda run: run.claim_points)

    @cached_property
    def machines(self) -> pd.DataFrame:
        """One row per run: ``run, suite, started, host, device, cpu, cores, memory_bytes, torch, cases``."""
        records = []
        for name, run in zip(self.names, self._runs, strict=True):
            machine = run.meta.get("machine") or {}
            cpu = machine.get("cpu") or {}
            records.append(
                {
                    RUN: name,
                    "suite": run.meta["suite"].get("name", ""),
                    "started": run.meta.get("started", ""),
                    "host": machine.get("host", ""),
                    "device": run.meta.get("device", ""),
                    "cpu": cpu.get("model", ""),
                    "cores": cpu.get("cores"),
                    "memory_bytes": machine.get("memory_bytes"),
                    "torch": torch_version(run.meta),
                    "cases": int(run.frame["case"].nunique()),
                }
            )
        return pd.DataFrame(records)

    @cached_property
    def axes(self) -> dict[str, list[Any]]:
        """``run`` with the names, then every axis of any run; values in the order in which they first occur."""
        joined: dict[str, list[Any]] = {RUN: list(self.names)}
        for run in self._runs:
            for axis, values in run.axes.items():
                known = joined.setdefault(axis, [])
                texts = rank(known)
                known += [value for value in values if plain(value) not in texts]
        return joined

    @property
    def fixed(self) -> dict[str, Any]:
        """Parameters that all cases of all runs share."""
        first, *others = [run.fixed for run in self._runs]
        return {
            name: value
            for name, value in first.items()
            if name not in self.axes and all(name in other and other[name] == value for other in others)
        }

    def _joined(self, frame: Callable[[Run], pd.DataFrame]) -> pd.DataFrame:
        frames = [frame(run) for run in self._runs]
        named = [one.assign(**{RUN: name})[[RUN, *one.columns]] for one, name in zip(frames, self.names, strict=True)]
        return pd.concat([one for one in named if len(one)] or named[:1], ignore_index=True)

    def __repr__(self) -> str:
        return f"<bench.Runs: {counted(len(self), 'run')}: {', '.join(self.names)}>"

    def _repr_html_(self) -> str:
        return str(self.machines.to_html(index=False, escape=True))


def _moment(run: Run) -> float:
    """Seconds since the epoch at which a run started: machines may lie in different time zones."""
    try:
        return datetime.datetime.fromisoformat(str(run.meta.get("started", ""))).timestamp()
    except ValueError:
        return 0.0


def torch_version(meta: dict[str, Any]) -> str:
    """The torch that a run measured with; empty where it does not say."""
    software = meta.get("software") or {}
    return str((software.get("packages") or {}).get("torch") or software.get("torch") or "")


def open_runs(
    folder: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] = "reports", suite: str | None = None
) -> Runs:
    """Open several runs.

    Args:
        folder: A folder of run folders, or the runs themselves as :func:`~bench.api.opened.open_run` takes them.
        suite: Keep only runs of the suite with this name.

    Raises:
        FolderError: (:class:`bench.results.folder.FolderError`) There is no run, or one that was named cannot be read.
            A run below ``folder`` that cannot be read is left out with a warning.
        ValueError: No run is of ``suite``.
    """
    runs = _below(Path(folder)) if isinstance(folder, str | os.PathLike) else [open_run(path) for path in folder]
    if not runs:
        raise FolderError("open_runs: got no run, expected at least one")
    if suite is None:
        return Runs(runs)
    names = list(dict.fromkeys(str(run.meta["suite"].get("name", "")) for run in runs))
    chosen = [run for run in runs if run.meta["suite"].get("name") == suite]
    if not chosen:
        raise ValueError(str(Problem("open_runs", None, "suite", show(suite), one_of(names), nearest(suite, names))))
    return Runs(chosen)


def _below(folder: Path) -> list[Run]:
    if (folder / RUN_FILE).exists():
        raise FolderError(f"{folder} is a run folder; expected a folder of them, or open_run for this one")
    if not folder.is_dir():
        raise FolderError(f"no folder at {folder}")
    runs = []
    for path in sorted(folder.iterdir()):
        if not has_lines(path / MEASUREMENTS):
            continue
        try:
            runs.append(open_run(path))
        except FolderError as error:
            warnings.warn(f"left out: {error}", stacklevel=3)
    if not runs:
        raise FolderError(f"no run below {folder}")
    return runs
