"""What is set before the interpreter of a case starts (rule 11)."""

from __future__ import annotations

import os

from bench.suite.model import Environment

# With glibc's defaults a block above 128 KiB (growing to 32 MiB) is mapped and unmapped at each use, and every page of
# it is faulted in again. These keep what was freed inside the process instead.
_RETAIN = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(64 << 30), "MALLOC_TOP_PAD_": str(16 << 20)}

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")

_OPENMP = {
    "passive": {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"},
    "active": {"OMP_WAIT_POLICY": "ACTIVE"},
}

#: Variables a suite declares; what the user's shell holds for them must not leak into a case.
_OWNED = (*_THREADS, *_RETAIN, "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME", "MALLOC_ARENA_MAX")

#: Variables that tell Python, or tools, where the present installation is.
_PRESENT = ("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "PYTHONHOME", "PYTHONPATH", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__")


def declared_variables(environment: Environment) -> dict[str, str]:
    """The variables that stand for a declared environment."""
    variables = {name: str(environment.threads) for name in _THREADS}
    variables |= _OPENMP[environment.openmp]
    if environment.allocator == "retain":
        variables |= _RETAIN
    return variables


def foreign_variables(python: str) -> dict[str, str]:
    """The user's variables for another installation than the present one, with the programs beside ``python`` first."""
    kept = {name: value for name, value in os.environ.items() if name not in _PRESENT}
    return {**kept, "PATH": os.pathsep.join([os.path.dirname(python), kept.get("PATH") or os.defpath])}


def process_environment(environment: Environment, python: str | None = None) -> dict[str, str]:
    """The whole environment of a case's process: the user's, with everything a suite declares replaced.

    ``python`` is the interpreter of another installation; nothing that belongs to the present one is then inherited.
    """
    users = dict(os.environ) if python is None else foreign_variables(python)
    inherited = {name: value for name, value in users.items() if name not in _OWNED}
    return {
        **inherited,
        **declared_variables(environment),
        # Asking for a CUDA device must not initialise CUDA in the fork server: its children could not use it then.
        "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
        # A case that compiles does so alone; a pool of compiler processes would run beside the measurements.
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
        "PYTHONHASHSEED": "0",
    }
