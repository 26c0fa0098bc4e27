"""The work as a workload of Crossover."""

from __future__ import annotations

from typing import Literal

from work import SIDE, make

from bench.workloads.protocol import Prepared, Task


def products(side: Literal["old", "new"], old: int, new: int) -> Task:
    """So many small matrix products, by the side of the comparison."""
    count = {"old": old, "new": new}[side]
    return Task(prepare=lambda: Prepared(make(count)), flops=count * 2.0 * SIDE**3)
