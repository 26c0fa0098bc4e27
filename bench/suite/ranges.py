"""The values of one axis: a list, or a range of whole numbers that grows by a factor or a step."""

from __future__ import annotations

import math
from typing import Any

from bench.suite.model import Scalar
from bench.suite.problems import nearest, show

#: More values than this on one axis is taken for a slip of the pen.
MOST_VALUES = 1000

RANGE_KEYS = ("from", "to", "factor", "step")


class ValueFault(ValueError):
    """A fault inside the value of an axis: where (a path below the axis), what was given, what was expected."""

    def __init__(self, where: tuple[str | int, ...], given: Any, expected: str, near: str | None = None) -> None:
        """Keep the parts; the message joins them."""
        super().__init__(f"got {show(given)}; expected {expected}")
        self.where = where
        self.given = given
        self.expected = expected
        self.nearest = near


def axis_values(spec: Any, *, scalar_ok: bool = False) -> tuple[tuple[Scalar, ...], list[ValueFault]]:
    """Turn what a suite says of an axis into its values.

    Args:
        spec: A list of scalars, or ``{from, to, factor}`` or ``{from, to, step}`` with whole numbers; both ends
            belong to the range where the steps meet them.
        scalar_ok: Whether a single scalar stands for a list of one.

    Returns:
        The values in declared order (those that are usable), and the faults found.
    """
    if scalar_ok and isinstance(spec, str | int | float | bool):
        spec = [spec]
    if isinstance(spec, dict):
        faults = _range_faults(spec)
        return ((), faults) if faults else (tuple(_range(spec)), [])
    if not isinstance(spec, list):
        return (), [ValueFault((), spec, "a list of values, or a range such as {from = 64, to = 4096, factor = 2}")]
    if not spec:
        return (), [ValueFault((), spec, "at least one value")]
    faults = []
    values: list[Scalar] = []
    seen: dict[str, int] = {}
    for index, value in enumerate(spec):
        if not is_scalar(value):
            faults.append(ValueFault((index,), value, "text, a finite number, true or false"))
        elif (key := _identity(value)) in seen:
            faults.append(ValueFault((index,), value, f"each value once; it is also value {seen[key] + 1} of the axis"))
        else:
            seen[key] = index
            values.append(value)
    return tuple(values), faults


def is_scalar(value: object) -> bool:
    """Whether a value may stand on an axis: non-empty text, a bool, or a finite number."""
    if isinstance(value, str):
        return value.strip() != "" and value.isprintable()
    return isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))


def is_number(value: object) -> bool:
    """Whether a value is an int or a float and not a bool."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def value_text(value: Scalar) -> str:
    """A value as ids and command lines write it: booleans in lower case, everything else as Python prints it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _identity(value: Scalar) -> str:
    """Equal for values whose ids or whose numbers are equal: 1, 1.0 and "1" are one value."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value_text(value)


def _range_faults(spec: dict[str, Any]) -> list[ValueFault]:
    faults = [
        ValueFault((key,), spec[key], "only from, to, factor, step in a range", nearest(key, RANGE_KEYS))
        for key in spec
        if key not in RANGE_KEYS
    ]
    missing = [key for key in ("from", "to") if key not in spec]
    if missing:
        faults.append(ValueFault((), spec, f"a range with {' and '.join(missing)}"))
    if ("factor" in spec) == ("step" in spec) and not (faults and "factor" not in spec):
        faults.append(ValueFault((), spec, "a range with either factor or step"))
    for key in RANGE_KEYS:
        if key in spec and (not isinstance(spec[key], int) or isinstance(spec[key], bool)):
            faults.append(ValueFault((key,), spec[key], "a whole number"))
    if faults:
        return faults
    first, last = spec["from"], spec["to"]
    if first > last:
        faults.append(ValueFault(("from",), first, f"at most to = {last}"))
    if "step" in spec:
        if spec["step"] < 1:
            faults.append(ValueFault(("step",), spec["step"], "at least 1"))
        elif (last - first) // spec["step"] >= MOST_VALUES:
            faults.append(ValueFault((), spec, f"at most {MOST_VALUES} values"))
        return faults
    if spec["factor"] < 2:
        faults.append(ValueFault(("factor",), spec["factor"], "at least 2"))
    if first < 1:
        faults.append(ValueFault(("from",), first, "at least 1 where the range grows by a factor"))
    return faults


def _range(spec: dict[str, Any]) -> list[int]:
    values = []
    value: int = spec["from"]
    while value <= spec["to"]:
        values.append(value)
        value = value * spec["factor"] if "factor" in spec else value + spec["step"]
    return values
