"""Measure a suite, store every row as it comes, and write the report into the run's folder.

  bench run attention --preset quick
  bench run attention --where 'n <= 4096' --set dtype=float32 --budget 5
  bench run path/to/mine.toml
  bench run attention --preset quick --against main
  bench run attention --preset quick --against 'torch==2.12.0'
  bench run --resume latest
  bench run attention --preset quick --fail-on-claims

With --against every case is measured side by side here and there, in pairs of fresh processes, until each pair is
decided: slower, faster or the same here, or unclear once its budget is spent.

With --fail-on-claims the command ends with 3 if the measurement contradicts a claim of the suite, even if a case
failed; claims that it leaves open do not count, unless VERDICT is unclear.

Ctrl-C, or a crash of the machine, loses no finished group of cases: --resume measures what is missing.
"""

from __future__ import annotations

import shlex
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from bench.cli.codes import CONDITION_HOLDS, INTERRUPTED
from bench.cli.errors import InputError
from bench.cli.parser import add_selection
from bench.cli.plans import make_plan, read_overrides
from bench.cli.reporting import (
    add_fail_on_claims,
    claims_fail,
    closing,
    judged_claims,
    report_run,
    require_claims,
)


def configure(parser: ArgumentParser) -> None:
    """Add this command's options."""
    add_selection(parser, optional=True)
    parser.add_argument(
        "--against",
        metavar="X",
        help="measure the same cases in X, too, and compare: a Python interpreter, a virtual environment, requirements "
        "such as 'torch==2.12.0', or a revision of the repository that holds SUITE",
    )
    parser.add_argument(
        "--resume",
        metavar="RUN",
        help="go on with a run that was cut off: its folder, its id or the beginning of one, or latest",
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path("reports"), help="where run folders go (default: reports)"
    )
    parser.add_argument("--no-report", action="store_true", help="measure only; `bench report FOLDER` makes the report")
    add_fail_on_claims(parser)


def main(arguments: Namespace) -> int:
    """Measure or resume, then report; 3 if a claim fails that should not, 1 if a case failed, 130 if interrupted."""
    from bench.cli.progress import make_listener
    from bench.results.find import find_run
    from bench.results.later_claims import judged_meta
    from bench.runner.run import Interrupted, execute, resume

    try:
        with make_listener(sys.stderr) as listener:
            if arguments.resume is not None:
                _refuse_choices(arguments)
                folder = find_run(arguments.resume, arguments.out)
                if arguments.fail_on_claims:
                    require_claims(judged_meta(folder)["suite"])
                folder = resume(folder, command=arguments.command, listener=listener)
            elif arguments.suite is not None:
                plan = make_plan(arguments)
                if arguments.fail_on_claims:
                    require_claims({"name": plan.suite.name, "claims": plan.suite.claims})
                folder = execute(
                    plan,
                    out=arguments.out,
                    seed=arguments.seed,
                    device=arguments.device,
                    command=arguments.command,
                    overrides=read_overrides(arguments.set),
                    where=arguments.where,
                    listener=listener,
                )
            else:
                raise InputError("got neither; expected SUITE, or --resume RUN")
    except Interrupted as stop:
        print(f"interrupted; go on with: bench run --resume {shlex.quote(str(stop.folder))}", file=sys.stderr)
        return INTERRUPTED
    condition = arguments.fail_on_claims
    if arguments.no_report:
        print(folder)
        claims = judged_claims(folder) if condition else None
    else:
        claims = report_run(folder)
    code = closing("run", folder)
    failed = condition and claims is not None and claims_fail("run", claims, condition)
    return CONDITION_HOLDS if failed else code


def _refuse_choices(arguments: Namespace) -> None:
    """A resumed run keeps its own choices: changing them would mix two experiments in one folder."""
    chosen = [f"--{name}" for name in ("preset", "set", "where", "budget", "against") if getattr(arguments, name)]
    chosen += ["SUITE"] * (arguments.suite is not None)
    if chosen:
        raise InputError(f"--resume: got {' and '.join(chosen)} too; expected it alone, the run's own choices are kept")
