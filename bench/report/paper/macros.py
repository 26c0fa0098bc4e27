"""One macro for each number: what it prints, in which unit, and where it comes from.

Tables, figures' captions and texts of a bundle print measured numbers by these macros alone, so that none of them can
differ from the data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from bench.report.paper.names import Words, names

#: Unit of numbers that have none.
PLAIN = "1"


@dataclass(frozen=True)
class Number:
    """One number.

    Attributes:
        key: What it stands for, in words; the macro is named after it.
        source: What siunitx reads, in the unit it is printed in: ``12.3(4)``.
        unit: That unit for people: ``ms``; empty for plain numbers.
        value: As stored.
        low: Lower bound as stored; NaN for none.
        high: Upper bound.
        stored: Unit of the stored numbers.
        factor: Stored units in one of the printed ones.
        origin: The file and the row that it is read from.
    """

    key: Words
    source: str
    unit: str
    value: float
    low: float
    high: float
    stored: str
    factor: float
    origin: str


class Numbers:
    """All numbers of a bundle, by what they stand for."""

    def __init__(self) -> None:
        self._numbers: dict[Words, Number] = {}
        self._sections: list[tuple[str, list[Words]]] = []
        self._units: dict[Words, tuple[str, str]] = {}

    def section(self, title: str) -> None:
        """Begin a part of ``numbers.tex``."""
        self._sections.append((title, []))

    def add(self, number: Number) -> None:
        """Register a number; one that is registered already stays as it is.

        Raises:
            ValueError: Another one has the same words.
        """
        known = self._numbers.get(number.key)
        if known is not None:
            if known.source == number.source:
                return
            raise ValueError(f"two numbers stand for the same: {' '.join(number.key)}")
        if not self._sections:
            self.section("Numbers")
        self._numbers[number.key] = number
        self._sections[-1][1].append(number.key)

    def unit(self, key: Words, tex: str, text: str) -> None:
        """Register the unit in which a metric is printed."""
        self._units[key] = (tex, text)

    @cached_property
    def _names(self) -> dict[Words, str]:
        return names([*self._numbers, *self._units])

    def __contains__(self, key: Words) -> bool:
        return key in self._numbers

    def __getitem__(self, key: Words) -> Number:
        return self._numbers[key]

    def get(self, key: Words) -> Number | None:
        """The number, or ``None``."""
        return self._numbers.get(key)

    def __iter__(self) -> Iterator[Number]:
        return iter(self._numbers.values())

    def __len__(self) -> int:
        return len(self._numbers)

    def name(self, key: Words) -> str:
        """The name of a number's macro, or of a unit's; to be asked for once all are registered."""
        return self._names[key]

    def macro(self, key: Words) -> str:
        """The macro alone, for a cell of an S column."""
        return "\\" + self._names[key]

    def num(self, key: Words) -> str:
        """A number within a sentence."""
        return rf"\num{{\{self._names[key]}}}"

    def source(self, heads: Iterable[str], printed: Container[str]) -> str:
        """The text of ``numbers.tex``: all units, and the numbers whose macros are in ``printed``; ``heads`` are its
        first lines."""
        lines = [f"% {line}" for line in heads]
        if self._units:
            lines += ["", "% Units in which numbers are printed, for \\qty{\\number}{\\unit}."]
            for key, (tex, text) in self._units.items():
                lines += [f"% {text or 'a plain number'}", rf"\newcommand*{{\{self.name(key)}}}{{{tex}}}"]
        lines += self._lines(lambda name: name in printed)
        return "\n".join(lines) + "\n"

    def rest(self, heads: Iterable[str], printed: Container[str]) -> str:
        """The text of ``numbers-rest.tex``: the numbers that are not in ``printed``; empty if there is none."""
        lines = self._lines(lambda name: name not in printed)
        return "\n".join([*(f"% {line}" for line in heads), *lines]) + "\n" if lines else ""

    def _lines(self, wanted: Callable[[str], bool]) -> list[str]:
        lines: list[str] = []
        for title, keys in self._sections:
            chosen = [key for key in keys if wanted(self.name(key))]
            if chosen:
                lines += ["", f"% ---- {title}"]
            for key in chosen:
                number = self._numbers[key]
                lines += [f"% {comment(number)}", rf"\newcommand*{{\{self.name(key)}}}{{{number.source}}}"]
        return lines


def comment(number: Number) -> str:
    """What stands above a macro: its unit, the stored number, where it comes from; one line."""
    unit = number.unit or "no unit"
    stored = "" if number.stored in ("", PLAIN) else f" {number.stored}"
    text = f"{unit}; stored {number.value!r}{stored}"
    if math.isfinite(number.low) and math.isfinite(number.high):
        text += f" [{number.low!r}, {number.high!r}]"
    line = f"{text}; {number.origin}"
    return "".join(char if char.isprintable() else " " for char in line)
