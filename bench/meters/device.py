"""What differs between devices: clocks, queues, caches and allocator statistics (the GPUs' own are in ``device_gpu``).

Nothing here touches torch or CUDA at import. :func:`open_device` and :func:`resolve_device` do, except for ``"cpu"``:
asking CUDA whether it is there makes later forks of the process unusable for CUDA, so call them in the process that
measures and never in a fork server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from time import perf_counter_ns, sleep
from typing import Any, Protocol

Call = Callable[[], object]

#: What a device may be asked for; ``auto`` takes the first of cuda, mps, cpu that is there.
DEVICE_NAMES = ("auto", "cpu", "cuda", "mps")


class DeviceUnavailable(RuntimeError):
    """The device asked for is not on this machine, or this torch was built without it; the text says which."""


@dataclass(frozen=True)
class AllocatorPeaks:
    """Peaks of a device's own allocator above what was live when counting began, in bytes.

    Attributes:
        requested: Bytes the program asked for; ``None`` where torch does not keep that statistic.
        allocated: The same with each block rounded up by the allocator.
        reserved: Bytes the allocator took from the driver, its cache included.
    """

    requested: int | None
    allocated: int
    reserved: int


class Device(Protocol):
    """What a meter needs to know of a device."""

    name: str

    def synchronize(self) -> None:
        """Wait until all queued work is done."""

    def elapsed(self, call: Call, calls: int) -> float:
        """Seconds that ``calls`` calls of ``call`` take together; each return value is dropped at once."""

    def flush(self) -> None:
        """Push what the last call left in the device's last-level cache out of it, where that is done at all."""

    def clock_mhz(self) -> float | None:
        """Return the clock of the device's processors now, in MHz; ``None`` where it cannot be read."""

    def resolution_s(self) -> float:
        """Smallest step of the clock behind :meth:`elapsed`, in seconds."""

    def spin(self, seconds: float) -> float | None:
        """Keep the device busy for about ``seconds``; returns the seconds to expect, ``None`` if it cannot be known."""

    def begin_memory(self) -> None:
        """Start counting allocator peaks anew, from what is live now."""

    def memory_peaks(self) -> AllocatorPeaks | None:
        """Peaks since :meth:`begin_memory`; ``None`` on a device without such statistics."""

    def describe(self) -> dict[str, Any]:
        """Return what the device is, for the run's record."""


class CpuDevice:
    """The host's processors, timed by ``time.perf_counter_ns``.

    Caches are left as the last call left them: a CPU kernel in a program finds its inputs where the previous step put
    them, and the last-level cache of a shared server belongs to its neighbours too.
    """

    name = "cpu"

    def synchronize(self) -> None:
        """Do nothing: CPU operators return when they are done."""

    def elapsed(self, call: Call, calls: int) -> float:
        """Seconds of ``calls`` calls by the monotonic clock; the empty loop costs about 30 ns a call."""
        start = perf_counter_ns()
        for _ in repeat(None, calls):
            call()
        return (perf_counter_ns() - start) * 1e-9

    def flush(self) -> None:
        """Do nothing, see the class."""

    def clock_mhz(self) -> float | None:
        """Clock of the first core as Linux reports it, in MHz; ``None`` in most virtual machines and on macOS."""
        try:
            with open("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq") as file:
                return int(file.read()) / 1000
        except (OSError, ValueError):
            return None

    def resolution_s(self) -> float:
        """Smallest step seen in a burst of readings, in seconds: the platform's own promise is often not the truth."""
        steps = []
        for _ in range(200):
            start = now = perf_counter_ns()
            while now == start:
                now = perf_counter_ns()
            steps.append(now - start)
        return min(steps) * 1e-9

    def spin(self, seconds: float) -> float | None:
        """Sleep, which the clock must see at its full length."""
        sleep(seconds)
        return seconds

    def begin_memory(self) -> None:
        """Do nothing: the CPU allocator keeps no statistics; :mod:`bench.meters.memory` counts its events."""

    def memory_peaks(self) -> AllocatorPeaks | None:
        """Return ``None``, see :meth:`begin_memory`."""
        return None

    def describe(self) -> dict[str, Any]:
        """Return name and torch's CPU capability (``AVX512`` and the like)."""
        import torch

        capability = torch.backends.cpu.get_cpu_capability()
        return {"device": "cpu", "capability": capability, "threads": torch.get_num_threads()}


def resolve_device(name: str) -> str:
    """Turn ``auto`` into the device this machine has, and check that one asked for is there.

    Call it in a measuring process only, see the module.

    Args:
        name: One of :data:`DEVICE_NAMES`.

    Returns:
        ``cpu``, ``cuda`` or ``mps``.

    Raises:
        ValueError: For another name.
        DeviceUnavailable: When the device asked for is not there; the text says why and what to do.
    """
    if name not in DEVICE_NAMES:
        raise ValueError(f"unknown device {name!r}: expected one of {', '.join(DEVICE_NAMES)}")
    if name == "cpu":
        return name
    import torch

    if name in ("auto", "cuda") and torch.cuda.is_available():
        return "cuda"
    if name in ("auto", "mps") and torch.backends.mps.is_available():
        return "mps"
    if name == "auto":
        return "cpu"
    if name == "cuda":
        built = bool(torch.version.cuda or getattr(torch.version, "hip", None))
    else:
        built = torch.backends.mps.is_built()
    why = "torch finds no usable device or driver" if built else f"torch {torch.__version__} was built without {name}"
    raise DeviceUnavailable(f"device {name!r} was asked for, but {why}; use --device cpu or auto")


def open_device(name: str = "auto") -> Device:
    """Open the device of that name, see :func:`resolve_device` for names and errors."""
    resolved = resolve_device(name)
    if resolved == "cpu":
        return CpuDevice()
    from bench.meters.device_gpu import CudaDevice, MpsDevice

    return CudaDevice() if resolved == "cuda" else MpsDevice()
