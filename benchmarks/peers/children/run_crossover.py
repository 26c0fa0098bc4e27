"""Comparisons by Crossover, one for each line of standard input; ends with it.

A line is ``{"old": …, "new": …, "budget_s": …, "seed": …}``, the answer a line with the verdict and its grounds. The
fork servers start once, before the first line is read, as they do in a run, whatever its cases; ``{"ready": …}`` tells
how long that took. Then a suite of two cases is measured as any other, in its protocol for comparisons with the default
settings; ``budget_s`` (seconds per case) is all that differs.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.analysis.decision import decided, paired_differences, paired_effect
from bench.runner.forecast import Forecast
from bench.runner.installed import present
from bench.runner.passes import Setting, run_passes
from bench.runner.rounds import GroupTimer
from bench.runner.servers import Servers, pool_size
from bench.runner.timed import Timed
from bench.suite import expand, load_suite
from bench.suite.model import HERE, Compare, Plan

FOLDER = Path(__file__).resolve().parent

SUITE = """\
[suite]
name = "peers"
title = "Small matrix products, twice"
workload = "./crossover_work.py:products"
subject = "side"
[axes]
side = ["old", "new"]
[fixed]
old = {old}
new = {new}
[measure]
metrics = ["time"]
[compare]
baseline = "old"
budget_s = {budget_s}
"""


def plan_of(old: int, new: int, budget_s: float) -> Plan:
    """The two cases of one comparison."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "peers.toml"
        path.write_text(SUITE.format(old=old, new=new, budget_s=budget_s), encoding="utf-8")
        suite = load_suite(path, folder=FOLDER)
        # The folder of the suite is where its workload is looked for.
        return expand(replace(suite, path=FOLDER / "peers.toml"))


def measured(servers: Servers, plan: Plan, seed: int) -> dict[str, Any]:
    """Measure the plan's one group, and judge it at the look that ended it."""
    suite = plan.suite
    assert suite.compare is not None
    setting = Setting(suite.workload, "cpu", seed, suite.measure, suite.subject, suite.compare)
    passed = run_passes(servers, plan.groups[0].cases, setting, Forecast(suite))
    timer = GroupTimer(servers, setting, random.Random(seed), lambda case, replicate: None)
    sides = {one.case.subject: one for one in timer.run([one for one in passed if one.failure is None])}
    return judged(sides["new"], sides["old"], suite.compare)


def judged(new: Timed, old: Timed, compare: Compare) -> dict[str, Any]:
    """The verdict of two sides that were timed."""
    for side in (new, old):
        if side.failure is not None:
            return {"failed": str(side.failure)}
    assert new.comparison is not None
    values = [{one.number: one.value for one in side.replicates} for side in (new, old)]
    servers = {one.number: one.server for one in new.replicates}
    units = [servers[number] for number in sorted(values[0].keys() & values[1].keys())]
    effect = paired_effect(paired_differences(*values), compare.level, new.comparison["share"], units)
    return {
        "verdict": decided(effect, new.comparison["look"], compare.band, len(new.comparison["looks"])) or "unclear",
        "ratio": effect.interval.value,
        "low": effect.interval.low,
        "high": effect.interval.high,
        "pairs": effect.count,
        "stopped": new.stopped,
        "measuring_s": new.spent_s + old.spent_s,
    }


def main() -> None:
    """Answer until the input ends."""
    began = time.perf_counter()
    with ExitStack() as stack:
        plan = plan_of(1, 1, 1.0)
        environment = plan.cases[0].environment
        size = pool_size(plan.suite.measure.servers, 1)
        servers = Servers(stack, plan.suite, {HERE: present(str(FOLDER))}, size)
        for number in range(size):
            servers.start([environment], number)
        print(json.dumps({"ready": time.perf_counter() - began, "servers": size}), flush=True)
        for line in sys.stdin:
            asked = json.loads(line)
            plan = plan_of(asked["old"], asked["new"], asked["budget_s"])
            print(json.dumps(measured(servers, plan, asked["seed"])), flush=True)


if __name__ == "__main__":
    main()
