"""An installation that is ready to run cases: interpreter, import path, and where the workload's source lies."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.results.folder import FolderError
from bench.suite.model import HERE

# Not ``-m``: that puts the current folder before the import path of the installation, and with it perhaps the present
# sources before those of a revision.
_SERVE = """
import sys
if sys.path[:1] == [""]:
    del sys.path[0]
from bench.runner.server import main
main()
"""


class InstallationError(FolderError):
    """An installation that cannot be used; one line that names it, what was given and what was expected."""

    def __init__(self, name: str, text: str) -> None:
        """``name`` is its value on the ``installation`` axis."""
        super().__init__(f"installation {name!r}: {text}")
        self.name = name


@dataclass(frozen=True)
class Installed:
    """What it takes to start a fork server in an installation.

    Attributes:
        name: Its value on the ``installation`` axis.
        python: The interpreter.
        path: ``PYTHONPATH`` of its processes; the harness itself is in it, so that both sides are measured alike.
        folder: Where a workload that is a file lies.
        own_workloads: Folder that stands in for ``bench/workloads`` where a revision of this project is measured.
        hidden: Entries of ``sys.path`` its processes must not see: the present sources beside those of a revision.
        record: What ``run.json`` keeps of it: how it was asked for, interpreter, commit, packages.
    """

    name: str
    python: str
    path: tuple[str, ...]
    folder: str
    own_workloads: str | None = None
    hidden: tuple[str, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)


def present(folder: str) -> Installed:
    """The installation this process runs in; ``folder`` is the suite's own."""
    return Installed(HERE, sys.executable, present_path(), folder, record={"kind": "present"})


def present_path() -> tuple[str, ...]:
    """Where this process finds modules, the current folder first, as absolute paths."""
    entries = (os.getcwd(), *(os.path.abspath(entry) for entry in sys.path if entry))
    return tuple(dict.fromkeys(entries))


def python_path(installed: Installed) -> str:
    """Its ``PYTHONPATH``."""
    return os.pathsep.join(installed.path)


def server_command(installed: Installed, descriptor: int, workload: str) -> list[str]:
    """What starts its fork server, which talks through an inherited socket and serves a workload (a reference)."""
    given = [str(descriptor), workload, installed.own_workloads or "", *installed.hidden]
    return [installed.python, "-c", _SERVE, *given]
