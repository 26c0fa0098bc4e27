"""Checks what hypotheses, laws, maps and trends name: axes, values, metrics, and one another's ids.

An outcome's name is known to the workload alone, and no workload is run here. So a name that is neither an axis nor a
stored metric is taken for an outcome, if the suite measures outcomes at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bench.suite.ambiguity import several_cases
from bench.suite.checker import Checker, items, tables
from bench.suite.checks import Meaning, table
from bench.suite.conditions import condition, condition_faults, same
from bench.suite.document import Document, Key
from bench.suite.model import DEFAULT_METRICS
from bench.suite.problems import Problem, one_of
from bench.suite.ranges import is_number, is_scalar, value_text

#: Metrics with one stored row of their own, and the family that measures each.
STORED_METRICS = {
    "time": "time",
    "peak_tensor_bytes": "memory",
    "peak_resident_bytes": "memory",
    "peak_allocated_bytes": "memory",
    "peak_reserved_bytes": "memory",
    "flops_formula": "flops",
    "flops_dispatch": "flops",
    "flops_fvcore": "flops",
}

#: Families that a claim may name in place of their stored metrics.
_FAMILIES = {"memory": "memory", "flops": "flops"}

#: Keys whose values name a quantity, for each kind of declaration.
_QUANTITIES = {"hypothesis": ("metric",), "law": ("x", "y"), "map": ("value",), "trend": ("value",)}
_CLAIMED = {"claim": ("metric",)}
_OUTCOME = re.compile(r"[a-z][a-z0-9_]*")
_PARTS = ("asked", "rejected", "supported")


def check_declarations(document: Document, meaning: Meaning) -> list[Problem]:
    """Check all hypotheses, laws, maps and trends; return every problem."""
    checker = _Declarations(document, meaning)
    for kind in _QUANTITIES:
        declared = tables(document.data.get(kind))
        for index, content in enumerate(declared):
            key: Key = (kind, index)
            if content.get("id") is not None and content["id"] in [other.get("id") for other in declared[:index]]:
                checker.report((*key, "id"), f"an id that no other {kind} has")
            checker.when((*key, "where"), table(content, "where"))
            getattr(checker, kind)(key, content)
    return checker.problems


def measured_families(document: Document) -> set[str]:
    """The families of metrics that the suite or one of its presets asks for."""
    asked = table(document.data, "measure").get("metrics", list(DEFAULT_METRICS))
    presets = [table(preset, "measure").get("metrics") for preset in table(document.data, "presets").values()]
    return {name for metrics in (asked, *presets) for name in items(metrics) if isinstance(name, str)}


def declared_names(document: Document) -> set[str]:
    """Every quantity that a declaration names."""
    return {
        content[word]
        for kind, words in (_QUANTITIES | _CLAIMED).items()
        for content in tables(document.data.get(kind))
        for word in words
        if isinstance(content.get(word), str)
    }


def is_outcome_name(name: str) -> bool:
    """Whether an outcome may be called this."""
    return _OUTCOME.fullmatch(name) is not None


def _finite(value: Any) -> bool:
    return is_number(value) and is_scalar(value)


class QuantityChecker(Checker):
    """Checks what declarations of every kind name: quantities, values of axes and cases."""

    def __init__(self, document: Document, meaning: Meaning) -> None:
        super().__init__(document, meaning)
        self.families = measured_families(document)

    def quantity(self, key: Key, name: Any, *, axis: bool = False, stored: bool = True, families: bool = False) -> None:
        """Check the name of what is drawn or compared.

        ``axis``, ``stored`` and ``families`` tell whether it may be an axis, a stored metric, memory or flops.
        """
        if not isinstance(name, str) or not name:
            return
        metric = "a stored metric" + (", time, memory or flops" if families else "")
        kinds = [word for word, fits in (("a numeric axis", axis), (metric, stored)) if fits]
        metrics = STORED_METRICS | (_FAMILIES if families else {})
        words = " or ".join(["an outcome's name", *kinds])
        known = [*(self.meaning.axes if axis else ()), *(metrics if stored else ())]
        if name in self.meaning.axes:
            if axis:
                self.numeric(key, name)
            else:
                self.report(key, f"{words}, not an axis")
        elif name in metrics:
            if not stored:
                self.report(key, f"{words}, not a stored metric")
            elif metrics[name] not in self.families:
                self.report(key, f'a metric that is measured: "{metrics[name]}" among the metrics of [measure]')
        elif name.startswith("outcome_"):
            expected, bare = f"{words}; an outcome goes without 'outcome_'", name.removeprefix("outcome_")
            self.problems.append(self.document.problem(key, expected, nearest=bare))
        elif not is_outcome_name(name):
            self.report(key, f"{words}: lower-case letters, digits and '_', the first a letter", known)
        elif "outcome" not in self.families:
            self.report(key, f'{words}; an outcome needs "outcome" among the metrics of [measure]', known)

    def value(self, key: Key, axis: str, value: Any) -> bool:
        """Whether an axis takes a value anywhere in the suite; says so if not."""
        known = self.meaning.values(axis)
        if is_scalar(value) and any(same(value, other) for other in known):
            return True
        self.report(key, one_of(known) if known else f"a value of {axis}", known)
        return False

    def admits(self, where: dict[str, Any], axis: str, value: Any) -> bool | None:
        """Whether conditions hold for this value of an axis; ``None`` where they do not name it, or not soundly."""
        if axis not in where or condition_faults(where[axis], self.meaning.values(axis)):
            return None
        return condition(axis, where[axis]).holds({axis: value})

    def side(self, key: Key, case: dict[str, Any], where: dict[str, Any], kind: str) -> None:
        """Check the axes and values that tell a case; ``kind`` is what the conditions ``where`` belong to."""
        for axis, value in case.items():
            if axis not in self.meaning.axes:
                self.unknown((*key, axis), f"an axis ({', '.join(self.meaning.axes)})", self.meaning.axes)
            elif self.value((*key, axis), axis, value) and self.admits(where, axis, value) is False:
                self.report((*key, axis), f"a value that this {kind}'s where admits")


class _Declarations(QuantityChecker):
    def apart(self, key: Key, content: Mapping[str, Any], words: tuple[str, ...]) -> None:
        """Check that some keys name axes, each another one."""
        for place, word in enumerate(words):
            if self.axis((*key, word), content.get(word)):
                others = [other for other in words[:place] if content.get(other) == content[word]]
                if others:
                    self.report((*key, word), f"another axis than {others[0]}")

    def by_value(self, key: Key, content: Any, axis: Any) -> None:
        """Check the keys of a table that has a number for each value of an axis."""
        if not isinstance(content, dict) or not isinstance(axis, str) or axis not in self.meaning.axes:
            return
        known = [value_text(value) for value in self.meaning.values(axis)]
        for name in content:
            if name not in known:
                self.unknown((*key, name), f"a value of {axis} ({', '.join(known)})", known)

    def map(self, key: Key, content: dict[str, Any]) -> None:
        self.quantity((*key, "value"), content.get("value"))
        self.apart(key, content, ("x", "y", "panels"))

    def trend(self, key: Key, content: dict[str, Any]) -> None:
        self.quantity((*key, "value"), content.get("value"))
        self.apart(key, content, ("x", "lines", "panels"))
        self.numeric((*key, "x"), content.get("x"))

    def law(self, key: Key, content: dict[str, Any]) -> None:
        self.quantity((*key, "x"), content.get("x"), axis=True)
        self.quantity((*key, "y"), content.get("y"))
        if content.get("x") == content.get("y") and content.get("y") not in [None, *self.meaning.axes]:
            self.report((*key, "y"), "another quantity than x")
        split = content.get("split")
        if self.axis((*key, "split"), split) and split == content.get("x"):
            self.report((*key, "split"), "another axis than x")
        self.slope((*key, "slope"), content.get("slope"), split)
        self.by_value((*key, "scale"), content.get("scale"), split)
        self.bounds(key, content)
        self.compare((*key, "compare"), table(content, "compare"), content)

    def slope(self, key: Key, slope: Any, split: Any) -> None:
        self.by_value(key, slope, split)
        if isinstance(slope, dict) and slope:
            for name, number in slope.items():
                if not _finite(number):
                    self.report((*key, name), "a finite number")
        elif slope is not None and not _finite(slope):
            self.report(key, f"a finite number, or a table of them by value of {split}")

    def bounds(self, key: Key, content: dict[str, Any]) -> None:
        """Check that y can be both above and below what the law says."""
        above: Any = content.get("above")
        below: Any = content.get("below")
        if not is_number(above) or not is_number(below):
            return
        scales = table(content, "scale")
        if not scales and above >= below:
            self.report((*key, "below"), f"more than above = {above}")
        for name, scale in scales.items():
            if is_number(scale) and above * scale >= below:
                self.report((*key, "below"), f"more than above times scale.{name}, which is {above * scale:.4g}")
                break

    def compare(self, key: Key, compare: dict[str, Any], law: dict[str, Any]) -> None:
        axis = compare.get("axis")
        if not self.axis((*key, "axis"), axis):
            return
        where = table(law, "where")
        if axis == law.get("split"):
            self.report((*key, "axis"), "another axis than split")
        elif axis not in where:
            self.report((*key, "axis"), "an axis that this law's where names: its other values are compared", where)
        self.once((*key, "values"), compare.get("values"))
        for index, value in enumerate(items(compare.get("values"))):
            place = (*key, "values", index)
            if self.value(place, str(axis), value) and self.admits(where, str(axis), value):
                self.report(place, "a value that this law's where leaves out")

    def hypothesis(self, key: Key, content: dict[str, Any]) -> None:
        self.quantity((*key, "metric"), content.get("metric"), stored=False)
        if not any(content.get(part) for part in ("rejected", "supported")):
            expected = "at least one comparison under rejected or supported"
            self.problems.append(self.document.problem(key, expected, given=None))
        found = [
            ((*key, part, index), comparison)
            for part in _PARTS
            for index, comparison in enumerate(tables(content.get(part)))
        ]
        before = len(self.problems)
        where = table(content, "where")
        for place, comparison in found:
            for side in ("left", "right"):
                self.side((*place, side), table(comparison, side), where, "hypothesis")
            left, right = table(comparison, "left"), table(comparison, "right")
            if left and left.keys() == right.keys() and all(same(left[axis], right[axis]) for axis in left):
                self.report((*place, "right"), "another case than left")
        if len(self.problems) == before:
            self.single(found, where)

    def single(self, found: list[tuple[Key, dict[str, Any]]], where: dict[str, Any]) -> None:
        """Check that each side is one case at a point, which leaves out every axis that any comparison names."""
        sides = [((*place, side), table(one, side)) for place, one in found for side in ("left", "right")]
        named = dict.fromkeys(axis for _, case in sides for axis in case)
        for key, case in sides:
            open_axes = several_cases(case, list(named), where, self.meaning, self.document.data) if case else []
            if open_axes:
                expected = f"also {' and '.join(open_axes)}, which other comparisons here name: this is several cases"
                self.report(key, expected)
