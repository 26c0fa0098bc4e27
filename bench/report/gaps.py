"""Why a cell of a table has no value: never a blank, never a 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.analysis.tables import family
from bench.report.table import Cell, absent
from bench.report.view import View

#: The suite did not ask for this combination.
NOTHING = Cell("—", float("inf"), tone="quiet", title="not in this run")


class Gaps:
    """Status and reason of what a metric family lacks, found by point and subject.

    Args:
        view: The run.
        of: ``time``, ``memory``, ``flops``, ``error`` or ``outcome``.
        axes: The axes a point consists of, in order.
        otherwise: What to say where the family has a value and still nothing can be shown.
    """

    def __init__(self, view: View, of: str, axes: Sequence[str], otherwise: str) -> None:
        self._otherwise = absent(otherwise)
        self._lost: dict[tuple[str, tuple[Any, ...]], Cell] = {}
        self._known: set[tuple[str, tuple[Any, ...]]] = set()
        families = {metric: family(str(metric)) for metric in view.measurements["metric"].unique()}
        own = view.measurements[view.measurements["metric"].map(families) == of]
        for row in own[["subject", *axes, "status", "reason"]].to_dict("records"):
            key = (str(row["subject"]), tuple(row[axis] for axis in axes))
            if row["status"] == "ok":
                self._known.add(key)
            else:
                self._lost.setdefault(key, absent(str(row["status"]), row["reason"]))

    def cell(self, subject: str, point: tuple[Any, ...]) -> Cell:
        """What stands in the place of a missing value."""
        key = (subject, point)
        if key in self._known:
            return self._otherwise
        return self._lost.get(key, NOTHING)
