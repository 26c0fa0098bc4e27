"""Checks every answer of a plan against its reference and times nothing."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from typing import Any

from bench.runner.events import GroupStarted, Listener, finished
from bench.runner.forecast import Forecast
from bench.runner.installations import install
from bench.runner.passes import Setting, run_passes
from bench.runner.servers import Servers, describe_device
from bench.suite.model import Plan


def verify(plan: Plan, device: str, seed: int, listener: Listener) -> list[dict[str, Any]]:
    """Check every case's answer against its reference, timing nothing. Returns the rows, as they would be stored."""
    suite = plan.suite
    stored: list[dict[str, Any]] = []
    with ExitStack() as stack:
        servers = Servers(stack, suite, install(suite))
        name = describe_device(servers.home, device if device != "auto" else suite.device)["device"]
        measure = dataclasses.replace(suite.measure, metrics=("error",))
        setting = Setting(suite.workload, name, seed, measure)
        forecast = Forecast(suite)
        done = 0
        for index, group in enumerate(plan.groups):
            ids = tuple(case.id for case in group.cases)
            listener(GroupStarted(group.id, ids, index + 1, len(plan.groups)))
            for passed in run_passes(servers, group.cases, setting, forecast):
                done += 1
                rows = [row.to_json() for row in passed.rows]
                stored += rows
                told = None if passed.failure is None else (passed.failure.status, passed.failure.reason)
                listener(finished(passed.case.id, told, rows, done, len(plan.cases)))
    return stored
