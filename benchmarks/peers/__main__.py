"""``python -m benchmarks.peers measure RESULTS`` measures, ``python -m benchmarks.peers table RESULTS`` shows it."""

from __future__ import annotations

import argparse
import difflib
import math
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers import rounds, store, table
from benchmarks.peers.compared import PRODUCTS, ToolFailed
from benchmarks.peers.tools import TOOLS

#: Exit codes: bad input, as of every command of this project, and stopped by the user.
BAD_INPUT, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, print."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.command == "table":
            print(table.render(store.read(options.results), TOOLS))
        else:
            wanted = rounds.Wanted(options.tools, options.changes, options.budget, options.seed)
            end = time.monotonic() + 60 * options.minutes
            rounds.measure(options.results, wanted, TOOLS, lambda: time.monotonic() > end, _tell)
    except (store.ResultsError, ToolFailed) as fault:
        print(f"{parser.prog}: {fault}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print(f"\n{options.results} holds what was finished; the same command goes on with it", file=sys.stderr)
        return INTERRUPTED
    return 0


def _tell(record: dict[str, Any]) -> None:
    """One line for each comparison."""
    said = record["failed"] or ", ".join(f"{rule} {verdict}" for rule, verdict in record["verdicts"].items())
    line = f"round {record['round']}, {record['tool']} at +{record['change']} %: {said} ({record['seconds']:.1f} s)"
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    measure = commands.add_parser("measure", help="measure rounds into RESULTS, or go on with them")
    measure.add_argument("results", type=Path, metavar="RESULTS", help="file of JSON lines")
    measure.add_argument("--minutes", type=_positive, default=60.0, help="begin no comparison after so many (60)")
    measure.add_argument("--budget", type=_positive, default=10.0, metavar="S", help="seconds of a comparison (10)")
    measure.add_argument("--seed", type=int, default=0, help="seed of the orders (0)")
    measure.add_argument(
        "--changes",
        type=_changes,
        default=(0, 3, 5),
        metavar="LIST",
        help="per cent of more work (0,3,5); repeats count",
    )
    measure.add_argument(
        "--tools", type=_tools, default=tuple(TOOLS), metavar="LIST", help=f"of {', '.join(TOOLS)} (all of them)"
    )
    shown = commands.add_parser("table", help="print the Markdown table of RESULTS")
    shown.add_argument("results", type=Path, metavar="RESULTS", help="file of JSON lines")
    return parser


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"got {text!r}, expected a number above 0")
    return value


def _changes(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() and int(part) <= PRODUCTS for part in parts):
        raise argparse.ArgumentTypeError(f"got {text!r}, expected whole per cent from 0 to 100 such as 0,3,5")
    return tuple(int(part) for part in parts)


def _tools(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    for name in names:
        if name not in TOOLS:
            near = difflib.get_close_matches(name, TOOLS, 1)
            hint = f" (nearest: {near[0]})" if near else ""
            raise argparse.ArgumentTypeError(f"got {name!r}, expected names of {', '.join(TOOLS)}{hint}")
    if len(set(names)) != len(names):
        raise argparse.ArgumentTypeError(f"got {text!r}, expected each tool once")
    return names


if __name__ == "__main__":
    # Stopped either way, in a terminal or by a scheduler, it takes the tool's processes with it.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    sys.exit(main())
