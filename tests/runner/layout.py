"""A workload that says which server its process was forked from, and where its memory lies."""

from __future__ import annotations

import os

import torch

from bench.workloads.protocol import Prepared, Task


def layout(n: int = 32) -> Task:
    """Multiply small matrices; the facts are the server's process id and the addresses of fresh tensors.

    ``heap`` is below the size from which the C library maps memory, ``mapped`` far above it.
    """

    def prepare() -> Prepared:
        left, heap, mapped = torch.ones(n, n), torch.ones(1 << 14), torch.ones(1 << 22)
        facts = {"server": str(os.getppid()), "heap": str(heap.data_ptr()), "mapped": str(mapped.data_ptr())}
        return Prepared(call=lambda: left @ left, facts=facts)

    return Task(prepare, flops=2.0 * n**3)
