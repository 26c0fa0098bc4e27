"""What the fork server imports before it forks must run nothing: an OpenMP pool would hang every child."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import torch
from torch.utils._python_dispatch import TorchDispatchMode

class Seen(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        raise AssertionError(f"{func} ran while importing")

with Seen():
    from bench.runner.server import _preload
    for name in sys.argv[1:]:
        _preload(f"bench.workloads.{name}:workload")
assert not torch.cuda.is_initialized()
assert "torch._dynamo" not in sys.modules, "the compiler is imported by the cases that compile"
"""


OWN = ("attention", "encoder", "contrastive.precision", "contrastive.training", "contrastive.accumulation")


def test_preloading_runs_no_operator_and_touches_no_device() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM, *OWN], check=True)
