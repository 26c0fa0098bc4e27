"""What is wrong with a suite or with an option that changes one: every problem at once, one line each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing to put right.

    Attributes:
        file: The suite file as the reader named it, or the option at fault, such as ``--where``.
        line: 1-based line in ``file``; ``None`` where there is none.
        key: Dotted path inside the file, such as ``crossover[0].axis``, or the option's text.
        given: What was written, as TOML would write it; ``None`` where something is missing.
        expected: What would be right.
        nearest: A known name close to the one given.
    """

    file: str
    line: int | None
    key: str
    given: str | None
    expected: str
    nearest: str | None = None

    def __str__(self) -> str:
        """One line: ``file:line: key: got …; expected …; did you mean …?``."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        parts = [f"got {self.given}"] if self.given is not None else []
        parts.append(f"expected {self.expected}")
        if self.nearest is not None:
            parts.append(f"did you mean {self.nearest!r}?")
        return ": ".join(part for part in (place, self.key, "; ".join(parts)) if part)


class SuiteError(Exception):
    """A suite, a preset, an override or a filter cannot be used; ``str()`` has one line for each problem."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems in the order in which their lines stand in the file."""
        self.problems: list[Problem] = sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(name: object, known: Iterable[object], cutoff: float = 0.6) -> str | None:
    """Return the known name most like ``name``, or ``None`` if none is close; upper and lower case count as alike.

    ``cutoff`` is how alike it must be, from 0 to 1: the share of letters that two names have in common and in order.
    """
    by_lower = {str(candidate).lower(): str(candidate) for candidate in known}
    matches = difflib.get_close_matches(str(name).lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[matches[0]] if matches else None


def show(value: object) -> str:
    """Write a value on one line about as TOML does: ``true``, ``"text"``, ``[1, 2]``, ``{from = 1}``; cut if long."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(show(item) for item in value) + "]"
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{key} = {show(item)}" for key, item in value.items()) + "}"
    else:
        text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."


def one_of(known: Iterable[object]) -> str:
    """Words for a choice: ``one of "a", "b"``."""
    choices = [show(value) for value in known]
    return choices[0] if len(choices) == 1 else "one of " + ", ".join(choices)
