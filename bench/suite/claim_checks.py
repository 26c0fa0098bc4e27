"""Checks what claims name and expect: axes, values, metrics, baselines, and numbers that can be met at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from bench.suite.checker import items, tables
from bench.suite.checks import Meaning, table
from bench.suite.claim_bounds import BoundChecker
from bench.suite.claim_tables import BOUNDS, ClaimTable
from bench.suite.claims import KINDS
from bench.suite.document import Document, Key
from bench.suite.problems import Problem, show
from bench.suite.ranges import is_number, value_text

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HEAD = frozenset(ClaimTable.model_fields) - frozenset(KINDS)


def check_claims(document: Document, meaning: Meaning) -> list[Problem]:
    """Check all claims; return every problem."""
    checker = _Claims(document, meaning)
    declared = tables(document.data.get("claim"))
    for index, content in enumerate(declared):
        key: Key = ("claim", index)
        checker.name((*key, "id"), content.get("id"), [other.get("id") for other in declared[:index]])
        checker.quantity((*key, "metric"), content.get("metric"), families=True)
        checker.where((*key, "where"), table(content, "where"))
        for kind in checker.one(key, content, KINDS, _HEAD):
            getattr(checker, f"check_{kind}")((*key, kind), table(content, kind), content)
    return checker.problems


class _Claims(BoundChecker):
    def name(self, key: Key, name: Any, others: Sequence[Any]) -> None:
        if not isinstance(name, str) or not name:
            return
        if not _ID.fullmatch(name):
            near = "-".join(re.findall(r"[a-z0-9]+", name.lower())) or None
            expected = "lower-case words joined by '-', such as linear-from-n-above-d"
            self.problems.append(self.document.problem(key, expected, nearest=near))
        elif name in others:
            self.report(key, "an id that no other claim has")

    def where(self, key: Key, where: dict[str, Any]) -> None:
        """Check a claim's conditions; one that no value meets would leave the claim unclear for ever."""
        self.when(key, where)
        for axis in where:
            values = self.meaning.values(axis)
            if values and all(self.admits(where, axis, value) is False for value in values):
                self.report(
                    (*key, axis), f"a condition that some value of {axis} meets ({', '.join(map(show, values))})"
                )

    def point(self, key: Key, content: dict[str, Any], claim: dict[str, Any], taken: Iterable[str]) -> None:
        """Check ``at``; it names no axis that the expectation names elsewhere (``taken``)."""
        at = table(content, "at")
        self.side((*key, "at"), at, table(claim, "where"), "claim")
        for axis in at:
            if axis in taken:
                self.unknown((*key, "at", axis), f"another axis than {', '.join(taken)}, named beside it", ())

    def member(self, key: Key, axis: Any, value: Any, claim: dict[str, Any]) -> None:
        """Check that an axis has this value and that the claim's conditions leave it."""
        if not isinstance(axis, str) or axis not in self.meaning.axes or value is None:
            return
        if self.value(key, axis, value) and self.admits(table(claim, "where"), axis, value) is False:
            self.report(key, "a value that this claim's where admits")

    def sides(self, key: Key, content: dict[str, Any], claim: dict[str, Any]) -> None:
        """Check ``of`` and ``to``, two cases told by the same axes, and ``at``."""
        of, to = table(content, "of"), table(content, "to")
        for word, case in (("of", of), ("to", to)):
            self.side((*key, word), case, table(claim, "where"), "claim")
        if of and to and set(of) != set(to):
            self.report((*key, "to"), f"values of the same axes as of ({', '.join(of)})")
        elif of and of == to:
            self.report((*key, "to"), "another case than of")
        self.point(key, content, claim, [*of])

    def check_crossover(self, key: Key, content: dict[str, Any], claim: dict[str, Any]) -> None:
        axis = content.get("axis")
        # Along an axis that is wrong itself, a baseline of any other is no second mistake.
        baselines = self.baselines(axis if self.along((*key, "axis"), axis) else None)
        self.place(key, content)
        if not self.subjects:
            return
        subject, baseline = content.get("subject"), content.get("baseline")
        values = f"a value of {self.subject} ({', '.join(self.subjects)})"
        sound = isinstance(subject, str) and self.text((*key, "subject"), subject, claim, values, self.subjects)
        if not isinstance(baseline, str):
            return
        place: Key = (*key, "baseline")
        if baseline in baselines:
            members = baselines[baseline]
            if members and not any(self.left(claim, member) for member in members):
                self.report(place, "a baseline with a member that this claim's where admits")
        else:
            names = f"a baseline of a crossover along {axis} ({', '.join(baselines)}) or " if baselines else ""
            self.text(place, baseline, claim, names + values, [*baselines, *self.subjects])
            members = [baseline]
        if sound and subject in members:
            self.report(place, f"a baseline without {subject}, the subject")

    def baselines(self, axis: str | None) -> dict[str, list[Any]]:
        """Names of the baselines of the crossovers along an axis, or along any, and their members."""
        found: dict[str, list[Any]] = {}
        for declared in tables(self.document.data.get("crossover")):
            if axis is None or declared.get("axis") == axis:
                for one in tables(declared.get("baselines")):
                    found.setdefault(str(one.get("name")), items(one.get("members")))
        return found

    def text(self, key: Key, name: str, claim: dict[str, Any], expected: str, known: Iterable[str]) -> bool:
        """Whether this is the text of a value of the subject axis that the claim's conditions leave; says so if not."""
        if name not in self.subjects:
            self.report(key, expected, known)
        elif not self.left(claim, name):
            self.report(key, "a value that this claim's where admits")
        else:
            return True
        return False

    def left(self, claim: dict[str, Any], name: Any) -> bool:
        """Whether the claim's conditions leave the value of the subject axis that has this text."""
        values = [value for value in self.meaning.values(self.subject) if value_text(value) == name]
        return all(self.admits(table(claim, "where"), self.subject, value) is not False for value in values)

    def check_ratio(self, key: Key, content: dict[str, Any], claim: dict[str, Any]) -> None:
        self.sides(key, content, claim)
        self.bound(key, content, (*BOUNDS, "below_ratio_of"), more_than=0)
        other = content.get("below_ratio_of")
        self.quantity((*key, "below_ratio_of"), other, families=True)
        if other is not None and other == claim.get("metric"):
            self.report((*key, "below_ratio_of"), "another metric than the claim's own")

    def check_order(self, key: Key, content: dict[str, Any], claim: dict[str, Any]) -> None:
        axis = content.get("axis")
        self.axis((*key, "axis"), axis)
        self.once((*key, "values"), content.get("values"))
        for index, value in enumerate(items(content.get("values"))):
            self.member((*key, "values", index), axis, value, claim)
        self.point(key, content, claim, [str(axis)])

    def check_slope(self, key: Key, content: dict[str, Any], claim: dict[str, Any]) -> None:
        axis: Any = content.get("axis")
        known = self.along((*key, "axis"), axis)
        self.bound(key, content, ("equals", *BOUNDS))
        if "tolerance" in content and "equals" not in content:
            self.report((*key, "tolerance"), "equals beside it: a tolerance is around the expected slope")
        least, most = content.get("from", 0), content.get("to", float("inf"))
        if not known or not is_number(least) or not is_number(most):
            return
        if not least < most:
            self.report((*key, "to"), f"more than from = {least}")
            return
        where = table(claim, "where")
        numbers = [value for value in self.meaning.values(axis) if is_number(value)]
        left = [value for value in numbers if least <= value <= most and self.admits(where, axis, value) is not False]
        if numbers and len(left) < 2:
            expected = f"a range with at least two values of {axis} ({', '.join(map(str, numbers))})"
            self.problems.append(self.document.problem(key, expected))

    def check_equality(self, key: Key, content: dict[str, Any], claim: dict[str, Any]) -> None:
        self.sides(key, content, claim)

    def check_share(self, key: Key, content: dict[str, Any], claim: dict[str, Any]) -> None:
        axis = content.get("axis")
        known = self.axis((*key, "axis"), axis)
        if known and axis == self.subject:
            self.report((*key, "axis"), "another axis than the subject")
        for word in ("part", "whole") if known and axis != self.subject else ():
            self.member((*key, word), axis, content.get(word), claim)
        if content.get("part") is not None and content.get("part") == content.get("whole"):
            self.report((*key, "part"), "a part, not the whole")
        self.point(key, content, claim, [str(axis)])
        halves = ("over_half", "under_half")
        self.bound(key, content, (*BOUNDS, *halves), more_than=0, less_than=1)
        for word in halves:
            half = table(content, word)
            if half:
                self.along((*key, word, "axis"), half.get("axis"), [str(axis), *table(content, "at")])
                self.place((*key, word), half)

    def check_value(self, key: Key, content: dict[str, Any], claim: dict[str, Any]) -> None:
        self.point(key, content, claim, [])
        self.bound(key, content)
