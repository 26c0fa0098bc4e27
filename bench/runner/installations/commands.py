"""Runs the programs that installations are made with, and finds the line of their output that says what went wrong."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.runner.installed import InstallationError


def run(
    name: str,
    command: Sequence[str],
    *,
    cwd: str | Path,
    env: Mapping[str, str],
    timeout: float | None = None,
    hold: Sequence[int] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return its output, whatever its exit status.

    ``hold`` are descriptors it inherits: locks that must not be free while it runs. Raises :class:`InstallationError`
    about installation ``name`` where it cannot be started or takes longer than ``timeout`` seconds.
    """
    try:
        return subprocess.run(
            list(command),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            pass_fds=tuple(hold),
            check=False,
        )
    except OSError as error:
        raise InstallationError(name, f"{command[0]} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise InstallationError(name, f"{command[0]} took longer than {timeout:g} s") from error


def error_line(done: subprocess.CompletedProcess[str]) -> str:
    """The line that says why a program failed: the last one marked as an error, else the last one there is.

    Where pip found requirements that exclude each other, its last line only says where to read on; then it is the line
    before, and what was requested.
    """
    lines = [line.strip() for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
    for mark in ("ERROR: ", "error: ", "fatal: "):
        marked = [line.removeprefix(mark) for line in lines if line.startswith(mark)]
        if len(marked) > 1 and marked[-1].startswith("ResolutionImpossible"):
            requested = [line for line in lines if line.startswith("The user requested")]
            return " ".join([marked[-2].removesuffix("."), *([f"({'; '.join(requested)})"] if requested else [])])
        if marked:
            return marked[-1]
    return lines[-1] if lines else f"exit status {done.returncode}"


def git_variables() -> dict[str, str]:
    """The user's variables without those that git sets for a hook: they would point it to another repository."""
    local = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX")
    return {name: value for name, value in os.environ.items() if name not in local} | {"GIT_TERMINAL_PROMPT": "0"}
