"""Measures what the settings of the tools are made of: the start of a process, and one call of the work."""

from __future__ import annotations

import time
from statistics import median

from benchmarks.peers import child
from benchmarks.peers.compared import PRODUCTS, Costs

_TIMES, _CALLS = 3, 200


def measured_costs() -> Costs:
    """Start the work as a command a few times; medians of its wall time less the calls, and of a call."""
    starts, calls = [], []
    for _ in range(_TIMES):
        began = time.perf_counter()
        call_s = float(child.answer_line(child.script("work.py", PRODUCTS, _CALLS), timeout_s=120.0))
        starts.append(time.perf_counter() - began - _CALLS * call_s)
        calls.append(call_s)
    return Costs(median(starts), median(calls))
