"""Make the report of a run folder again, from the rows stored in it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from bench.cli.codes import OK
from bench.cli.reporting import report_run


def configure(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="a run folder, such as reports/attention-…")


def main(arguments: Namespace) -> int:
    """Write the report and print its summary."""
    from bench.results.records import AA_FILE

    if (arguments.folder / AA_FILE).exists():
        from bench.cli.aa import report_aa

        report_aa(arguments.folder)
    else:
        report_run(arguments.folder)
    return OK
