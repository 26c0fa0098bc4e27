"""From the options that choose a suite and its cases to a plan."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.cli.errors import InputError

if TYPE_CHECKING:
    from bench.suite.model import Plan, Scalar


def make_plan(arguments: Namespace) -> Plan:
    """Load the suite, apply ``--preset``, ``--set`` and ``--budget``, and expand the cases that ``--where`` keeps.

    With ``--against`` it is the suite's edition that measures every case in two installations.

    Raises:
        SuiteError: The suite or an option that changes it is at fault.
        InputError: ``--set`` cannot be read.
    """
    from bench.suite import expand, load_suite

    suite = load_suite(
        arguments.suite,
        preset=arguments.preset,
        overrides=read_overrides(arguments.set),
        budget=arguments.budget,
        against=getattr(arguments, "against", None),
    )
    return expand(suite, arguments.where)


def read_overrides(assignments: Sequence[str]) -> dict[str, list[Scalar]]:
    """Read ``--set`` options.

    Args:
        assignments: Such as ``n=256,1024``.

    Returns:
        The values by axis, in the order given. The suite checks them against its workload.

    Raises:
        InputError: One is no assignment, has an empty value, or names an axis again.
    """
    found: dict[str, list[Scalar]] = {}
    for assignment in assignments:
        axis, equals, values = assignment.partition("=")
        axis = axis.strip()
        parts = [part.strip() for part in values.split(",")]
        if not equals or not axis or not all(parts):
            raise InputError(f"--set: got {assignment!r}; expected AXIS=V1,V2, such as n=256,1024")
        if axis in found:
            raise InputError(f"--set: {axis!r} is given twice; expected all its values in one option")
        found[axis] = [_scalar(part) for part in parts]
    return found


def _scalar(text: str) -> Scalar:
    """Read a value as TOML would (``8``, ``0.5``, ``true``); anything else is text and needs no quotes."""
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text
