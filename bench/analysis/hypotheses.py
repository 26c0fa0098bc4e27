"""Declared hypotheses, judged point by point from outcomes that are paired by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import pandas as pd

from bench.analysis.comparisons import Case, compare
from bench.analysis.selection import Axes, chosen, places
from bench.analysis.tables import build, plain, rank, rows_of
from bench.analysis.wording import Labels, value_words

HypothesisVerdict = Literal["supported", "rejected", "unclear", "nothing to explain"]
VERDICTS: tuple[HypothesisVerdict, ...] = get_args(HypothesisVerdict)

#: How many points were judged does not enter a verdict; a report says so beside its table.
POINTWISE = (
    "Each point is judged by itself at the suite's confidence level, without correction for the number of points and "
    "comparisons: among many, a few verdicts may be due to chance alone."
)

ROLES = ("asked", "rejected", "supported")

Record = Mapping[str, Any]

_JUDGED: dict[str, str | None] = {
    "id": "str",
    "title": "str",
    "metric": "str",
    "point": "object",
    "point_text": "str",
    "verdict": "str",
    "reason": "str",
    "evidence": "object",
}
_SUMMARY: dict[str, str | None] = {
    "id": "str",
    "title": "str",
    "metric": "str",
    "margin": "float64",
    **dict.fromkeys(("points", "supported", "rejected", "unclear", "nothing"), "int64"),
    "text": "str",
}


def judge_hypotheses(
    outcomes: pd.DataFrame, hypotheses: Sequence[Record], axes: Axes, level: float, labels: Labels
) -> pd.DataFrame:
    """Judge every hypothesis at every point at which at least one of its comparisons has both sides.

    A point is a combination of the axes that no comparison names. ``nothing to explain`` where an ``asked`` comparison
    is refuted; else, where all of these are shown, ``rejected`` or ``supported`` if every comparison of that list is
    shown, and not of the other list too; else ``unclear``. A side that names no case, or several, is missing, and a
    comparison with a missing side is not shown. An empty ``rejected`` or ``supported`` never holds.

    Args:
        outcomes: Raw outcomes, as :class:`bench.results.run.Run` gives them.
        hypotheses: The suite's hypotheses as ``run.json`` has them.
        axes: Every axis of the suite and its values, fixed parameters among them.
        level: Confidence level of each comparison.
        labels: Names of axes and values.

    Returns:
        ``id, title, metric, point`` (a dict of those axes that vary in the run), ``point_text, verdict, reason`` and
        ``evidence``: for each comparison a dict of its ``role`` and what :func:`~bench.analysis.comparisons.compare`
        returns.
    """
    seen: dict[str, set[str]] = {}
    for place in places(outcomes.drop_duplicates("case"), axes):
        for axis, value in place.items():
            seen.setdefault(axis, set()).add(plain(value))
    records = []
    for hypothesis in hypotheses:
        asked = [(role, comparison) for role in ROLES for comparison in hypothesis.get(role) or ()]
        named = {axis for _, comparison in asked for side in ("left", "right") for axis in comparison[side]}
        for point, cases in _points(outcomes, hypothesis, named, axes):
            evidence = [
                {"role": role, **compare(comparison, cases, hypothesis["margin"], level, labels)}
                for role, comparison in asked
            ]
            if not _decidable(evidence):
                continue
            varied = {axis: value for axis, value in point.items() if len(seen[axis]) > 1}
            verdict, reason = verdict_of(evidence)
            records.append(
                {
                    **{name: hypothesis[name] for name in ("id", "title", "metric")},
                    "point": varied,
                    "point_text": ", ".join(value_words(axis, value, labels) for axis, value in varied.items()),
                    "verdict": verdict,
                    "reason": reason,
                    "evidence": evidence,
                }
            )
    return build(records, _JUDGED)


def _decidable(evidence: Sequence[Record]) -> bool:
    """Whether a point was measured: all that is asked, and one of the two lists that decide, whole."""
    whole = {role: all(item["pairs"] for item in evidence if item["role"] == role) for role in ROLES}
    there = {item["role"] for item in evidence}
    return whole["asked"] and any(whole[role] for role in ("rejected", "supported") if role in there)


def verdict_of(evidence: Sequence[Record]) -> tuple[HypothesisVerdict, str]:
    """The verdict at one point from its comparisons (``role, state, text, finding, pairs``), and why."""
    lists = {role: [item for item in evidence if item["role"] == role] for role in ROLES}
    refuted = [item for item in lists["asked"] if item["state"] == "refuted"]
    if refuted:
        return "nothing to explain", f"Nothing to explain: {_told(refuted)}."
    pending = _unshown(lists["asked"])
    if pending:
        return "unclear", f"Whether there is anything to explain is open: {_told(pending)}."
    against, favour = lists["rejected"], lists["supported"]
    rejected, supported = (bool(items) and not _unshown(items) for items in (against, favour))
    if rejected and supported:
        return "unclear", f"Both lists hold. Against it: {_told(against)}. For it: {_told(favour)}."
    if rejected:
        return "rejected", f"Against it: {_told(against)}."
    if supported:
        return "supported", f"For it: {_told(favour)}."
    lacking = [
        f"{words} it: {_told(_unshown(items))}." for words, items in (("Against", against), ("For", favour)) if items
    ]
    return "unclear", " ".join(["Neither list holds.", *lacking])


def hypothesis_summary(judged: pd.DataFrame, hypotheses: Sequence[Record]) -> pd.DataFrame:
    """Count the verdicts of each hypothesis; one without a point has a row too.

    Args:
        judged: The frame of :func:`judge_hypotheses`.
        hypotheses: The suite's hypotheses as ``run.json`` has them.

    Returns:
        ``id, title, metric, margin, points, supported, rejected, unclear, nothing`` (to explain) and ``text``.
    """
    records = []
    for hypothesis in hypotheses:
        verdicts = judged.loc[judged["id"] == hypothesis["id"], "verdict"].tolist()
        counts = {verdict: verdicts.count(verdict) for verdict in VERDICTS}
        records.append(
            {
                **{name: hypothesis[name] for name in ("id", "title", "metric", "margin")},
                "points": len(verdicts),
                **{verdict.split(" ")[0]: count for verdict, count in counts.items()},
                "text": f"{hypothesis['id']} ({hypothesis['title']}): {_counted(counts)}.",
            }
        )
    return build(records, _SUMMARY)


def _points(
    outcomes: pd.DataFrame, hypothesis: Record, named: set[str], axes: Axes
) -> list[tuple[dict[str, Any], list[Case]]]:
    """The points of a hypothesis in declared order, each with the cases that have its metric."""
    rows = chosen(outcomes[outcomes["metric"] == hypothesis["metric"]], hypothesis["where"], axes)
    values: dict[str, dict[int, float]] = {}
    found: dict[str, dict[str, Any]] = {}
    for row, place in zip(rows_of(rows[["case", "replicate", "value"]]), places(rows, axes), strict=True):
        values.setdefault(row["case"], {})[int(row["replicate"])] = float(row["value"])
        found[row["case"]] = place
    points: dict[tuple[str, ...], tuple[dict[str, Any], list[Case]]] = {}
    for case, place in found.items():
        point = {axis: value for axis, value in place.items() if axis not in named}
        cases = points.setdefault(tuple(plain(value) for value in point.values()), (point, []))[1]
        cases.append(Case(place, values[case]))
    orders = {axis: rank(declared) for axis, declared in axes.items()}

    def order(entry: tuple[dict[str, Any], list[Case]]) -> list[int]:
        return [orders.get(axis, {}).get(plain(value), len(found)) for axis, value in entry[0].items()]

    return sorted(points.values(), key=order)


def _unshown(items: Sequence[Record]) -> list[Record]:
    return [item for item in items if item["state"] != "shown"]


def _told(items: Sequence[Record]) -> str:
    """The comparisons with their numbers and what each of these shows."""
    return "; ".join(f"{item['text']}, which {item['finding']}" if item["pairs"] else item["text"] for item in items)


def _counted(counts: Mapping[HypothesisVerdict, int]) -> str:
    total = sum(counts.values())
    found = [(verdict, count) for verdict, count in counts.items() if count]
    if not found:
        return "no point was measured"
    if len(found) == 1:
        return f"{found[0][0]} at {'the only point' if total == 1 else f'all {total} points'}"
    first, *others = (f"{verdict} at {count}" for verdict, count in found)
    return ", ".join([f"{first} of {total} points", *others])
