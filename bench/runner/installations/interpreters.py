"""What an interpreter is and has: of the present installation, and of one that the user names."""

from __future__ import annotations

import functools
import json
import os
import shutil
import site
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import shorten
from typing import Any

from bench.runner.environment import foreign_variables
from bench.runner.installations.cache import harness
from bench.runner.installations.commands import error_line, run
from bench.runner.installed import InstallationError, Installed, present_path
from bench.suite.model import Installation

#: The harness needs it, as pyproject.toml says.
LEAST_PYTHON = (3, 10)

_PROBE_S = 180.0

#: Characters of its words that a program is quoted with which is no interpreter.
_SAID = 80

# Old interpreters must be able to read it. Two lines: what it is, then what it has, so that a failing import tells the
# one from the other.
_PROBE = """
import json, sys
print(json.dumps({"python": ".".join(map(str, sys.version_info[:3])), "prefix": sys.prefix}))
sys.stdout.flush()
if sys.version_info >= (3, 10):
    import numpy, torch
    print(json.dumps({"torch": str(torch.__version__), "numpy": str(numpy.__version__)}))
"""


def probe(name: str, python: str, given: str) -> dict[str, Any]:
    """Version and prefix of an interpreter, and the versions of torch and NumPy that it imports.

    Raises :class:`InstallationError` about installation ``name``, which was asked for as ``given`` says.
    """
    done = run(name, [python, "-c", _PROBE], cwd="/", env=foreign_variables(python), timeout=_PROBE_S)
    answers = [found for line in done.stdout.splitlines() if isinstance(found := _answer(line), dict)]
    if not answers or "python" not in answers[0]:
        # A program that takes the probe for a file name repeats the whole of it.
        said = shorten(error_line(done), _SAID) if done.stdout.strip() or done.stderr.strip() else ""
        said = f"; it said: {said}" if said else ""
        raise InstallationError(name, f"{given}: {python} is no Python interpreter{said}")
    version = answers[0]["python"]
    if tuple(int(part) for part in version.split(".")[:2]) < LEAST_PYTHON:
        least = ".".join(map(str, LEAST_PYTHON))
        raise InstallationError(name, f"{given}: {python} is Python {version}; expected Python {least} or later")
    if len(answers) < 2 or done.returncode != 0:
        raise InstallationError(
            name, f"{given}: {python} cannot import torch and NumPy, which cases need: {error_line(done)}"
        )
    return answers[0] | answers[1]


def named_interpreter(installation: Installation, folder: Path) -> Installed:
    """The installation of an interpreter or virtual environment as it is; relative paths begin at the suite's folder.

    Nothing of the present installation is on its import path but the harness.
    """
    given = f"python = {installation.python!r}"
    python = _find(installation.name, str(installation.python), folder)
    found = probe(installation.name, python, given)
    record = {"kind": "python", "asked": installation.python, "executable": python, **found}
    return Installed(installation.name, python, (harness(),), str(folder), record=record)


def _find(name: str, text: str, folder: Path) -> str:
    """The interpreter that a path or the name of a program leads to; a link is kept, as it makes the environment."""
    place = os.path.abspath(folder / os.path.expanduser(text))
    if os.path.isdir(place):
        for program in ("bin/python", "bin/python3"):
            if os.path.exists(os.path.join(place, program)):
                return os.path.join(place, program)
        raise InstallationError(
            name, f"python = {text!r}: the folder {place} has no bin/python; expected a virtual environment"
        )
    program_there = shutil.which(text) if os.sep not in text else None
    if os.path.isfile(place):
        return place
    if program_there is not None:
        return program_there
    raise InstallationError(
        name,
        f"python = {text!r}: there is no {place}; expected a Python interpreter or the folder of a virtual environment",
    )


def site_folders() -> tuple[str, ...]:
    """The ``site-packages`` folders of the present interpreter, in the order of ``sys.path``."""
    known = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    known = [os.path.abspath(folder) for folder in known]
    return tuple(entry for entry in present_path() if entry in known)


@functools.cache
def _built_in() -> tuple[str, ...]:
    """What the present interpreter has on its path by itself, ``.pth`` files included."""
    code = "import json, sys; print(json.dumps([entry for entry in sys.path if entry]))"
    variables: Mapping[str, str] = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-c", code], cwd="/", env=variables, capture_output=True, text=True)
    found = _answer(done.stdout.splitlines()[-1]) if done.stdout.strip() else None
    return tuple(os.path.abspath(entry) for entry in found or ())


def added_path() -> tuple[str, ...]:
    """Entries of the present path that the interpreter does not have by itself: ``PYTHONPATH``, the current folder."""
    return tuple(entry for entry in present_path() if entry not in _built_in())


def _answer(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
