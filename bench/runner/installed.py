"""An installation that is ready to run cases: interpreter, import path, and where the workload's source lies."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.suite.model import HERE


@dataclass(frozen=True)
class Installed:
    """What it takes to start a fork server in an installation.

    Attributes:
        name: Its value on the ``installation`` axis.
        python: The interpreter.
        path: ``PYTHONPATH`` of its processes; the harness itself is in it, so that both sides are measured alike.
        folder: Where a workload that is a file lies.
        own_workloads: Folder that stands in for ``bench/workloads`` where a revision of this project is measured.
        record: What ``run.json`` keeps of it: how it was asked for, interpreter, commit, packages.
    """

    name: str
    python: str
    path: tuple[str, ...]
    folder: str
    own_workloads: str | None = None
    record: Mapping[str, Any] = field(default_factory=dict)


def present(folder: str) -> Installed:
    """The installation this process runs in; ``folder`` is the suite's own."""
    return Installed(HERE, sys.executable, tuple(path for path in sys.path if path), folder, record={"kind": "present"})


def python_path(installed: Installed) -> str:
    """Its ``PYTHONPATH``."""
    return os.pathsep.join(installed.path)
