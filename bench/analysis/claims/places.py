"""Expectations about the place on an axis from which on one thing needs less than another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

import numpy as np

from bench.analysis.claims.points import Point
from bench.analysis.claims.ranges import UNKNOWN, Range, bound_range, decide
from bench.analysis.claims.run import ClaimRun
from bench.analysis.crossing import Crossing, find_crossing
from bench.analysis.intervals import Interval
from bench.analysis.unreached import partly
from bench.analysis.wording import multiple, outcome_words, place, significant


def place_point(
    run: ClaimRun,
    spec: Mapping[str, Any],
    axis: str,
    key: str,
    facet: Mapping[str, Any],
    shown: dict[str, Any],
    ratios: Sequence[tuple[float, Interval]],
    cases: Sequence[str],
    unreached: Sequence[float],
) -> tuple[Point, list[str]]:
    """Judge one place.

    Args:
        run: The run.
        spec: Holds ``above``, ``below``, ``within``, ``times`` or ``never``.
        axis: The axis it lies on.
        key: Tells this crossing from others; seeds its draws together with the run's seed.
        facet: All axes of the facet, one of which ``times`` may name.
        shown: Those that a reader is told.
        ratios: The axis's values, increasing, each with a ratio that is below 1 where the one thing needs less.
        cases: What it rests on.
        unreached: Values of the axis that an interrupted run did not come to. Where one lies above all others, what
            was found may still change: a place that was found may not be the last one.

    Returns:
        The point, and where on the axis nothing was measured that could change it.
    """
    n = [number for number, _ in ratios]
    values = [ratio for _, ratio in ratios]
    crossing = find_crossing(n, values, run.level, np.random.default_rng([run.seed, crc32(key.encode())]))
    first, last = n[0], n[-1]
    planned = max([last, *unreached])
    known = crossing_range(crossing, first, last)
    if planned > last and known.known:
        known = replace(known, high=math.inf, open_high=False)
    expected = place_range(spec, planned, run, facet)
    exact = all(ratio.count == 0 or ratio.low == ratio.high for ratio in values)
    text = outcome_words(axis, crossing, first, last, exact, [x for x, ratio in ratios if ratio.value < 1])
    unit = run.unit(spec["times"]["of"], facet) if "times" in spec else None
    if unit and math.isfinite(crossing.at):
        # An exact multiple must not read as the digit below it.
        found = significant(float(f"{crossing.at / unit:.9g}"), 2)
        text += f" = {multiple(found, spec['times']['of'], run.labels)}"
    if planned > last and crossing.outcome != "none":
        text += f"; compared up to {axis} = {place(last)}"
    if not known.known:
        text += f"; {'samples are missing' if run.samples_lost else 'one replicate'}: no interval"
    verdict = decide(known, expected)
    if verdict != "unclear":
        # Where it crosses is unclear; what is claimed of it is not.
        text = text.removeprefix("unclear: ")
    beyond = []
    if planned > last:
        beyond.append(partly(axis, place(last), place(planned)))
    # Only where it matters: what lies above 16384 cannot save a claim that it overtakes below 1024.
    elif known.high == math.inf and not (verdict == "fails" and expected.high < math.inf):
        beyond.append(f"{axis} above {place(last)}")
    if known.low == -math.inf and verdict == "unclear":
        beyond.append(f"{axis} below {place(first)}")
    return Point(shown, crossing.at, known, expected, text, tuple(dict.fromkeys(cases)), verdict), beyond


def crossing_range(crossing: Crossing, first: float, last: float) -> Range:
    """Where a crossing lies, for all that is known: anywhere below the first n, or above the last or nowhere.

    ``from the start`` is known as "at the first n or below", ``none`` as "above the last n, or never"; an unclear one
    as the interval of its draws, of which an end that touches the end of the range is open. Nothing is known where no
    point has an interval.
    """
    low, high = crossing.bounds
    if math.isnan(low):
        return UNKNOWN
    if crossing.outcome == "from the start":
        return Range(high=first)
    if crossing.outcome == "none":
        return Range(low=last, open_low=True)
    if crossing.outcome == "crosses":
        return Range(crossing.low, crossing.high)
    # The ends come back from logarithms.
    starts, ends = low <= first * (1 + 1e-9), high >= last * (1 - 1e-9)
    return Range(-math.inf if starts else low, math.inf if ends else high)


def place_range(spec: Mapping[str, Any], last: float, run: ClaimRun, facet: Mapping[str, Any]) -> Range:
    """Where a crossing is expected. ``never`` can only mean: not up to the last n that was asked for."""
    if "never" in spec:
        return Range(low=last, open_low=True)
    if "times" not in spec:
        return bound_range(spec)
    times = spec["times"]
    unit = run.unit(str(times["of"]), facet)
    if unit is None:
        return UNKNOWN
    middle = float(times["factor"]) * unit
    return Range(middle * (1 - times["tolerance"]), middle * (1 + times["tolerance"]))


def place_units(spec: Mapping[str, Any], run: ClaimRun, facets: Sequence[Mapping[str, Any]]) -> list[float]:
    """What each facet's place is a multiple of; empty unless it is one."""
    if "times" not in spec:
        return []
    found = [run.unit(str(spec["times"]["of"]), facet) for facet in facets or ({},)]
    return [unit for unit in found if unit is not None]
