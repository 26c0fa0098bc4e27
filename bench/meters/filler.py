"""A known slowdown made of real work: small matrix products after each batch of calls, timed with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import torch

from bench.meters.device import Call, Device

_SIDE = 32

#: A slowdown so many times as large is what gets timed: the one asked for would drown in the scatter of readings.
_AMPLIFIED = 10

#: Seconds of readings, and how many there are at least.
_READING_S = 1.5
_LEAST = 3


@dataclass(frozen=True)
class Batch:
    """A batch of calls and the further work after them; one call of it is one sample.

    Attributes:
        call: What is measured.
        calls: How often it is called.
        unit: One piece of further work.
        units: How many pieces follow.
    """

    call: Call
    calls: int
    unit: Callable[[], object]
    units: int

    def __call__(self) -> None:
        """All calls, then the further work."""
        for _ in range(self.calls):
            self.call()
        for _ in range(self.units):
            self.unit()


def slowed(call: Call, calls: int, device: Device, share: float, units: int | None = None) -> Batch:
    """A batch that takes ``1 + share`` times as long as its calls alone.

    What a piece of work takes by itself, in a loop, says little of what it takes after the calls, which leave it cold
    caches and another clock: after attention it was seen to take three times as long. So batches with it and without
    are timed in turns. The number of pieces is found out in one process and given to all others, which then do the
    same work: found out in each, it would differ between them by the scatter of a few readings.

    Args:
        call: What is measured; warm.
        calls: Calls of the batch.
        device: Where it runs.
        share: Further work as a share of the calls' time, 0.03 for 3 %.
        units: Pieces of further work where an earlier process has found out how many.
    """
    left = torch.ones(_SIDE, _SIDE, device=device.name)

    def unit() -> object:
        return left @ left

    device.elapsed(unit, 10)
    return Batch(call, calls, unit, _pieces(call, calls, unit, device, share) if units is None else units)


def _pieces(call: Call, calls: int, unit: Callable[[], object], device: Device, share: float) -> int:
    """How many pieces make up the share; at least one."""
    own = device.elapsed(call, calls)
    many = max(1, round(_AMPLIFIED * share * own * 100 / device.elapsed(unit, 100)))
    longer = Batch(call, calls, unit, many)
    ratios: list[float] = []
    spent = 0.0
    while len(ratios) < _LEAST or spent < _READING_S:
        own, full = device.elapsed(call, calls), device.elapsed(longer, 1)
        spent += own + full
        ratios.append(full / own)
    added = median(ratios) - 1
    return max(1, round(many * share / added if added > 0 else many / _AMPLIFIED))
