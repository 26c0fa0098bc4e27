"""Finding suites, defaults, and that nothing here imports torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.suite import SuiteError, list_suites, load_suite, schema_json, suites_folder
from bench.suite.model import Baseline, Crossover, Environment, Measure


def test_defaults(write) -> None:
    suite = load_suite(write())
    assert (suite.title, suite.device, suite.environment, suite.measure) == ("small", "auto", Environment(), Measure())
    assert suite.crossovers == (Crossover("n", (Baseline("SDPA", ("sdpa",)),)),)
    assert suite.text == suite.path.read_text()


def test_layers(write) -> None:
    path = write(
        ("[fixed]", '[environment]\nthreads = 2\nallocator = "retain"\n[measure]\nsamples = 9\nbudget_s = 2\n'
         'metrics = ["time", "flops"]\n[fixed]'),
        ("[presets.quick]", '[presets.quick]\nenvironment = {openmp = "active", threads = 1}\n'
         "measure = {replicates = [2, 4], samples = 1}\nfixed = {scale = 2}"),
    )  # fmt: skip
    suite = load_suite(path, preset="quick")
    assert suite.environment == Environment(1, "active", "retain")
    assert suite.measure == Measure(metrics=("time", "flops"), replicates=(2, 4), samples=1, budget_s=2.0)
    assert isinstance(suite.measure.budget_s, float)
    assert suite.fixed == {"heads": 4, "scale": 2}
    assert suite.crossovers[0].metrics == ("flops", "time")  # what is not measured cannot be compared


def test_columns_are_no_axes_but_may_be_fixed(write, problems) -> None:
    change = ("work.py:attend", "work.py:open_ended")
    assert load_suite(write(change, ("heads = 4", "draws = 4"))).fixed == {"draws": 4}
    (problem,) = problems(write(change, ("heads = 4", ""), ("causal = [false, true]", "draws = [4]"),
                                (", causal = false", "")))  # fmt: skip
    assert (problem.line, problem.key) == (9, "axes.draws")


def test_a_stored_copy_finds_its_workload(write, tmp_path: Path) -> None:
    path = write()
    copy = tmp_path / "run" / "suite.toml"
    copy.parent.mkdir()
    copy.write_text(path.read_text())
    assert load_suite(copy, folder=tmp_path).name == "small"
    with pytest.raises(SuiteError, match="a Python file that exists"):
        load_suite(copy)


def test_unknown_suites(tmp_path: Path, write) -> None:
    path = write()
    with pytest.raises(
        SuiteError, match=r"^suite: got atention; expected a suite \(.*\) or .*did you mean 'attention'\?$"
    ):
        load_suite("atention")
    with pytest.raises(
        SuiteError, match=r"smal\.toml: expected a suite file; there is none; did you mean '.*small\.toml'"
    ):
        load_suite(tmp_path / "smal.toml")
    with pytest.raises(SuiteError, match="expected a suite file"):
        load_suite(path.parent / "nowhere" / "small.toml")
    assert load_suite(str(path)).name == "small"


def test_built_in_suites() -> None:
    found = {info.name: info for info in list_suites()}
    assert {"attention", "encoder"} <= set(found)
    assert "quick" in found["attention"].presets and found["encoder"].title
    assert [info.name for info in list_suites()] == sorted(found)


def test_schema_file_is_current() -> None:
    assert (suites_folder() / "suite.schema.json").read_text(encoding="utf-8") == schema_json()


def test_no_torch_and_no_workload_is_imported() -> None:
    code = (
        "import sys; from bench.suite import expand, list_suites, load_suite\n"
        "for info in list_suites():\n"
        "    for preset in (None, *info.presets): expand(load_suite(info.name, preset=preset))\n"
        "bad = [m for m in sys.modules if m.split('.')[0] in ('torch', 'numpy') or m.startswith('bench.workloads')]\n"
        "sys.exit(str(bad) if bad else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=Path(__file__).parents[2])
