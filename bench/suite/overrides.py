"""``--set`` and ``--budget``: values from the command line that replace a suite's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.suite.model import INSTALLATION, Scalar
from bench.suite.problems import Problem, nearest
from bench.suite.ranges import axis_values, is_scalar, value_text
from bench.suite.signature import Parameter

_OPENMP = ("passive", "active")
_ALLOCATOR = ("default", "retain")

#: What an environment setting may be; never passed to the workload, so its signature does not say. An installation is
#: no setting: it must be declared.
ENVIRONMENT_PARAMETERS = {
    "threads": Parameter("threads", False, types=(int,)),
    "openmp": Parameter("openmp", False, choices=_OPENMP),
    "allocator": Parameter("allocator", False, choices=_ALLOCATOR),
}


#: What is to be said where an installation is set that is no axis.
INSTALLATION_AXIS = 'an axis: installation = ["here", ...] under [axes], with an [[installation]] table for each other'


@dataclass
class Overrides:
    """Overrides sorted by what they replace: an axis, a fixed parameter, or a setting of the environment."""

    axes: dict[str, tuple[Scalar, ...]] = field(default_factory=dict)
    fixed: dict[str, Scalar] = field(default_factory=dict)
    environment: dict[str, Scalar] = field(default_factory=dict)


def sort_overrides(
    given: Mapping[str, Sequence[Scalar]],
    axes: Mapping[str, Sequence[Scalar]],
    fixed: Mapping[str, Scalar],
    parameters: Mapping[str, Parameter],
) -> tuple[Overrides, list[Problem]]:
    """Check overrides against a suite's axes, fixed parameters and workload; also return every problem."""
    sorted_ = Overrides()
    problems: list[Problem] = []
    known = list(dict.fromkeys([*axes, *fixed, *ENVIRONMENT_PARAMETERS]))
    for name, raw in given.items():
        text = f"{name}={','.join(value_text(value) for value in raw)}"
        if name not in known:
            expected = f"an axis or a fixed parameter ({', '.join(known)})"
            if name == INSTALLATION:
                expected = f"a suite with {INSTALLATION_AXIS}; or --against"
            problems.append(Problem("--set", None, text, name, expected, nearest(name, known)))
            continue
        parameter = parameters.get(name)
        values, faults = axis_values([_fit(value, parameter) for value in raw])
        problems += [Problem("--set", None, text, value_text(f.given), f.expected) for f in faults]
        problems += wrong_values("--set", None, text, values, parameter)
        if name in axes:
            sorted_.axes[name] = values
        elif len(values) != 1:
            problems.append(Problem("--set", None, text, None, f"one value: {name} is no axis of the suite"))
        elif name in fixed:
            sorted_.fixed[name] = values[0]
        else:
            sorted_.environment[name] = values[0]
    return sorted_, problems


def wrong_values(
    file: str, line: int | None, key: str, values: Sequence[Scalar], parameter: Parameter | None
) -> list[Problem]:
    """Problems with values that a parameter's annotation does not allow."""
    if parameter is None:
        return []
    problems = []
    for value in values:
        if not parameter.accepts(value):
            near = nearest(value, parameter.choices or ())
            problems.append(Problem(file, line, key, value_text(value), parameter.expected(), near))
        elif parameter.name == "threads" and isinstance(value, int) and value < 1:
            problems.append(Problem(file, line, key, str(value), "at least 1"))
    return problems


def budget_problems(budget: float | None) -> list[Problem]:
    """Problems with ``--budget``."""
    if budget is None or (math.isfinite(budget) and budget > 0):
        return []
    return [Problem("--budget", None, "", str(budget), "seconds, more than 0")]


def _scalar(text: str) -> Scalar:
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            value: Any = kind(text)
        except ValueError:
            continue
        return value if is_scalar(value) else text
    return text


def _fit(value: Scalar, parameter: Parameter | None) -> Scalar:
    """Read a value as the parameter would have it: the command line has no quotes to tell "1" from 1."""
    if parameter is None or parameter.accepts(value):
        return value
    text = value_text(value)
    candidates = [text, _scalar(text)]
    return next((other for other in candidates if parameter.accepts(other)), value)
