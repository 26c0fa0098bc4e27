"""The pairs of a run that measured every case against itself, in the order in which they were measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.suite.copies import COPIES

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """One case and its copy; every array has one row a pair and, where it has two columns, first and second copy.

    Attributes:
        case: Id of the case.
        logs: Logarithms of the seconds per call, one for each process.
        spent_s: Wall seconds of warm-up and samples, which a comparison's budget limits.
        cost_s: Wall seconds of each process, its start included.
        servers: The pair of fork servers each pair came from, by number; one-dimensional.
        within: Standard deviation of the logarithms of a process's samples, in the median over all processes; NaN where
            processes have one sample each.
    """

    case: str
    logs: Numbers
    spent_s: Numbers
    cost_s: Numbers
    servers: npt.NDArray[np.int64]
    within: float

    @property
    def differences(self) -> Numbers:
        """Logarithms of second / first, one for each pair."""
        return np.asarray(self.logs[:, 1] - self.logs[:, 0])

    @property
    def pools(self) -> int:
        """How many pairs of servers there were."""
        return len(np.unique(self.servers))

    def shaken(self, factor: float, random: np.random.Generator) -> Pairs:
        """The same pairs with a normal offset of each process, ``factor`` times as wide as the spread inside one.

        That is what an unlucky layout of memory does: it stays for the life of a process, so that more samples of it
        do not help.
        """
        offsets = random.normal(0.0, factor * self.within, self.logs.shape)
        return replace(self, logs=self.logs + offsets)


def pairs_of(replicates: pd.DataFrame, samples: pd.DataFrame) -> list[Pairs]:
    """The pairs of every case that has any, in the order of the frame.

    Args:
        replicates: Columns ``group`` (the case's own id), ``case`` (that of the copy), ``subject`` (one of
            :data:`~bench.suite.copies.COPIES`), ``replicate``, ``value`` (s per call) and ``cost_s``. Where there is a
            column ``start_s``, these seconds of ``cost_s`` do not count against a budget, as in a run. ``server`` is
            the number of the fork server, alike for both sides of a pair.
        samples: Columns ``case``, ``replicate``, ``seconds``.
    """
    known = replicates[np.isfinite(replicates["value"]) & (replicates["value"] > 0)]
    spreads = _spreads(samples)
    found = []
    for case, part in known.groupby("group", sort=False):
        sides = [part[part["subject"] == copy].set_index("replicate").sort_index() for copy in COPIES]
        both = sides[0].index.intersection(sides[1].index)
        if both.empty:
            continue
        values, costs, starts = (
            np.column_stack([_column(side, name)[side.index.get_indexer(both)] for side in sides])
            for name in ("value", "cost_s", "start_s")
        )
        within = [spreads[name] for name in dict.fromkeys(part["case"]) if name in spreads]
        spread = float(np.median(np.concatenate(within))) if within else float("nan")
        servers = _servers(sides[1].loc[both])
        found.append(Pairs(str(case), np.log(values), np.maximum(costs - starts, 0.0), costs, servers, spread))
    return found


def _column(side: pd.DataFrame, name: str) -> Numbers:
    """A column; zeros where an older run has none."""
    return side[name].fillna(0.0).to_numpy(dtype=float) if name in side else np.zeros(len(side))


def _servers(side: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The servers of processes; where an older run does not say of all, each counts as from one of its own.

    So it is in a comparison of such a run too.
    """
    known = "server" in side and bool(side["server"].notna().all())
    return np.asarray(side["server"] if known else side.index, dtype=np.int64)


def _spreads(samples: pd.DataFrame) -> Mapping[str, Numbers]:
    """By case: the standard deviation of the log samples of each of its processes that has at least two."""
    if samples.empty:
        return {}
    logs = samples.assign(log=np.log(samples["seconds"].clip(lower=1e-12)))
    deviations = logs.groupby(["case", "replicate"], sort=False)["log"].std().dropna()
    groups = deviations.groupby(level="case", sort=False)
    return {str(case): np.asarray(part, dtype=np.float64) for case, part in groups}
