"""Checks where a claim expects a number, or a place on an axis: one such expectation, and one that can be met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bench.suite.checker import items
from bench.suite.checks import Meaning, table
from bench.suite.claim_tables import BOUNDS, PLACES
from bench.suite.declarations import QuantityChecker
from bench.suite.document import Document, Key
from bench.suite.problems import show
from bench.suite.ranges import is_number, is_scalar, value_text

#: Keys beside the choices of an expectation; a key that is neither is misspelt, and the shape says so.
_BESIDE = {"axis", "subject", "baseline", "of", "to", "at", "from", "part", "whole", "tolerance"}


class BoundChecker(QuantityChecker):
    """Collects the problems of bounds and places; ``subjects`` are the values of the subject axis, as text."""

    def __init__(self, document: Document, meaning: Meaning) -> None:
        super().__init__(document, meaning)
        subject = table(document.data, "suite").get("subject")
        self.subject = subject if isinstance(subject, str) else ""
        self.subjects = [value_text(value) for value in meaning.values(self.subject)]
        self.fixed: dict[str, list[Any]] = {}
        for layer in (document.data, *table(document.data, "presets").values()):
            for name, value in table(layer, "fixed").items():
                self.fixed.setdefault(name, []).append(value)

    def one(self, key: Key, content: dict[str, Any], choices: Iterable[str], beside: Iterable[str]) -> list[str]:
        """Check that a table has one of the ``choices``; return those that it has."""
        choices = list(choices)
        found = [word for word in content if word in choices]
        if not found and set(content) <= set(beside):
            self.problems.append(self.document.problem(key, f"one of {', '.join(choices)}", given=None))
        for word in found[1:]:
            line = self.document.line((*key, found[0]))
            expected = f"one of {', '.join(choices)} and no more; {found[0]} stands in line {line} already"
            self.unknown((*key, word), expected, ())
        return found

    def bound(
        self,
        key: Key,
        content: dict[str, Any],
        choices: Sequence[str] = BOUNDS,
        *,
        more_than: int | None = None,
        less_than: int | None = None,
    ) -> None:
        """Check where a number is expected, and that it can be there: between ``more_than`` and ``less_than``."""
        self.one(key, content, choices, _BESIDE)
        within = items(content.get("within"))
        numbers = [((*key, word), content[word]) for word in ("above", "below") if word in content]
        numbers += [((*key, "within", index), number) for index, number in enumerate(within)]
        for place, number in numbers:
            if not is_number(number):
                continue
            if more_than is not None and less_than is not None and not more_than < number < less_than:
                self.report(place, f"a number between {more_than} and {less_than}")
            elif more_than is not None and not number > more_than:
                self.report(place, f"more than {more_than}")
        if len(within) == 2 and all(is_number(one) and is_scalar(one) for one in within) and not within[0] < within[1]:
            self.report((*key, "within"), "two numbers, the smaller one first")

    def place(self, key: Key, content: dict[str, Any]) -> None:
        """Check where along its axis something is expected to begin."""
        self.bound(key, content, PLACES, more_than=0)
        if content.get("never") is False:
            self.report((*key, "never"), "true, or another key")
        of = table(content, "times").get("of")
        if not isinstance(of, str):
            return
        place: Key = (*key, "times", "of")
        fixed = self.fixed.get(of, [])
        if of in (content.get("axis"), self.subject):
            self.report(place, "another axis than the subject and the one it lies on")
        elif of in self.meaning.axes:
            self.positive(place, of)
        elif not fixed:
            numeric = {**self.meaning.axes, **self.fixed}
            known = [name for name, values in numeric.items() if name != content.get("axis") and _numbers(values)]
            self.report(place, f"a numeric axis or a fixed parameter ({', '.join(known)})", known)
        elif not _numbers(fixed) or min(fixed) <= 0:
            self.report(place, f"a fixed parameter that is a number above 0; {of} is {', '.join(map(show, fixed))}")

    def positive(self, key: Key, axis: str) -> None:
        """Check that an axis has positive numbers only; logarithms are taken of them."""
        values: list[Any] = list(self.meaning.values(axis))
        self.numeric(key, axis)
        if values and _numbers(values) and min(values) <= 0:
            self.report(key, f"an axis of numbers above 0; {axis} has {min(values)}")

    def along(self, key: Key, axis: Any, taken: Iterable[str] = ()) -> bool:
        """Whether this is an axis along which to look: of positive numbers, not the subject's, not yet taken."""
        before = len(self.problems)
        if not self.axis(key, axis):
            return False
        if axis == self.subject:
            self.report(key, "another axis than the subject")
        elif axis in taken:
            self.report(key, f"another axis than {', '.join(taken)}, which are named here already")
        else:
            self.positive(key, axis)
        return len(self.problems) == before


def _numbers(values: Iterable[Any]) -> bool:
    return all(map(is_number, values))
