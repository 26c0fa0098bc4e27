"""Looking a run up by facet, axis value and subject, and pairing subjects with baselines there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from bench.analysis.intervals import Interval, exact, paired_ratio
from bench.analysis.tables import axis_columns, family, plain, present, rank

#: Metrics that can answer for a family in a comparison, best first. Both sides always use the same one.
SOURCES: dict[str, tuple[str, ...]] = {
    "time": ("time",),
    "memory": ("peak_tensor_bytes",),
    "flops": ("flops_formula", "flops_dispatch"),
}

Facet = tuple[Any, ...]
Place = tuple[Facet, float, str]

_STATUS_WORDS = {
    "skipped": "skipped",
    "unsupported": "not supported",
    "wrong_result": "wrong result",
    "oom_host": "out of memory",
    "oom_device": "out of device memory",
    "timeout": "timed out",
    "crashed": "crashed",
    "error": "failed with an error",
}


@dataclass(frozen=True)
class Pair:
    """Subject against baseline at one axis value.

    Attributes:
        n: The axis value.
        ratio: Subject / baseline; less than 1 where the subject needs less.
        member: The baseline's subject with the lowest value here.
        absent: Members of the baseline that have no value here.
    """

    n: float
    ratio: Interval
    member: str
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Missing:
    """Why there is no pair at one axis value: which subjects lack a value, and the reason given first."""

    n: float
    who: tuple[str, ...]
    reason: str


def samples_lost(measurements: pd.DataFrame, processes: pd.DataFrame) -> bool:
    """Whether times were measured in several processes of which nothing is left: their file is gone."""
    several = (measurements["metric"] == "time") & (measurements["replicates"] > 1)
    return processes.empty and bool(several.any())


class Readings:
    """The measurements of one run along one axis.

    Args:
        measurements: Tidy frame of rows, all statuses.
        replicates: One row per case and process.
        axis: The numeric axis points lie on.
        subject_axis: The axis whose values are compared; the ``subject`` column holds them as text.
        axes: Declared values per axis; they order facets and subjects. May be empty.
        level: Confidence level of the ratios' intervals.
    """

    def __init__(
        self,
        measurements: pd.DataFrame,
        replicates: pd.DataFrame,
        axis: str,
        subject_axis: str,
        axes: Mapping[str, Sequence[Any]] | None = None,
        level: float = 0.95,
    ) -> None:
        self.axis = axis
        self.level = level
        #: Why points without an interval have none.
        self.single = "samples are missing" if samples_lost(measurements, replicates) else "one replicate"
        self._declared = {name: rank(values) for name, values in (axes or {}).items()}
        self._subject_axis = subject_axis
        self.facet_axes = [name for name in axis_columns(measurements) if name not in (axis, subject_axis)]
        self.values: dict[Place, dict[str, float]] = {}
        self._reasons: dict[tuple[Place, str], str] = {}
        self._replicates: dict[Place, dict[int, float]] = {}
        if axis not in measurements.columns:
            return
        for place, metric, value, status, reason in zip(
            self._places(measurements),
            measurements["metric"].tolist(),
            measurements["value"].tolist(),
            measurements["status"].tolist(),
            measurements["reason"].tolist(),
            strict=True,
        ):
            known = self.values.setdefault(place, {})
            if status == "ok" and present(value) and 0 < value < math.inf:
                known[metric] = float(value)
            elif status == "ok":
                self._reasons.setdefault((place, family(metric)), "its value is not positive and finite")
            else:
                text = str(reason).strip().split("\n")[0] if present(reason) and str(reason).strip() else ""
                self._reasons.setdefault((place, family(metric)), text or _STATUS_WORDS.get(status, str(status)))
        if axis in replicates.columns:
            for place, number, value in zip(
                self._places(replicates), replicates["replicate"].tolist(), replicates["value"].tolist(), strict=True
            ):
                if present(value) and 0 < value < math.inf:
                    self._replicates.setdefault(place, {})[int(number)] = float(value)

    def _places(self, frame: pd.DataFrame) -> list[Place]:
        columns = [frame[name].tolist() if name in frame.columns else [None] * len(frame) for name in self.facet_axes]
        facets = list(zip(*columns, strict=True)) if columns else [()] * len(frame)
        numbers = [float(value) if present(value) else math.nan for value in frame[self.axis].tolist()]
        return list(zip(facets, numbers, frame["subject"].astype(str).tolist(), strict=True))

    @cached_property
    def facets(self) -> list[Facet]:
        """Every combination of the other axes that occurs, in declared order."""
        seen = dict.fromkeys(facet for facet, _, _ in self.values)

        def position(facet: Facet) -> tuple[int, ...]:
            order = (self._declared.get(name, {}) for name in self.facet_axes)
            return tuple(ranks.get(plain(value), len(ranks)) for ranks, value in zip(order, facet, strict=True))

        return sorted(seen, key=position)

    @cached_property
    def subjects(self) -> list[str]:
        """Every subject that occurs, in declared order."""
        order = self._declared.get(self._subject_axis, {})
        seen = dict.fromkeys(subject for _, _, subject in self.values)
        return sorted(seen, key=lambda subject: order.get(subject, len(order)))

    @cached_property
    def _grids(self) -> dict[Facet, list[float]]:
        found: dict[Facet, set[float]] = {}
        for facet, n, _ in self.values:
            if n > 0:
                found.setdefault(facet, set()).add(n)
        return {facet: sorted(numbers) for facet, numbers in found.items()}

    def grid(self, facet: Facet) -> list[float]:
        """Axis values at which any subject of the facet has a row; those a log axis cannot show are left out."""
        return self._grids.get(facet, [])

    def occurs(self, facet: Facet, subject: str) -> bool:
        """Whether the subject has any row in the facet."""
        return any((facet, n, subject) in self.values for n in self.grid(facet))

    def reason(self, facet: Facet, n: float, subject: str, metrics: str) -> str:
        """Why the subject has no value of a family at a point."""
        place = (facet, n, subject)
        default = f"{metrics} not measured" if place in self.values else "not in this run"
        return self._reasons.get((place, metrics), default)

    def pair(self, facet: Facet, n: float, subject: str, members: Sequence[str], metrics: str) -> Pair | Missing:
        """The ratio of subject to the lowest of ``members`` at one point.

        Args:
            facet: Values of the facet axes.
            n: Axis value.
            subject: Whose ratio.
            members: The baseline's subjects.
            metrics: ``time``, ``memory`` or ``flops``.
        """
        own = self.values.get((facet, n, subject), {})
        others = {member: self.values.get((facet, n, member), {}) for member in members}
        for source in SOURCES[metrics]:
            rivals = {member: values[source] for member, values in others.items() if source in values}
            if source not in own or not rivals:
                continue
            best = min(rivals, key=lambda member: rivals[member])
            absent = tuple(member for member in members if member not in rivals)
            if metrics == "time":
                ratio = self._time_ratio(facet, n, subject, best, own[source] / rivals[best])
            else:
                ratio = exact(own[source] / rivals[best], self.level)
            return Pair(n, ratio, best, absent)
        lacking = [name for name in (subject, *members) if not self._has(facet, n, name, metrics)]
        if any(member not in lacking for member in members):
            lacking = [name for name in lacking if name == subject]
        who = tuple(lacking) or (subject, *members)
        return Missing(n, who, self.reason(facet, n, who[0], metrics))

    def _has(self, facet: Facet, n: float, subject: str, metrics: str) -> bool:
        return any(source in self.values.get((facet, n, subject), {}) for source in SOURCES[metrics])

    def _time_ratio(self, facet: Facet, n: float, subject: str, member: str, fallback: float) -> Interval:
        own = self._replicates.get((facet, n, subject), {})
        other = self._replicates.get((facet, n, member), {})
        if own.keys() & other.keys():
            return paired_ratio(own, other, self.level)
        # Never paired (the samples are gone or ran apart): the ratio stands, but nothing says how sure it is.
        return Interval(fallback, math.nan, math.nan, self.level, 1)
