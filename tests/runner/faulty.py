"""A workload whose subjects fail in every way a real one can; used by the runner's tests through a real fork server."""

from __future__ import annotations

import os
import signal
import time
from typing import Literal

import torch

from bench.workloads.protocol import Prepared, Task, Unsupported

Kind = Literal[
    "good",
    "same",
    "twice",
    "wrong",
    "approximate",
    "segfault",
    "raise",
    "hang",
    "exit",
    "oom",
    "huge",
    "none",
    "late",
    "lazy",
]


def faulty(kind: Kind, n: int = 64, seed: int = 0) -> Task:
    """Multiply matrices of n × n, or fail as ``kind`` says."""
    if kind == "none":
        raise Unsupported("this machine has no such thing")

    def prepare() -> Prepared:
        torch.manual_seed(seed)
        left, right = torch.randn(n, n), torch.randn(n, n)
        seen: list[int] = []

        def call() -> torch.Tensor:
            if kind == "segfault":
                os.kill(os.getpid(), signal.SIGSEGV)
            if kind == "raise":
                raise ValueError("no good")
            if kind == "hang":
                time.sleep(600)
            if kind == "exit":
                print("last words", flush=True)
                os._exit(3)
            if kind == "oom":
                return torch.empty(1 << 50)
            if kind == "lazy" and not seen:
                time.sleep(0.5)
            seen.append(n)
            result = left @ right
            return left @ right if kind == "twice" else result

        def answer() -> dict[str, torch.Tensor]:
            result = left @ right if kind == "late" else call()
            return {"output": result + 1 if kind in ("wrong", "approximate") else result}

        return Prepared(
            call=call,
            answer=answer,
            reference=lambda: {"output": left.double() @ right.double()},
            forward=torch.matmul,
            inputs=(left, right),
            facts={"kind": kind},
        )

    return Task(
        prepare,
        tolerance=None if kind == "approximate" else 1e-4,
        flops=2.0 * n**3,
        peak_bytes=1e15 if kind == "huge" else 4.0 * n * n,
        input_bytes=8.0 * n * n,
    )
