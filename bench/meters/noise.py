"""Noise: what else the machine did while it was measured. Each reader gives ``None`` where the platform cannot tell."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

_PRESSURE = Path("/proc/pressure/cpu")
_SCHEDULE = Path("/proc/self/schedstat")
_STAT = Path("/proc/stat")


@dataclass(frozen=True)
class Noise:
    """Readings of one moment; counters run from boot or process start, so take differences (:func:`between`).

    Attributes:
        at_s: When, by the monotonic clock.
        cpu_pressure: Per cent of the last 10 s in which some task of the machine waited for a processor.
        pressure_total_us: Microseconds of such waiting since boot. Its difference over an interval is better than
            ``cpu_pressure``, whose window mixes in the time before.
        involuntary_switches: Times this process was taken off its processor while it still had work.
        waited_s: Seconds this process's main thread was ready to run but had no processor.
        stolen_s: Seconds the hypervisor gave this machine's processors to others, since boot, all cores together.
        load: Load average of the last minute.
    """

    at_s: float
    cpu_pressure: float | None
    pressure_total_us: int | None
    involuntary_switches: int | None
    waited_s: float | None
    stolen_s: float | None
    load: float | None


@dataclass(frozen=True)
class NoiseBetween:
    """What happened between two readings.

    Attributes:
        seconds: Length of the interval.
        stall_share: Share of it in which some task of the machine waited for a processor.
        waited_share: Share of it in which this process waited for a processor.
        stolen_share: Share of one processor's time that the hypervisor took.
        involuntary_switches: Times this process was taken off its processor.
    """

    seconds: float
    stall_share: float | None
    waited_share: float | None
    stolen_share: float | None
    involuntary_switches: int | None


def readings() -> Noise:
    """Take all readings; about 50 us on Linux."""
    average, total = cpu_pressure()
    return Noise(
        at_s=time.monotonic(),
        cpu_pressure=average,
        pressure_total_us=total,
        involuntary_switches=involuntary_switches(),
        waited_s=_waited_s(),
        stolen_s=_stolen_s(),
        load=load(),
    )


def between(before: Noise, after: Noise) -> NoiseBetween:
    """Differences of two readings of one process, as shares of the time between them."""
    seconds = after.at_s - before.at_s

    def share(start: float | None, end: float | None, unit: float = 1.0) -> float | None:
        if start is None or end is None or seconds <= 0:
            return None
        return max(0.0, (end - start) * unit / seconds)

    switches = None
    if before.involuntary_switches is not None and after.involuntary_switches is not None:
        switches = after.involuntary_switches - before.involuntary_switches
    return NoiseBetween(
        seconds=seconds,
        stall_share=share(before.pressure_total_us, after.pressure_total_us, 1e-6),
        waited_share=share(before.waited_s, after.waited_s),
        stolen_share=share(before.stolen_s, after.stolen_s),
        involuntary_switches=switches,
    )


def cpu_pressure() -> tuple[float | None, int | None]:
    """The ``some`` line of ``/proc/pressure/cpu``: (avg10 in per cent, total in us). Linux 4.20 and later."""
    try:
        for line in _PRESSURE.read_text().splitlines():
            kind, *fields = line.split()
            if kind == "some":
                values = dict(field.split("=", 1) for field in fields)
                return float(values["avg10"]), int(values["total"])
    except (OSError, ValueError, KeyError):
        pass
    return None, None


def involuntary_switches() -> int | None:
    """Involuntary context switches of this process, all its threads, since it started."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def load() -> float | None:
    """Load average of the last minute: how many tasks were running or ready, machine-wide."""
    try:
        return os.getloadavg()[0]
    except (OSError, AttributeError):
        return None


def _waited_s() -> float | None:
    try:
        return int(_SCHEDULE.read_text().split()[1]) * 1e-9
    except (OSError, ValueError, IndexError):
        return None


def _stolen_s() -> float | None:
    try:
        fields = _STAT.read_text().split("\n", 1)[0].split()
        return int(fields[8]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return None
