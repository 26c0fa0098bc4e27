"""The meters against answers known beforehand: what ``bench doctor`` runs before it trusts them on a machine.

Each check is one small function. None of them needs the repository, and all of them together take a few seconds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.meters.clock import calibrate, sample
from bench.meters.device import CpuDevice, Device, open_device
from bench.meters.error import compare
from bench.meters.memory import measure_memory

MIB = 1 << 20


@dataclass(frozen=True)
class Check:
    """One known answer and what the meter read.

    Attributes:
        name: What was checked, in words.
        expected: The known answer, in ``unit``.
        measured: The meter's reading; ``None`` when there was none, and ``note`` says why.
        unit: ``s``, ``B``, ``FLOP`` or ``1``.
        tolerance: Largest relative difference that passes; 0 asks for equality, ``None`` for "at most ``expected``".
        ok: Whether it passes.
        note: What to know when it does not; may be empty.
    """

    name: str
    expected: float
    measured: float | None
    unit: str
    tolerance: float | None
    ok: bool
    note: str = ""


def check(
    name: str, expected: float, measured: float | None, unit: str, tolerance: float | None, note: str = ""
) -> Check:
    """Judge a reading, see :class:`Check`."""
    if measured is None or math.isnan(measured):
        ok = False
    elif tolerance is None:
        ok = measured <= expected
    else:
        ok = abs(measured - expected) <= tolerance * abs(expected)
    return Check(name, expected, measured, unit, tolerance, ok, note)


def run_selftests(device_name: str = "cpu") -> list[Check]:
    """Run every check that the device allows; on a GPU those of the host's clock come first.

    Args:
        device_name: As for :func:`bench.meters.device.open_device`, which also says what it raises.

    Returns:
        The checks in order. A meter that raises is a check that fails, with the error as its note.
    """
    device = open_device(device_name)
    host = CpuDevice()
    checks: list[tuple[str, Callable[[], Check]]] = [
        ("sleep", lambda: check_sleep(host)),
        ("clock", lambda: check_resolution(device)),
        ("empty call", lambda: check_empty_call(host)),
        ("resident memory", check_resident_bytes),
        ("FLOPs of a matrix product", lambda: check_matmul_flops(device)),
        ("FLOPs of fused attention", lambda: check_attention_flops(device)),
        ("error", check_error),
        ("twice the work", lambda: check_twice_the_work(device)),
    ]
    if device.name != "mps":  # torch counts no allocations there
        checks.insert(3, ("tensor memory", lambda: check_tensor_bytes(device)))
    if device.name == "cuda":
        checks.insert(1, ("spin", lambda: check_spin(device)))
    return [_guarded(name, each) for name, each in checks]


def _guarded(name: str, each: Callable[[], Check]) -> Check:
    try:
        return each()
    except Exception as error:  # whatever a meter raises here is the finding
        return Check(name, math.nan, None, "", None, False, f"{type(error).__name__}: {error}")


def check_sleep(device: Device, seconds: float = 0.05) -> Check:
    """A sleep of known length by the clock: the shortest of five, since a sleep may be longer but never shorter."""
    measured = min(device.elapsed(lambda: time.sleep(seconds), 1) for _ in range(5))
    return check(f"a sleep of {seconds * 1000:.0f} ms", seconds, measured, "s", 0.05, "a late wake-up means other load")


def check_spin(device: Device, seconds: float = 0.05) -> Check:
    """A spin of known cycles by the device's own clock; where its rate is unknown, twice the cycles against once."""
    expected = device.spin(seconds)
    device.synchronize()
    if expected is not None:
        measured = median(device.elapsed(lambda: device.spin(seconds), 1) for _ in range(5))
        return check("a spin of known cycles on the device", expected, measured, "s", 0.1, "the clock may have moved")
    once = median(device.elapsed(lambda: device.spin(seconds), 1) for _ in range(5))
    twice = median(device.elapsed(lambda: device.spin(2 * seconds), 1) for _ in range(5))
    note = "the device's clock cannot be read, so only the ratio is checked"
    return check("twice the cycles of a spin on the device", 2.0, twice / once, "1", 0.03, note)


def check_resolution(device: Device) -> Check:
    """The clock's smallest step is a microsecond at most."""
    return check(
        "smallest step of the clock", 1e-6, device.resolution_s(), "s", None, "samples are made longer to match"
    )


def check_empty_call(device: Device) -> Check:
    """What the timing loop itself adds to each call: below a microsecond."""
    measured = min(sample(_nothing, device, 10_000) for _ in range(5))
    return check("an empty call", 1e-6, measured, "s", None, "added to each call of a sample; it is not subtracted")


def _nothing() -> None:
    pass


def check_tensor_bytes(device: Device, size: int = 64 * MIB) -> Check:
    """A buffer of known size by the meter of tensors, to the byte."""
    import torch

    reading = measure_memory(lambda: torch.empty(size, dtype=torch.uint8, device=device.name), device)
    note = "" if reading.tensor_peak is not None else f"torch counts no allocations on {device.name} in this build"
    return check(f"a buffer of {size // MIB} MiB, as tensors", size, reading.tensor_peak, "B", 0.0, note)


def check_resident_bytes(size: int = 256 * MIB) -> Check:
    """A buffer of known size, written to, by the meter of resident memory, within 2 %."""
    import torch

    reading = measure_memory(lambda: torch.ones(size, dtype=torch.uint8), CpuDevice())
    note = "" if reading.resident_peak is not None else "the system hides this process's high-water mark"
    return check(f"a buffer of {size // MIB} MiB, resident", size, reading.resident_peak, "B", 0.02, note)


def check_matmul_flops(device: Device) -> Check:
    """A matrix product of known FLOPs: (64, 96) by (96, 128) is 2·64·96·128."""
    import torch

    from bench.meters.flops import count_call

    a, b = torch.ones(64, 96, device=device.name), torch.ones(96, 128, device=device.name)
    counted = count_call(lambda: a @ b).total
    return check("FLOPs of a matrix product", 2 * 64 * 96 * 128, float(counted), "FLOP", 0.0)


def check_attention_flops(device: Device) -> Check:
    """Fused attention of known FLOPs: two products of 2·heads·n²·d; public counters give 0 for it on a CPU."""
    import torch

    from bench.meters.flops import count_call

    q = torch.ones(1, 2, 128, 32, device=device.name)
    counted = count_call(lambda: torch.nn.functional.scaled_dot_product_attention(q, q, q)).total
    return check("FLOPs of fused attention", 4 * 2 * 128 * 128 * 32, float(counted), "FLOP", 0.0)


def check_error() -> Check:
    """A known perturbation: all elements off by one part in 1024 is a relative error of 2^-10."""
    import torch

    reference = torch.full((1000,), 3.0, dtype=torch.float64)
    found = compare({"output": (reference * (1 + 2**-10)).float()}, {"output": reference})["output"]
    return check("relative error of a known perturbation", 2**-10, found["rel_l2"], "1", 1e-9)


def check_twice_the_work(device: Device, turns: int = 25, size: int = 384) -> Check:
    """A matrix product made twice takes 2.00 times as long as made once, measured in turns, by the median ratio."""
    import torch

    a = torch.ones(size, size, device=device.name)

    def once() -> None:
        torch.mm(a, a)

    def twice() -> None:
        torch.mm(a, a)
        torch.mm(a, a)

    for call in (once, twice):
        device.elapsed(call, 3)
    calls = calibrate(once, device, 0.01)
    ratios = []
    for turn in range(turns):
        # Each goes first in turn, so that a drift of the clock does not favour one of them.
        pair = (once, twice) if turn % 2 else (twice, once)
        seconds = {call: sample(call, device, calls) for call in pair}
        ratios.append(seconds[twice] / seconds[once])
    return check("the same work twice against once", 2.0, median(ratios), "1", 0.03, "off by more means other load")
