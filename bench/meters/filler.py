"""A known slowdown made of real work: small matrix products after each batch of calls, timed with it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from bench.meters.device import Call, Device

_SIDE = 32
_READINGS = 5

#: How often the number of pieces is corrected.
_CORRECTIONS = 2

#: A batch that takes this long is not timed so often: it would cost more than the samples.
_SLOW_S = 0.03


@dataclass(frozen=True)
class Batch:
    """A batch of calls and the further work after them; one call of it is one sample.

    Attributes:
        call: What is measured.
        calls: How often it is called.
        unit: One piece of further work.
        units: How many pieces follow.
        share: Seconds of the further work over those of the calls, as measured when the batch was made.
    """

    call: Call
    calls: int
    unit: Callable[[], object]
    units: int
    share: float

    def __call__(self) -> None:
        """All calls, then the further work."""
        for _ in range(self.calls):
            self.call()
        for _ in range(self.units):
            self.unit()


def slowed(call: Call, calls: int, device: Device, share: float) -> Batch:
    """A batch that takes ``1 + share`` times as long as its calls alone.

    What a piece of work takes by itself, in a loop, says little of what it takes after the calls, which leave it cold
    caches and another clock: after attention it was seen to take three times as long. So batches with it and without
    are timed in turns, and the number of pieces is corrected by what they added. The shortest time of each counts,
    since what disturbs a reading can only lengthen it. The number of pieces is whole.

    Args:
        call: What is measured; warm.
        calls: Calls of the batch.
        device: Where it runs.
        share: Further work as a share of the calls' time, 0.03 for 3 %.
    """
    left = torch.ones(_SIDE, _SIDE, device=device.name)

    def unit() -> object:
        return left @ left

    device.elapsed(unit, 10)
    own = device.elapsed(call, calls)
    units = max(1, round(share * own * 100 / device.elapsed(unit, 100)))
    added = 0.0
    for _ in range(_CORRECTIONS):
        added = _added(Batch(call, calls, unit, units, share), device)
        if added > 0:
            units = max(1, round(units * min(max(share / added, 0.1), 10.0)))
    return Batch(call, calls, unit, units, _added(Batch(call, calls, unit, units, share), device))


def _added(batch: Batch, device: Device) -> float:
    """What the further work of a batch adds to its calls, as a share of their time."""
    own = full = math.inf
    readings = 0
    while readings < 2 or (readings < _READINGS and own < _SLOW_S):
        own = min(own, device.elapsed(batch.call, batch.calls))
        full = min(full, device.elapsed(batch, 1))
        readings += 1
    return full / own - 1
