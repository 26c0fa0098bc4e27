"""Memory: peak bytes of tensors, counted exactly, and peak resident bytes, as the operating system sees them.

The two answer different questions. The first is what the algorithm needs: it is the same on every machine and equals
the number worked out by hand. The second is what the process really took: it includes what libraries and the allocator
keep, and below about 100 MB the allocator's reuse of freed memory decides it, not the algorithm.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from bench.meters.device import Call, Device


@dataclass(frozen=True)
class MemoryReading:
    """Peaks of one call, in bytes above what was live before it; ``None`` where the platform cannot tell.

    Attributes:
        tensor_peak: Bytes of tensors on the device, inside fused operators and backward too.
        resident_peak: Bytes of physical memory of the process (host memory, also on a GPU).
        allocated_peak: CUDA only: bytes of the allocator's blocks in use.
        reserved_peak: CUDA only: bytes the allocator took from the driver.
    """

    tensor_peak: int | None
    resident_peak: int | None
    allocated_peak: int | None = None
    reserved_peak: int | None = None


def measure_memory(call: Call, device: Device) -> MemoryReading:
    """Measure the memory of ``call``, which is made twice: once for each meter.

    The call should have run before, so that what a library sets up once (packed weights, a thread's scratch) is not
    charged to it. Run it apart from timing: with thousands of small allocations the first meter slows a call 3 to 10
    times.

    Args:
        call: What is measured. Its return value is dropped.
        device: Where it runs.

    Returns:
        The peaks. What the call frees but did not allocate itself (a gradient of the call before, say) is not seen as
        freed by the first meter on CPU: keep ``call`` free of such state.
    """
    gc.collect()
    if device.name == "cuda":
        device.begin_memory()
        call()
        peaks = device.memory_peaks()
        resident = resident_peak(call, device)
        if peaks is None:
            return MemoryReading(None, resident)
        tensors = peaks.allocated if peaks.requested is None else peaks.requested
        return MemoryReading(tensors, resident, peaks.allocated, peaks.reserved)
    # torch counts no MPS allocations; with a profiler that sees only the host's the answer would be a wrong 0.
    tensor = tensor_peak(call) if device.name == "cpu" else None
    return MemoryReading(tensor, resident_peak(call, device))


def tensor_peak(call: Call) -> int | None:
    """Peak bytes of CPU tensors that one ``call`` allocates above what was live, exactly.

    torch's CPU allocator reports every allocation and release to the profiler; the peak is the highest point of their
    running sum in time order. The profiler's own tables sum the allocations of each operator instead, which is up to
    twelve times too much. A Python number among an operator's operands becomes a scalar tensor of up to 16 bytes.

    Args:
        call: What is measured; made once.

    Returns:
        Bytes; ``None`` when torch was built without the profiler (Kineto). Scratch inside operators is in it, and some
        kernels take some for each thread, so the number can depend on the thread count. Not in it: what threads that
        the call starts itself allocate, and memory of libraries that do not use torch's allocator.
    """
    import torch.profiler
    from torch.autograd import profiler

    if not torch.profiler.kineto_available():
        return None
    # Without this, some releases of Kineto print two lines to stderr each time; read when the profiler first starts.
    os.environ.setdefault("KINETO_LOG_LEVEL", "6")
    with profiler.profile(profile_memory=True) as profile:
        # The result must die inside, or its release would be charged to whoever comes next.
        call()
    results: Any = profile.kineto_results
    steps = [(event.start_ns(), event.nbytes()) for event in results.events() if event.name() == "[memory]"]
    # Sorting is stable: events of the same nanosecond keep the order in which they were recorded.
    return running_peak(nbytes for _, nbytes in sorted(steps, key=lambda step: step[0]))


def running_peak(changes: Iterable[int]) -> int:
    """Highest value of the running sum of ``changes`` (bytes, releases negative), never below 0."""
    return max(accumulate(changes, initial=0))


def resident_peak(call: Call, device: Device) -> int | None:
    """Peak resident bytes during one ``call`` above those before it.

    On Linux free memory is handed back first (``malloc_trim``) and the kernel's high-water mark is reset, so that the
    peak is this call's. Elsewhere the process's lifetime peak is read before and after: an increase is a lower bound,
    and no increase says nothing (``None``).

    Args:
        call: What is measured; made once.
        device: Where it runs; drained before the peak is read.
    """
    trim_heap()
    before = _status("VmRSS")
    if before is not None and _reset_high_water():
        before = _status("VmRSS") or before
        call()
        device.synchronize()
        peak = _status("VmHWM")
        return None if peak is None else max(0, peak - before)
    lifetime = _lifetime_peak()
    call()
    device.synchronize()
    after = _lifetime_peak()
    if lifetime is None or after is None or after <= lifetime:
        return None
    return after - lifetime


def trim_heap() -> bool:
    """Hand freed heap memory back to the operating system; ``False`` where the C library has no ``malloc_trim``."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return False
    return True


def _status(key: str) -> int | None:
    """Bytes of a ``kB`` line in ``/proc/self/status``."""
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith(key + ":"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _reset_high_water() -> bool:
    """Set VmHWM back to VmRSS; needs a kernel with ``CONFIG_PROC_PAGE_MONITOR``, which some containers hide."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        return False
    return True


def _lifetime_peak() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
