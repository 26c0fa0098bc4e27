"""A small suite and its workload, and pytest sessions as a user would start them, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

SUITE = """\
[suite]
name = "products"
workload = "./products.py:product"
subject = "kind"
device = "cpu"

[axes]
kind = ["good", "rough", "wrong", "absent", "broken"]
n = [8, 16]

[[crossover]]
axis = "n"
baselines = [{ name = "good", members = ["good"] }]

[[skip]]
when = { kind = "rough", n = 16 }
reason = "enough of it"

[presets.small]
axes = { n = 8 }
"""

# All ones: each element of the product is n, and the wrong answer is n + 1: its relative error is 1 / n.
WORKLOAD = """\
import time
from typing import Literal

import torch

from bench.workloads.protocol import Prepared, Task, Unsupported


def product(
    kind: Literal["good", "rough", "wrong", "absent", "broken", "slow", "huge"], n: int, exponent: int = 3
) -> Task:
    if kind == "absent":
        raise Unsupported("no such kernel here")

    def prepare() -> Prepared:
        left = torch.ones(n, n)

        def call() -> torch.Tensor:
            if kind == "slow":
                time.sleep(0.2)
            if kind == "broken":
                raise ArithmeticError("the kernel gave up")
            return left @ left

        return Prepared(
            call=call,
            answer=lambda: {"output": call() + (kind in ("rough", "wrong"))},
            reference=lambda: {"output": left.double() @ left.double()},
            facts={"threads": str(torch.get_num_threads())},
        )

    return Task(
        prepare,
        tolerance=None if kind == "rough" else 1e-6,
        flops=2.0 * n**exponent,
        peak_bytes=1e18 if kind == "huge" else 4.0 * n * n,
    )
"""

PLUGINS = ("bench.plugin", "pytest_benchmark.plugin")

#: Variables of the shell that would change what is tested.
FOREIGN = ("PYTEST_", "MALLOC_", "OMP_", "GOMP_", "KMP_")

#: Says at the end what a session has imported, and how many threads torch was left with.
CONFTEST = """\
import sys

def pytest_sessionfinish():
    names = ("torch", "pandas", "pydantic", "bench.suite")
    torch = sys.modules.get("torch")
    print("\\nimported:", *(name for name in names if name in sys.modules))
    print("threads:", torch and torch.get_num_threads())
"""


def products(folder: Path, changed: dict[str, str] | None = None) -> Path:
    """Write the suite and its workload into a folder, with parts of the suite's text replaced."""
    text = SUITE
    for old, new in (changed or {}).items():
        assert old in text
        text = text.replace(old, new)
    (folder / "products.py").write_text(WORKLOAD, encoding="utf-8")
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "products.toml").write_text(text, encoding="utf-8")
    return folder / "products.toml"


def session(
    folder: Path,
    *words: str,
    plugins: tuple[str, ...] = PLUGINS,
    variables: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, with these plug-ins only; ``variables`` come on top of the environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    search = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment |= {"PYTHONPATH": search, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *_options(folder, plugins), *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**environment, "COLUMNS": "200", **(variables or {})},
        timeout=240.0,
        check=False,
    )


def inside(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    *words: str,
    plugins: tuple[str, ...] = PLUGINS,
) -> subprocess.CompletedProcess[str]:
    """Run pytest in this process, in the folder of ``pytester``: quicker, for sessions that run no case."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    result = pytester.runpytest_inprocess(*_options(pytester.path, plugins), *words)
    return subprocess.CompletedProcess(words, int(result.ret), result.stdout.str(), result.stderr.str())


def _options(folder: Path, plugins: tuple[str, ...]) -> list[str]:
    """The folder is the root: neither configuration nor cache around it are used."""
    settings = folder / "pyproject.toml"
    settings.touch()
    chosen = [part for plugin in plugins for part in ("-p", plugin)]
    # Inside this process the plug-in is imported already, and pytest would say so.
    quiet = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return [*chosen, *quiet, "-c", str(settings), "--rootdir", str(folder), "-p", "no:cacheprovider"]


def ids(answer: subprocess.CompletedProcess[str]) -> list[str]:
    """The node ids that ``--collect-only -q`` lists."""
    return [line for line in answer.stdout.splitlines() if "::" in line]


def stored(path: Path) -> dict[str, dict[str, Any]]:
    """The benchmarks of a JSON file by name."""
    return {one["name"]: one for one in json.loads(path.read_text(encoding="utf-8"))["benchmarks"]}
