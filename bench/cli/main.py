"""Finds the command, parses its options and turns expected errors into lines a person can act on."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib import import_module
from keyword import iskeyword

from bench import __version__
from bench.cli.codes import BAD_INPUT, INTERRUPTED, OK
from bench.cli.errors import explain
from bench.cli.parser import CommandParser, did_you_mean
from bench.cli.pipes import lasting_output

#: Every command, in the order of a newcomer's interest; each is a module beside this one.
COMMANDS = {
    "run": "measure a suite and write its report",
    "list": "the suites there are, with their presets",
    "show": "the cases of a suite and what they will cost, without running them",
    "verify": "check every answer of a suite, time nothing",
    "compare": "two runs, or the two sides of one: what is slower, faster, the same, or unclear",
    "aa": "measure a suite against itself: how often it cries wolf here, and the smallest change it sees",
    "report": "make the report of a run folder again",
    "paper": "runs as LaTeX tables, figures, numbers as macros, methods, BibTeX and data, ready to compile",
    "export": "a run in the format of pytest-benchmark, Bencher, github-action-benchmark or OpenMetrics",
    "import": "make a run of a file of pytest-benchmark, to report and compare it",
    "doctor": "what this machine can measure, what is off, and whether the meters read true",
    "new": "write a small suite and its workload to start from",
    "schema": "the JSON Schema of suites, for editors",
}

_HELP = """usage: bench COMMAND [options]

Crossover measures PyTorch methods against each other and tells where one overtakes the other, and how sure that is.

commands:
{commands}

options:
  -h, --help     this text; `bench COMMAND --help` explains a command
  --version      the version

exit codes:
  0    all is well; cases that were skipped or are unsupported here count as well
  1    a case failed (crashed, timeout, out of memory, wrong result, error), or a check did
  2    the input is at fault: an option, a suite, a folder; each problem is one line on stderr
  3    `bench compare` compared, and a condition of its --fail-on holds; or `bench run` or `bench report` was given
       --fail-on-claims, and a claim of the suite fails
  130  interrupted with Ctrl-C; `bench run` prints how to go on
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The words after ``bench``; those of this process unless given.

    Returns:
        The exit code: 0, 1, 2, 3 or 130 as ``bench --help`` lists them.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help", "help"):
        width = max(map(len, COMMANDS))
        print(_HELP.format(commands="\n".join(f"  {name:{width}}  {text}" for name, text in COMMANDS.items())), end="")
        return OK
    if words[0] == "--version":
        print(f"bench {__version__}")
        return OK
    name = words[0]
    if name not in COMMANDS:
        kind, known = ("option", ["--help", "--version"]) if name.startswith("-") else ("command", list(COMMANDS))
        print(f"bench: unknown {kind} {name!r}; {did_you_mean(name, known)}", file=sys.stderr)
        return BAD_INPUT
    return _dispatch(name, words[1:])


def _dispatch(name: str, words: list[str]) -> int:
    # A module cannot be imported by the name of a keyword.
    command = import_module(f"bench.cli.{name}_" if iskeyword(name) else f"bench.cli.{name}")
    parser = CommandParser(f"bench {name}", command.__doc__ or "")
    command.configure(parser)
    with lasting_output():
        return _answer(name, words, parser, command.main)


def _answer(name: str, words: list[str], parser: CommandParser, command: Callable[[Namespace], int]) -> int:
    try:
        arguments = parser.parse(words)
        arguments.command = ["bench", name, *words]
        return command(arguments)
    except SystemExit as stop:  # argparse ends --help and bad options this way
        return stop.code if isinstance(stop.code, int) else BAD_INPUT
    except KeyboardInterrupt:
        print(f"bench {name}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        lines = explain(error)
        if lines is None:
            raise
        for line in lines:
            print(f"bench {name}: {line}", file=sys.stderr)
        return BAD_INPUT
