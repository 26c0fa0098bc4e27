"""A run opened in a notebook: stored rows as a tidy frame, and what the analysis makes of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench.api.frames import Frames
from bench.api.schema import schema_table, tidy
from bench.plural import counted
from bench.results.find import find_run
from bench.results.folder import FolderError
from bench.results.run import Run as StoredRun
from bench.results.run import open_run as open_stored

if TYPE_CHECKING:
    from bench.analysis.summary import Analysis


class Run(Frames, StoredRun):
    """A run folder as data frames; each is made when it is first asked for and kept. docs/PANDAS.md lists the columns.

    Beside what is below there are, as stored: ``folder``, ``meta`` (``run.json``), ``suite_text``, ``measurements``,
    ``outcomes``, ``replicates`` (one row per case and process) and ``samples`` (seconds per call of each timed batch).
    """

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per case and metric, of all statuses: place, axes, value, unit, interval, status and the rest."""
        return tidy(self.measurements, self.axes)

    @cached_property
    def schema(self) -> pd.DataFrame:
        """The columns of :attr:`frame`: ``column, dtype, unit, meaning``."""
        return schema_table(self.frame, self.axes, dict(self._suite.get("labels") or {}))

    @cached_property
    def analysis(self) -> Analysis:
        """Everything the report shows (:class:`bench.analysis.summary.Analysis`)."""
        from bench.analysis.summary import analyse

        return analyse(self.meta, self.measurements, self.replicates, self.outcomes)

    @property
    def crossovers(self) -> pd.DataFrame:
        """From where on each subject needs less than each baseline: one row per facet, metric, subject and baseline."""
        return self.analysis.crossovers

    @property
    def ratios(self) -> pd.DataFrame:
        """Subject / baseline with interval and verdict: one row per point, metric, subject and baseline."""
        return self.analysis.ratios

    @property
    def claims(self) -> pd.DataFrame:
        """The suite's claims with their verdicts, in declared order: one row each."""
        return self.analysis.claims

    @property
    def claim_points(self) -> pd.DataFrame:
        """What each verdict rests on: one row per claim and facet."""
        return self.analysis.claim_points

    @property
    def axes(self) -> dict[str, list[Any]]:
        """Every axis with its values as declared."""
        return {str(axis): list(values) for axis, values in self._suite["axes"].items()}

    @property
    def fixed(self) -> dict[str, Any]:
        """Parameters of the workload that all cases share."""
        return dict(self._suite.get("fixed") or {})

    @property
    def _suite(self) -> Mapping[str, Any]:
        suite: Mapping[str, Any] = self.meta["suite"]
        return suite

    def __repr__(self) -> str:
        cases = counted(int(self.frame["case"].nunique()), "case")
        return f"<bench.Run {self.folder.name}: {cases} over {', '.join(self.axes)}>"

    def _repr_html_(self) -> str:
        from bench.api.page import run_html

        return run_html(self)


def open_run(path: str | os.PathLike[str], reports: str | os.PathLike[str] = "reports") -> Run:
    """Open a run.

    Args:
        path: A run folder; as text also what ``bench compare`` takes: the id of a run below ``reports``, a beginning
            that only one id has, ``latest``, or ``latest~N``, the N-th before it of the same suite.
        reports: Where run folders lie.

    Raises:
        FolderError: (:class:`bench.results.folder.FolderError`) There is no such run, more than one, or it cannot be
            read; one line, with near names.
    """
    if not isinstance(path, str | os.PathLike):
        raise FolderError(
            f"open_run: got {path!r}, expected a run folder, the id of a run or its beginning, or 'latest'"
        )
    folder = find_run(path, Path(reports)) if isinstance(path, str) else Path(path)
    stored = open_stored(folder)
    return Run(**{field.name: getattr(stored, field.name) for field in fields(stored)})
