"""A small suite and a workload that imports torch, which reading a suite must never do."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from bench.suite import Problem, SuiteError, load_suite

# Other load on the machine must not fail a test.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

WORKLOAD = '''\
import torch
from typing import Literal

raise RuntimeError("reading a suite must not run its workload")

Kernel = Literal["naive", "sdpa", "linear"]
Mode = Literal["forward", "forward+backward"]


def attend(kernel: Kernel, n: int, dtype: Literal["float32", "float16"] = "float32", causal: bool = False,
           mode: Mode = "forward", scale: float = 1.0, heads: int = 8, part: str = "whole", shape: "tuple[int]" = (1,),
           device: str = "cpu", seed: int = 0):
    """Never called."""


def open_ended(kernel: Kernel, **others):
    """Takes anything."""
'''

SUITE = """\
[suite]
name = "small"
workload = "./work.py:attend"
subject = "kernel"

[axes]
kernel = ["naive", "sdpa", "linear"]
n = {from = 64, to = 256, factor = 2}
causal = [false, true]

[fixed]
heads = 4

[[crossover]]
axis = "n"
baselines = [{name = "SDPA", members = ["sdpa"]}]

[presets.quick]
axes = {n = [64, 128], causal = false}
"""

#: A suite with every table of declarations.
DECLARED = """\
[suite]
name = "small"
workload = "./work.py:attend"
subject = "kernel"

[axes]
kernel = ["naive", "sdpa", "linear"]
n = {from = 64, to = 256, factor = 2}
causal = [false, true]
dtype = ["float32", "float16"]
scale = [0.5, 1, 1e-4]

[measure]
metrics = ["outcome", "time"]
seeds = 5

[[law]]
id = "rounding"
title = "Error against n"
text = "The error grows with n."
source = "a page"
x = "n"
y = "lost"
split = "dtype"
slope = {float32 = 1, float16 = -0.5}
scale = {float32 = 1e-7, float16 = 1e-3}
above = 4
below = 0.3
x_above = 1e-9
where = {kernel = "naive", n = {at_least = 64}}
compare = {axis = "kernel", values = ["sdpa"]}

[[map]]
id = "where"
title = "Share lost"
value = "lost"
x = "n"
y = "dtype"
panels = "kernel"

[[trend]]
id = "along"
title = "Accuracy along n"
value = "knn"
x = "n"
lines = "kernel"

[[hypothesis]]
id = "H1"
title = "Rounding"
text = "It is rounding."
metric = "knn"
margin = 0.01
where = {n = {at_most = 128}}
asked = [
  {left = {kernel = "naive", dtype = "float32"}, is = "below", right = {kernel = "sdpa", dtype = "float32"}},
]
supported = [
  {left = {kernel = "naive", dtype = "float16"}, is = "above", right = {kernel = "naive", dtype = "float32"}},
]
rejected = []

[labels]
lost = "gradients lost"
accuracy_after = "accuracy in the end"

[presets.quick]
axes = {kernel = ["naive", "linear"], dtype = "float32"}
measure = {seeds = 2}
"""


def repository(folder: Path) -> str:
    """Make a git repository whose first commit, on main, is tagged v1.0 and whose second is HEAD; return the first."""
    folder.mkdir(parents=True, exist_ok=True)

    def git(*arguments: str) -> str:
        names = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    git("commit", "--quiet", "--allow-empty", "--message=First")
    git("tag", "v1.0")
    first = git("rev-parse", "HEAD")
    git("checkout", "--quiet", "-b", "feature/speed")
    git("commit", "--quiet", "--allow-empty", "--message=Second")
    return first


#: Writes a suite beside the workload and returns its path; pairs replace text in it.
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes the small suite with replacements."""
    (tmp_path / "work.py").write_text(WORKLOAD, encoding="utf-8")

    def write_suite(*changes: tuple[str, str], text: str = SUITE) -> Path:
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} must stand once in the suite"
            text = text.replace(old, new)
        path = tmp_path / "small.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write_suite


@pytest.fixture
def problems() -> Callable[..., list[Problem]]:
    """Return a function that loads a suite which must not load, and returns what is wrong with it."""

    def load_bad(path: object, **options: object) -> list[Problem]:
        with pytest.raises(SuiteError) as caught:
            load_suite(path, **options)  # type: ignore[arg-type]
        assert str(caught.value) == "\n".join(str(problem) for problem in caught.value.problems)
        return caught.value.problems

    return load_bad


def compared(left: str, right: str) -> tuple[str, str]:
    """A change that puts one comparison, on line 62, under ``rejected`` of the declared hypothesis."""
    return "rejected = []", f'rejected = [\n{{left = {{{left}}}, is = "equal", right = {{{right}}}}}]'
