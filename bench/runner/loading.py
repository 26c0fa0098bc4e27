"""Imports a workload, in the process that runs it."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.workloads.protocol import Task

Workload = Callable[..., Task]

#: What the modules of our own workloads are called.
OWN_WORKLOADS = "bench.workloads."


def load_workload(reference: str, suite_folder: str | Path) -> Workload:
    """The function a suite names: ``package.module:function`` or ``./file.py:function`` beside the suite.

    Raises ``ImportError`` or ``AttributeError`` as the import does; the suite room has already checked that both exist.
    """
    module_name, _, function = reference.partition(":")
    folder = str(Path(suite_folder).resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    if module_name.endswith(".py"):
        path = Path(folder) / module_name
        specification = importlib.util.spec_from_file_location(path.stem, path)
        if specification is None or specification.loader is None:
            raise ImportError(f"cannot load {path}")
        module = importlib.util.module_from_spec(specification)
        # Registered first: dataclasses and torch.compile look a module up by name while it runs.
        sys.modules[path.stem] = module
        specification.loader.exec_module(module)
    else:
        module = importlib.import_module(module_name)
    workload: Workload = getattr(module, function)
    return workload


def call_workload(workload: Workload, params: Mapping[str, Any], device: str, seed: int) -> Task:
    """Call a workload with a case's parameters, and with the run's device and seed where it takes them."""
    accepted = inspect.signature(workload).parameters
    given = {"device": device, "seed": seed}
    injected = {name: value for name, value in given.items() if name in accepted and name not in params}
    return workload(**params, **injected)
