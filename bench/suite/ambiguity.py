"""Does one side of a comparison tell one case, or several?"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from bench.suite.checks import Axes, Meaning, table
from bench.suite.conditions import Condition, condition, condition_faults
from bench.suite.model import Scalar

#: With more combinations than this nothing is looked into.
_MOST = 10_000


def several_cases(
    case: Mapping[str, Scalar],
    named: Sequence[str],
    where: Mapping[str, Any],
    meaning: Meaning,
    data: Mapping[str, Any],
) -> list[str]:
    """The axes among ``named`` that a side of a comparison leaves open, if that makes it several cases.

    Args:
        case: Axis values of the side.
        named: Axes that any comparison of the hypothesis names; the point does not fix them.
        where: The hypothesis's conditions.
        meaning: The suite's axes.
        data: The suite's parsed TOML; its skip and omit rules take combinations out.

    Returns:
        Open axes with more than one value. Empty if at most one combination of them is left, whatever the values of the
        axes that are not named.
    """
    missing = [axis for axis in named if axis not in case]
    values = {axis: _admitted(axis, where, meaning) for axis in missing}
    size = 1
    for axis in missing:
        size *= len(values[axis])
    if size < 2 or size > _MOST:
        return []
    excluded = [
        conditions
        for kind in ("skip", "omit")
        for rule in data.get(kind, [])
        if (conditions := _conditions(table(rule, "when"), named, meaning.axes)) and _touches(conditions, missing)
    ]
    left = 0
    for point in itertools.product(*values.values()):
        axes = {**case, **dict(zip(missing, point, strict=True))}
        left += not any(all(one.holds(axes) for one in conditions) for conditions in excluded)
        if left > 1:
            return [axis for axis in missing if len(values[axis]) > 1]
    return []


def _admitted(axis: str, where: Mapping[str, Any], meaning: Meaning) -> list[Scalar]:
    """The suite's values of an axis that meet the conditions."""
    values = meaning.axes[axis]
    if axis not in where or condition_faults(where[axis], meaning.values(axis)):
        return list(values)
    wanted = condition(axis, where[axis])
    return [value for value in values if wanted.holds({axis: value})]


def _conditions(when: Mapping[str, Any], named: Sequence[str], axes: Axes) -> list[Condition]:
    """The sound conditions of a rule on named axes; what it says of other axes may hold at a point or not."""
    return [
        condition(axis, spec) for axis, spec in when.items() if axis in named and not condition_faults(spec, axes[axis])
    ]


def _touches(conditions: Sequence[Condition], missing: Sequence[str]) -> bool:
    return any(one.axis in missing for one in conditions)
