"""What every check of names in a suite needs: is this an axis, is it numeric, do its conditions hold water?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bench.suite.checks import Meaning
from bench.suite.conditions import condition_faults
from bench.suite.document import Document, Key
from bench.suite.problems import Problem, nearest, show
from bench.suite.ranges import is_number


class Checker:
    """Collects the problems of one document."""

    def __init__(self, document: Document, meaning: Meaning) -> None:
        self.document = document
        self.meaning = meaning
        self.problems: list[Problem] = []

    def report(self, key: Key, expected: str, known: Iterable[object] = ()) -> None:
        """Note a problem with the value at ``key``, and which of the ``known`` ones is nearest to it."""
        near = nearest(self.document.value(key), known)
        self.problems.append(self.document.problem(key, expected, nearest=near))

    def unknown(self, key: Key, expected: str, known: Iterable[object]) -> None:
        """Note that the last part of ``key`` itself is not one of the ``known`` names."""
        near = nearest(key[-1], known)
        self.problems.append(self.document.problem(key, expected, nearest=near, given=key[-1]))

    def axis(self, key: Key, name: Any) -> bool:
        """Whether ``name`` is an axis; says so if not. Anything but text is the shape's fault."""
        if not isinstance(name, str):
            return False
        if name not in self.meaning.axes:
            self.report(key, f"an axis ({', '.join(self.meaning.axes)})", self.meaning.axes)
            return False
        return True

    def numeric(self, key: Key, name: Any) -> None:
        """Check that an axis has numbers only; what is no axis is not looked at."""
        values = self.meaning.values(name) if isinstance(name, str) else ()
        if not all(is_number(value) for value in values):
            self.report(key, f"an axis of numbers; {name} has {show(list(values))}")

    def once(self, key: Key, names: Any) -> None:
        """Check that a list names nothing twice."""
        found = items(names)
        for index, item in enumerate(found):
            if item in found[:index]:
                self.report((*key, index), "each name once")

    def when(self, key: Key, when: dict[str, Any]) -> None:
        """Check a table of conditions on axes."""
        for axis, spec in when.items():
            if axis not in self.meaning.axes:
                self.unknown((*key, axis), f"an axis ({', '.join(self.meaning.axes)})", self.meaning.axes)
                continue
            for fault in condition_faults(spec, self.meaning.values(axis)):
                place = (*key, axis, *fault.where)
                self.problems.append(self.document.problem(place, fault.expected, nearest=fault.nearest))


def items(value: Any) -> list[Any]:
    """The list at a key, or an empty one if something else stands there."""
    return value if isinstance(value, list) else []


def tables(value: Any) -> list[dict[str, Any]]:
    """The tables of an array of tables; something else in it stands as an empty table, so that indices stay right."""
    return [item if isinstance(item, dict) else {} for item in items(value)]
