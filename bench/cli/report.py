"""Make the report of a run folder again, from the rows stored in it.

bench report reports/attention-…
bench report reports/attention-… --fail-on-claims      end with 3 if a claim of the suite fails
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from bench.cli.codes import CONDITION_HOLDS, OK
from bench.cli.errors import InputError
from bench.cli.reporting import add_fail_on_claims, claims_fail, report_run, require_claims


def configure(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="a run folder, such as reports/attention-…")
    add_fail_on_claims(parser)


def main(arguments: Namespace) -> int:
    """Write the report and print its summary; 3 if a claim has a verdict that ``--fail-on-claims`` names."""
    from bench.results.folder import read_meta
    from bench.results.records import AA_FILE

    condition = arguments.fail_on_claims
    if (arguments.folder / AA_FILE).exists():
        from bench.cli.aa import report_aa

        if condition:
            raise InputError("--fail-on-claims: got a run of `bench aa`, which judges no claim; expected another run")
        report_aa(arguments.folder)
        return OK
    if condition:
        require_claims(read_meta(arguments.folder)["suite"])
    claims = report_run(arguments.folder)
    return CONDITION_HOLDS if condition and claims_fail("report", claims, condition) else OK
