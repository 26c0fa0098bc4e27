"""A known slowdown made of real work: small matrix products after each batch of calls, timed with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from bench.meters.device import Call, Device

_SIDE = 32
_READINGS = 7

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

    Both are timed here, several times in turns and for about as long as each other. The shortest time of each decides
    how much work is added, since what disturbs a reading can only lengthen it. The number of pieces is whole, so the
    slowdown is off by half a piece (a few microseconds) at most.

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
    other = device.elapsed(unit, 100) / 100
    pieces = max(1, round(own / other))
    for _ in range(_READINGS if own < _SLOW_S else 1):
        own = min(own, device.elapsed(call, calls))
        other = min(other, device.elapsed(unit, pieces) / pieces)
    units = max(1, round(share * own / other))
    return Batch(call, calls, unit, units, units * other / own)
