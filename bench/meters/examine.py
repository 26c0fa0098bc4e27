"""What about this machine would spoil measurements, and what to do about it: the second half of ``bench doctor``.

Each finding is judged by a small function of plain values, so that it can be tested without such a machine.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bench.meters import machine, noise
from bench.meters.clock import calibrate, sample
from bench.meters.device import Device, open_device

#: A dtype slower than this share of float32 has no fast path worth the name.
SLOW_SHARE = 0.25

#: Bits of NVML's clock event reasons that mean "slowed down against its will".
THROTTLE_BITS = {
    0x4: "software power cap",
    0x8: "hardware slowdown",
    0x20: "software thermal slowdown",
    0x40: "hardware thermal slowdown",
    0x80: "hardware power brake",
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        level: ``ok``, ``warn`` (numbers will scatter or need care) or ``bad`` (numbers will be wrong).
        what: What was looked at, in a few words.
        detail: What was found.
        remedy: What to do about it; empty when nothing.
    """

    level: Literal["ok", "warn", "bad"]
    what: str
    detail: str
    remedy: str = ""


def examine(device_name: str = "cpu") -> list[Finding]:
    """Look at everything that decides how far measurements on this machine can be trusted; takes a few seconds.

    Args:
        device_name: As for :func:`bench.meters.device.open_device`, which also says what it raises.

    Returns:
        Findings in the order of a reader's interest: processor, load, threads, allocator, dtypes, readers, GPUs.
    """
    # First, so that the load of the probes below is not taken for somebody else's.
    now = noise.readings()
    device = open_device(device_name)
    cores = machine.usable_cores()
    findings = [
        governor_finding(machine.governor()),
        turbo_finding(machine.turbo()),
        smt_finding(machine.smt()),
        load_finding(now.load, now.cpu_pressure, cores),
        threads_finding(os.environ, cores, machine.cgroup_limits()["cores"]),
        allocator_finding(platform.libc_ver()[0]),
        readers_finding(now),
    ]
    findings += dtype_findings(dtype_speeds(device))
    for gpu in machine.gpus():
        findings += gpu_findings(gpu)
    return findings


def governor_finding(governor: str | None) -> Finding:
    """Judge a frequency governor; ``None`` where there is none to see."""
    if governor is None:
        return Finding("ok", "frequency governor", "not visible (usual in a virtual machine)")
    if governor == "performance":
        return Finding("ok", "frequency governor", governor)
    remedy = "sudo cpupower frequency-set -g performance"
    return Finding(
        "warn", "frequency governor", f"{governor}: the clock follows the load, so short calls read slow", remedy
    )


def turbo_finding(turbo: bool | None) -> Finding:
    """Judge turbo: times then depend on temperature and on what the other cores do."""
    if turbo is None:
        return Finding("ok", "turbo", "not visible (usual in a virtual machine)")
    if not turbo:
        return Finding("ok", "turbo", "off")
    remedy = "for absolute times: echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo (or cpufreq/boost 0)"
    return Finding("warn", "turbo", "on: times follow temperature; ratios within a group are safe", remedy)


def smt_finding(smt: bool | None) -> Finding:
    """Judge hyper-threading: a neighbour on the same core takes up to half of it."""
    if smt:
        remedy = "leave the sibling threads idle, or echo off | sudo tee /sys/devices/system/cpu/smt/control"
        return Finding("warn", "hyper-threading", "on: two threads share each core", remedy)
    return Finding("ok", "hyper-threading", "not visible" if smt is None else "off")


def load_finding(load: float | None, pressure: float | None, cores: int) -> Finding:
    """Judge other load: load average of the last minute and CPU pressure of the last 10 s in per cent."""
    parts = [] if load is None else [f"load {load:.1f} on {cores} cores"]
    parts += [] if pressure is None else [f"tasks waited for a processor {pressure:.0f} % of the last 10 s"]
    if not parts:
        return Finding("warn", "other load", "cannot be read here", "look at a process monitor before a long run")
    detail = ", ".join(parts)
    remedy = "stop other work; wait a minute and ask again"
    if (load or 0) > cores or (pressure or 0) > 50:
        return Finding("bad", "other load", detail, remedy)
    if (load or 0) > 0.5 * cores or (pressure or 0) > 10:
        return Finding("warn", "other load", detail, remedy)
    return Finding("ok", "other load", detail)


def threads_finding(environment: Mapping[str, str], cores: int, limit: float | None) -> Finding:
    """Judge the OpenMP settings of the shell; a suite's own settings override them in a run."""
    allowed = min(cores, limit) if limit else cores
    threads = environment.get("OMP_NUM_THREADS", "")
    policy = environment.get("OMP_WAIT_POLICY", "")
    detail = f"OMP_NUM_THREADS={threads or 'unset'}, OMP_WAIT_POLICY={policy or 'unset'}, {allowed:g} cores usable"
    if threads.isdigit() and int(threads) > allowed:
        remedy = f"set threads to {max(1, int(allowed))} or fewer in the suite"
        return Finding("bad", "threads", f"{detail}: more threads than cores wait for each other", remedy)
    if limit and limit < cores and not threads:
        remedy = f"set threads to {max(1, int(limit))} or fewer in the suite"
        return Finding("warn", "threads", f"{detail}: the container's limit is below the cores torch sees", remedy)
    if policy.lower() == "active" and allowed > 1:
        return Finding("warn", "threads", f"{detail}: spinning threads are off by 10x beside other load", "use passive")
    return Finding("ok", "threads", detail)


def allocator_finding(libc: str) -> Finding:
    """Say whether the ``retain`` allocator regime exists here."""
    if libc == "glibc":
        return Finding("ok", "allocator regimes", "default and retain (glibc)")
    detail = f"default only: retain needs glibc, this is {libc or 'not glibc'}"
    return Finding("warn", "allocator regimes", detail, "leave allocator = 'retain' out of suites run here")


def readers_finding(now: noise.Noise) -> Finding:
    """Say which readings of noise this system lacks; rows are then flagged by fewer signs."""
    missing = [
        words
        for words, value in (
            ("CPU pressure", now.cpu_pressure),
            ("involuntary switches", now.involuntary_switches),
            ("time waited for a processor", now.waited_s),
            ("load", now.load),
        )
        if value is None
    ]
    if missing:
        return Finding("warn", "noise readers", "missing: " + ", ".join(missing), "judge noise by median/min")
    return Finding("ok", "noise readers", "all there")


def dtype_speeds(device: Device, size: int = 256) -> dict[str, float]:
    """FLOP/s of a square matrix product in float32, bfloat16 and float16: best of five samples."""
    import torch

    found = {}
    for name in ("float32", "bfloat16", "float16"):
        a = torch.ones(size, size, device=device.name).to(getattr(torch, name))
        call = _product(a)
        device.elapsed(call, 1)
        calls = calibrate(call, device, 0.005)
        found[name] = 2 * size**3 / min(sample(call, device, calls) for _ in range(5))
    return found


def _product(a: Any) -> Any:
    return lambda: a @ a


def dtype_findings(speeds: Mapping[str, float]) -> list[Finding]:
    """Judge each dtype by its matrix products against float32's (FLOP/s)."""
    findings = []
    for name, speed in speeds.items():
        share = speed / speeds["float32"]
        detail = f"{speed / 1e9:,.1f} GFLOP/s, {share:.3g} times float32"
        if share < SLOW_SHARE:
            remedy = f"keep {name} to short lengths here, or leave it out"
            findings.append(Finding("warn", f"{name} products", f"{detail}: no fast path", remedy))
        else:
            findings.append(Finding("ok", f"{name} products", detail))
    return findings


def gpu_findings(gpu: Mapping[str, str]) -> list[Finding]:
    """Judge a GPU as :func:`bench.meters.machine.gpus` describes it: slowed clocks and persistence mode."""
    name = gpu.get("name", "GPU")
    findings = []
    try:
        mask = int(gpu.get("throttle", ""), 16)
    except ValueError:
        findings.append(Finding("warn", f"{name} clocks", "the driver does not say whether they are slowed down"))
    else:
        reasons = [words for bit, words in THROTTLE_BITS.items() if mask & bit]
        if reasons:
            remedy = "cool it, raise the power limit, or lock the clocks (nvidia-smi -lgc)"
            findings.append(Finding("bad", f"{name} clocks", "slowed down: " + ", ".join(reasons), remedy))
        else:
            findings.append(Finding("ok", f"{name} clocks", "not slowed down"))
    if gpu.get("persistence", "").lower() == "disabled":
        findings.append(
            Finding("warn", f"{name} persistence", "off: first calls reload the driver", "nvidia-smi -pm 1")
        )
    return findings
