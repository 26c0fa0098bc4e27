"""Make a run's report and print its summary; `run` ends with this and `report` is nothing else."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cli.codes import FAILED, OK
from bench.plural import counted

if TYPE_CHECKING:
    from bench.analysis.compare import Comparison, Side
    from bench.results.run import Run


def report_run(folder: Path) -> None:
    """Write the report into a run folder and print the summary: comparisons first, then crossovers.

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
    print(summary_text(run.meta, analysis, width, comparison=comparison))
    print(f"\nreport: {folder / 'report.html'}")


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
