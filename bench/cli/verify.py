"""Check every answer of a suite against its float64 reference; nothing is timed.

Errors are relative L2 norms, the worst tensor of each case. An exact method beyond its tolerance is a wrong result and
makes the command fail; an approximation has no tolerance, its error is shown.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from bench.cli.codes import FAILED, OK
from bench.cli.parser import add_selection
from bench.cli.plans import make_plan

if TYPE_CHECKING:
    from bench.runner.events import Event


def configure(parser: ArgumentParser) -> None:
    """Add this command's options."""
    add_selection(parser)


def main(arguments: Namespace) -> int:
    """Print a line a case as it is checked; 1 if any failed."""
    plan = make_plan(arguments)

    from bench.results.rows import FAILURES
    from bench.runner.events import CaseFinished
    from bench.runner.verify import verify

    width = max(len(case.id) for case in plan.cases)
    failed = 0

    def show(event: Event) -> None:
        nonlocal failed
        if isinstance(event, CaseFinished):
            errors = [row["value"] for row in event.rows if row["metric"].endswith("_rel_l2")]
            worst = max((value for value in errors if value is not None), default=None)
            error = "–" if worst is None else f"{worst:.1e}"
            failed += event.status in FAILURES
            reason = f": {event.reason}" if event.reason else ""
            print(f"{event.case:{width}}  {error:>8}  {event.status}{reason}", flush=True)

    print(f"{'case':{width}}  {'rel. L2':>8}  status", flush=True)
    verify(plan, arguments.device, arguments.seed, show)
    print(f"\n{len(plan.cases)} cases, {failed} failed")
    return FAILED if failed else OK
