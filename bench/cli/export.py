"""Write a run in the format of another tool: pytest-benchmark, Bencher, github-action-benchmark or OpenMetrics.

  bench export latest --format pytest-benchmark --out new.json     then: pytest-benchmark compare old.json new.json
  bench export latest --format bencher --out results.json          then: bencher run --adapter json --file results.json
  bench export latest --format github-action-benchmark             for its tool customSmallerIsBetter
  bench export latest --format openmetrics --out bench.prom

Times are in seconds and memory in bytes, whatever the format. What has no value (skipped, failed, timed out) is left
out and counted on stderr; it is never written as 0. docs/EXPORTS.md says what each format holds.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from bench.cli.codes import OK
from bench.cli.errors import InputError
from bench.cli.parser import RUN_HELP, add_reports
from bench.plural import counted
from bench.report.exports import FORMATS, export


def configure(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)
    parser.add_argument("--format", choices=tuple(FORMATS), required=True, help="whose format")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write it there and not to the terminal")
    add_reports(parser)


def main(arguments: Namespace) -> int:
    """Write the run; say on stderr what the file does not hold."""
    from bench.results.find import find_run
    from bench.results.run import open_run

    run = open_run(find_run(arguments.run, arguments.reports))
    made = export(run, arguments.format)
    reasons = _reasons(made.left_out)
    if not made.exported:
        # An empty file would look as if there had been nothing to measure.
        raise InputError(
            f"{run.folder.name}: got no measurement with a value that {arguments.format} has a place for"
            + (f" ({reasons})" if reasons else "")
            + "; nothing was written"
        )
    if arguments.out is None:
        sys.stdout.write(made.text)
    else:
        arguments.out.write_text(made.text, encoding="utf-8", newline="\n")
        print(f"wrote {arguments.out}")
    if reasons:
        number = counted(sum(made.left_out.values()), "measurement")
        print(f"bench export: {number} left out, none as 0: {reasons}", file=sys.stderr)
    return OK


def _reasons(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in left_out.items())
