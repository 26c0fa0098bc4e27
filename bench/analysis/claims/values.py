"""Claims about a value itself: an outcome, a time, a number of bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.analysis.claims.cells import Absent, cells_of
from bench.analysis.claims.points import Gap, Judged, point
from bench.analysis.claims.ranges import bound_range
from bench.analysis.claims.run import ClaimRun
from bench.analysis.claims.words import bound_words, measured


def judge_value(claim: Mapping[str, Any], spec: Mapping[str, Any], run: ClaimRun) -> Judged:
    """Judge the value of each case that meets the claim's conditions by its own interval."""
    cells = cells_of(run, str(claim["metric"]))
    judged = Judged(bound_words(spec, cells.unit), named=list(spec["at"].items()))
    for facet in run.facets(run.cells(claim["where"], spec["at"]), ()):
        shown = run.shown(facet.axes, [claim["where"], spec["at"]])
        for cell in facet.cells:
            found = cells.read(cell)
            if isinstance(found, Absent):
                judged.gaps.append(Gap(run.words(shown), "", found.reason))
            else:
                judged.points.append(point(shown, found, bound_range(spec), measured(found, cells.unit), [cell.case]))
    return judged
