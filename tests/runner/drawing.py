"""A workload with numbers of its own; what they are follows from the seed, so that tests can work them out."""

from __future__ import annotations

import math
import os
import signal
from typing import Literal

import torch

from bench.workloads.protocol import Outcome, Prepared, Task

Kind = Literal["plain", "draws", "uneven", "infinite", "nothing", "crash"]


def drawing(kind: Kind, n: int = 64, seed: int = 0) -> Task:
    """Outcomes of seed 7, 8 and 9 are 1, 2 and 3 times n."""

    def outcome() -> dict[str, Outcome]:
        number = seed - 6
        if kind == "crash" and number == 2:
            os.kill(os.getpid(), signal.SIGSEGV)
        if kind == "draws":
            return {"level": Outcome((1.0 * number, 3.0 * number), "steps")}
        if kind == "infinite":
            return {"level": Outcome((math.inf if number == 2 else 1.0,))}
        if kind == "uneven":
            return {"level": Outcome((10.0**number,), log=True)}
        return {"level": Outcome((float(n * number),)), "process": Outcome((float(os.getpid()),))}

    def prepare() -> Prepared:
        left = torch.ones(n, n)
        asked = None if kind == "nothing" else outcome
        return Prepared(call=lambda: left @ left, facts={"kind": kind}, outcome=asked)

    return Task(prepare, flops=2.0 * n**3)
