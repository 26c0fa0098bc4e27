"""Show the cases of a suite with their FLOPs, memory and a guess of the duration, without running them.

FLOPs and bytes come from the workload's own formulas. The duration is a guess from the speed of one matrix product on
this machine, good within a factor of about three. Cases that are skipped or cannot run say why.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bench.cli.codes import OK
from bench.cli.parser import add_selection
from bench.cli.plans import make_plan
from bench.cli.table import text_table


def configure(parser: ArgumentParser) -> None:
    """Add this command's options."""
    add_selection(parser)


def main(arguments: Namespace) -> int:
    """Print the table and its totals."""
    plan = make_plan(arguments)

    from bench.report.units import duration, quantity
    from bench.runner.estimate import estimate

    def cell(value: float | None, unit: str) -> str:
        return "–" if value is None else quantity(value, unit)

    estimates = estimate(plan, arguments.device if arguments.device != "auto" else plan.suite.device, arguments.seed)
    rows = [
        (
            one.case.id,
            cell(one.flops, "FLOP"),
            cell(one.input_bytes, "B"),
            cell(one.peak_bytes, "B"),
            "–" if one.seconds is None else duration(one.seconds),
            one.refusal or "",
        )
        for one in estimates
    ]
    print(text_table(("case", "FLOPs", "inputs", "peak memory", "duration", ""), rows, right=(1, 2, 3, 4)))
    left_out = sum(one.refusal is not None for one in estimates)
    total = sum(one.seconds or 0.0 for one in estimates)
    cost = [f"about {duration(total)} to time"] if "time" in plan.suite.measure.metrics else []
    if "outcome" in plan.suite.measure.metrics:
        cost.append("what the workload's own outcomes take is not foretold")
    total_words = "; ".join(cost) or "nothing to time"
    print(f"\n{len(rows)} cases in {len(plan.groups)} groups, {left_out} of them left out; {total_words}")
    return OK
