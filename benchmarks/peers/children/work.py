"""The work that every tool measures: small matrix products on one thread. Run by itself, it is a command to be timed.

Slower work is more of the same products, so its share is known exactly: 103 products are 3 % more than 100.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import torch

torch.set_num_threads(1)

#: Side of the square float32 matrices: one product takes a few microseconds.
SIDE = 64


def make(products: int) -> Callable[[], None]:
    """A function without arguments that computes so many products; its two matrices are made here."""
    torch.manual_seed(0)
    left, right = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)

    def work() -> None:
        for _ in range(products):
            left @ right

    return work


def main(products: int, calls: int) -> None:
    """Call the work so many times and print the seconds of a call."""
    work = make(products)
    began = time.perf_counter()
    for _ in range(calls):
        work()
    print((time.perf_counter() - began) / calls)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
