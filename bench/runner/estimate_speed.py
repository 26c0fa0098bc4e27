"""How fast this machine multiplies matrices: the yardstick of the estimates."""

from __future__ import annotations

import time

import torch


def matmul_speed(seconds: float = 0.05) -> float:
    """FLOP per second of a float32 matrix product of 512 × 512, over about ``seconds``."""
    left, right = torch.ones(512, 512), torch.ones(512, 512)
    torch.mm(left, right)
    began = time.perf_counter()
    calls = 0
    while time.perf_counter() - began < seconds:
        torch.mm(left, right)
        calls += 1
    return float(2 * 512**3 * calls / (time.perf_counter() - began))
