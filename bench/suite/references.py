"""Whatever in a suite names an axis or a value elsewhere in it: does what it names exist, and can it serve?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bench.suite.checks import Meaning, table
from bench.suite.conditions import condition_faults
from bench.suite.document import Document, Key
from bench.suite.model import ENVIRONMENT_AXES, METRICS
from bench.suite.problems import Problem, nearest, show
from bench.suite.ranges import is_number, value_text


def check_references(document: Document, meaning: Meaning) -> list[Problem]:
    """Check subject, interleave, crossovers, share, skip and omit rules, labels and settings; return all problems."""
    checker = _Checker(document, meaning)
    suite = table(document.data, "suite")
    checker.grouping(suite)
    checker.measure(("measure",), table(document.data, "measure"))
    for preset, content in table(document.data, "presets").items():
        checker.measure(("presets", preset, "measure"), table(content, "measure"))
    for index, crossover in enumerate(_tables(document.data.get("crossover"))):
        checker.crossover(("crossover", index), crossover, suite.get("subject"))
    checker.share(table(document.data, "share"), suite.get("subject"))
    for kind in ("skip", "omit"):
        for index, rule in enumerate(_tables(document.data.get(kind))):
            checker.when((kind, index, "when"), table(rule, "when"))
    checker.labels(table(document.data, "labels"))
    return checker.problems


class _Checker:
    def __init__(self, document: Document, meaning: Meaning) -> None:
        self.document = document
        self.meaning = meaning
        self.problems: list[Problem] = []

    def report(self, key: Key, expected: str, known: Iterable[object] = ()) -> None:
        near = nearest(self.document.value(key), known)
        self.problems.append(self.document.problem(key, expected, nearest=near))

    def axis(self, key: Key, name: Any) -> bool:
        """Whether ``name`` is an axis; says so if not. Anything but text is the shape's fault."""
        if not isinstance(name, str):
            return False
        if name not in self.meaning.axes:
            self.report(key, f"an axis ({', '.join(self.meaning.axes)})", self.meaning.axes)
            return False
        return True

    def numeric(self, key: Key, name: Any) -> None:
        values = self.meaning.values(name)
        if not all(is_number(value) for value in values):
            self.report(key, f"an axis of numbers; {name} has {show(list(values))}")

    def grouping(self, suite: dict[str, Any]) -> None:
        names: list[tuple[Key, Any]] = [(("suite", "subject"), suite.get("subject"))]
        names += [(("suite", "interleave", index), name) for index, name in enumerate(_items(suite.get("interleave")))]
        for place, (key, name) in enumerate(names):
            if not self.axis(key, name):
                continue
            if name in ENVIRONMENT_AXES:
                self.report(key, "an axis of the workload: the cases of a group share one process environment")
            elif name in [other for _, other in names[:place]]:
                self.report(key, "an axis that is named once and is not the subject")

    def measure(self, key: Key, measure: dict[str, Any]) -> None:
        self.once((*key, "metrics"), measure.get("metrics"))
        replicates = measure.get("replicates")
        if isinstance(replicates, list) and len(replicates) == 2 and all(type(count) is int for count in replicates):
            least, most = replicates
            if least > most:
                self.report((*key, "replicates"), "the least number of processes, then the most")

    def once(self, key: Key, names: Any) -> None:
        items = _items(names)
        for index, item in enumerate(items):
            if item in items[:index]:
                self.report((*key, index), "each name once")

    def members(self, key: Key, names: Any, axis: str) -> None:
        known = [value_text(value) for value in self.meaning.values(axis)]
        for index, name in enumerate(_items(names)):
            if isinstance(name, str) and name not in known:
                self.report((*key, index), f"a value of {axis} ({', '.join(known)})", known)
        self.once(key, names)

    def crossover(self, key: Key, crossover: dict[str, Any], subject: Any) -> None:
        for word in ("axis", "relative_to"):
            name = crossover.get(word)
            if self.axis((*key, word), name):
                self.numeric((*key, word), name)
                if name == subject:
                    self.report((*key, word), "another axis than the subject")
        if crossover.get("axis") is not None and crossover.get("axis") == crossover.get("relative_to"):
            self.report((*key, "relative_to"), "another axis than the crossover's own")
        self.once((*key, "metrics"), crossover.get("metrics"))
        measured = table(self.document.data, "measure").get("metrics")
        for index, name in enumerate(_items(crossover.get("metrics"))):
            if isinstance(measured, list) and name in METRICS and name not in measured:
                self.report((*key, "metrics", index), f"a metric that [measure] asks for ({', '.join(measured)})")
        names: list[Any] = []
        for index, baseline in enumerate(_tables(crossover.get("baselines"))):
            place = (*key, "baselines", index)
            if subject in self.meaning.axes:
                self.members((*place, "members"), baseline.get("members"), subject)
            if baseline.get("name") in names:
                self.report((*place, "name"), "a name no other baseline of this crossover has")
            names.append(baseline.get("name"))

    def share(self, share: dict[str, Any], subject: Any) -> None:
        axis = share.get("axis")
        if not self.axis(("share", "axis"), axis):
            return
        if axis == subject:
            self.report(("share", "axis"), "another axis than the subject")
        known = [value_text(value) for value in self.meaning.values(str(axis))]
        whole = share.get("whole")
        if isinstance(whole, str) and whole not in known:
            self.report(("share", "whole"), f"a value of {axis} ({', '.join(known)})", known)
        self.members(("share", "shared"), share.get("shared"), str(axis))
        for index, part in enumerate(_items(share.get("shared"))):
            if part == whole:
                self.report(("share", "shared", index), "a part, not the whole")

    def when(self, key: Key, when: dict[str, Any]) -> None:
        for axis, spec in when.items():
            if axis not in self.meaning.axes:
                near = nearest(axis, self.meaning.axes)
                expected = f"an axis ({', '.join(self.meaning.axes)})"
                self.problems.append(self.document.problem((*key, axis), expected, nearest=near, given=axis))
                continue
            for fault in condition_faults(spec, self.meaning.values(axis)):
                place = (*key, axis, *fault.where)
                self.problems.append(self.document.problem(place, fault.expected, nearest=fault.nearest))

    def labels(self, labels: dict[str, Any]) -> None:
        fixed = table(self.document.data, "fixed")
        known = {*self.meaning.axes, *fixed, *METRICS}
        for axis in self.meaning.axes:
            parameter = self.meaning.parameter(axis)
            choices = [choice for choice in (parameter.choices if parameter else None) or () if choice is not None]
            known |= {value_text(value) for value in (*self.meaning.values(axis), *choices)}
        for name in labels:
            if name not in known:
                expected = "the name of an axis, a fixed parameter, a metric, or a value of an axis"
                near = nearest(name, sorted(known))
                self.problems.append(self.document.problem(("labels", name), expected, nearest=near, given=name))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _tables(value: Any) -> list[dict[str, Any]]:
    """The tables of an array of tables; something else in it stands as an empty table, so that indices stay right."""
    return [item if isinstance(item, dict) else {} for item in _items(value)]
