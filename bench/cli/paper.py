"""Make what a paper needs of one run or several: tables, figures, numbers as macros, methods, sources, data.

  bench paper latest --out paper                     a folder; `cd paper && pdflatex main && pdflatex main`
  bench paper reports/reference-cpu --out paper.zip
  bench paper attention-20261123 encoder-20261124 --out paper

The same runs give the same bytes. docs/PAPERS.md explains the files.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cli.codes import OK
from bench.cli.errors import InputError
from bench.cli.parser import RUN_HELP, add_reports

if TYPE_CHECKING:
    from bench.results.run import Run

#: Endings of archives other than the one that can be written; a folder of such a name would be a misunderstanding.
_ARCHIVES = frozenset({".7z", ".bz2", ".gz", ".lz4", ".rar", ".tar", ".tbz", ".tgz", ".txz", ".xz", ".zst"})


def configure(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("runs", metavar="RUN", nargs="+", help=RUN_HELP)
    parser.add_argument(
        "--out",
        metavar="DIR|ZIP",
        type=Path,
        required=True,
        help="the folder to write to, or a file that ends in .zip; an earlier bundle there is replaced, but for a "
        "folder with files that were changed since",
    )
    add_reports(parser)


def main(arguments: Namespace) -> int:
    """Write the bundle and say where it is."""
    runs = [_run(name, arguments.reports) for name in arguments.runs]
    folders = [run.folder.resolve() for run in runs]
    for name, folder in zip(arguments.runs, folders, strict=True):
        if folders.count(folder) > 1:
            raise InputError(f"got {name!r} more than once; expected each run once")
    out: Path = arguments.out
    _check(out)

    from bench.analysis.summary import analyse
    from bench.report.paper.bundle import bundle
    from bench.report.paper.checksums import OccupiedError, write
    from bench.report.paper.workload import content

    analysed = [(run, analyse(run.meta, run.measurements, run.replicates, run.outcomes)) for run in runs]
    files = bundle(
        analysed, {place: found for place, run in enumerate(runs) if (found := content(run.meta)) is not None}
    )
    try:
        write(files, out)
    except OccupiedError as error:
        raise InputError(f"--out {error}") from None
    print(f"{out}: {len(files)} files; pdflatex main.tex, twice")
    return OK


def _check(out: Path) -> None:
    """Refuse what is neither a folder nor a zip archive."""
    suffix = out.suffix.lower()
    if suffix == ".zip":
        if out.is_dir():
            raise InputError(f"--out {out}: it is a folder; expected a file, or a name that does not end in .zip")
    elif out.exists() and not out.is_dir():
        raise InputError(f"--out {out}: it is a file; expected a folder, or a name that ends in .zip")
    elif suffix in _ARCHIVES:
        raise InputError(f"--out {out}: {suffix} archives cannot be written; expected a folder, or a name that ends in "
                         ".zip")  # fmt: skip


def _run(name: str, reports: Path) -> Run:
    from bench.results.find import find_run
    from bench.results.records import AA_FILE
    from bench.results.run import open_run

    folder = find_run(name, reports)
    if (folder / AA_FILE).exists():
        raise InputError(f"{folder} is a run of `bench aa`, which measures a suite against itself; expected a run of "
                         "`bench run`")  # fmt: skip
    return open_run(folder)
