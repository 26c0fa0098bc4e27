"""The suite of public implementations beside the kernels' document."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType
from typing import Any, get_args

import pandas as pd
import pytest

from bench.meters.error import compare
from bench.suite import expand, load_suite
from bench.workloads.attention.workload import Kernel
from bench.workloads.protocol import Unsupported
from tests.conftest import ROOT

FOLDER = ROOT / "benchmarks" / "kernels"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"peers_{name}", FOLDER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_document_lists_every_kernel() -> None:
    text = (ROOT / "docs" / "KERNELS.md").read_text(encoding="utf-8")
    section = text.split("## The kernels")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(named) == sorted(get_args(Kernel))


def test_suite_is_valid() -> None:
    plan = expand(load_suite(FOLDER / "kernels.toml"))
    subjects = {case.subject for case in plan.cases}
    assert subjects == set(get_args(load("kernels").Implementation))
    for group in plan.groups:
        assert "ours" in {case.subject for case in group.cases}


@pytest.mark.parametrize("function", ["linear", "performer"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("mode", ["forward", "forward+backward"])
def test_ours_agrees_with_the_peers_reference(function: Any, dtype: Any, causal: bool, mode: Any) -> None:
    module = load("kernels")
    task = module.kernels("ours", 200, function, dtype, causal, mode, heads=2, head_dim=16, features=24)
    prepared = task.prepare()
    for name, error in compare(prepared.answer(), prepared.reference()).items():
        assert error["rel_l2"] < task.tolerance, name


@pytest.mark.parametrize("implementation", ["fast_transformers", "linear_attention_transformer", "performer_pytorch"])
def test_peers_agree_or_say_that_they_are_missing(implementation: Any) -> None:
    module = load("kernels")
    function = "performer" if implementation == "performer_pytorch" else "linear"
    task = module.kernels(implementation, 128, function, heads=2, head_dim=16)
    try:
        prepared = task.prepare()
    except Unsupported as reason:
        assert "cannot be imported" in str(reason)
    else:
        assert compare(prepared.answer(), prepared.reference())["output"]["rel_l2"] < task.tolerance


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"implementation": "fla_chunk"}, "causal only"),
        ({"implementation": "performer_pytorch"}, "no linear attention"),
        ({"implementation": "fast_transformers", "function": "performer"}, "no performer attention"),
        ({"implementation": "fast_transformers", "dtype": "bfloat16"}, "float32 only"),
    ],
)
def test_refusals_say_why(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(Unsupported, match=text):
        load("kernels").kernels(n=64, **arguments)


def test_table_pairs_processes_and_marks_what_is_slower() -> None:
    rows = [
        {"function": "linear", "causal": False, "mode": "forward", "dtype": "float32", "n": n, "implementation": who,
         "replicate": replicate, "value": seconds * (1 + replicate)}
        for n, who, seconds in [
            (512, "ours", 2.0), (512, "fast_transformers", 4.0), (512, "linear_attention_transformer", 1.9),
            (1024, "ours", 5.0), (1024, "fast_transformers", 4.0),
        ]
        for replicate in range(3)
    ]  # fmt: skip
    meta = {"started": "2026-01-02T03:04:05+00:00", "preset": None, "machine": {"cpu": {"model": "A CPU"}}}
    text = load("table").render(pd.DataFrame(rows), meta)
    assert (
        "| linear | bidirectional | forward | float32 | fast-transformers | 0.50 (0.50–0.50) | **1.25 (1.25–1.25)** |"
        in text
    )
    assert "| linear-attention-transformer | 1.05 (1.05–1.05) | – |" in text  # within its bar of 1.10
    assert text.startswith("Run of 2026-01-02: A CPU, torch of unknown version. 2 of 3 ratios are within the bar")
