"""Conditions on the axes of a case: the ``when`` of a skip or omit rule, and ``--where`` on the command line."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.suite.model import Scalar
from bench.suite.problems import Problem, SuiteError, nearest, one_of
from bench.suite.ranges import is_number, is_scalar, value_text

_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "above": operator.gt,
    "below": operator.lt,
    "at_least": operator.ge,
    "at_most": operator.le,
}
_SIGNS = {"<": "below", "<=": "at_most", ">": "above", ">=": "at_least"}
_WHERE = re.compile(r"\s*(?P<axis>[^\s<>=!]*)\s*(?P<sign><=|>=|!=|==?|<|>)\s*(?P<value>.*?)\s*", re.DOTALL)


@dataclass(frozen=True)
class Condition:
    """One condition on one axis: any of ``members`` (none of them if ``negated``), or every one of ``bounds``."""

    axis: str
    members: tuple[Scalar, ...] = ()
    negated: bool = False
    bounds: tuple[tuple[str, float], ...] = ()

    def holds(self, axes: Mapping[str, Scalar]) -> bool:
        """Whether a case with these axis values meets the condition."""
        value = axes[self.axis]
        if self.members and any(same(value, member) for member in self.members) == self.negated:
            return False
        return all(_BOUNDS[word](value, bound) for word, bound in self.bounds)


@dataclass(frozen=True)
class Rule:
    """What becomes of the cases that meet all ``when`` conditions.

    With a ``reason`` they are skipped, and a row says so; without one they are not part of the suite at all.
    """

    when: tuple[Condition, ...]
    reason: str | None

    def holds(self, axes: Mapping[str, Scalar]) -> bool:
        """Whether a case with these axis values falls under the rule."""
        return all(condition.holds(axes) for condition in self.when)


def same(left: Scalar, right: Scalar) -> bool:
    """Equality that keeps true and 1 apart."""
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def rules(data: Mapping[str, Any], kind: str) -> tuple[Rule, ...]:
    """The rules of one kind (``skip`` or ``omit``) in a suite's parsed and checked TOML."""
    return tuple(
        Rule(tuple(condition(axis, spec) for axis, spec in rule["when"].items()), rule.get("reason"))
        for rule in data.get(kind, [])
    )


def condition(axis: str, spec: Any) -> Condition:
    """Make a condition from its TOML: a scalar, a list (any of them), or a table of bounds and ``not``."""
    if not isinstance(spec, dict):
        return Condition(axis, tuple(spec) if isinstance(spec, list) else (spec,))
    excluded = spec.get("not", [])
    return Condition(
        axis,
        tuple(excluded) if isinstance(excluded, list) else (excluded,),
        negated="not" in spec,
        bounds=tuple((word, spec[word]) for word in _BOUNDS if word in spec),
    )


@dataclass(frozen=True)
class ConditionFault:
    """A fault in a condition's TOML: the path below its axis, what is wrong with it."""

    where: tuple[str | int, ...]
    expected: str
    nearest: str | None = None


def condition_faults(spec: Any, values: Sequence[Scalar]) -> list[ConditionFault]:
    """Check a condition's TOML against the values its axis takes anywhere in the suite."""
    if not isinstance(spec, dict):
        return _member_faults((), spec, values)
    faults = []
    if not spec:
        faults.append(ConditionFault((), "at least one of above, below, at_least, at_most, not"))
    for word, bound in spec.items():
        if word == "not":
            faults += _member_faults(("not",), bound, values)
        elif word not in _BOUNDS:
            known = [*_BOUNDS, "not"]
            faults.append(ConditionFault((word,), f"a known key ({', '.join(known)})", nearest(word, known)))
        elif not is_number(bound):
            faults.append(ConditionFault((word,), "a number"))
        elif not all(is_number(value) for value in values):
            faults.append(ConditionFault((word,), "a numeric axis for a bound"))
    return faults


def _member_faults(where: tuple[str | int, ...], spec: Any, values: Sequence[Scalar]) -> list[ConditionFault]:
    if isinstance(spec, list) and not spec:
        return [ConditionFault(where, "at least one value")]
    items = list(enumerate(spec)) if isinstance(spec, list) else [(None, spec)]
    return [
        ConditionFault(where if index is None else (*where, index), one_of(values), nearest(item, values))
        for index, item in items
        if not is_scalar(item) or not any(same(item, value) for value in values)
    ]


def parse_where(expressions: Sequence[str], axes: Mapping[str, Sequence[Scalar]]) -> tuple[Condition, ...]:
    """Parse ``--where`` expressions, all of which a case must meet.

    ``axis=value``, ``axis=v1,v2`` (any of them), ``axis!=v1,v2`` (none of them), and on numeric axes ``axis<v``,
    ``axis<=v``, ``axis>v``, ``axis>=v``. As in Python, ``==`` will do for ``=``, and text may stand in quotes.

    Raises:
        SuiteError: With every malformed expression, unknown axis or value.
    """
    found: list[Condition] = []
    problems: list[Problem] = []
    for expression in expressions:
        parsed = _parse_one(expression, axes)
        if isinstance(parsed, Condition):
            found.append(parsed)
        else:
            problems.extend(parsed)
    if problems:
        raise SuiteError(problems)
    return tuple(found)


def _parse_one(expression: str, axes: Mapping[str, Sequence[Scalar]]) -> Condition | list[Problem]:
    parts = _WHERE.fullmatch(expression)
    if parts is None or not parts["axis"] or not parts["value"]:
        return [_fault(expression, None, "axis=value, axis=v1,v2, axis!=v, axis<v, axis<=v, axis>v or axis>=v")]
    axis, sign, value = parts["axis"], parts["sign"], parts["value"]
    if axis not in axes:
        return [_fault(expression, axis, f"an axis ({', '.join(axes)})", nearest(axis, axes))]
    if sign in _SIGNS:
        return _bound(expression, axis, _SIGNS[sign], value, axes[axis])
    members: list[Scalar] = []
    problems: list[Problem] = []
    for text in (part.strip() for part in value.split(",")):
        bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
        match = [known for known in axes[axis] if value_text(known) in (text, bare)]
        members += match
        if not match:
            known = [value_text(known) for known in axes[axis]]
            problems.append(_fault(expression, text, f"a value of {axis} ({', '.join(known)})", nearest(text, known)))
    return problems or Condition(axis, tuple(members), negated=sign == "!=")


def _bound(expression: str, axis: str, word: str, value: str, values: Sequence[Scalar]) -> Condition | list[Problem]:
    if not all(is_number(known) for known in values):
        return [_fault(expression, None, f"= or != : {axis} is not numeric")]
    try:
        bound = float(value)
    except ValueError:
        return [_fault(expression, value, "a number")]
    return Condition(axis, bounds=((word, bound),))


def _fault(expression: str, given: str | None, expected: str, near: str | None = None) -> Problem:
    return Problem("--where", None, expression, given, expected, near)
