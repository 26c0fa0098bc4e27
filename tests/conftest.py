"""What all tests share: one thread, the markers, and a way to run the command as a user does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# A shell that starts tests in the background has them ignore Ctrl-C, and so would every command they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Before anything imports torch: two threads of every process of a test run would wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parents[1]

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--slow"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="slow: runs with --slow"))
    gpu = [item for item in items if item.get_closest_marker("gpu")]
    if gpu:
        import torch

        if not torch.cuda.is_available():
            for item in gpu:
                item.add_marker(pytest.mark.skip(reason="no CUDA device"))


def bench_in(folder: Path, *words: str, timeout: float = 240.0, **environment: str) -> subprocess.CompletedProcess[str]:
    """``bench`` with these words, started in a folder, in a process of its own; its exit code, stdout and stderr."""
    return subprocess.run(
        [sys.executable, "-m", "bench", *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=timeout,
        check=False,
    )


@pytest.fixture
def bench() -> Command:
    """``bench("run", "attention", …)``, in the root unless ``cwd`` names another folder."""

    def run(*words: str, cwd: Path = ROOT, timeout: float = 240.0) -> subprocess.CompletedProcess[str]:
        return bench_in(cwd, *words, timeout=timeout)

    return run
