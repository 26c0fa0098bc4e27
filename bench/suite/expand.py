"""From a suite to its cases: every combination of the axes, in groups, in the order in which they run."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.suite.conditions import Rule, parse_where, rules
from bench.suite.document import parse_document
from bench.suite.model import ENVIRONMENT_AXES, Case, Environment, Group, Plan, Scalar, Suite
from bench.suite.problems import Problem, SuiteError
from bench.suite.ranges import is_number, value_text


def expand(suite: Suite, where: Sequence[str] = ()) -> Plan:
    """List a suite's cases, grouped, in running order.

    Groups run environment by environment, then facet by facet in declared order, and inside a facet from the smallest
    value of the crossover axis to the largest, because the cost of a large case is predicted from smaller ones. Inside
    a group the cases stand in the declared order of the subject. Ids depend on nothing but the axes and their values.

    Args:
        suite: A loaded suite.
        where: ``--where`` expressions; only cases that meet all of them stay.

    Raises:
        SuiteError: An expression is malformed or names what is not there, or no case is left.
    """
    wanted = parse_where(where, suite.axes)
    data = parse_document(suite.text, str(suite.path)).data
    skips, omits = rules(data, "skip"), rules(data, "omit")
    repeats = _Repeats(data)
    # As the file has them: the edition for --against asks no crossover, but its cases grow along the same axes.
    crossed = list(dict.fromkeys(question["axis"] for question in data.get("crossover", [])))
    together = (suite.subject, *suite.interleave)
    groups = []
    for facet in _points(suite, _facet_order(suite, crossed), crossed):
        cases = []
        for inner in _points(suite, [*suite.interleave, suite.subject], crossed):
            values = {**facet, **inner}
            axes = {axis: values[axis] for axis in suite.axes}
            if all(condition.holds(axes) for condition in wanted) and not any(rule.holds(axes) for rule in omits):
                cases.append(_case(suite, axes, together))
        if cases:
            cases = [repeats.left_out(_ruled_out(case, skips)) for case in cases]
            groups.append(Group(cases[0].group, tuple(cases), cases[0].environment))
    if not groups:
        expected = "at least one case left" + (f" by its {len(omits)} omit rules" if omits else "")
        place = ("--where", " ".join(where)) if where else (str(suite.path), "omit")
        raise SuiteError([Problem(place[0], None, place[1], None, expected)])
    plan = Plan(suite, tuple(groups))
    _check_sides(plan, where)
    return plan


def _check_sides(plan: Plan, where: Sequence[str]) -> None:
    """Check that a suite that compares has something left to compare."""
    compare = plan.suite.compare
    subjects = {case.subject for case in plan.cases}
    if compare is not None and (compare.baseline not in subjects or len(subjects) < 2):
        expected = f"cases of the baseline {compare.baseline} and of another {plan.suite.subject}: they are compared"
        place = ("--where", " ".join(where)) if where else (str(plan.suite.path), "compare")
        raise SuiteError([Problem(place[0], None, place[1], None, expected)])


def _facet_order(suite: Suite, crossed: Sequence[str]) -> list[str]:
    """The axes that tell groups apart, outermost first: environment, facets, crossover axes (the first innermost)."""
    apart = [axis for axis in suite.axes if axis != suite.subject and axis not in suite.interleave]
    crossing = [axis for axis in crossed if axis in apart]
    outer = [axis for axis in apart if axis in ENVIRONMENT_AXES and axis not in crossing]
    facets = [axis for axis in apart if axis not in outer and axis not in crossing]
    return [*outer, *facets, *reversed(crossing)]


def _points(suite: Suite, axes: Sequence[str], crossed: Sequence[str]) -> Iterable[dict[str, Scalar]]:
    """Every combination of some axes, the last one fastest; crossover axes ascend, others keep their declared order."""
    values = [sorted(suite.axes[a], key=_magnitude) if a in crossed else suite.axes[a] for a in axes]
    return (dict(zip(axes, point, strict=True)) for point in itertools.product(*values))


def _magnitude(value: Scalar) -> float:
    return float(value) if is_number(value) else 0.0


def _case(suite: Suite, axes: dict[str, Scalar], together: tuple[str, ...]) -> Case:
    settings = {axis: value for axis, value in axes.items() if axis in ENVIRONMENT_AXES}
    environment: Environment = replace(suite.environment, **settings)  # type: ignore[arg-type]  # checked when loaded
    varied = {axis: value for axis, value in axes.items() if axis not in ENVIRONMENT_AXES}
    return Case(
        id=_id(suite.name, axes),
        axes=axes,
        params={**suite.fixed, **varied},
        environment=environment,
        group=_id(suite.name, {axis: value for axis, value in axes.items() if axis not in together}),
        subject=value_text(axes[suite.subject]),
    )


def _id(name: str, axes: Mapping[str, Scalar]) -> str:
    return "/".join([name, *(f"{axis}={_quoted(value)}" for axis, value in axes.items())])


def _quoted(value: Scalar) -> str:
    """A value in an id; the id's own separator is written as in an address."""
    return value_text(value).replace("%", "%25").replace("/", "%2F")


def _ruled_out(case: Case, skips: Sequence[Rule]) -> Case:
    """The case with the reason of the first rule that leaves it out, if any does."""
    for rule in skips:
        if rule.holds(case.axes):
            return replace(case, skip=rule.reason)
    return case


class _Repeats:
    """Keeps a part that is the same for every subject under the first one that is measured at all.

    The file's own subject counts: with --against it is an axis like others, and its parts are repeated all the same.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        share = data.get("share", {})
        self._subject = data.get("suite", {}).get("subject")
        self._axis = share.get("axis")
        self._shared = share.get("shared", [])
        self._kept: set[tuple[tuple[str, Scalar], ...]] = set()

    def left_out(self, case: Case) -> Case:
        """The case, with the reason to leave it out if it was kept under an earlier subject."""
        if case.skip is not None or self._axis is None or value_text(case.axes[self._axis]) not in self._shared:
            return case
        rest = tuple((axis, value) for axis, value in case.axes.items() if axis != self._subject)
        if rest in self._kept:
            return replace(case, skip=f"the same for every {self._subject}")
        self._kept.add(rest)
        return case
