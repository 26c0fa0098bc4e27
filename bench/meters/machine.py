"""The machine a run was made on, as a plain dict for the run's record.

Nothing here imports torch, and no value is a guess: what cannot be read is ``None``. The software and the source tree
are described in :mod:`bench.meters.software`; its two functions can be had from here too.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from pathlib import Path
from typing import Any

from bench.meters.software import describe_git as describe_git
from bench.meters.software import describe_software as describe_software
from bench.meters.software import run

#: CPU flags that decide which kernels a library takes: vector width, and matrix units or arithmetic per dtype.
FLAGS = (
    "avx2", "fma", "f16c", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "amx_int8",
    "amx_fp16", "asimd", "asimdhp", "fphp", "bf16", "i8mm", "sve", "sve2", "sme",
)  # fmt: skip

_CPU = Path("/sys/devices/system/cpu")


def describe_machine() -> dict[str, Any]:
    """Describe the machine without importing torch: processor, caches, memory, clock policy, limits, GPUs, system."""
    return {
        "host": platform.node(),
        "system": platform.system(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "libc": " ".join(platform.libc_ver()).strip() or None,
        "cpu": describe_cpu(),
        "memory_bytes": _memory_bytes(),
        "container": _container(),
        "limits": cgroup_limits(),
        "virtual": _virtual(),
        "gpus": gpus(),
    }


def describe_cpu() -> dict[str, Any]:
    """Model, cores, flags out of :data:`FLAGS`, caches in bytes, governor, turbo and hyper-threading."""
    info = _cpuinfo()
    words = set((info.get("flags") or info.get("Features") or "").split())
    return {
        "model": info.get("model name") or _sysctl("machdep.cpu.brand_string") or platform.processor() or None,
        "cores": os.cpu_count(),
        "usable_cores": usable_cores(),
        "flags": [flag for flag in FLAGS if flag in words],
        "l2_bytes": _cache(2),
        "l3_bytes": _cache(3),
        "governor": governor(),
        "turbo": turbo(),
        "smt": smt(),
        "max_mhz": _mhz("cpu0/cpufreq/cpuinfo_max_freq"),
    }


def usable_cores() -> int:
    """Processors this process may run on; fewer than the machine has where an affinity mask says so."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def governor() -> str | None:
    """The frequency governor of the first core, such as ``performance``; ``None`` in most virtual machines."""
    return _read(_CPU / "cpu0/cpufreq/scaling_governor")


def turbo() -> bool | None:
    """Whether cores may run above their rated clock; ``None`` where Linux does not say."""
    no_turbo = _read(_CPU / "intel_pstate/no_turbo")
    if no_turbo is not None:
        return no_turbo == "0"
    boost = _read(_CPU / "cpufreq/boost")
    return None if boost is None else boost == "1"


def smt() -> bool | None:
    """Whether two threads share a core (hyper-threading); ``None`` where Linux does not say."""
    active = _read(_CPU / "smt/active")
    return None if active is None else active == "1"


def cgroup_limits(root: Path = Path("/sys/fs/cgroup")) -> dict[str, float | None]:
    """Limits a container sets: processors (a fraction is possible) and memory in bytes; ``None`` means no limit."""
    cores = memory = None
    quota = (_read(root / "cpu.max") or "").split()  # version 2: "200000 100000" or "max 100000"
    if len(quota) == 2 and quota[0] != "max":
        cores = int(quota[0]) / int(quota[1])
    else:  # version 1
        share, period = _read(root / "cpu/cpu.cfs_quota_us"), _read(root / "cpu/cpu.cfs_period_us")
        if share and period and int(share) > 0:
            cores = int(share) / int(period)
    limit = _read(root / "memory.max") or _read(root / "memory/memory.limit_in_bytes")
    if limit and limit != "max" and int(limit) < 1 << 60:  # version 1 writes "no limit" as a number near 2**63
        memory = float(limit)
    return {"cores": cores, "memory_bytes": memory}


def gpus() -> list[dict[str, str]]:
    """NVIDIA GPUs by ``nvidia-smi``, without touching CUDA; an empty list where there is none or no such tool.

    Each has name, memory_mib, driver, power_limit_w, max_clock_mhz and persistence as text, and throttle (a bit mask,
    hexadecimal) where the driver says it.
    """
    fields = {
        "name": "name",
        "memory_mib": "memory.total",
        "driver": "driver_version",
        "power_limit_w": "power.limit",
        "max_clock_mhz": "clocks.max.sm",
        "persistence": "persistence_mode",
    }
    found = [dict(zip(fields, row, strict=False)) for row in _nvidia_smi(*fields.values())]
    # Newer drivers renamed the field; a name that a driver does not know fails the whole query, so it is asked alone.
    reasons = _nvidia_smi("clocks_event_reasons.active") or _nvidia_smi("clocks_throttle_reasons.active")
    for gpu, row in zip(found, reasons, strict=False):
        gpu["throttle"] = row[0]
    return found


def _nvidia_smi(*fields: str) -> list[list[str]]:
    """One row of values a GPU; nothing where there is no such tool or it fails."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    out = run([tool, f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"])
    return [[value.strip() for value in line.split(",")] for line in (out or "").splitlines() if line.strip()]


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None


def _cpuinfo() -> dict[str, str]:
    """Keys and values of the first processor in ``/proc/cpuinfo``."""
    text = (_read(Path("/proc/cpuinfo")) or "").split("\n\n", 1)[0]
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def _cache(level: int, root: Path = _CPU / "cpu0/cache") -> int | None:
    """Bytes of the first core's cache of that level (one instance)."""
    units = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    for index in sorted(root.glob("index*")):
        size = _read(index / "size")
        if _read(index / "level") == str(level) and _read(index / "type") != "Instruction" and size:
            return int(size[:-1]) * units[size[-1]] if size[-1] in units else int(size)
    return None


def _mhz(path: str) -> float | None:
    text = _read(_CPU / path)
    return int(text) / 1000 if text else None


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def _sysctl(name: str) -> str | None:
    return (run(["sysctl", "-n", name]) or "").strip() or None if sys.platform == "darwin" else None


def _container() -> str | None:
    for file, name in (("/.dockerenv", "docker"), ("/run/.containerenv", "podman")):
        if Path(file).exists():
            return name
    return "kubernetes" if "KUBERNETES_SERVICE_HOST" in os.environ else None


def _virtual() -> bool | None:
    words = _cpuinfo().get("flags")
    return None if words is None else "hypervisor" in words.split()
