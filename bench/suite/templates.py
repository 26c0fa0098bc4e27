"""A small working suite and workload to start one's own from (``bench new NAME``)."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from bench.suite.problems import Problem, SuiteError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

_SUITE = """\
# Which order of multiplying three matrices is cheaper, and from which n on? Both give the same answer.
# bench run {name}.toml --preset quick      every key is explained in docs/SUITES.md

[suite]
name = "{name}"
title = "Two orders of the product Q K^T V"
workload = "./{name}.py:product"
subject = "order"                          # its values are measured against each other

[axes]                                     # every combination is a case
order = ["left", "right"]
n = {{from = 16, to = 1024, factor = 2}}     # or a list: [16, 64, 256]
dtype = ["float32"]

[fixed]                                    # parameters that stay the same
d = 64

[measure]
budget_s = 5.0                             # per case: warm-up and samples, all processes together

[[crossover]]                              # from which n on does an order beat "left"?
axis = "n"
baselines = [{{name = "left first", members = ["left"]}}]

[labels]
left = "(Q Kᵀ) V"
right = "Q (Kᵀ V)"

[[skip]]                                   # cases left out, and why
when = {{order = "left", n = {{above = 8192}}}}
reason = "the n by n matrix needs more than 256 MiB"

[presets.quick]
axes = {{n = {{from = 16, to = 256, factor = 2}}}}
measure = {{replicates = [3, 3], samples = 3, budget_s = 1.0, warmup_s = 0.1}}
"""

_WORKLOAD = '''\
"""Q K^T V for Q, K, V of shape (n, d), multiplied from the left (4 n^2 d FLOPs) or from the right (4 n d^2)."""

from __future__ import annotations

from typing import Literal

from bench.workloads.protocol import Prepared, Task

Order = Literal["left", "right"]


def product(
    order: Order,
    n: int,
    d: int = 64,
    dtype: Literal["float32", "float64", "bfloat16"] = "float32",
    device: str = "cpu",
    seed: int = 0,
) -> Task:
    """Describe one case: what it costs by formula. Nothing is allocated until ``prepare`` is called."""
    item = {"float64": 8, "float32": 4, "bfloat16": 2}[dtype]
    between = n * n if order == "left" else d * d

    def prepare() -> Prepared:
        import torch  # here, so that listing the cases needs no torch

        draw = torch.Generator().manual_seed(seed)
        q, k, v = (torch.randn(n, d, generator=draw).to(device, getattr(torch, dtype)) for _ in range(3))

        def forward(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
            return (q @ k.T) @ v if order == "left" else q @ (k.T @ v)

        return Prepared(
            call=lambda: forward(q, k, v),
            answer=lambda: {"output": forward(q, k, v)},
            # In float64, from the same inputs; an answer further off than ``tolerance`` is never timed.
            reference=lambda: {"output": (q.double() @ k.double().T) @ v.double()},
            forward=forward,
            inputs=(q, k, v),
        )

    return Task(
        prepare=prepare,
        tolerance=2e-2 if dtype == "bfloat16" else 1e-4,
        flops=4.0 * between * (d if order == "left" else n),
        traffic_bytes=4.0 * n * d * item,  # three inputs read, one output written
        peak_bytes=float((between + n * d) * item),  # the product between, and the output
        input_bytes=3.0 * n * d * item,
        convention="1 multiply-add = 2 FLOPs",
    )
'''


def new_suite(name: str, folder: str | Path = ".") -> list[Path]:
    """Write ``NAME.toml`` and the workload ``NAME.py`` beside it, ready to run.

    Args:
        name: Letters, digits and ``_``, a letter first.
        folder: Where to write; made if it is not there.

    Returns:
        The two files.

    Raises:
        SuiteError: The name will not do, a file is there already, or the folder cannot be written.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        expected = "letters, digits and '_', a letter first, and no keyword of Python"
        raise SuiteError([Problem("new", None, "", name, expected)])
    place = Path(folder)
    paths = [place / f"{name}.toml", place / f"{name}.py"]
    taken = [str(path) for path in paths if path.exists()]
    if taken:
        raise SuiteError([Problem("new", None, "", name, f"a name not taken yet; {' and '.join(taken)} exists")])
    try:
        place.mkdir(parents=True, exist_ok=True)
        for path, text in zip(paths, (_SUITE.format(name=name), _WORKLOAD), strict=True):
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        expected = f"a folder that can be written; {error.strerror or error}"
        raise SuiteError([Problem("new", None, "", str(place), expected)]) from None
    return paths
