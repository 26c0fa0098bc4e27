"""Work of known proportion: what once, again and twice read is known before anything is measured."""

from __future__ import annotations

from typing import Literal

import torch

from bench.workloads.protocol import Prepared, Task

CALLS = {"once": 1, "again": 1, "twice": 2}


def known(work: Literal["once", "again", "twice"], n: int, device: str = "cpu", seed: int = 0) -> Task:
    """Multiply n x n matrices once, or twice; ``again`` does what ``once`` does."""
    calls = CALLS[work]

    def prepare() -> Prepared:
        draw = torch.Generator().manual_seed(seed)
        left, right = (torch.randn(n, n, generator=draw).to(device) for _ in range(2))

        def call() -> torch.Tensor:
            for _ in range(calls):
                result = left @ right
            return result

        return Prepared(call, lambda: {"output": call()}, lambda: {"output": left.double() @ right.double()})

    return Task(prepare, tolerance=1e-4, flops=calls * 2.0 * n**3)
