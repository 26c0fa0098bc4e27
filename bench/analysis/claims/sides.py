"""Claims about two cases or more at the same point: their ratio, their equality, their order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from bench.analysis.claims.cells import Absent, Cells, cells_of
from bench.analysis.claims.points import Gap, Judged, Point, point, unclear
from bench.analysis.claims.ranges import Range, bound_range, decide, interval_range, overall
from bench.analysis.claims.run import Cell, ClaimRun
from bench.analysis.claims.spread import quotient
from bench.analysis.claims.words import bound_words, measured, percentage
from bench.analysis.intervals import Interval, exact
from bench.analysis.wording import value_words

#: What an order asks of each step: the later one needs more.
_MORE = Range(low=1.0, open_low=True)

Pair = tuple[dict[str, Any], Cell, Cell]


def judge_ratio(claim: Mapping[str, Any], spec: Mapping[str, Any], run: ClaimRun) -> Judged:
    """Judge metric(of) / metric(to), or that it is less than the same ratio of another metric."""
    names = " / ".join(_sides(spec, run))
    metric, other = str(claim["metric"]), spec.get("below_ratio_of")
    cells = cells_of(run, metric)
    if other is None:
        expected, words = bound_range(spec), f"{names} {bound_words(spec)}"
    else:
        expected, words = Range(high=1.0, open_high=True), f"{names} of {metric} below that of {other}"
    judged = Judged(words, named=_named(spec))
    for shown, of, to in _pairs(claim, spec, run, cells, judged):
        found = cells.ratio(of, to)
        rival = exact(1.0, run.level) if other is None else cells_of(run, str(other)).ratio(of, to)
        if isinstance(found, Absent) or isinstance(rival, Absent):
            reason = found.reason if isinstance(found, Absent) else rival.reason if isinstance(rival, Absent) else ""
            judged.gaps.append(Gap(run.words(shown), "", reason))
            continue
        text = measured(found)
        if other is not None:
            both = f"{metric} {text}, {other} {measured(rival)}"
            found = quotient(found, rival)
            text = f"{both}; one over the other {measured(found)}"
        judged.points.append(point(shown, found, expected, text, (of.case, to.case)))
    return judged


def judge_equality(claim: Mapping[str, Any], spec: Mapping[str, Any], run: ClaimRun) -> Judged:
    """Judge that two cases differ by no more than a band: their ratio lies within 1 / (1 + band) … 1 + band."""
    band = float(spec["band"])
    one, other = _sides(spec, run)
    cells = cells_of(run, str(claim["metric"]))
    judged = Judged(f"{one} and {other} equal within {percentage(band)}", named=_named(spec))
    for shown, of, to in _pairs(claim, spec, run, cells, judged):
        found = cells.ratio(of, to)
        if isinstance(found, Absent):
            judged.gaps.append(Gap(run.words(shown), "", found.reason))
            continue
        if math.isnan(found.value) and found.count == 0:
            found = exact(1.0, run.level)  # 0 and 0, both exact
        text = f"{one} / {other} {measured(found)}"
        judged.points.append(point(shown, found, Range(1 / (1 + band), 1 + band), text, (of.case, to.case)))
    return judged


def judge_order(claim: Mapping[str, Any], spec: Mapping[str, Any], run: ClaimRun) -> Judged:
    """Judge that the metric increases from each of ``values`` to the next.

    A value that was not measured leaves a point unclear, unless one of the other steps goes the wrong way.
    """
    axis, values, at = str(spec["axis"]), list(spec["values"]), spec["at"]
    names = [value_words(axis, value, run.labels) for value in values]
    judged = Judged(" < ".join(names), named=[*((axis, value) for value in values), *at.items()])
    cells = cells_of(run, str(claim["metric"]))
    for facet in run.facets(run.cells(claim["where"], at), [axis]):
        shown = run.shown(facet.axes, [claim["where"], at])
        there: list[tuple[str, Cell]] = []
        lacking: list[str] = []
        for name, value in zip(names, values, strict=True):
            cell = cells.find(facet, {axis: value})
            found = cells.read(cell) if isinstance(cell, Cell) else cell
            if isinstance(cell, Cell) and isinstance(found, Interval):
                there.append((name, cell))
            elif isinstance(found, Absent):
                lacking.append(name)
                judged.gaps.append(Gap(run.words(shown), name, found.reason))
        if len(there) > 1:
            judged.points.append(_ordered(cells, there, shown, lacking))
    return judged


def _ordered(cells: Cells, there: Sequence[tuple[str, Cell]], shown: dict[str, Any], lacking: Sequence[str]) -> Point:
    """One point of an order: its steps, of which the weakest stands for it."""
    cases = tuple(cell.case for _, cell in there)
    steps: list[Interval] = []
    texts = []
    for (lower, one), (higher, other) in pairwise(there):
        ratio = cells.ratio(other, one)
        if isinstance(ratio, Absent):
            return unclear(shown, _MORE, f"{higher} / {lower}: {ratio.reason}", cases)
        steps.append(ratio)
        texts.append(f"{higher} / {lower} {measured(ratio)}")
    verdicts = [decide(interval_range(ratio), _MORE) for ratio in steps]
    verdict = overall(verdicts)
    weakest = min((ratio for ratio, one in zip(steps, verdicts, strict=True) if one == verdict), key=_weight)
    text = "; ".join([*texts, *(f"{name} has no value" for name in lacking)])
    if lacking and verdict == "holds":
        verdict = "unclear"
    return Point(shown, weakest.value, interval_range(weakest), _MORE, text, cases, verdict)


def _weight(ratio: Interval) -> float:
    return -math.inf if math.isnan(ratio.value) else ratio.value


def _pairs(
    claim: Mapping[str, Any], spec: Mapping[str, Any], run: ClaimRun, cells: Cells, judged: Judged
) -> Iterator[Pair]:
    """The facets in which both sides are one case; what keeps the others from it goes to the gaps."""
    for facet in run.facets(run.cells(claim["where"], spec["at"]), {*spec["of"], *spec["to"]}):
        if not facet.matching(spec["of"]) and not facet.matching(spec["to"]):
            continue
        shown = run.shown(facet.axes, [claim["where"], spec["at"]])
        of, to = (cells.find(facet, spec[name]) for name in ("of", "to"))
        for side, name in ((of, "of"), (to, "to")):
            if isinstance(side, Absent):
                judged.gaps.append(Gap(run.words(shown), run.words(spec[name]), side.reason))
        if isinstance(of, Cell) and isinstance(to, Cell):
            yield shown, of, to


def _sides(spec: Mapping[str, Any], run: ClaimRun) -> tuple[str, str]:
    """What tells each side from the other, in words."""
    of, to = spec["of"], spec["to"]
    one = {axis: value for axis, value in of.items() if to.get(axis) != value}
    other = {axis: value for axis, value in to.items() if of.get(axis) != value}
    return run.words(one or of), run.words(other or to)


def _named(spec: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [entry for name in ("of", "to", "at") for entry in spec[name].items()]
