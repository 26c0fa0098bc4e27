"""All claims of a run: one row for each claim, one for each of its points."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.analysis.claims.coverage import uncovered
from bench.analysis.claims.crossovers import judge_crossover
from bench.analysis.claims.parts import judge_share
from bench.analysis.claims.points import Judged, Point
from bench.analysis.claims.ranges import VERDICTS, ClaimVerdict, overall
from bench.analysis.claims.run import ClaimRun
from bench.analysis.claims.sides import judge_equality, judge_order, judge_ratio
from bench.analysis.claims.slopes import judge_slope
from bench.analysis.claims.values import judge_value
from bench.analysis.tables import build
from bench.analysis.unreached import NOT_REACHED, with_unreached

Claim = Mapping[str, Any]

#: Each kind of expectation and who judges it.
KINDS: dict[str, Callable[[Claim, Mapping[str, Any], ClaimRun], Judged]] = {
    "crossover": judge_crossover,
    "ratio": judge_ratio,
    "order": judge_order,
    "slope": judge_slope,
    "equality": judge_equality,
    "share": judge_share,
    "value": judge_value,
}

_CLAIMS: dict[str, str | None] = {
    **dict.fromkeys(("id", "text", "source", "metric", "kind", "expected", "found", "verdict"), "str"),
    **dict.fromkeys(("value", "low", "high", "level"), "float64"),
    **dict.fromkeys(("facets", "holds", "fails", "unclear"), "int64"),
    "cases": "object",
    "uncovered": "str",
}
_POINTS: dict[str, str | None] = {
    "id": "str",
    "facet": "object",
    "facet_text": "str",
    **dict.fromkeys(("value", "low", "high", "expected_low", "expected_high"), "float64"),
    "verdict": "str",
    "text": "str",
    "cases": "object",
}


@dataclass(frozen=True)
class Claims:
    """What became of a run's claims.

    Attributes:
        claims: One row per claim, in declared order: ``id, text, source, metric, kind, expected, found, verdict``
            (``holds``, ``fails``, ``unclear``), ``value, low, high`` (NaN unless there is exactly one point), ``level,
            facets, holds, fails, unclear`` (points with each verdict), ``cases`` (ids it rests on) and ``uncovered``
            (what was not covered, and why; may be empty).
        points: One row per claim and facet that has values: ``id, facet`` (axis to value), ``facet_text, value`` (NaN
            where only a range is known), ``low, high`` (infinite where open), ``expected_low, expected_high, verdict,
            text, cases``.
    """

    claims: pd.DataFrame
    points: pd.DataFrame


def judge_claims(
    meta: Mapping[str, Any],
    measurements: pd.DataFrame,
    replicates: pd.DataFrame,
    outcomes: pd.DataFrame | None = None,
) -> Claims:
    """Judge every claim of a run's suite.

    A claim is judged in each facet, a combination of the axes that its expectation does not name, by the interval
    there: ``holds`` if all of it lies inside what is expected, ``fails`` if all of it lies outside, else ``unclear``.
    The claim fails if it fails in any facet, and holds if it holds in all that have values; without one it is unclear,
    and so it is where it would hold but the run was interrupted before all of its cases were reached.

    Args:
        meta: ``run.json``; read are ``suite`` (``claims, subject, axes, fixed, measure, crossovers, share, labels``),
            ``seed, device, preset`` and ``not_reached``.
        measurements: Tidy rows of all statuses.
        replicates: One row per case and process.
        outcomes: Raw outcomes, one row per case, outcome and seed; none in runs that did not ask for any.
    """
    declared: Sequence[Claim] = list(meta["suite"].get("claims") or ())
    # An interrupted run's frame is made anew with the cases that were not reached: only where somebody asks.
    whole = with_unreached(measurements, meta) if declared else measurements
    run = ClaimRun(meta, whole, replicates, pd.DataFrame() if outcomes is None else outcomes)
    rows, points = [], []
    for claim in declared:
        kind = next(name for name in KINDS if name in claim)
        judged = KINDS[kind](claim, claim[kind], run)
        rows.append({**_row(claim, judged, run), "kind": kind})
        points += [_point(str(claim["id"]), one, run) for one in judged.points]
    return Claims(build(rows, _CLAIMS), build(points, _POINTS))


def _row(claim: Claim, judged: Judged, run: ClaimRun) -> dict[str, Any]:
    verdicts = [one.verdict for one in judged.points]
    counts = {verdict: verdicts.count(verdict) for verdict in VERDICTS}
    only = judged.points[0] if len(judged.points) == 1 else None
    return {
        **{name: str(claim[name]) for name in ("id", "text", "source", "metric")},
        "expected": judged.expected,
        "found": _found(judged, run, counts),
        "verdict": _verdict(judged),
        "value": only.value if only else math.nan,
        "low": only.known.low if only else math.nan,
        "high": only.known.high if only else math.nan,
        "level": run.level,
        "facets": len(judged.points),
        **{str(verdict): count for verdict, count in counts.items()},
        "cases": list(dict.fromkeys(case for one in judged.points for case in one.cases)),
        "uncovered": uncovered(claim, judged, run),
    }


def _verdict(judged: Judged) -> ClaimVerdict:
    verdict = overall([one.verdict for one in judged.points])
    open_cases = any(NOT_REACHED in gap.why for gap in judged.gaps)
    return "unclear" if verdict == "holds" and open_cases else verdict


def _point(name: str, one: Point, run: ClaimRun) -> dict[str, Any]:
    return {
        "id": name,
        "facet": one.facet,
        "facet_text": run.words(one.facet),
        "value": one.value,
        "low": one.known.low,
        "high": one.known.high,
        "expected_low": one.expected.low,
        "expected_high": one.expected.high,
        "verdict": one.verdict,
        "text": one.text,
        "cases": list(one.cases),
    }


def _found(judged: Judged, run: ClaimRun, counts: Mapping[ClaimVerdict, int]) -> str:
    """What was found: at the only point, or how often which verdict and the point that decides."""
    if not judged.points:
        return "nothing was measured that could tell"
    verdict = overall([one.verdict for one in judged.points])
    decisive = next(one for one in judged.points if one.verdict == verdict)
    where = run.words(decisive.facet)
    told = f"{where}: {decisive.text}" if where else decisive.text
    if len(judged.points) == 1:
        return told
    return f"{_counted(counts)}, such as {told}"


def _counted(counts: Mapping[ClaimVerdict, int]) -> str:
    """``fails at 5 of 8 places, unclear at 3``: the most frequent verdict first."""
    total = sum(counts.values())
    (first, most), *rest = sorted(((one, n) for one, n in counts.items() if n), key=lambda entry: -entry[1])
    head = f"{first} at all {total} places" if most == total else f"{first} at {most} of {total} places"
    return ", ".join([head, *(f"{one} at {n}" for one, n in rest)])
