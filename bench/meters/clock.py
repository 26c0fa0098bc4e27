"""Time: how many calls make a sample, when a process is warm, and one sample.

All of it goes through :class:`bench.meters.device.Device`, so the rules can be tested with a clock of one's own.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from bench.meters.device import Call, Device

#: A sample lasts at least this many steps of the clock, so that reading it is off by 0.1 % at most.
STEPS_PER_SAMPLE = 1000

#: No batch is made of more calls than this, however fast the call.
MOST_CALLS = 1_000_000

#: A process is warm when the median of its last three readings is this close to the best one before.
STEADY_WITHIN = 0.05

_LAST = 3


@dataclass(frozen=True)
class WarmUp:
    """How a process got warm.

    Attributes:
        calls: Calls made, the first included.
        seconds: Seconds they took.
        first_call_s: Seconds of the first one, which pays for everything lazy: page faults, packing, compilation.
        steady: ``False`` when the readings were seen to be still moving at the time limit.
        per_call_s: Seconds per call in the last readings (their median), a guide for :func:`calibrate`; ``None``
            after a single call, which may have spent its time on compilation.
    """

    calls: int
    seconds: float
    first_call_s: float
    steady: bool
    per_call_s: float | None


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep Python's cycle collector out of what is timed: it would charge one call for the garbage of many."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def least_sample(device: Device, sample_s: float) -> float:
    """Seconds a sample must last on that device: ``sample_s``, and never under 1000 steps of its clock."""
    return max(sample_s, STEPS_PER_SAMPLE * device.resolution_s())


def calibrate(call: Call, device: Device, sample_s: float, per_call_s: float | None = None) -> int:
    """Find how many calls make one sample.

    The batch grows from one call until it lasts long enough twice in a row: one reading may have been stretched by
    something else that ran, and would leave every later sample too short. A call slower than a sample is not batched.

    Args:
        call: What is measured; warm.
        device: Where it runs.
        sample_s: Least seconds of a sample.
        per_call_s: Seconds per call if already known from the warm-up. A call known to last two samples or more is
            not called again; otherwise it saves the small first batches.

    Returns:
        Calls per sample, from 1 to :data:`MOST_CALLS`.
    """
    least = least_sample(device, sample_s)
    if per_call_s is not None and per_call_s >= 2 * least:
        return 1
    calls = 1
    if per_call_s is not None and per_call_s > 0:
        calls = min(MOST_CALLS, max(1, round(least / per_call_s)))
    with _without_collector():
        while True:
            seconds = device.elapsed(call, calls)
            if seconds >= least and not (calls == 1 and seconds >= 2 * least):
                seconds = min(seconds, device.elapsed(call, calls))
            if seconds >= least or calls >= MOST_CALLS:
                return calls
            # 10 % more than the reading asks for, since the next one may be faster; never more than tenfold, since a
            # reading this short may be wrong by much.
            wanted = 1.1 * least / seconds if seconds > 0 else 10.0
            calls = min(MOST_CALLS, max(calls + 1, int(calls * min(wanted, 10.0))))


def _moving(readings: list[float]) -> bool:
    """Whether the last readings differ from the best one before them; with too few of them nothing is seen."""
    if len(readings) <= _LAST:
        return False
    best = min(readings[:-_LAST])
    return abs(median(readings[-_LAST:]) - best) > STEADY_WITHIN * best


def warm_up(call: Call, device: Device, most_s: float) -> WarmUp:
    """Call until the time per call stops moving, or until the limit.

    Readings are batches of about a hundredth of the limit (5 ms at most), so that a fast call is not judged by the
    clock's noise. Warm means: the median of the last three readings is within 5 % of the best one before them.

    Args:
        call: What is measured.
        device: Where it runs.
        most_s: Seconds after which warming stops. A first call longer than that is the only one; otherwise at least
            two are made.

    Returns:
        What happened. With fewer than four readings no movement can be seen and ``steady`` is ``True``.
    """
    with _without_collector():
        first = total = device.elapsed(call, 1)
        readings = [first]
        calls = 1
        reading_s = min(0.005, most_s / 100)
        while first < most_s and (len(readings) == 1 or (total < most_s and not _settled(readings))):
            batch = max(1, min(int(reading_s / readings[-1]), MOST_CALLS)) if readings[-1] > 0 else 10 * calls
            batch = min(batch, 10 * calls)
            seconds = device.elapsed(call, batch)
            total += seconds
            calls += batch
            readings.append(seconds / batch)
    return WarmUp(
        calls=calls,
        seconds=total,
        first_call_s=first,
        steady=not _moving(readings),
        per_call_s=median(readings[1:][-_LAST:]) if len(readings) > 1 else None,
    )


def _settled(readings: list[float]) -> bool:
    return len(readings) > _LAST and not _moving(readings)


def sample(call: Call, device: Device, calls: int) -> float:
    """Take one sample: flush the device's cache, then time a batch.

    Args:
        call: What is measured.
        device: Where it runs.
        calls: Calls in the batch, from :func:`calibrate`.

    Returns:
        Seconds per call. On CUDA the flush precedes the batch, so only its first call finds the L2 cache cold.
    """
    with _without_collector():
        device.flush()
        return device.elapsed(call, calls) / calls
