"""The two GPU devices behind :class:`bench.meters.device.Device`; opened by :func:`bench.meters.device.open_device`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import Any

from bench.meters.device import AllocatorPeaks, Call, CpuDevice


class CudaDevice:
    """An NVIDIA (or ROCm) GPU, timed by events on the current stream.

    Args:
        index: Device number.
        cuda: The module to talk to, ``torch.cuda`` unless a test puts its own there.
        write: Makes a buffer of so many bytes and returns a call that overwrites it; torch's unless given.
    """

    name = "cuda"

    def __init__(
        self, index: int = 0, cuda: Any = None, write: Callable[[int], Callable[[], object]] | None = None
    ) -> None:
        """Open device ``index``; initialises CUDA in this process."""
        if cuda is None:
            import torch

            cuda = torch.cuda
        self._cuda = cuda
        self._index = index
        cuda.set_device(index)
        self._properties = cuda.get_device_properties(index)
        self._write = write or self._buffer
        self._flush: Callable[[], object] | None = None
        self._base = (0, 0, 0)

    def _buffer(self, size: int) -> Callable[[], object]:
        import torch

        return torch.empty(size, dtype=torch.uint8, device=f"cuda:{self._index}").zero_

    def synchronize(self) -> None:
        """Wait for every stream of the device."""
        self._cuda.synchronize()

    def elapsed(self, call: Call, calls: int) -> float:
        """Seconds between two events around all calls on the current stream (resolution about 0.5 us).

        Where the host cannot enqueue fast enough, its launch time is inside: that is what a program would see, too.
        """
        start = self._cuda.Event(enable_timing=True)
        end = self._cuda.Event(enable_timing=True)
        start.record()
        for _ in repeat(None, calls):
            call()
        end.record()
        end.synchronize()
        return float(start.elapsed_time(end)) * 1e-3

    def flush(self) -> None:
        """Overwrite a buffer of exactly the L2 cache's size, queued before the batch; nothing where L2 is unknown."""
        if self._flush is None:
            size = int(getattr(self._properties, "L2_cache_size", 0) or 0)
            self._flush = self._write(size) if size else lambda: None
        self._flush()

    def clock_mhz(self) -> float | None:
        """SM clock in MHz by NVML; ``None`` without the NVML bindings or the right to ask."""
        try:
            return float(self._cuda.clock_rate(self._index))
        except Exception:  # NVML's errors are its own types, and the bindings may be absent: all mean "cannot be read"
            return None

    def resolution_s(self) -> float:
        """Resolution of CUDA events as documented, 0.5 us."""
        return 5e-7

    def spin(self, seconds: float) -> float | None:
        """Spin one thread for a known number of SM cycles; the seconds to expect need the clock of that moment."""
        clock = self.clock_mhz()
        cycles = int(seconds * (clock or 1500.0) * 1e6)
        self._cuda._sleep(cycles)
        return cycles / (clock * 1e6) if clock else None

    def _now(self) -> tuple[int, int, int]:
        requested = self._cuda.memory_stats(self._index).get("requested_bytes.all.current", -1)
        return (
            int(requested),
            int(self._cuda.memory_allocated(self._index)),
            int(self._cuda.memory_reserved(self._index)),
        )

    def begin_memory(self) -> None:
        """Give cached blocks back, so that the reserved peak is the call's own, and reset the peaks."""
        self.synchronize()
        self._cuda.empty_cache()
        self._cuda.reset_peak_memory_stats(self._index)
        self._base = self._now()

    def memory_peaks(self) -> AllocatorPeaks | None:
        """Peaks of the caching allocator above :meth:`begin_memory`, in bytes."""
        self.synchronize()
        requested, allocated, reserved = self._base
        peak = self._cuda.memory_stats(self._index).get("requested_bytes.all.peak")
        return AllocatorPeaks(
            requested=None if peak is None or requested < 0 else int(peak) - requested,
            allocated=int(self._cuda.max_memory_allocated(self._index)) - allocated,
            reserved=int(self._cuda.max_memory_reserved(self._index)) - reserved,
        )

    def describe(self) -> dict[str, Any]:
        """Name, memory, cache, multiprocessors and compute capability of the device."""
        properties = self._properties
        return {
            "device": "cuda",
            "index": self._index,
            "name": properties.name,
            "memory_bytes": int(properties.total_memory),
            "l2_bytes": int(getattr(properties, "L2_cache_size", 0) or 0) or None,
            "multiprocessors": int(properties.multi_processor_count),
            "capability": f"{properties.major}.{properties.minor}",
            "clock_mhz": self.clock_mhz(),
        }


class MpsDevice(CpuDevice):
    """Apple's GPU, timed by the host's clock with the queue drained before and after.

    The time of one synchronisation (some tens of microseconds) is inside each batch, not each call. Nothing is flushed
    (the size of the system-level cache is not published) and torch keeps no peaks for this allocator.

    Args:
        mps: The module to talk to, ``torch.mps`` unless a test puts its own there.
    """

    name = "mps"

    def __init__(self, mps: Any = None) -> None:
        """Open the device."""
        if mps is None:
            import torch

            mps = torch.mps
        self._mps = mps

    def synchronize(self) -> None:
        """Wait for the queue to drain."""
        self._mps.synchronize()

    def elapsed(self, call: Call, calls: int) -> float:
        """Seconds by the host's clock from an empty queue to an empty queue."""

        def drain() -> None:
            for _ in repeat(None, calls):
                call()
            self._mps.synchronize()

        self._mps.synchronize()
        return super().elapsed(drain, 1)

    def clock_mhz(self) -> float | None:
        """Return ``None``: macOS gives the GPU's clock to the super-user only."""
        return None

    def describe(self) -> dict[str, Any]:
        """Return the name and the memory torch recommends to stay below, where it says so."""
        recommended = getattr(self._mps, "recommended_max_memory", None)
        return {"device": "mps", "memory_bytes": int(recommended()) if recommended else None}
