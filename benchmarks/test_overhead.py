"""What the harness costs by itself: figures to watch, no bounds to pass. ``tox -e bench`` runs it.

The cases are empty, so that all the time there is belongs to the harness. The aim is 60 ms of wall time for an empty
case with isolation.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.runner.installed import present
from bench.runner.passes import Setting, open_case
from bench.runner.process import ForkServer
from bench.runner.run import execute
from bench.suite import expand, load_suite
from bench.suite.model import Case, Environment, Measure

HERE = Path(__file__).parent

SUITE = f"""\
[suite]
name = "empty"
title = "Empty cases"
workload = "{HERE / "empty.py"}:empty"
subject = "kind"
[axes]
kind = ["a", "b", "c", "d"]
n = [1, 2, 3, 4, 5]
[measure]
metrics = ["time"]
replicates = [2, 2]
samples = 1
sample_s = 0.0001
warmup_s = 0.001
"""


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    with ForkServer(Environment(), installed=present(str(HERE))) as running:
        yield running


def test_fresh_process(benchmark: BenchmarkFixture, server: ForkServer) -> None:
    """Fork a process and let it end."""
    benchmark.pedantic(lambda: server.start().finish(), rounds=30, warmup_rounds=2)


def test_empty_case(benchmark: BenchmarkFixture, server: ForkServer) -> None:
    """One replicate of an empty case: fork, import of the workload, inputs, warm-up, one sample, end."""
    measure = Measure(sample_s=0.0001, warmup_s=0.001)
    setting = Setting("./empty.py:empty", "cpu", 0, measure)
    case = Case("empty", {}, {"kind": "a", "n": 1}, Environment(), "empty", "a")

    def replicate() -> None:
        process = server.start()
        open_case(process, case, setting, None)
        process.receive(measure.timeout_s)
        process.ask("prepare", measure.timeout_s)
        process.ask("warm", measure.timeout_s, most_s=measure.warmup_s, sample_s=measure.sample_s)
        process.ask("sample", measure.timeout_s)
        process.ask("close", measure.timeout_s)
        process.finish()

    benchmark.pedantic(replicate, rounds=30, warmup_rounds=2)


def test_empty_run(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """A whole run of 20 empty cases in two processes each; ``seconds_per_process`` leaves the start of the run out."""
    path = tmp_path / "empty.toml"
    path.write_text(SUITE)
    plan = expand(load_suite(path))
    walls = []

    def whole_run() -> None:
        execute(
            plan,
            out=tmp_path / "reports",
            seed=0,
            device="cpu",
            command=["bench", "run", str(path)],
            overrides={},
            where=[],
            listener=lambda event: walls.append(event.seconds) if hasattr(event, "seconds") else None,
        )

    benchmark.pedantic(whole_run, rounds=3)
    measured = [wall["start_s"] + wall["passes_s"] + wall["warmup_s"] + wall["sampling_s"] for wall in walls]
    benchmark.extra_info["seconds_per_process"] = min(measured) / (2 * len(plan.cases))
