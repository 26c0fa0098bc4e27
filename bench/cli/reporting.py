"""Make a run's report and print its summary; `run` ends with this and `report` is nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path


def report_run(folder: Path) -> None:
    """Write the report into a run folder and print the summary, crossovers first.

    Raises:
        FolderError: The folder is no run folder, or holds no measurements.
    """
    from bench.results.run import open_run

    run = open_run(folder)

    from bench.analysis.summary import analyse
    from bench.report.terminal import summary_text
    from bench.report.write import write_report

    analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
    write_report(run, analysis, folder)
    run.write_cache()
    print(summary_text(run.meta, analysis, shutil.get_terminal_size((100, 24)).columns))
    print(f"\nreport: {folder / 'report.html'}")


def failed_cases(folder: Path) -> dict[str, int]:
    """How many cases of a run failed, by status; skipped and unsupported ones did not."""
    from bench.results.rows import FAILURES
    from bench.results.run import open_run

    rows = open_run(folder).measurements
    failed = rows[rows["status"].isin(FAILURES)].drop_duplicates("case")
    return {str(status): int(count) for status, count in failed["status"].value_counts().items()}
