"""The software and the source tree a run was made with, as plain dicts for the run's record.

Only :func:`describe_software` imports torch, and only when asked to. What cannot be read is ``None``.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

_PACKAGES = ("torch", "numpy", "pandas", "pyarrow", "scipy", "fvcore", "triton", "flash-linear-attention", "flash-attn")
_VARIABLES = re.compile(
    r"^(OMP_|MKL_|GOMP_|KMP_|OPENBLAS_|MALLOC_|GLIBC_TUNABLES|LD_PRELOAD|TORCH|PYTORCH_|CUDA_|THP_)"
)


def describe_software(*, with_torch: bool = True) -> dict[str, Any]:
    """Versions of Python, bench and what it measures with, torch's build, and variables that change results.

    Args:
        with_torch: Whether to import torch for its BLAS, OpenMP and CPU capability. Without it, versions only.
    """
    import bench

    found: dict[str, Any] = {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "compiler": platform.python_compiler(),
        "bench": bench.__version__,
        "packages": {name: version for name in _PACKAGES if (version := _version(name))},
        "environment": {name: os.environ[name] for name in sorted(os.environ) if _VARIABLES.match(name)},
    }
    if with_torch and _version("torch"):
        import torch

        found["torch"] = {
            **parse_torch_config(torch.__config__.show()),
            "version": torch.__version__,
            "git": torch.version.git_version,
            "cuda": torch.version.cuda,
            "capability": torch.backends.cpu.get_cpu_capability(),
            "threads": torch.get_num_threads(),
        }
    return found


def parse_torch_config(text: str) -> dict[str, str | None]:
    """Compiler, BLAS, oneDNN and OpenMP out of ``torch.__config__.show()``; ``None`` for what it does not name."""
    patterns = {
        "compiler": r"^\s*- (GCC \S+|clang \S+|MSVC \S+)",
        "blas": r"BLAS_INFO=(\w+)",
        "mkl": r"oneAPI Math Kernel Library Version (\S+)",
        "onednn": r"MKL-DNN v(\S+)",
        "openmp": r"OpenMP (\d+)",
    }
    found = {name: re.search(pattern, text, re.MULTILINE) for name, pattern in patterns.items()}
    return {name: match.group(1) if match else None for name, match in found.items()}


def describe_git(path: str | Path) -> dict[str, Any] | None:
    """Commit, branch and changed files of the tree that holds ``path``.

    Returns:
        ``{"commit", "branch", "dirty", "changed"}``: branch ``None`` on a detached head, ``changed`` the number of
        tracked files that differ; ``None`` without git, outside a tree, or before the first commit.
    """
    folder = Path(path)
    folder = folder if folder.is_dir() else folder.parent
    git = ["git", "-C", str(folder)]
    commit = run([*git, "rev-parse", "--verify", "HEAD"])
    if commit is None:
        return None
    status = run([*git, "status", "--porcelain", "--untracked-files=no"])
    changed = None if status is None else len(status.splitlines())
    branch = (run([*git, "symbolic-ref", "--short", "-q", "HEAD"]) or "").strip()
    return {
        "commit": commit.strip(),
        "branch": branch or None,
        "dirty": None if changed is None else changed > 0,
        "changed": changed,
    }


def run(command: list[str]) -> str | None:
    """Standard output of a command; ``None`` where it is absent, fails or takes over 20 s."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
