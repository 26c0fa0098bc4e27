"""One comparison of a hypothesis at one point: pairs by seed, their mean difference, and what that shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bench.analysis.intervals import Interval, mean_interval
from bench.analysis.tables import present
from bench.analysis.wording import Labels, figures, value_words
from bench.suite.conditions import same

State = Literal["shown", "refuted", "open", "missing"]


@dataclass(frozen=True)
class Case:
    """The values of one case.

    Attributes:
        axes: Axis to value.
        values: Number of the seed (or draw) to value.
    """

    axes: Mapping[str, Any]
    values: Mapping[int, float]


def compare(
    comparison: Mapping[str, Any], cases: Sequence[Case], margin: float, level: float, labels: Labels
) -> dict[str, Any]:
    """Make one comparison.

    Args:
        comparison: ``left, relation, right`` as ``run.json`` has them.
        cases: The cases of one point.
        margin: Differences up to this count as none.
        level: Confidence level.
        labels: Names of axes and values.

    Returns:
        ``relation, left_text, right_text, left, right`` (means over the pairs, or a side's own mean where there is no
        pair), ``difference, low, high, pairs, state, finding`` (the state in words), ``text`` (the numbers in words).
    """
    relation = comparison["relation"]
    names = [_words(comparison[side], labels) for side in ("left", "right")]
    sides = [_cases(comparison[side], cases) for side in ("left", "right")]
    left, right = (side[0].values if len(side) == 1 else {} for side in sides)
    shared = sorted(left.keys() & right.keys())
    record = {"relation": relation, "left_text": names[0], "right_text": names[1], "pairs": len(shared)}
    if not shared:
        means = [mean_interval(side.values()).value if side else math.nan for side in (left, right)]
        absent = [
            f"{name} names several cases" if side else f"{name} was not measured"
            for name, side in zip(names, sides, strict=True)
            if len(side) != 1
        ]
        text = " and ".join(absent) or f"{names[0]} and {names[1]} share no seed"
        unknown = dict.fromkeys(("difference", "low", "high"), math.nan)
        found = {"state": "missing", "finding": "is not known", "text": text}
        return {**record, "left": means[0], "right": means[1], **unknown, **found}
    difference = mean_interval((left[number] - right[number] for number in shared), level)
    means = [mean_interval(side[number] for number in shared).value for side in (left, right)]
    state = judge(relation, difference, margin)
    short = _words(comparison["right"], labels, comparison["left"])
    return {
        **record,
        "left": means[0],
        "right": means[1],
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
        "state": state,
        "finding": f"{_FINDINGS[state]} {_meaning(relation, margin)}",
        "text": _numbers(names[0], means[0], short, means[1], difference),
    }


def judge(relation: str, difference: Interval, margin: float) -> State:
    """What the interval of left - right says of the relation; ``open`` where there is no interval.

    ``not above`` is shown where ``above`` is refuted, and the other way round.
    """
    if not difference.known:
        return "open"
    if relation.startswith("not "):
        opposite: dict[State, State] = {"shown": "refuted", "refuted": "shown"}
        positive = judge(relation.removeprefix("not "), difference, margin)
        return opposite.get(positive, positive)
    low, high = difference.low, difference.high
    if relation == "equal":
        if -margin <= low and high <= margin:
            return "shown"
        return "refuted" if low > margin or high < -margin else "open"
    if relation == "below":
        low, high = -high, -low
    if low > margin:
        return "shown"
    return "refuted" if high <= margin else "open"


_FINDINGS = {"shown": "is", "refuted": "is not", "open": "may or may not be"}


def _meaning(relation: str, margin: float) -> str:
    if not margin:
        return relation
    return f"equal to within {margin:g}" if relation == "equal" else f"{relation} by more than {margin:g}"


def _cases(wanted: Mapping[str, Any], cases: Sequence[Case]) -> list[Case]:
    return [
        case
        for case in cases
        if all(present(case.axes.get(axis)) and same(case.axes[axis], value) for axis, value in wanted.items())
    ]


def _words(side: Mapping[str, Any], labels: Labels, beside: Mapping[str, Any] | None = None) -> str:
    """``CE in float32``; with ``beside`` only what differs from that side."""
    differs = {axis: value for axis, value in side.items() if beside is None or beside.get(axis) != value}
    text = ""
    for axis, value in (differs or side).items():
        words = value_words(axis, value, labels)
        text += (" in " if axis == "dtype" else ", ") + words if text else words
    return text


def _numbers(left_text: str, left: float, right_text: str, right: float, difference: Interval) -> str:
    low, high = (difference.low, difference.high) if difference.known else (math.nan, math.nan)
    width = high - low or abs(difference.value)
    one, other, value, lower, upper = figures(
        [(left, 0), (right, 0), (difference.value, 0), (low, -1), (high, 1)], width
    )
    both = f"{left_text} at {one} against {right_text} at {other}"
    if not math.isfinite(difference.value):
        return f"{both}: no finite difference"
    if difference.known:
        return f"{both}: {value} ({lower} to {upper})"
    return f"{both}: {value} (a single pair, so without an interval)"
