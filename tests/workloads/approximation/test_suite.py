"""The suite as a user runs it, cut down: from the command to the tables of the report."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import Command

pytestmark = pytest.mark.slow


def test_a_cut_of_the_suite(tmp_path: Path, bench: Command) -> None:
    cut = ["--set", "kernel=sdpa,taylor1,taylor2,performer16", "--where", "dtype=float64", "--budget", "0.3"]
    answer = bench("run", "kernel-approximation", "--preset", "quick", *cut, "--out", "runs", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    (run,) = (tmp_path / "runs").iterdir()
    outcomes = pd.read_csv(run / "tables" / "outcomes.csv")
    found = outcomes[outcomes["x"] == 0].set_index(["metric", "subject", "spread"])["value"]
    assert found["features", "taylor2", 1.0] == found["rank", "taylor2", 1.0] == 153
    assert found["rank", "sdpa", 1.0] == 256 and found["rank", "performer16", 1.0] == 16
    assert found["output_error", "sdpa", 1.0] < 1e-10 < found["output_error", "taylor2", 0.125] < 0.01
    pairs = outcomes[outcomes["x"] == -4].set_index(["metric", "subject", "spread"])["value"]
    assert (pairs["negative", "taylor1", 1.0], pairs["negative", "taylor2", 1.0]) == (1, 0)
    laws = pd.read_csv(run / "tables" / "laws.csv").set_index(["id", "split_value"])
    for order in (1, 2):
        assert abs(laws.loc[("small-scores", f"taylor{order}"), "slope"] - (order + 1)) < 0.1
    assert (run / "figures" / "trend-kernel-by-x.svg").exists()
