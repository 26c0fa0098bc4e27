"""What a run knows of one metric, case by case, and the ratio of two cases."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.analysis.claims.run import Cell, ClaimRun, Facet
from bench.analysis.claims.spread import divided, zero_width
from bench.analysis.compare.welch import welch_effect
from bench.analysis.intervals import Interval, exact, paired_ratio
from bench.analysis.outcomes import PREFIX, draws
from bench.analysis.points import SOURCES
from bench.analysis.selection import stored
from bench.analysis.tables import family, present, rows_of


@dataclass(frozen=True)
class Absent:
    """Why a case gives no value."""

    reason: str


class Cells:
    """The values of one metric.

    Args:
        run: The run.
        metric: ``time``, ``memory``, ``flops``, a stored metric or an outcome's name.
    """

    def __init__(self, run: ClaimRun, metric: str) -> None:
        self.run = run
        self.metric = metric
        self.sources = SOURCES.get(metric) or (stored(run.everything, metric),)
        self.outcome = self.sources[0].startswith(PREFIX)
        self.unit = "1"
        self._values: dict[tuple[str, str], Interval] = {}
        self._reasons: dict[str, str] = {}
        kind = family(self.sources[0])
        rows = run.everything
        for row in rows_of(rows[[family(name) == kind for name in rows["metric"].tolist()]]):
            if row["status"] != "ok":
                text = str(row["reason"]).strip().split("\n")[0] if present(row["reason"]) else ""
                self._reasons.setdefault(row["case"], text or str(row["status"]).replace("_", " "))
            elif row["metric"] in self.sources and present(row["value"]):
                self._values[(row["case"], row["metric"])] = self._interval(row)
                self.unit = str(row["unit"]) if present(row["unit"]) else "1"
        self.processes = self._processes()

    def _interval(self, row: Mapping[str, Any]) -> Interval:
        value = float(row["value"])
        # Counted values are exact, whether or not their row repeats them as bounds.
        if not self.outcome and row["metric"] != "time":
            return exact(value, self.run.level)
        low, high = (float(row[name]) if present(row[name]) else math.nan for name in ("low", "high"))
        level = float(row["level"]) if present(row["level"]) else self.run.level
        return Interval(value, low, high, level, draws(row))

    def _processes(self) -> dict[str, dict[int, float]]:
        """Case to number of the process (or seed) to its value."""
        frame: pd.DataFrame | None = None
        if self.outcome:
            known = self.run.outcomes
            frame = known[known["metric"] == self.sources[0].removeprefix(PREFIX)] if "metric" in known else None
        elif self.sources == ("time",):
            frame = self.run.replicates
        found: dict[str, dict[int, float]] = {}
        if frame is not None and "replicate" in frame:
            columns = (frame[name].tolist() for name in ("case", "replicate", "value"))
            for case, number, value in zip(*columns, strict=True):
                if present(value):
                    found.setdefault(str(case), {})[int(number)] = float(value)
        return found

    def read(self, cell: Cell, source: str | None = None) -> Interval | Absent:
        """The value of a case, from the first source that has one unless it is named."""
        for name in self.sources if source is None else (source,):
            if (cell.case, name) in self._values:
                return self._values[(cell.case, name)]
        return Absent(self._reasons.get(cell.case, f"{self.metric} not measured"))

    def find(self, facet: Facet, wanted: Mapping[str, Any]) -> Cell | Absent:
        """The one case of a facet with these values; a shared part may come from another subject's cases."""
        found = facet.matching(wanted)
        if len(found) > 1:
            return Absent("this names several cases")
        if found:
            return found[0]
        others = [cell for cell in self.run.shared({**facet.axes, **wanted}) if isinstance(self.read(cell), Interval)]
        return others[0] if others else Absent("not in this run")

    def ratio(self, of: Cell, to: Cell) -> Interval | Absent:
        """The ratio of two cases, both from the same source.

        Times of one group are paired, process by process, and outcomes seed by seed. Times of two groups were measured
        one after the other, so that their spreads add.
        """
        for source in self.sources:
            one, other = self.read(of, source), self.read(to, source)
            if isinstance(one, Interval) and isinstance(other, Interval):
                return self._quotient(of, to, one, other)
        return next((found for found in map(self.read, (of, to)) if isinstance(found, Absent)), Absent("not measured"))

    def _quotient(self, of: Cell, to: Cell, one: Interval, other: Interval) -> Interval:
        level = self.run.level
        if zero_width(one) and zero_width(other):
            return divided(one.value, other.value, level)
        own, rival = (self.processes.get(cell.case, {}) for cell in (of, to))
        if not _positive((one.value, other.value, *own.values(), *rival.values())):
            value = divided(one.value, other.value, level).value
            return Interval(value, math.nan, math.nan, level, 1)
        if (self.outcome or of.group == to.group) and own.keys() & rival.keys():
            return paired_ratio(own, rival, level)
        if own and rival and not self.outcome:
            return welch_effect(list(own.values()), list(rival.values()), level).interval
        return Interval(one.value / other.value, math.nan, math.nan, level, 1)


def _positive(values: Iterable[float]) -> bool:
    return all(0 < value < math.inf for value in values)


def cells_of(run: ClaimRun, metric: str) -> Cells:
    """The values of a metric, looked up once for all claims of a run."""
    found: Cells | None = run.cache.get(metric)
    if found is None:
        found = run.cache[metric] = Cells(run, metric)
    return found
