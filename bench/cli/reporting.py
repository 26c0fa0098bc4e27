"""Make a run's report, print its summary and check its claims; `run` ends with this and `report` is nothing else."""

from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.cli.codes import FAILED, OK
from bench.cli.errors import InputError
from bench.plural import counted

if TYPE_CHECKING:
    import pandas as pd

    from bench.analysis.compare import Comparison, Side
    from bench.results.run import Run


#: What ``--fail-on-claims`` may be told, and the verdicts that it then takes for a failure.
_CLAIM_VERDICTS = {"fails": ("fails",), "unclear": ("fails", "unclear")}


def report_run(folder: Path) -> pd.DataFrame:
    """Write the report into a run folder and print the summary: comparisons, crossovers, claims.

    Returns:
        The suite's claims with their verdicts.

    Raises:
        FolderError: The folder is no run folder, or holds no measurements.
    """
    from bench.results.run import open_run

    run = open_run(folder)

    from bench.analysis.summary import analyse
    from bench.report.terminal import summary_text
    from bench.report.write import write_report

    analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
    comparison = own_comparison(run)
    write_report(run, analysis, folder, comparison)
    run.write_cache()
    width = shutil.get_terminal_size((100, 24)).columns
    print(summary_text(run.meta, analysis, width, folder=str(folder), comparison=comparison))
    print(f"\nreport: {folder / 'report.html'}")
    return analysis.claims


def judged_claims(folder: Path) -> pd.DataFrame:
    """The claims of a run with their verdicts, without making its report.

    Raises:
        FolderError: The folder is no run folder, or holds no measurements.
    """
    from bench.results.run import open_run

    run = open_run(folder)

    from bench.analysis.claims import judge_claims

    return judge_claims(run.meta, run.measurements, run.replicates, run.outcomes).claims


def add_fail_on_claims(parser: ArgumentParser) -> None:
    """Add ``--fail-on-claims``."""
    parser.add_argument(
        "--fail-on-claims",
        metavar="VERDICT",
        nargs="?",
        type=_verdict,
        const="fails",
        help="exit with 3 if a claim of the suite fails; `--fail-on-claims=unclear`: or if one is unclear",
    )


def require_claims(suite: Mapping[str, Any]) -> None:
    """Refuse to check the claims of a suite that has none: silence would look like success.

    Args:
        suite: As in ``run.json``.

    Raises:
        InputError: There is no claim.
    """
    if not suite.get("claims"):
        raise InputError(
            f"--fail-on-claims: suite {suite['name']!r} makes no claim here; expected at least one [[claim]]"
        )


def claims_fail(command: str, claims: pd.DataFrame, condition: str) -> bool:
    """Whether a claim has a verdict that counts as a failure; says on stderr which ones do.

    Args:
        command: For the beginning of each line.
        claims: The claims with their verdicts.
        condition: ``fails`` or ``unclear``.
    """
    found = claims[claims["verdict"].isin(_CLAIM_VERDICTS[condition])]
    for row in found.to_dict("records"):
        state = "fails" if row["verdict"] == "fails" else "is unclear"
        told = f"expected {row['expected']}; found {row['found']}"
        print(f"bench {command}: --fail-on-claims: {row['id']} {state}: {told}", file=sys.stderr)
    return not found.empty


def _verdict(text: str) -> str:
    if text not in _CLAIM_VERDICTS:
        known = " or ".join(_CLAIM_VERDICTS)
        raise ArgumentTypeError(f"got {text!r}, expected {known}; what is no VERDICT stands before this option")
    return text


def own_comparison(run: Run) -> Comparison | None:
    """The comparison of a run that measured its cases in pairs; ``None`` for any other run."""
    if not run.meta["suite"].get("compare"):
        return None
    from bench.analysis.compare import compare_within

    return compare_within(side(run))


def side(run: Run) -> Side:
    """A run as one side of a comparison."""
    from bench.analysis.compare import Side

    return Side(run.folder.resolve().name, run.meta, run.measurements, run.replicates)


def closing(command: str, folder: Path) -> int:
    """The exit code of a command that measured a run; says on stderr how many cases failed, if any did."""
    failed = _failed_cases(folder)
    if not failed:
        return OK
    counts = ", ".join(f"{count} {status}" for status, count in failed.items())
    number = counted(sum(failed.values()), "case")
    print(f"bench {command}: {number} failed ({counts}); the report says why", file=sys.stderr)
    return FAILED


def _failed_cases(folder: Path) -> dict[str, int]:
    """How many cases of a run failed, by status; skipped and unsupported ones did not."""
    from bench.results.rows import FAILURES
    from bench.results.run import open_run

    rows = open_run(folder).measurements
    failed = rows[rows["status"].isin(FAILURES)].drop_duplicates("case")
    return {str(status): int(count) for status, count in failed["status"].value_counts().items()}
