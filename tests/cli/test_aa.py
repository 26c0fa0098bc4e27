"""``bench aa`` for real: a tiny suite against itself, resumed, slowed, and refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT

SUITE = """
[suite]
name = "tiny"
title = "Tiny"
workload = "./tiny.py:product"
subject = "kind"

[axes]
kind = ["one", "other"]

[measure]
samples = 2
sample_s = 0.0005
warmup_s = 0.02

[compare]
baseline = "one"
pairs = [2, 4]
budget_s = 0.4
"""
WORKLOAD = """
from typing import Literal
import torch
from bench.workloads.protocol import Prepared, Task

def product(kind: Literal["one", "other"]) -> Task:
    def prepare() -> Prepared:
        side = torch.ones(64, 64)
        return Prepared(
            call=lambda: side @ side,
            answer=lambda: {"output": side @ side},
            reference=lambda: {"output": side.double() @ side.double()},
        )
    return Task(prepare, flops=2.0 * 64**3)
"""


def command(folder: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(folder / "data"), "COLUMNS": "100"}
    return [sys.executable, "-m", "bench", *words], environment


def run_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    call, environment = command(folder, *words)
    return subprocess.run(call, capture_output=True, text=True, cwd=folder, env=environment, timeout=240, check=False)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tiny.toml").write_text(SUITE)
    (folder / "tiny.py").write_text(WORKLOAD)
    answer = run_in(folder, "aa", "tiny.toml", "--pairs", "8")
    assert answer.returncode == 0, answer.stderr
    (run,) = (folder / "reports").iterdir()
    return folder, run, answer


def test_a_run_prints_its_table_and_keeps_a_record(
    measured: tuple[Path, Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, run, answer = measured
    lines = answer.stdout.splitlines()
    assert lines[0] == "Every case against itself: Tiny"
    assert lines[2].split()[:3] == ["case", "comparisons", "false"]
    assert [line.split()[0] for line in lines[3:5]] == ["one", "other"]
    assert lines[-1] == f"report: {run.relative_to(folder) / 'report.html'}"
    stored = json.loads((run / "aa.json").read_text())
    assert stored["settings"]["pairs"] == 8 and stored["settings"]["compare"]["pairs"] == [2, 4]
    assert [case["recorded"] for case in stored["cases"]] == [8, 8]
    assert stored["summary"]["changed"]["of"] >= 4
    (record,) = (folder / "data" / "crossover-bench" / "machines").rglob("aa-*.json")
    assert json.loads(record.read_text()) == stored["summary"]
    for name in ("report.html", "report.md", "aa.csv", "aa-pairs.csv", "figures/aa.pdf"):
        assert (run / name).stat().st_size > 0


def test_the_run_is_an_ordinary_one(measured: tuple[Path, Path, subprocess.CompletedProcess[str]]) -> None:
    from bench.results.run import open_run

    _, folder, _ = measured
    run = open_run(folder)
    assert run.meta["command"][:2] == ["bench", "aa"] and run.meta["run_id"].startswith("aa_tiny-")
    assert run.replicates.groupby("case").size().tolist() == [8] * 4


def test_resuming_a_finished_run_says_the_same_again(
    measured: tuple[Path, Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, run, first = measured
    rows = (run / "samples.jsonl").read_bytes()
    again = run_in(folder, "aa", "--resume", str(run.relative_to(folder)))
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.stdout
    assert (run / "samples.jsonl").read_bytes() == rows
    assert len(list((folder / "data").rglob("aa-*.json"))) == 1


def test_report_makes_the_report_of_such_a_run_again(
    measured: tuple[Path, Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, run, first = measured
    made = ("report.html", "report.md", "aa.csv", "aa-pairs.csv", "figures/aa.pdf")
    before = (run / "report.md").read_text()
    for name in made:
        (run / name).unlink()
    again = run_in(folder, "report", str(run.relative_to(folder)))
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.stdout
    assert (run / "report.md").read_text() == before
    assert all((run / name).stat().st_size > 0 for name in made)
    assert len(list((folder / "data").rglob("aa-*.json"))) == 1


def test_each_copy_has_servers_of_its_own(measured: tuple[Path, Path, subprocess.CompletedProcess[str]]) -> None:
    _, run, _ = measured
    assert json.loads((run / "run.json").read_text())["servers"] == 4
    plan = json.loads((run / "plan.json").read_text())
    assert [case["environment"]["copy"] for case in plan["groups"][0]["cases"]] == [0, 1]
    lines = [json.loads(line) for line in (run / "samples.jsonl").read_text().splitlines()]
    samples = [line for line in lines if "seconds" in line]
    assert samples and all(line["server"] == line["replicate"] % 4 for line in samples)


def test_a_slowed_copy_is_found_and_leaves_no_record(
    measured: tuple[Path, Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _, _ = measured
    answer = run_in(
        folder, "aa", "tiny.toml", "--where", "kind=one", "--pairs", "8", "--inject", "900%", "--out", "slowed"
    )
    assert answer.returncode == 0, answer.stderr
    (run,) = (folder / "slowed").iterdir()
    (case,) = json.loads((run / "aa.json").read_text())["cases"]
    # How much slower it turned out is a timing, which no test depends on.
    assert sum(case[name] for name in ("slower", "faster", "same", "unclear")) == case["comparisons"] >= 2
    (group,) = json.loads((run / "plan.json").read_text())["groups"]
    assert [one["inject"] for one in group["cases"]] == [0.0, 9.0]
    assert "A slowdown of 900 % by real work was found" in answer.stdout
    assert len(list((folder / "data").rglob("aa-*.json"))) == 1


def test_an_interrupted_run_goes_on_with_its_own_settings(
    measured: tuple[Path, Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _, _ = measured
    call, environment = command(folder, "aa", "tiny.toml", "--pairs", "40", "--out", "cut")
    process = subprocess.Popen(call, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not any(file.stat().st_size for file in (folder / "cut").glob("*/samples.jsonl")):
        assert time.monotonic() < until, "nothing was measured within a minute"
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    (run,) = (folder / "cut").iterdir()
    assert process.returncode == 130
    assert f"go on with: bench aa --resume {run.relative_to(folder)}" in told
    answer = run_in(folder, "aa", "--resume", str(run.relative_to(folder)))
    assert answer.returncode == 0, answer.stderr
    assert [case["recorded"] for case in json.loads((run / "aa.json").read_text())["cases"]] == [40, 40]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tiny.toml", "--pairs", "3"], "--pairs: got 3; expected at least 4, the most that one comparison takes"),
        (["tiny.toml", "--inject", "x"], "argument --inject: got 'x', expected a percentage such as 5%"),
        (["tiny.toml", "--pairs", "x"], "argument --pairs: invalid int value: 'x'"),
        (["tiny.toml", "--injct", "3%"], "unknown option '--injct'; did you mean '--inject'?"),
        ([], "got neither; expected SUITE, or --resume FOLDER"),
        (["--resume", "nowhere"], "nowhere is not a run of `bench aa`: it has no aa.json"),
        (["--resume", "nowhere", "--pairs", "9"], "--resume: got --pairs too; expected it alone"),
        (["tiny.toml", "--where", "kind=none"], "kind"),
    ],
)
def test_bad_input_is_one_line(
    measured: tuple[Path, Path, subprocess.CompletedProcess[str]], words: list[str], message: str
) -> None:
    answer = run_in(measured[0], "aa", *words)
    assert answer.returncode == 2
    assert message in answer.stderr and len(answer.stderr.splitlines()) == 1
    assert answer.stderr.startswith("bench aa: ")


def test_a_result_that_cannot_be_kept_costs_nothing_else(
    measured: tuple[Path, Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, run, _ = measured
    call, environment = command(folder, "aa", "--resume", str(run))
    (folder / "file").write_text("")
    answer = subprocess.run(
        call,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**environment, "XDG_DATA_HOME": str(folder / "file")},
        timeout=240,
        check=False,
    )
    assert answer.returncode == 0
    assert "the result could not be kept for later reports" in answer.stderr
