"""Claims about crossovers: from where on a subject needs less than a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bench.analysis.claims.places import place_point, place_units
from bench.analysis.claims.points import Gap, Judged
from bench.analysis.claims.run import ClaimRun
from bench.analysis.claims.words import place_words
from bench.analysis.crossover import Comparison
from bench.analysis.outcomes import PREFIX
from bench.analysis.points import SOURCES, Missing, Pair, Readings
from bench.analysis.selection import chosen, stored
from bench.analysis.tables import family, plain
from bench.analysis.unreached import NOT_REACHED
from bench.analysis.wording import place


def judge_crossover(claim: Mapping[str, Any], spec: Mapping[str, Any], run: ClaimRun) -> Judged:
    """Judge the place from which ``subject`` stays below ``baseline``, in each facet that has rows of the subject.

    The ratios and draws are those of the table of crossovers, so that both tell the same numbers.
    """
    axis, subject, metric = str(spec["axis"]), plain(spec["subject"]), str(claim["metric"])
    name, members = baseline(spec, run)
    kind, rows, processes = _as_family(metric, run)
    rows = chosen(_compared(rows, run), claim["where"], run.axes)
    readings = Readings(rows, processes, axis, run.subject, run.axes, run.level)
    cases = _cases(rows, readings, axis)
    question = {"axis": axis, "relative_to": None}
    judged = Judged("", named=[(run.subject, subject)])
    judged.named += [(run.subject, members[0])] if len(members) == 1 else []
    places = []
    for facet in readings.facets:
        if not readings.occurs(facet, subject):
            continue
        axes = {a: v[0] for a, v in run.axes.items() if len(v) == 1}
        axes |= dict(zip(readings.facet_axes, facet, strict=True))
        places.append(axes)
        shown = run.shown(axes, [claim["where"]])
        where = run.words(shown)
        points = Comparison(readings, question, facet, kind, subject, name, members).points()
        pairs = [one for one in points if isinstance(one, Pair)]
        unreached = [one.n for one in points if isinstance(one, Missing) and one.reason == NOT_REACHED]
        # How far the axis was measured is said by the point itself.
        known = [one for one in points if not pairs or one.n not in unreached or one.n < pairs[-1].n]
        judged.gaps += _gaps(known, pairs, axis, where, (metric, kind), run)
        if not pairs:
            continue
        key = repr((facet, metric, subject, [(pair.n, pair.member) for pair in pairs]))
        rests = [cases[(facet, pair.n, who)] for pair in pairs for who in (subject, pair.member)]
        ratios = [(pair.n, pair.ratio) for pair in pairs]
        found, beyond = place_point(run, spec, axis, key, axes, shown, ratios, rests, unreached)
        judged.points.append(found)
        judged.limits += beyond
    judged.expected = place_words(axis, spec, place_units(spec, run, places), run.labels)
    return judged


def baseline(spec: Mapping[str, Any], run: ClaimRun) -> tuple[str, tuple[str, ...]]:
    """Name and members of a baseline: one that a crossover along this axis declares, else a single subject."""
    for question in run.suite.get("crossovers") or ():
        for one in question["baselines"]:
            if question["axis"] == spec["axis"] and one["name"] == spec["baseline"]:
                return str(one["name"]), tuple(str(member) for member in one["members"])
    return plain(spec["baseline"]), (plain(spec["baseline"]),)


def _compared(rows: pd.DataFrame, run: ClaimRun) -> pd.DataFrame:
    """The rows without shared parts: these do not depend on the subject."""
    share = run.share
    if not share or share["axis"] not in rows.columns:
        return rows
    compared: pd.DataFrame = rows[~rows[str(share["axis"])].isin(list(share.get("shared") or ()))]
    return compared


def _as_family(metric: str, run: ClaimRun) -> tuple[str, pd.DataFrame, pd.DataFrame]:
    """The family whose rules a metric follows, its rows under that family's name, and the values to be paired.

    An outcome is compared as times are, seed by seed in the place of process by process; a stored metric as memory is.
    """
    rows, name = run.everything, stored(run.everything, metric)
    if metric in SOURCES:
        return metric, rows, run.replicates
    kind = "time" if name.startswith(PREFIX) else "memory"
    same = [one == name or (family(one) == family(name) and status != "ok") for one, status in _named(rows)]
    processes = run.outcomes
    if "metric" in processes.columns:
        processes = processes[processes["metric"] == metric]
    return kind, rows[pd.Series(same, index=rows.index, dtype=bool)].assign(metric=SOURCES[kind][0]), processes


def _named(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(rows["metric"].tolist(), rows["status"].tolist(), strict=True))


def _cases(rows: pd.DataFrame, readings: Readings, axis: str) -> dict[tuple[Any, float, str], str]:
    """Facet, n and subject to the id of the case."""
    if axis not in rows.columns:
        return {}
    facets = [rows[name].tolist() for name in readings.facet_axes]
    places = list(zip(*facets, strict=True)) if facets else [()] * len(rows)
    columns = (rows[axis].tolist(), rows["subject"].astype(str).tolist(), rows["case"].tolist())
    return {
        (facet, float(n), subject): str(case)
        for facet, n, subject, case in zip(places, *columns, strict=True)
        if n is not None
    }


def _gaps(
    points: list[Pair | Missing], pairs: list[Pair], axis: str, where: str, named: tuple[str, str], run: ClaimRun
) -> list[Gap]:
    """Where on the axis there is no pair, and why: beyond what was measured, and between.

    Between, what the suite never asked for is left out: most kernels are not measured at every length.
    """
    missing = [one for one in points if isinstance(one, Missing)]
    if not pairs:
        told = [(one, "") for one in missing[:1]]
    else:
        first, last = pairs[0].n, pairs[-1].n
        told = [(one, f"{axis} above {place(last)}") for one in missing if one.n > last][:1]
        below = [(one, f"{axis} below {place(first)}") for one in missing if one.n < first][-1:]
        # From the start: only then does it matter what lies below.
        told += below if all(pair.ratio.value < 1 for pair in pairs) else []
        told += [
            (one, f"{axis} = {place(one.n)}")
            for one in missing
            if first < one.n < last and one.reason != "not in this run"
        ]
    found = []
    metric, kind = named
    for one, words in told:
        who = " and ".join(run.words({run.subject: name}) for name in one.who[:2])
        # Outcomes and stored metrics are looked up under the name of another family.
        reason = f"{metric} not measured" if one.reason == f"{kind} not measured" else one.reason
        found.append(Gap(where, f"{who}, {words}" if words else who, reason))
    return found
