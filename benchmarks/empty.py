"""A workload whose call does nothing: all the time that measuring it takes is the harness's own."""

from __future__ import annotations

from bench.workloads.protocol import Prepared, Task


def empty(kind: str = "a", n: int = 1) -> Task:
    """Describe an empty case; ``kind`` and ``n`` only tell cases apart."""
    return Task(prepare=lambda: Prepared(call=lambda: None), flops=0.0, peak_bytes=0.0, input_bytes=0.0)
