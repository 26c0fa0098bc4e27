"""Whether this interpreter was started the way a case declares; a running one cannot change that (rule 11)."""

from __future__ import annotations

import os
from collections.abc import Mapping

from bench.runner.environment import declared_variables
from bench.suite.model import HERE, Environment


def mismatch(environment: Environment, started: Mapping[str, str] | None = None) -> str | None:
    """Why a case with this environment cannot be timed in this process, or ``None`` if it can.

    The number of threads is no reason: torch takes it at any time. How OpenMP's threads wait for each other is none
    where there is only one of them.

    Args:
        environment: What the case declares.
        started: Environment variables this process was started with; read from the system unless given.
    """
    if environment.installation != HERE:
        return f"installation = {environment.installation}: this interpreter is another one; use bench run"
    started = started_with() if started is None else started
    wanted = declared_variables(environment)
    read = {"allocator": _decided(Environment(), Environment(allocator="retain"))}
    if environment.threads > 1:
        read["openmp"] = _decided(Environment(), Environment(openmp="active"))
    for axis, names in read.items():
        if any(started.get(name) != wanted.get(name) for name in names):
            setting = f"{axis} = {getattr(environment, axis)}"
            return f"{setting}: read when an interpreter starts; {_way(names, wanted, started)}, or use bench run"
    return None


def started_with() -> dict[str, str]:
    """The environment variables this process was started with.

    What is set later, in a conftest for example, comes too late for the C library. Linux still knows the beginning;
    elsewhere the present variables have to do.
    """
    try:
        with open("/proc/self/environ", "rb") as file:
            pairs = [os.fsdecode(line).partition("=") for line in file.read().split(b"\0")]
    except OSError:
        return dict(os.environ)
    return {name: value for name, equals, value in pairs if equals}


def _decided(one: Environment, other: Environment) -> list[str]:
    """The variables that stand for what differs between two environments."""
    first, second = declared_variables(one), declared_variables(other)
    return [name for name in {**first, **second} if first.get(name) != second.get(name)]


def _way(names: list[str], wanted: Mapping[str, str], started: Mapping[str, str]) -> str:
    """What to do about it: the variables to start pytest with, and those to start it without."""
    needed = " ".join(f"{name}={wanted[name]}" for name in names if name in wanted)
    unwanted = " ".join(name for name in names if name not in wanted and name in started)
    ways = [f"with {needed}"] if needed else []
    ways += [f"without {unwanted}"] if unwanted else []
    return f"start pytest {' and '.join(ways)}"
