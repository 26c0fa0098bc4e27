"""What is set before an interpreter starts is never assumed: a case runs only where it is as declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.plugin.present import mismatch
from bench.runner.environment import declared_variables
from bench.suite.model import Environment
from tests.plugin.sessions import products, session, stored

RETAIN = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "68719476736", "MALLOC_TOP_PAD_": "16777216"}
PASSIVE = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"}


@pytest.mark.parametrize(
    ("environment", "started"),
    [
        (Environment(), {}),
        (Environment(), {"OMP_WAIT_POLICY": "ACTIVE", "OMP_NUM_THREADS": "8"}),  # one thread waits for nobody
        (Environment(openmp="active"), PASSIVE),
        (Environment(allocator="retain"), RETAIN),
        (Environment(threads=2), PASSIVE),
        (Environment(threads=2, openmp="active"), {"OMP_WAIT_POLICY": "ACTIVE"}),
        (Environment(threads=2, allocator="retain"), {**PASSIVE, **RETAIN}),
    ],
)
def test_as_declared(environment: Environment, started: dict[str, str]) -> None:
    assert mismatch(environment, started) is None


@pytest.mark.parametrize(
    ("environment", "started", "reason"),
    [
        (
            Environment(allocator="retain"),
            {**RETAIN, "MALLOC_TOP_PAD_": "1"},
            "allocator = retain: read when an interpreter starts; start pytest with MALLOC_MMAP_MAX_=0"
            " MALLOC_TRIM_THRESHOLD_=68719476736 MALLOC_TOP_PAD_=16777216, or use bench run",
        ),
        (
            Environment(),
            {"MALLOC_MMAP_MAX_": "0"},
            "allocator = default: read when an interpreter starts; start pytest without MALLOC_MMAP_MAX_,"
            " or use bench run",
        ),
        (
            Environment(threads=2),
            {},
            "openmp = passive: read when an interpreter starts; start pytest with OMP_WAIT_POLICY=PASSIVE"
            " GOMP_SPINCOUNT=0 KMP_BLOCKTIME=0, or use bench run",
        ),
        (
            Environment(threads=2, openmp="active"),
            PASSIVE,
            "openmp = active: read when an interpreter starts; start pytest with OMP_WAIT_POLICY=ACTIVE"
            " and without GOMP_SPINCOUNT KMP_BLOCKTIME, or use bench run",
        ),
        (
            Environment(installation="torch 2.12"),
            {},
            "installation = torch 2.12: this interpreter is another one; use bench run",
        ),
    ],
    ids=lambda value: value.partition(":")[0] if isinstance(value, str) else "",
)
def test_not_as_declared(environment: Environment, started: dict[str, str], reason: str) -> None:
    assert mismatch(environment, started) == reason


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("openmp", ["passive", "active"])
@pytest.mark.parametrize("allocator", ["default", "retain"])
def test_a_process_of_bench_run_is_as_declared(threads: int, openmp: str, allocator: str) -> None:
    environment = Environment(threads, openmp, allocator)  # type: ignore[arg-type]
    assert mismatch(environment, declared_variables(environment)) is None


def test_an_axis_of_the_environment(tmp_path: Path) -> None:
    """Of the cases only those run that are as the session was started; a conftest comes too late to change that."""
    products(
        tmp_path,
        {
            "n = [8, 16]": 'n = [8]\nallocator = ["default", "retain"]\nthreads = [1, 2]',
            '[[skip]]\nwhen = { kind = "rough", n = 16 }\nreason = "enough of it"\n': "",
            '[[crossover]]\naxis = "n"\nbaselines = [{ name = "good", members = ["good"] }]\n': "",
            "[presets.small]\naxes = { n = 8 }\n": "",
        },
    )
    late = "import os\nos.environ |= " + repr({**RETAIN, **PASSIVE}) + "\n"
    conftest = tmp_path / "conftest.py"
    conftest.write_text(late + conftest.read_text(encoding="utf-8"), encoding="utf-8")
    words = ("products.toml", "-k", "good", "--benchmark-json=out.json", "--benchmark-max-time=0.001")

    plain = session(tmp_path, *words)
    assert "1 passed, 3 skipped" in plain.stdout, plain.stdout + plain.stderr
    assert list(stored(tmp_path / "out.json")) == ["products/kind=good/n=8/allocator=default/threads=1"]

    declared = session(tmp_path, *words, variables={**RETAIN, **PASSIVE})
    assert "2 passed, 2 skipped" in declared.stdout, declared.stdout + declared.stderr
    found = stored(tmp_path / "out.json")
    assert list(found) == [f"products/kind=good/n=8/allocator=retain/threads={threads}" for threads in (1, 2)]
    assert [one["extra_info"]["facts"]["threads"] for one in found.values()] == ["1", "2"]
    assert "threads: 1\n" in declared.stdout  # as before the suite
