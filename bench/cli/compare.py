"""Compare two runs case by case, or show what one run found that measured its cases in pairs.

  bench compare latest~1 latest                   the last run with the one before it of the same suite
  bench compare reports/reference-cpu latest --format markdown --out comparison.md
  bench compare latest                            a run of --against, or of a suite with a [compare] table
  bench compare latest~1 latest --fail-on 'slower>5%' --fail-on failed
  bench compare latest~1 latest --allow source --confirm 120

Ratios are new / old: A is the old run, B the new one. Two runs were measured at different times, so that what the
machine did meanwhile is in the ratios and not in their intervals; `bench run --against` measures both sides at once,
and --confirm does so for the cases that need it.
"""

from __future__ import annotations

import shlex
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cli.codes import BAD_INPUT, CONDITION_HOLDS, INTERRUPTED, OK
from bench.cli.errors import InputError
from bench.cli.parser import RUN_HELP, add_reports, did_you_mean, seconds, share

if TYPE_CHECKING:
    from bench.analysis.compare import Comparison
    from bench.report.compare_gate import Condition
    from bench.report.compare_words import Words
    from bench.results.run import Run

#: What ``--allow`` may name; the analysis has the same keys.
ALLOWED = ("source", "parameters", "environment", "seed", "device", "workload")
_FORMATS = {"table": (".txt",), "markdown": (".md", ".markdown"), "csv": (".csv",), "html": (".html", ".htm")}
_LEVEL, _BAND = 0.99, 0.02


def configure(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("old", metavar="A", help=f"the old run: {RUN_HELP}")
    parser.add_argument("new", metavar="B", nargs="?", help="the new run; without it, A must compare its own cases")
    parser.add_argument("--level", type=_level, help="confidence of each interval (default: 0.99)")
    parser.add_argument("--band", type=_band, help="relative difference that counts as none (default: 2%%)")
    parser.add_argument(
        "--allow",
        metavar="WHAT,…",
        type=_allowed,
        action="extend",
        default=[],
        help=f"compare although these differ: {', '.join(ALLOWED)}",
    )
    parser.add_argument(
        "--fail-on",
        metavar="CONDITION",
        type=_condition,
        action="append",
        default=[],
        help="exit with 3 if this holds: slower>5%%, more>10%% (bytes, FLOPs, errors), unclear, failed, removed or "
        "refused; may be repeated",
    )
    parser.add_argument(
        "--confirm",
        metavar="SECONDS",
        type=seconds,
        help="measure again, side by side and for so long in all, what looks changed or is unclear: the source or the "
        "packages of A against what is here now, which must be what B was made with",
    )
    parser.add_argument("--all", action="store_true", help="list what is the same, too; in a table it is counted")
    parser.add_argument(
        "--format", choices=tuple(_FORMATS), help="default: what FILE's ending says, else table; csv has every row"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, help="write it there and not to the terminal")
    add_reports(parser)


def main(arguments: Namespace) -> int:
    """Compare and print; 3 if a condition of ``--fail-on`` holds, 2 if there is nothing to compare."""
    from bench.report.compare_words import Words
    from bench.report.view import View

    arguments.format = arguments.format or _by_ending(arguments.out)
    found = _compared(arguments)
    if found is None:
        return INTERRUPTED
    run, comparison = found
    words = Words(View(run.meta, run.measurements), comparison)
    text = _text(words, arguments)
    if arguments.out is None:
        print(text)
    else:
        arguments.out.write_text(f"{text.rstrip()}\n", encoding="utf-8", newline="\n")
        print(f"wrote {arguments.out}")
    failed = _holding(arguments.fail_on, comparison)
    if comparison.rows.empty:
        # Nothing was compared, so that nothing is known to be slower either: this must not look like success.
        print("bench compare: no case has a value on both sides; nothing was compared", file=sys.stderr)
        return CONDITION_HOLDS if failed else BAD_INPUT
    return CONDITION_HOLDS if failed else OK


def _compared(arguments: Namespace) -> tuple[Run, Comparison] | None:
    """The run whose labels are used (the new one), and the comparison; ``None`` if confirming was interrupted."""
    from bench.cli.reporting import own_comparison, side
    from bench.results.find import find_run
    from bench.results.run import open_run

    old = open_run(find_run(arguments.old, arguments.reports))
    if arguments.new is None:
        given = [name for name in ("level", "band", "allow", "confirm") if getattr(arguments, name)]
        if given:
            raise InputError(f"--{given[0]}: got it with one run; expected two, the suite of a single run has its own")
        found = own_comparison(old)
        if found is None:
            raise InputError(
                f"got {old.folder.name!r} alone, which does not compare its own cases; expected a second run"
            )
        return old, found

    from bench.analysis.compare import compare_runs

    new = open_run(find_run(arguments.new, arguments.reports))
    if old.folder.resolve() == new.folder.resolve():
        raise InputError(f"got {old.folder.name!r} twice; expected two runs")
    imported = [run.folder.name for run in (old, new) if run.meta.get("imported")]
    if arguments.confirm and imported:
        raise InputError(f"--confirm: got {imported[0]!r}, which was imported; expected runs that were measured here")
    level = _LEVEL if arguments.level is None else arguments.level
    band = _BAND if arguments.band is None else arguments.band
    found = compare_runs(side(old), side(new), level=level, band=band, allow=arguments.allow)
    if arguments.confirm:
        from bench.runner.run import Interrupted

        try:
            found = _confirmed(old, new, found, arguments)
        except Interrupted as stop:
            print(f"interrupted; go on with: bench run --resume {shlex.quote(str(stop.folder))}", file=sys.stderr)
            return None
    return new, found


def _confirmed(old: Run, new: Run, found: Comparison, arguments: Namespace) -> Comparison:
    """Measure again what is in doubt, into a run folder of its own, and put it in the place of what was."""
    from dataclasses import replace

    from bench.analysis.compare import confirmed, in_doubt

    cases = in_doubt(found)
    if not cases:
        return found

    from bench.cli.progress import make_listener
    from bench.cli.reporting import own_comparison
    from bench.results.run import open_run
    from bench.runner.confirm import NothingToConfirm, against, base_id, plan_again
    from bench.runner.run import execute

    try:
        other = against(old.meta, new.meta)
    except NothingToConfirm as reason:
        return replace(found, conditions=(f"Nothing was measured again: {reason}.", *found.conditions))
    plan = plan_again(new.meta, new.suite_text, other, cases, found.level, found.band, arguments.confirm)
    with make_listener(sys.stderr) as listener:
        folder = execute(
            plan,
            out=arguments.reports,
            seed=new.meta["seed"],
            device=new.meta["device"],
            command=arguments.command,
            overrides=new.meta["overrides"],
            where=new.meta["where"],
            listener=listener,
        )
    again = own_comparison(open_run(folder))
    assert again is not None, "a run against another installation compares"
    return confirmed(found, again, {case.id: base_id(case.id) for case in plan.cases})


def _text(words: Words, arguments: Namespace) -> str:
    import shutil

    form = arguments.format
    if form == "table":
        from bench.report.compare_text import comparison_text

        width = 100 if arguments.out is not None else shutil.get_terminal_size((100, 24)).columns
        return comparison_text(words, min(width, 120), everything=arguments.all, hint="--all lists them")

    from bench.report.compare_page import compare_csv, compare_html, compare_markdown

    made = {"csv": compare_csv, "html": compare_html, "markdown": compare_markdown}[form](words)
    return made.rstrip("\n")


def _by_ending(out: Path | None) -> str:
    ending = "" if out is None else out.suffix.lower()
    if not ending:
        return "table"
    for form, endings in _FORMATS.items():
        if ending in endings:
            return form
    known = ", ".join(endings[0] for endings in _FORMATS.values())
    raise InputError(f"--out: got {str(out)!r}; expected a name that ends in {known}, or --format")


def _holding(conditions: list[Condition], comparison: Comparison) -> bool:
    """Say on stderr which conditions hold, and for which case first."""
    holds = False
    for condition in conditions:
        met = condition.met(comparison)
        if met:
            holds = True
            more = f" and {len(met) - 1} more" if len(met) > 1 else ""
            print(f"bench compare: --fail-on {condition.text}: {met[0]}{more}", file=sys.stderr)
    return holds


def _level(text: str) -> float:
    try:
        value = share(text)
    except ArgumentTypeError:
        value = 0.0
    if not 0.5 <= value < 1:
        raise ArgumentTypeError(f"got {text!r}, expected a confidence from 0.5 to below 1, such as 0.99 or 99%")
    return value


def _band(text: str) -> float:
    value = share(text)
    if not 0 < value < 1:
        raise ArgumentTypeError(f"got {text!r}, expected a percentage above 0 and below 100%, such as 2%")
    return value


def _allowed(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    for name in names:
        if name not in ALLOWED:
            raise ArgumentTypeError(f"got {name!r}; {did_you_mean(name, ALLOWED)}")
    return names


def _condition(text: str) -> Condition:
    from bench.report.compare_gate import condition

    try:
        return condition(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
