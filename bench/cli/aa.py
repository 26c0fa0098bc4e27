"""Measure a suite against itself: how often this machine cries wolf, and the smallest change it can see.

Every case and a copy of it are measured side by side, in many pairs of fresh processes. Comparisons are then replayed
over these pairs, by the rule of `bench run` in a suite that compares: how many call the copy changed, and how small a
slowdown would be found. The result is stored with the machine, and later reports quote it.

  bench aa attention --preset quick --where 'n == 1024'
  bench aa attention --preset quick --pairs 960 --budget 5
  bench aa attention --preset quick --inject 3%      the copy is slowed by real work: is it found?
  bench aa --resume reports/aa_attention-20260101T120000-host
"""

from __future__ import annotations

import shlex
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cli.codes import INTERRUPTED
from bench.cli.errors import InputError
from bench.cli.parser import add_selection, share
from bench.cli.plans import read_overrides

if TYPE_CHECKING:
    from bench.runner.events import Event, Listener
    from bench.suite.model import Compare, Plan

_PAIRS = 240


def _slowdown(text: str) -> float:
    """A share above 0 and at most 10: more is no slowdown that anyone has to look for."""
    value = share(text)
    if not 0 < value <= 10:
        raise ArgumentTypeError(f"got {text!r}, expected a percentage above 0 and at most 1000%, such as 3%")
    return value


def configure(parser: ArgumentParser) -> None:
    """Add this command's options."""
    add_selection(parser, optional=True)
    parser.add_argument(
        "--pairs",
        metavar="N",
        type=int,
        help=f"pairs of processes for each case (default: {_PAIRS}, or what is needed)",
    )
    parser.add_argument(
        "--inject",
        metavar="SHARE",
        type=_slowdown,
        default=0.0,
        help="slow the copy with real work, by 3%% for example",
    )
    parser.add_argument("--resume", metavar="FOLDER", type=Path, help="go on with a run that was cut off")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("reports"), help="where run folders go (default: reports)"
    )


def main(arguments: Namespace) -> int:
    """Measure or resume, then replay and report; 1 if a case failed, 130 if interrupted."""
    from bench.cli.progress import make_listener
    from bench.cli.reporting import closing
    from bench.runner.run import Interrupted, execute, resume

    try:
        with make_listener(sys.stderr) as listener:
            if arguments.resume is not None:
                _resumable(arguments)
                folder = resume(arguments.resume, command=arguments.command, listener=listener)
            elif arguments.suite is not None:
                plan, compare, pairs = _planned(arguments)
                folder = execute(
                    plan,
                    out=arguments.out,
                    seed=arguments.seed,
                    device=arguments.device,
                    command=arguments.command,
                    overrides=read_overrides(arguments.set),
                    where=arguments.where,
                    listener=_keeping(listener, compare, arguments.inject, pairs),
                )
            else:
                raise InputError("got neither; expected SUITE, or --resume FOLDER")
    except Interrupted as stop:
        print(f"interrupted; go on with: bench aa --resume {shlex.quote(str(stop.folder))}", file=sys.stderr)
        return INTERRUPTED
    report_aa(folder)
    return closing("aa", folder)


def report_aa(folder: Path) -> None:
    """Replay the comparisons of a measured run, write what they say into its folder, keep it, and print it.

    Raises:
        FolderError: The folder is no run of ``bench aa``, or holds no measurements.
    """
    import shutil

    from bench.results.records import read_settings, store_record, write_findings
    from bench.results.run import open_run

    compare, inject, settings = read_settings(folder)
    run = open_run(folder)

    from bench.analysis.aa import analyse_aa, frame_data, summary
    from bench.report.aa_page import write_aa
    from bench.report.aa_tables import aa_text
    from bench.report.aa_words import AAWords
    from bench.report.view import View

    result = analyse_aa(run.replicates, run.samples, compare, inject=inject, seed=int(run.meta["seed"]))
    told = summary(result, run.meta)
    findings = {"summary": told, "cases": frame_data(result.cases), "pairs": frame_data(result.sizes)}
    write_findings(folder, settings, findings)
    words = AAWords(View(run.meta, run.measurements), result)
    write_aa(words, folder, run.suite_text)
    run.write_cache()
    print(aa_text(words, shutil.get_terminal_size((100, 24)).columns))
    # A slowed copy says nothing of false alarms; and a run without a comparison says nothing at all.
    if not inject and told["changed"]["of"]:
        try:
            print(f"\nkept for later reports: {store_record(told, run.meta['machine'], run.meta['device'])}")
        except OSError as error:
            reason = f"{error.filename}: {error.strerror}"
            print(f"bench aa: the result could not be kept for later reports: {reason}", file=sys.stderr)
    print(f"\nreport: {folder / 'report.html'}")


def _planned(arguments: Namespace) -> tuple[Plan, Compare, int]:
    """The plan of pairs, the settings of the comparisons, and how many pairs."""
    from bench.suite import expand, load_suite
    from bench.suite.copies import COPIES, against_itself
    from bench.suite.model import Compare

    suite = load_suite(
        arguments.suite, preset=arguments.preset, overrides=read_overrides(arguments.set), budget=arguments.budget
    )
    compare = replace(suite.compare or Compare(COPIES[0]), baseline=COPIES[0])
    if arguments.budget is not None:
        compare = replace(compare, budget_s=arguments.budget)
    # Five comparisons that go to their last look, whatever the suite's look numbers are.
    pairs = max(_PAIRS, 5 * compare.pairs[1]) if arguments.pairs is None else arguments.pairs
    if pairs < compare.pairs[1]:
        raise InputError(
            f"--pairs: got {pairs}; expected at least {compare.pairs[1]}, the most that one comparison takes"
        )
    # Without its own comparison: here each case has its copy to be compared with, whichever cases --where keeps.
    plan = expand(replace(suite, compare=None), arguments.where)
    return against_itself(plan, pairs, compare, arguments.inject), compare, pairs


def _keeping(listener: Listener, compare: Compare, inject: float, pairs: int) -> Listener:
    """A listener that keeps the settings with the run as soon as it has a folder: an interrupted run needs them."""
    from bench.results.records import write_settings
    from bench.runner.events import RunStarted

    def listen(event: Event) -> None:
        if isinstance(event, RunStarted):
            write_settings(Path(event.folder), compare, inject, pairs)
        listener(event)

    return listen


def _resumable(arguments: Namespace) -> None:
    """A resumed run keeps its own choices, and must be one of these."""
    from bench.results.records import read_settings

    chosen = [
        f"--{name}" for name in ("preset", "set", "where", "budget", "pairs", "inject") if getattr(arguments, name)
    ]
    chosen += ["SUITE"] * (arguments.suite is not None)
    if chosen:
        raise InputError(f"--resume: got {' and '.join(chosen)} too; expected it alone, the run's own choices are kept")
    read_settings(arguments.resume)
