"""The run that claims are judged by: its cases, and the facets in which an expectation is judged by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from bench.analysis.points import samples_lost
from bench.analysis.selection import chosen, places
from bench.analysis.shares import without_repeats
from bench.analysis.tables import plain, rank
from bench.analysis.wording import value_words
from bench.suite.conditions import same

Axes = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One case: its id, the group it was measured in, and all its axes, fixed parameters among them."""

    case: str
    group: str
    axes: Axes


@dataclass(frozen=True)
class Facet:
    """The cases that differ only in the axes an expectation names; ``axes`` are all the others."""

    axes: Axes
    cells: tuple[Cell, ...]

    def matching(self, wanted: Mapping[str, Any]) -> list[Cell]:
        """The cases with these values of axes."""
        return [cell for cell in self.cells if meets(cell.axes, wanted)]


@dataclass(frozen=True)
class ClaimRun:
    """One run, as claims look at it.

    Attributes:
        meta: ``run.json``.
        everything: Tidy rows of all statuses.
        replicates: One row per case and process.
        outcomes: Raw outcomes, one row per case, outcome and seed.
        cache: What was looked up for one claim and serves the next, too.
    """

    meta: Mapping[str, Any]
    everything: pd.DataFrame
    replicates: pd.DataFrame
    outcomes: pd.DataFrame
    cache: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def suite(self) -> Mapping[str, Any]:
        """The suite as it was run."""
        suite: Mapping[str, Any] = self.meta["suite"]
        return suite

    @property
    def subject(self) -> str:
        """The axis whose values are compared."""
        return str(self.suite["subject"])

    @property
    def level(self) -> float:
        """Confidence level of every interval."""
        return float((self.suite.get("measure") or {}).get("level", 0.95))

    @property
    def seed(self) -> int:
        """The run's seed, which seeds the draws of crossovers too."""
        return int(self.meta.get("seed") or 0)

    @property
    def share(self) -> Mapping[str, Any] | None:
        """The axis that splits a whole into parts, if the suite declares one."""
        return self.suite.get("share")

    @cached_property
    def labels(self) -> dict[str, str]:
        """Display words for axes and values."""
        return dict(self.suite.get("labels") or {})

    @cached_property
    def axes(self) -> dict[str, list[Any]]:
        """Every axis with its declared values, fixed parameters among them."""
        fixed = {name: [value] for name, value in (self.suite.get("fixed") or {}).items()}
        return fixed | {name: list(values) for name, values in self.suite["axes"].items()}

    @cached_property
    def measurements(self) -> pd.DataFrame:
        """The rows without those of shared parts that were measured under another subject."""
        return without_repeats(self.everything, self.share, self.subject)

    @cached_property
    def samples_lost(self) -> bool:
        """Whether what is left of the run does not hold its processes any more."""
        return samples_lost(self.everything, self.replicates)

    @cached_property
    def seen(self) -> dict[str, set[str]]:
        """The values of each axis that some case has, as text."""
        found: dict[str, set[str]] = {}
        for cell in self._cells:
            for axis, value in cell.axes.items():
                found.setdefault(axis, set()).add(plain(value))
        return found

    @cached_property
    def _cells(self) -> tuple[Cell, ...]:
        return self._made(self.everything.drop_duplicates("case"))

    def _made(self, cases: pd.DataFrame) -> tuple[Cell, ...]:
        names = zip(cases["case"].tolist(), cases["group"].tolist(), places(cases, self.axes), strict=True)
        return tuple(Cell(str(case), str(group), axes) for case, group, axes in names)

    def cells(self, where: Mapping[str, Any], at: Mapping[str, Any]) -> tuple[Cell, ...]:
        """The cases that meet the conditions of a claim and have the values it names."""
        cases = chosen(self.measurements.drop_duplicates("case"), where, self.axes)
        return tuple(cell for cell in self._made(cases) if meets(cell.axes, at))

    def facets(self, cells: Iterable[Cell], named: Iterable[str]) -> list[Facet]:
        """Cases that share all axes but the named ones, in declared order."""
        without = set(named)
        found: dict[tuple[str, ...], tuple[Axes, list[Cell]]] = {}
        for cell in cells:
            rest = {axis: value for axis, value in cell.axes.items() if axis not in without}
            found.setdefault(tuple(plain(value) for value in rest.values()), (rest, []))[1].append(cell)
        ordered = sorted(found.values(), key=lambda entry: self._order(entry[0]))
        return [Facet(axes, tuple(own)) for axes, own in ordered]

    def _order(self, axes: Mapping[str, Any]) -> list[int]:
        return [self._ranks[axis].get(plain(value), len(self._ranks[axis])) for axis, value in axes.items()]

    @cached_property
    def _ranks(self) -> dict[str, dict[str, int]]:
        known = {axis: rank(values) for axis, values in self.axes.items()}
        return {axis: known.get(axis, {}) for axis in {**known, **self.seen}}

    def shared(self, wanted: Mapping[str, Any]) -> list[Cell]:
        """The cases of a shared part, under whichever subject they were measured; none for other parts."""
        share = self.share
        part = wanted.get(str(share["axis"])) if share else None
        if share is None or part is None or not any(same(part, one) for one in share.get("shared") or ()):
            return []
        rest = {axis: value for axis, value in wanted.items() if axis != self.subject}
        return [cell for cell in self._cells if meets(cell.axes, rest)]

    def unit(self, axis: str, facet: Mapping[str, Any]) -> float | None:
        """The number that a place is a multiple of: the facet's own value, or the only one there is."""
        values = self.axes.get(axis, [])
        value = facet.get(axis, values[0] if len(values) == 1 else None)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def shown(self, facet: Mapping[str, Any], conditions: Sequence[Mapping[str, Any]]) -> Axes:
        """The axes that tell one facet of a claim from another: they vary in the run, and no condition settles them."""
        settled = {axis for one in conditions for axis, spec in one.items() if not isinstance(spec, list | Mapping)}
        return {
            axis: value for axis, value in facet.items() if axis not in settled and len(self.seen.get(axis, ())) > 1
        }

    def words(self, axes: Mapping[str, Any]) -> str:
        """Values of axes in one line: ``linear (elu+1), n = 1024``."""
        return ", ".join(value_words(axis, value, self.labels) for axis, value in axes.items())


def meets(axes: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a case has these values of axes."""
    return all(axis in axes and axes[axis] is not None and same(axes[axis], value) for axis, value in wanted.items())
