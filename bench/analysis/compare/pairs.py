"""The two sides of one comparison of times, and its effect at any level."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import pandas as pd

from bench.analysis.compare.welch import welch_effect
from bench.analysis.decision import CONFIRMED, Effect, by_unit, paired_differences, paired_effect
from bench.analysis.intervals import geometric_interval
from bench.analysis.tables import present


@dataclass(frozen=True)
class Process:
    """One process of a case.

    Attributes:
        value: Its median seconds per call.
        cost_s: Wall seconds it took in all; NaN if unknown.
        server: Number of the fork server it came from; ``None`` if unknown, as in runs that had one only.
    """

    value: float
    cost_s: float
    server: int | None = None


Processes = Mapping[int, Process]


def processes(replicates: pd.DataFrame) -> dict[str, dict[int, Process]]:
    """The processes of each case, by their number. Those without a positive value are left out."""
    costs = replicates["cost_s"] if "cost_s" in replicates.columns else pd.Series(math.nan, replicates.index)
    found: dict[str, dict[int, Process]] = {}
    servers = replicates["server"] if "server" in replicates.columns else pd.Series(math.nan, replicates.index)
    columns = [replicates[name].tolist() for name in ("case", "replicate", "value")]
    for case, number, value, cost, server in zip(*columns, costs.tolist(), servers.tolist(), strict=True):
        if present(value) and value > 0 and math.isfinite(value):
            cost = float(cost) if present(cost) else math.nan
            process = Process(float(value), cost, int(server) if present(server) else None)
            found.setdefault(case, {})[int(number)] = process
    return found


@dataclass(frozen=True)
class Look:
    """Where a comparison in looks ended.

    Attributes:
        number: The look, from 1.
        planned: Numbers of pairs of all looks.
        share: Share of the error that this look could spend.
    """

    number: int
    planned: tuple[int, ...]
    share: float

    @property
    def confirmed(self) -> bool:
        """Whether a change may be called one: it was measured again, unless only one look was planned at all."""
        return self.number >= min(CONFIRMED, len(self.planned))


@dataclass(frozen=True)
class Times:
    """Both sides of a comparison of times.

    Attributes:
        old: Processes of one side.
        new: Processes of the other side.
        paired: Whether processes of equal number ran side by side.
        stored: The times of both sides, old and new, as their rows have them; all there is where a side's processes
            are not stored.
        look: Where the comparison ended; ``None`` if it was not measured in looks.
    """

    old: Processes
    new: Processes
    paired: bool
    stored: tuple[float, float]
    look: Look | None = None

    def sides(self) -> tuple[Processes, Processes]:
        """The processes that are compared, old and new: in pairs, those of which there is a pair."""
        if not self.paired:
            return self.old, self.new
        shared = self.old.keys() & self.new.keys()
        old, new = ({number: side[number] for number in sorted(shared)} for side in (self.old, self.new))
        return old, new

    def effect(self, level: float) -> Effect:
        """The ratio new / old at a level; without bounds where there are too few processes."""
        old, new = ({number: one.value for number, one in side.items()} for side in self.sides())
        if not old or not new:
            shift = math.log(self.stored[1]) - math.log(self.stored[0])
            return Effect(shift, math.nan, math.nan, math.nan, level, 0, "paired t" if self.paired else "Welch t")
        if self.paired:
            share = self.look.share if self.look else 1.0
            return paired_effect(paired_differences(new, old), level, share, self._units())
        return welch_effect(_by_server(self.new), _by_server(self.old), level)

    def _units(self) -> list[int] | None:
        """The servers of the pairs, in the order of their numbers; ``None`` if they are not known of every pair."""
        return _servers(self.sides()[1])

    def values(self, effect: Effect) -> tuple[float, float]:
        """What stands for each side, old and new, in seconds per call.

        The median where ranks made the interval, so that a few disturbed processes move neither; the geometric mean
        where t did, of which the ratio is exactly the quotient.
        """
        old, new = ([one.value for one in side.values()] for side in self.sides())
        if effect.count == 0:
            return self.stored
        if effect.method == "signed ranks":
            return median(old), median(new)
        if not self.paired:
            old, new = (_by_server(side) for side in self.sides())
        return geometric_interval(old).value, geometric_interval(new).value

    @property
    def pair_s(self) -> float:
        """Wall seconds that one process more of each side would take, as the median ones did; NaN if unknown."""
        costs = [[one.cost_s for one in side.values() if not math.isnan(one.cost_s)] for side in (self.old, self.new)]
        return sum(median(side) for side in costs) if all(costs) else math.nan


def _servers(side: Processes) -> list[int] | None:
    """The server of each process, in the order of their numbers; ``None`` if not known of all."""
    servers = [one.server for _, one in sorted(side.items())]
    known = [server for server in servers if server is not None]
    return known if len(known) == len(servers) else None


def _by_server(side: Processes) -> list[float]:
    """One value for each server, the geometric mean of its processes: they share what its start settled."""
    logs = [math.log(one.value) for _, one in sorted(side.items())]
    return [math.exp(log) for log in by_unit(logs, _servers(side))]
