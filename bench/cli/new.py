"""Write a small suite and the workload it measures, ready to run and to change."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace

from bench.cli.codes import OK


def configure(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("name", metavar="NAME", help="letters, digits and _; becomes NAME.toml and NAME.py")
    parser.add_argument("--folder", metavar="DIR", default=".", help="where to write them (default: here)")


def main(arguments: Namespace) -> int:
    """Write both files and say how to run them."""
    from bench.suite import new_suite

    files = new_suite(arguments.name, arguments.folder)
    for file in files:
        print(f"wrote {file}")
    print(f"run it with: bench run {shlex.quote(str(files[0]))}")
    return OK
