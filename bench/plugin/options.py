"""The plug-in's options: which suites are collected, and which of their cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bench.suite.model import Scalar

#: What the options are called here, by their names in ``bench run``, which the messages of a suite give.
HERE = {
    "--preset": "--suite-preset",
    "--where": "--suite-where",
    "--set": "--suite-set",
    "--budget": "--suite-budget",
    "--device": "--suite-device",
}

_DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class Selection:
    """What the options say: a preset, conditions, values by axis, wall seconds a case, and the device's name."""

    preset: str | None = None
    where: tuple[str, ...] = ()
    overrides: dict[str, list[Scalar]] = field(default_factory=dict)
    budget: float | None = None
    device: str = "auto"


def add_options(parser: pytest.Parser) -> None:
    """Add the options, each of them ``bench run``'s with ``suite-`` before it, and the setting ``suite_files``."""
    group = parser.getgroup("crossover", "benchmark suites of Crossover (pytest suite.toml)")
    group.addoption("--suite-preset", metavar="NAME", help="a preset of the suite, such as quick")
    group.addoption(
        "--suite-where",
        metavar="EXPR",
        action="append",
        default=[],
        help="only the cases for which this holds, such as 'n <= 4096'; may be repeated, all must hold",
    )
    group.addoption(
        "--suite-set",
        metavar="AXIS=V1,V2",
        action="append",
        default=[],
        help="replace the values of an axis, a fixed parameter or a setting of the environment; may be repeated",
    )
    group.addoption(
        "--suite-budget",
        metavar="SECONDS",
        type=float,
        help="leave out a case whose least rounds need more than this; default: budget_s of the suite",
    )
    group.addoption(
        "--suite-device", choices=_DEVICES, default="auto", help="where to run; default: the suite's choice"
    )
    parser.addini(
        "suite_files",
        type="args",
        default=[],
        help="patterns of suites to collect where a folder is given, such as suites/*.toml (default: none)",
    )


def check_options(config: pytest.Config) -> None:
    """Raise ``UsageError`` where an option cannot be read, before anything is collected."""
    if config.getoption("suite_set"):  # reading it imports a module, which other sessions need not pay for
        selection(config)


def matches(config: pytest.Config, path: Path) -> bool:
    """Whether a setting in the user's configuration asks for this file."""
    patterns: list[str] = config.getini("suite_files")
    return any(path.match(pattern) for pattern in patterns)


def selection(config: pytest.Config) -> Selection:
    """Read the options.

    Raises:
        pytest.UsageError: ``--suite-set`` cannot be read.
    """
    from bench.cli.errors import InputError
    from bench.cli.plans import read_overrides

    try:
        overrides = read_overrides(config.getoption("suite_set"))
    except InputError as error:
        raise pytest.UsageError(renamed(str(error))) from None
    return Selection(
        preset=config.getoption("suite_preset"),
        where=tuple(config.getoption("suite_where")),
        overrides=overrides,
        budget=config.getoption("suite_budget"),
        device=config.getoption("suite_device"),
    )


def renamed(line: str) -> str:
    """A message that begins with an option of ``bench run``, with the option's name here."""
    option, colon, rest = line.partition(":")
    return HERE.get(option, option) + colon + rest
