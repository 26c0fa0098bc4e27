"""Claims about the share that a part has of a whole, at a point or along an axis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bench.analysis.claims.cells import Absent, Cells, cells_of
from bench.analysis.claims.places import place_point, place_units
from bench.analysis.claims.points import Gap, Judged, point
from bench.analysis.claims.ranges import bound_range
from bench.analysis.claims.run import Cell, ClaimRun, Facet
from bench.analysis.claims.words import bound_words, measured, place_words
from bench.analysis.intervals import Interval
from bench.analysis.tables import present
from bench.analysis.unreached import NOT_REACHED
from bench.analysis.wording import place, value_words

#: A peak of memory can be the whole's: such a share stands for "nearly all", as in the table of halves.
_NEARLY_ALL = 0.999


def judge_share(claim: Mapping[str, Any], spec: Mapping[str, Any], run: ClaimRun) -> Judged:
    """Judge part / whole, or from where along an axis on it is over (or under) half."""
    for side in ("over_half", "under_half"):
        if side in spec:
            return _half(claim, spec, run, spec[side], over=side == "over_half")
    axis, part, whole = str(spec["axis"]), spec["part"], spec["whole"]
    names = [value_words(axis, value, run.labels) for value in (part, whole)]
    judged = Judged(f"{names[0]} {bound_words(spec, '%')} of {names[1]}")
    judged.named = [(axis, part), (axis, whole), *spec["at"].items()]
    cells = cells_of(run, str(claim["metric"]))
    for facet in run.facets(run.cells(claim["where"], spec["at"]), [axis]):
        if not facet.matching({axis: whole}):
            continue
        shown = run.shown(facet.axes, [claim["where"], spec["at"]])
        found, cases = _share(cells, facet, axis, part, whole)
        if isinstance(found, Absent):
            judged.gaps.append(Gap(run.words(shown), "", found.reason))
        else:
            judged.points.append(point(shown, found, bound_range(spec), measured(found, "%"), cases))
    return judged


def _half(
    claim: Mapping[str, Any], spec: Mapping[str, Any], run: ClaimRun, along: Mapping[str, Any], *, over: bool
) -> Judged:
    """From where along an axis on the part is over (or under) half of the whole.

    The ratio whose crossing is looked for is rest / part, or part / rest: below 1 where the claim has it.
    """
    axis, part, whole, line = str(spec["axis"]), spec["part"], spec["whole"], str(along["axis"])
    cells = cells_of(run, str(claim["metric"]))
    judged = Judged("", named=[(axis, part), (axis, whole), *spec["at"].items()])
    chosen = [cell for cell in run.cells(claim["where"], spec["at"]) if present(cell.axes.get(line))]
    facets = [
        facet for facet in run.facets(chosen, [axis, line]) if facet.matching({axis: whole})
    ]  # a facet that holds the whole nowhere holds no share either
    for facet in facets:
        shown = run.shown(facet.axes, [claim["where"], spec["at"]])
        where = run.words(shown)
        ratios: list[tuple[float, Interval]] = []
        cases: list[str] = []
        unreached: list[float] = []
        gaps: list[tuple[float, Gap]] = []
        numbers = sorted({float(cell.axes[line]) for cell in facet.cells})
        for number in (n for n in numbers if n > 0):
            here = Facet({**facet.axes, line: number}, tuple(c for c in facet.cells if float(c.axes[line]) == number))
            if not here.matching({axis: whole}):
                continue
            found, rests = _share(cells, here, axis, part, whole)
            if isinstance(found, Absent) or not found.value > 0:
                reason = found.reason if isinstance(found, Absent) else "its share is not a positive number"
                unreached += [number] if NOT_REACHED in reason else []
                gaps.append((number, Gap(where, f"{line} = {place(number)}", reason)))
                continue
            ratios.append((number, _rest(found) if over else _inverse(_rest(found))))
            cases += rests
        # How far the axis was measured is said by the point itself.
        judged.gaps += [gap for n, gap in gaps if not ratios or n not in unreached or n < ratios[-1][0]]
        if ratios:
            told = (sorted(facet.axes.items(), key=repr), claim["metric"], part, whole, over)
            key = repr((told, [n for n, _ in ratios]))
            judged_point, beyond = place_point(run, along, line, key, facet.axes, shown, ratios, cases, unreached)
            judged.points.append(judged_point)
            judged.limits += beyond
    units = place_units(along, run, [facet.axes for facet in facets])
    names = [value_words(axis, value, run.labels) for value in (part, whole)]
    side = "over" if over else "under"
    judged.expected = f"{names[0]} {side} half of {names[1]} {place_words(line, along, units, run.labels)}"
    return judged


def _share(cells: Cells, facet: Facet, axis: str, part: Any, whole: Any) -> tuple[Interval | Absent, list[str]]:
    """Part over whole in a facet, and the two cases."""
    one, all_of_it = (cells.find(facet, {axis: value}) for value in (part, whole))
    for cell, value in ((one, part), (all_of_it, whole)):
        if isinstance(cell, Absent):
            return Absent(f"{value_words(axis, value, cells.run.labels)}: {cell.reason}"), []
    assert isinstance(one, Cell) and isinstance(all_of_it, Cell)
    return cells.ratio(one, all_of_it), [one.case, all_of_it.case]


def _rest(share: Interval) -> Interval:
    """(whole - part) / part of a share part / whole, its bounds with it."""

    def odds(value: float) -> float:
        return math.nan if math.isnan(value) else 1 / min(value, _NEARLY_ALL) - 1

    return Interval(odds(share.value), odds(share.high), odds(share.low), share.level, share.count)


def _inverse(ratio: Interval) -> Interval:
    return Interval(1 / ratio.value, 1 / ratio.high, 1 / ratio.low, ratio.level, ratio.count)
