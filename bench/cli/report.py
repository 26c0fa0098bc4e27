"""Make the report of a run folder again, from the rows stored in it.

bench report latest
bench report reports/attention-… --fail-on-claims      end with 3 if a claim of the suite fails
bench report reports/attention-… --claims mine.toml    judge the claims of this suite file, now and from now on
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from hashlib import sha256
from pathlib import Path

from bench.cli.codes import CONDITION_HOLDS, OK
from bench.cli.errors import InputError
from bench.cli.parser import RUN_HELP, add_reports
from bench.cli.reporting import add_fail_on_claims, claims_fail, report_run, require_claims


def configure(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("run", metavar="RUN", help=RUN_HELP)
    parser.add_argument(
        "--claims",
        metavar="SUITE",
        help="judge the run by the claims of this suite file or built-in suite; they are kept in the folder, and the "
        "report says that they were declared after the run",
    )
    add_reports(parser)
    add_fail_on_claims(parser)


def main(arguments: Namespace) -> int:
    """Write the report and print its summary; 3 if a claim has a verdict that ``--fail-on-claims`` names."""
    from bench.results.find import find_run
    from bench.results.later_claims import judged_meta
    from bench.results.records import AA_FILE

    condition, folder = arguments.fail_on_claims, find_run(arguments.run, arguments.reports)
    if (folder / AA_FILE).exists():
        from bench.cli.aa import report_aa

        for option, given in (("--fail-on-claims", condition), ("--claims", arguments.claims)):
            if given:
                raise InputError(f"{option}: got a run of `bench aa`, which judges no claim; expected another run")
        report_aa(folder)
        return OK
    if arguments.claims:
        _judge_by(folder, arguments.claims)
    if condition:
        require_claims(judged_meta(folder)["suite"])
    claims = report_run(folder)
    return CONDITION_HOLDS if condition and claims_fail("report", claims, condition) else OK


def _judge_by(folder: Path, suite: str) -> None:
    """Keep the claims of a suite file in a run folder."""
    from bench.results.folder import read_meta
    from bench.results.later_claims import write_claims
    from bench.suite.later import later_claims
    from bench.suite.load import load_suite

    measured = read_meta(folder)["suite"]
    read = load_suite(suite)
    write_claims(folder, later_claims(read, measured), read.path.name, sha256(read.text.encode()).hexdigest())
