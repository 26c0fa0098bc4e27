"""The process of one case: it answers questions on its channel, one at a time, until the channel closes.

Every question is a dict with ``do`` and arguments; every answer a dict. A fault is an answer too, with ``status`` and
``reason``, after which the process ends.
"""

from __future__ import annotations

import resource
import sys
import time
from multiprocessing.connection import Connection
from typing import Any

import torch

from bench.meters import clock, error, machine, memory, noise
from bench.meters.device import Device, open_device, resolve_device
from bench.meters.examine import dtype_speeds
from bench.meters.filler import Batch, slowed
from bench.meters.flops import FlopCount, count_call, trace_flops
from bench.runner.loading import call_workload, load_workload
from bench.workloads.protocol import Prepared, Task, Unsupported

_REASON_LENGTH = 500

#: What a task states by formula, before anything is allocated.
FORMULAS = (
    "tolerance",
    "flops",
    "flops_causal",
    "traffic_bytes",
    "peak_bytes",
    "peak_exact",
    "input_bytes",
    "convention",
)


class _Worker:
    """State of the case: its task, its inputs once prepared, its device."""

    def __init__(self) -> None:
        self.device: Device | None = None
        self.task: Task | None = None
        self.prepared: Prepared | None = None
        self.calls = 1
        self.inject = 0.0
        self.batch: Batch | None = None

    # -- questions -----------------------------------------------------------------------------------------------------

    def do_open(
        self,
        workload: str,
        folder: str,
        params: dict[str, Any],
        device: str,
        seed: int,
        threads: int,
        memory_limit: int | None = None,
        inject: float = 0.0,
    ) -> dict[str, Any]:
        """Call the workload (cheap: formulas only)."""
        torch.set_num_threads(threads)
        if memory_limit is not None and device == "cpu":
            _limit_memory(memory_limit)
        self.device = open_device(device)
        self.inject = inject
        self.task = call_workload(load_workload(workload, folder), params, device, seed)
        return {}

    def do_formulas(
        self, workload: str, folder: str, cases: list[dict[str, Any]], device: str, seed: int
    ) -> dict[str, Any]:
        """What each of several cases costs by its own formulas, or the status and reason of its refusal."""
        function = load_workload(workload, folder)
        found: list[dict[str, Any]] = []
        for params in cases:
            try:
                task = call_workload(function, params, device, seed)
            except Exception as fault:
                status, reason = classify(fault)
                found.append({"failed": [status, reason]})
            else:
                found.append({name: getattr(task, name) for name in FORMULAS})
        return {"formulas": found}

    def do_describe(self, device: str) -> dict[str, Any]:
        """The device this process resolves a name to, and the software it sees."""
        name = resolve_device(device)
        return {"device": name, "details": open_device(name).describe(), "software": machine.describe_software()}

    def do_speed(self) -> dict[str, Any]:
        """How fast this machine multiplies matrices, for estimates."""
        return {"flops_per_second": dtype_speeds(open_device("cpu"))["float32"]}

    def do_prepare(self) -> dict[str, Any]:
        """Allocate the inputs."""
        assert self.task is not None
        self.prepared = self.task.prepare()
        return {"facts": dict(self.prepared.facts)}

    def do_check(self) -> dict[str, Any]:
        """Compare the answer with the float64 reference: errors by tensor, or none where there is no reference."""
        prepared = self._ready()
        if prepared.answer is None or prepared.reference is None:
            return {"errors": None}
        return {"errors": error.compare(prepared.answer(), prepared.reference())}

    def do_outcome(self) -> dict[str, Any]:
        """The workload's own numbers by name."""
        prepared = self._ready()
        if prepared.outcome is None:
            raise Unsupported("the workload gives no outcome")
        return {
            "outcome": {
                name: {"values": [float(value) for value in found.values], "unit": found.unit, "log": found.log}
                for name, found in prepared.outcome().items()
            }
        }

    def do_flops(self) -> dict[str, Any]:
        """Count one call by dispatch, and trace the forward pass by fvcore where the call is only that."""
        prepared = self._ready()
        started = time.perf_counter()
        dispatch = _count(count_call(prepared.call))
        seconds = time.perf_counter() - started
        if prepared.forward is None:
            return {"dispatch": dispatch, "fvcore": None, "seconds": seconds}
        try:
            traced: dict[str, Any] = _count(trace_flops(prepared.forward, prepared.inputs))
        except Exception as fault:  # a tracer that gives up must not cost the case its other numbers
            traced = {"failed": f"{type(fault).__name__}: {fault}"[:_REASON_LENGTH]}
        return {"dispatch": dispatch, "fvcore": traced, "seconds": seconds}

    def do_memory(self) -> dict[str, Any]:
        """Peak bytes of one call, by every meter the device has."""
        prepared = self._ready()
        assert self.device is not None
        reading = memory.measure_memory(prepared.call, self.device)
        return {
            "tensor_peak": reading.tensor_peak,
            "resident_peak": reading.resident_peak,
            "allocated_peak": reading.allocated_peak,
            "reserved_peak": reading.reserved_peak,
        }

    def do_warm(self, most_s: float, sample_s: float, calls: int | None = None) -> dict[str, Any]:
        """Call until the time per call is steady, then choose how many calls make one sample.

        ``calls`` is what was settled for the case. It is kept, unless samples would be far too short: it was found in
        a process that was much slower.
        """
        prepared = self._ready()
        assert self.device is not None
        warm = clock.warm_up(prepared.call, self.device, most_s)
        # After a single call nothing is known yet; one that long needs no batch, and no second call to find that out.
        known = warm.per_call_s if warm.per_call_s is not None else warm.first_call_s
        if calls is None or calls * known < clock.least_sample(self.device, sample_s) / 2:
            calls = clock.calibrate(prepared.call, self.device, sample_s, known)
        return {
            "calls": calls,
            "per_call_s": known,
            "warmup_calls": warm.calls,
            "warmup_s": warm.seconds,
            "first_call_s": warm.first_call_s,
            "steady": warm.steady,
        }

    def do_batch(self, calls: int, units: int | None) -> dict[str, Any]:
        """Make the batch that is timed: so many calls and, where work is injected, so many pieces of it."""
        prepared = self._ready()
        assert self.device is not None
        self.calls = calls
        if self.inject:
            self.batch = slowed(prepared.call, calls, self.device, self.inject, units)
        return {"units": None if self.batch is None else self.batch.units, "noise": noise.readings()}

    def do_sample(self) -> dict[str, Any]:
        """One sample: seconds per call of one timed batch."""
        prepared = self._ready()
        assert self.device is not None
        self.device.flush()
        if self.batch is None:
            seconds = clock.sample(prepared.call, self.device, self.calls)
        else:
            seconds = clock.sample(self.batch, self.device, 1) / self.calls
        return {"seconds": seconds, "clock_mhz": self.device.clock_mhz()}

    def do_close(self) -> dict[str, Any]:
        """Last readings before the process ends."""
        return {"noise": noise.readings()}

    def _ready(self) -> Prepared:
        if self.prepared is None:
            raise RuntimeError("the case was not prepared")
        return self.prepared


def serve_case(channel: int) -> None:
    """Answer questions on the channel until the other end closes it."""
    connection = Connection(channel)
    worker = _Worker()
    while True:
        try:
            question = connection.recv()
        except EOFError:
            return
        do = question.pop("do")
        try:
            answer = getattr(worker, f"do_{do}")(**question)
        except Exception as fault:
            status, reason = classify(fault)
            connection.send({"status": status, "reason": reason})
            return
        connection.send(answer)


def classify(fault: Exception) -> tuple[str, str]:
    """Status and reason of a fault raised by a case."""
    text = (str(fault).strip().splitlines() or [""])[0]
    if isinstance(fault, Unsupported):
        return "unsupported", str(fault)
    if isinstance(fault, torch.OutOfMemoryError):
        return "oom_device", text[:_REASON_LENGTH]
    # torch's CPU allocator raises a plain RuntimeError with this text.
    if isinstance(fault, MemoryError) or "DefaultCPUAllocator: can't allocate memory" in str(fault):
        return "oom_host", (text or "out of memory")[:_REASON_LENGTH]
    return "error", f"{type(fault).__name__}: {text}"[:_REASON_LENGTH]


def _limit_memory(more: int) -> None:
    """Let this process map at most ``more`` bytes beyond what it has, so that it fails before the machine does."""
    try:
        with open("/proc/self/statm") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (mapped + more, hard))


def _count(count: FlopCount) -> dict[str, Any]:
    """What of a count goes into a row."""
    return {
        "total": float(count.total),
        "uncounted": {str(name): int(calls) for name, calls in count.uncounted.items()},
        "convention": count.convention,
    }


if sys.platform == "win32":  # pragma: no cover
    raise ImportError("the runner needs fork: Linux or macOS")
