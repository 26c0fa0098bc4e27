"""Make a run of a file that pytest-benchmark wrote, so that it can be reported and compared.

  pytest tests/benchmarks --benchmark-json results.json
  bench import results.json
  bench report reports/pytest_benchmark-20260101T120000-host
  bench compare latest~1 latest                                    the last two imports

Each benchmark becomes a case and its parameters axes. All samples of a file are of one process: they carry no spread
between processes, so its times have no intervals, and comparing two such runs shows ratios whose verdict is `unclear`.
A file that `bench export` wrote keeps its processes and intervals.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from bench.cli.codes import OK
from bench.plural import counted


def configure(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("file", metavar="FILE", type=Path, help="JSON of pytest-benchmark: --benchmark-json, or saved")
    parser.add_argument(
        "--subject",
        metavar="NAME",
        default="benchmark",
        help="the parameter whose values are compared with each other (default: benchmark, the functions)",
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("reports"), help="where run folders go (default: reports)"
    )


def main(arguments: Namespace) -> int:
    """Import, and print the run's folder."""
    from bench.results.imported import import_pytest_benchmark

    folder, document = import_pytest_benchmark(
        arguments.file, arguments.out, subject=arguments.subject, command=arguments.command
    )
    print(folder)
    single = sum(one.estimate is None for one in document.benchmarks)
    if single:
        print(
            f"bench import: {counted(single, 'benchmark')} with samples of one process each: they carry no spread "
            "between processes, so that there are no intervals",
            file=sys.stderr,
        )
    return OK
