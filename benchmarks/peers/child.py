"""Runs the processes of the tools: in a quiet environment, with a deadline, and never left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from benchmarks.peers.compared import ToolFailed

#: Where the scripts lie that the tools run.
CHILDREN = Path(__file__).resolve().parent / "children"

#: All tools measure on one thread.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

_TAIL = 300


def python(*arguments: object) -> list[str]:
    """A command of this interpreter."""
    return [sys.executable, *map(str, arguments)]


def script(name: str, *arguments: object) -> list[str]:
    """A command that runs one of the scripts."""
    return python(CHILDREN / name, *arguments)


def run(
    command: Sequence[str], timeout_s: float, extra: Mapping[str, str] | None = None, accept: Sequence[int] = (0,)
) -> str:
    """Run a command to its end and return its output, standard error last.

    Args:
        command: Program and arguments.
        timeout_s: Seconds after which it is killed, with everything it started.
        extra: Further environment variables.
        accept: Exit codes that are answers.

    Raises:
        ToolFailed: On any other exit code, or the deadline.
    """
    process = subprocess.Popen(
        command,
        env={**os.environ, **ONE_THREAD, **(extra or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    shown = Path(command[0]).name + " " + " ".join(Path(part).name for part in command[1:3])
    try:
        output, errors = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise ToolFailed(f"{shown}: no end within {timeout_s:g} s") from None
    finally:
        # Also on Ctrl-C: what the tool started is in the same group and must not measure on.
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode not in accept:
        said = (errors.strip() or output.strip())[-_TAIL:]
        raise ToolFailed(f"{shown}: exit code {process.returncode}: {said}")
    return f"{output}\n{errors}"


def answer(command: Sequence[str], timeout_s: float) -> Any:
    """Run a command and return the JSON in the last line of its output that begins like it."""
    output = run(command, timeout_s)
    lines = [line for line in output.splitlines() if line.startswith(("{", "["))]
    for line in reversed(lines):
        with contextlib.suppress(json.JSONDecodeError):
            return json.loads(line)
    raise ToolFailed(f"{Path(command[1]).name}: no result in its output: {output.strip()[-_TAIL:]}")


def answer_line(command: Sequence[str], timeout_s: float) -> str:
    """Run a command and return the first line of its output."""
    return run(command, timeout_s).split("\n", 1)[0]


def package(name: str) -> str:
    """Version of an installed package. Raises :class:`ToolFailed` where it is missing."""
    try:
        return installed_version(name)
    except PackageNotFoundError:
        raise ToolFailed(f"the package {name} is not installed") from None
