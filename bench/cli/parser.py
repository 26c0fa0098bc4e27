"""argparse with hints: a misspelt option is answered with the one that was meant."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

#: The devices ``--device`` takes; the meters have the same list, but reading it there would import them.
DEVICES = ("auto", "cpu", "cuda", "mps")


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Words that help after an unknown name: the nearest known one, else all of them."""
    names = list(known)
    close = difflib.get_close_matches(given, names, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"expected one of {', '.join(names)}"


class CommandParser(argparse.ArgumentParser):
    """Parser of one command: no abbreviations, and errors of one line that name the option and the value given."""

    def __init__(self, prog: str, description: str) -> None:
        super().__init__(
            prog, description=description, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter
        )

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse; an unknown option ends the command with a hint and exit code 2."""
        arguments, unknown = self.parse_known_args(words)
        if unknown:
            given = unknown[0].partition("=")[0]
            if given.startswith("-"):
                options = [name for action in self._actions for name in action.option_strings if name[:2] == "--"]
                self.error(f"unknown option {given!r}; {did_you_mean(given, options)}")
            self.error(f"unexpected argument {given!r}; see `{self.prog} --help`")
        return arguments

    def error(self, message: str) -> NoReturn:
        """Print one line and leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message}\n")


#: The ways to name a run.
RUN_HELP = "a run folder, the id of a run or its beginning, latest, or latest~1 for the one before it"


def add_reports(parser: argparse.ArgumentParser) -> None:
    """Add ``--reports``, the folder below which runs are found by name."""
    parser.add_argument(
        "--reports", metavar="DIR", type=Path, default=Path("reports"), help="where runs lie (default: reports)"
    )


def add_selection(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Add what chooses a suite, its cases and where they run; ``optional`` lets SUITE be left out."""
    parser.add_argument(
        "suite",
        metavar="SUITE",
        nargs="?" if optional else None,
        help="a name from `bench list`, or the path of a TOML file",
    )
    parser.add_argument("--preset", metavar="NAME", help="a preset of the suite, such as quick")
    parser.add_argument(
        "--set",
        metavar="AXIS=V1,V2",
        action="append",
        default=[],
        help="replace the values of an axis, a fixed parameter or a setting of the environment; may be repeated",
    )
    parser.add_argument(
        "--where",
        metavar="EXPR",
        action="append",
        default=[],
        help="only the cases for which this holds, such as 'n <= 4096'; may be repeated, all must hold",
    )
    parser.add_argument(
        "--budget", metavar="SECONDS", type=seconds, help="wall seconds that measuring one case may take"
    )
    parser.add_argument(
        "--device",
        choices=DEVICES,
        default="auto",
        help="where to run (default: the suite's choice, else the best there is)",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of inputs and of every random order (default: 0)")


def share(text: str) -> float:
    """Type of an option that takes a share: ``2%`` or ``0.02``."""
    from bench.report.compare_gate import share as read

    try:
        return read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def seconds(text: str) -> float:
    """An option of seconds above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"got {text!r}, expected a number of seconds above 0")
    return value
