"""A workload that says in what surroundings its process runs."""

from __future__ import annotations

import os

import torch

from bench.workloads.protocol import Prepared, Task


def surroundings(n: int = 32) -> Task:
    """Multiply small matrices; the facts name what was set before the interpreter started."""

    def prepare() -> Prepared:
        left = torch.ones(n, n)
        facts = {name: os.environ.get(name, "") for name in ("MALLOC_MMAP_MAX_", "OMP_NUM_THREADS")}
        return Prepared(call=lambda: left @ left, facts=facts)

    return Task(prepare, flops=2.0 * n**3)
