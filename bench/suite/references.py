"""Whatever in a suite names an axis or a value elsewhere in it: does what it names exist, and can it serve?"""

from __future__ import annotations

from typing import Any

from bench.suite.checker import Checker, items, tables
from bench.suite.checks import Meaning, table
from bench.suite.declarations import declared_names, is_outcome_name, measured_families
from bench.suite.document import Document, Key
from bench.suite.model import HERE, INSTALLATION, METRICS
from bench.suite.problems import Problem, nearest
from bench.suite.ranges import value_text

#: An unknown label this much like a known name is taken for a slip of the pen and not for an outcome's name.
_SLIP = 0.75


def check_references(document: Document, meaning: Meaning) -> list[Problem]:
    """Check subject, interleave, crossovers, share, skip and omit rules, labels and settings; return all problems."""
    checker = _References(document, meaning)
    suite = table(document.data, "suite")
    checker.grouping(suite)
    checker.measure(("measure",), table(document.data, "measure"))
    for preset, content in table(document.data, "presets").items():
        checker.measure(("presets", preset, "measure"), table(content, "measure"))
    for index, crossover in enumerate(tables(document.data.get("crossover"))):
        checker.crossover(("crossover", index), crossover, suite.get("subject"))
    checker.share(table(document.data, "share"), suite.get("subject"))
    for kind in ("skip", "omit"):
        for index, rule in enumerate(tables(document.data.get(kind))):
            checker.when((kind, index, "when"), table(rule, "when"))
    checker.labels(table(document.data, "labels"))
    return checker.problems


class _References(Checker):
    def grouping(self, suite: dict[str, Any]) -> None:
        names: list[tuple[Key, Any]] = [(("suite", "subject"), suite.get("subject"))]
        names += [(("suite", "interleave", index), name) for index, name in enumerate(items(suite.get("interleave")))]
        for place, (key, name) in enumerate(names):
            if not self.axis(key, name):
                continue
            if name in [other for _, other in names[:place]]:
                self.report(key, "an axis that is named once and is not the subject")

    def measure(self, key: Key, measure: dict[str, Any]) -> None:
        self.once((*key, "metrics"), measure.get("metrics"))
        replicates = measure.get("replicates")
        if isinstance(replicates, list) and len(replicates) == 2 and all(type(count) is int for count in replicates):
            least, most = replicates
            if least > most:
                self.report((*key, "replicates"), "the least number of processes, then the most")

    def members(self, key: Key, names: Any, axis: str) -> None:
        known = [value_text(value) for value in self.meaning.values(axis)]
        for index, name in enumerate(items(names)):
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
        for index, name in enumerate(items(crossover.get("metrics"))):
            if isinstance(measured, list) and name in METRICS and name not in measured:
                self.report((*key, "metrics", index), f"a metric that [measure] asks for ({', '.join(measured)})")
        names: list[Any] = []
        for index, baseline in enumerate(tables(crossover.get("baselines"))):
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
        for index, part in enumerate(items(share.get("shared"))):
            if part == whole:
                self.report(("share", "shared", index), "a part, not the whole")

    def labels(self, labels: dict[str, Any]) -> None:
        fixed = table(self.document.data, "fixed")
        # --against adds the axis installation to any suite, and labels are not lost on it.
        known = {*self.meaning.axes, *fixed, *METRICS, INSTALLATION, HERE}
        for axis in self.meaning.axes:
            parameter = self.meaning.parameter(axis)
            choices = [choice for choice in (parameter.choices if parameter else None) or () if choice is not None]
            known |= {value_text(value) for value in (*self.meaning.values(axis), *choices)}
        outcomes = "outcome" in measured_families(self.document)
        declared = declared_names(self.document)
        for name in labels:
            slip = nearest(name, sorted(known), _SLIP)
            if name not in known | declared and not (outcomes and is_outcome_name(name) and slip is None):
                expected = "the name of an axis, a fixed parameter, a metric, or a value of an axis"
                self.unknown(("labels", name), expected, sorted(known | declared))
