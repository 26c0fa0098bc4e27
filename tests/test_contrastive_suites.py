"""The contrastive suites as a user runs them, cut down: from the command to the tables of the report."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import Command

pytestmark = pytest.mark.slow


def run_suite(bench: Command, folder: Path, *words: str) -> Path:
    answer = bench("run", *words, "--out", "runs", "--device", "cpu", cwd=folder)
    assert answer.returncode == 0, answer.stderr
    (run,) = (folder / "runs").iterdir()
    return run


def test_precision_finds_the_law_for_cross_entropy_and_none_for_softplus(tmp_path: Path, bench: Command) -> None:
    cut = ["--set", "loss=ce,softplus", "--set", "dtype=float32", "--set", "batch=2,8,32"]
    run = run_suite(bench, tmp_path, "contrastive-precision", "--preset", "quick", *cut)
    laws = pd.read_csv(run / "tables" / "laws.csv").set_index("id")
    assert -1.2 < laws.loc["cancellation", "slope"] < -0.85
    assert laws.loc["cancellation", "verdict"] in ("holds", "unclear")
    assert abs(laws.loc["negatives", "slope"]) < 0.15
    outcomes = pd.read_csv(run / "tables" / "outcomes.csv")
    zeros = outcomes[outcomes["metric"] == "positive_zeros"].groupby("subject")["value"].max()
    assert zeros["ce"] == 1 and zeros["softplus"] == 0
    assert (run / "figures" / "law-cancellation.svg").exists()


def test_accumulation_tells_exact_methods_from_naive_ones(tmp_path: Path, bench: Command) -> None:
    cut = ["--where", "part=step", "--set", "batch=256", "--budget", "0.3"]
    run = run_suite(bench, tmp_path, "contrastive-accumulation", "--preset", "quick", *cut)
    outcomes = pd.read_csv(run / "tables" / "outcomes.csv")
    error = outcomes[outcomes["metric"] == "gradient_error"].set_index(["subject", "dropout"])["value"]
    for dropout in (0.0, 0.1):
        assert error["naive", dropout] > 0.05
        assert error["cached_replay", dropout] < 1e-5
    assert error["cached", 0.0] < 1e-5 and error["cached", 0.1] > 0.05
    forwards = outcomes[outcomes["metric"] == "encoder_forwards"].groupby("subject")["value"].first()
    assert (forwards["full"], forwards["naive"], forwards["cached"]) == (1, 1, 2)


def test_training_judges_its_hypotheses(tmp_path: Path, bench: Command) -> None:
    cut = ["--set", "epochs=2", "--set", "batch=128", "--set", "dtype=float32", "--set", "loss=ce,flat"]
    run = run_suite(bench, tmp_path, "contrastive-training", "--preset", "quick", *cut)
    outcomes = pd.read_csv(run / "tables" / "outcomes.csv")
    probe = outcomes[outcomes["metric"] == "probe"].set_index("subject")
    assert (probe["draws"] == 3).all() and probe["value"].between(0.1, 1).all()
    verdicts = pd.read_csv(run / "tables" / "hypotheses.csv")
    assert set(verdicts.loc[verdicts["id"] == "H0", "verdict"]) <= {"supported", "rejected", "unclear"}
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "FlatNCE trains better" in page and "No GPU" in page
