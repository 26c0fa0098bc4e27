"""What is asked wrongly is answered in lines on stderr with exit code 2, by the real command, without a traceback."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from bench.cli.errors import InputError, explain
from bench.cli.plans import read_overrides
from tests.conftest import Command

BROKEN = """\
[suite]
name = "broken"
title = "Three faults"
workload = "bench.workloads.attention:attention"
subject = "kernal"
[axes]
kernel = ["sdpa", "naiv"]
n = []
"""


def refused(answer: CompletedProcess[str], *lines: str) -> None:
    """Exit code 2, and exactly these lines in order (each given by its beginning)."""
    assert answer.stdout == ""
    found = answer.stderr.splitlines()
    assert answer.returncode == 2, found
    assert len(found) == len(lines), found
    for line, begin in zip(found, lines, strict=True):
        assert line.startswith(begin)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["rnu"], "bench: unknown command 'rnu'; did you mean 'run'?"),
        (["--versoin"], "bench: unknown option '--versoin'; did you mean '--version'?"),
        (["run", "--preste", "x"], "bench run: unknown option '--preste'; did you mean '--preset'?"),
        (["run"], "bench run: got neither; expected SUITE, or --resume RUN"),
        (["run", "attention", "again"], "bench run: unexpected argument 'again'"),
        (["run", "atention"], "bench run: suite: got atention"),
        (["run", "attention", "--preset", "quik"], "bench run: --preset: got quik"),
        (["run", "attention", "--set", "n"], "bench run: --set: got 'n'; expected AXIS=V1,V2"),
        (["run", "attention", "--set", "lenght=4"], "bench run: --set: lenght=4: got lenght"),
        (["run", "attention", "--where", "lenght > 4"], "bench run: --where"),
        (["run", "attention", "--budget", "-1"], "bench run: argument --budget: got '-1', expected a number of"),
        (["run", "attention", "--seed", "x"], "bench run: argument --seed: invalid int value: 'x'"),
        (["run", "attention", "--device", "gpu"], "bench run: argument --device: invalid choice: 'gpu'"),
        (["run", "attention", "--resume", "x"], "bench run: --resume: got SUITE too; expected it alone"),
        (["run", "--resume", "no/such/folder"], "bench run: got 'no/such/folder', expected a run folder"),
        (["report", "no/such/folder"], "bench report: got 'no/such/folder', expected a run folder"),
        (["report"], "bench report: the following arguments are required: RUN"),
        (["report", "suites"], "bench report: suites is not a run folder"),
        (["show", "no/such.toml"], "bench show: no/such.toml"),
        (["verify", "suites"], "bench verify: suite: got suites"),
        (["new", "9lives"], "bench new: new: got 9lives"),
        (["doctor", "--device", "gpu"], "bench doctor: argument --device: invalid choice: 'gpu'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_one_fault_is_one_line(bench: Command, words: list[str], line: str) -> None:
    refused(bench(*words), line)


def test_all_faults_of_a_suite_at_once(bench: Command, tmp_path: Path) -> None:
    suite = tmp_path / "broken.toml"
    suite.write_text(BROKEN)
    answer = bench("run", str(suite))
    assert answer.returncode == 2
    lines = answer.stderr.splitlines()
    assert all(line.startswith(f"bench run: {suite}:") for line in lines), lines
    for fault in ("kernal", "naiv", "n"):
        assert any(fault in line for line in lines), lines
    assert "Traceback" not in answer.stderr


def test_a_suite_that_is_no_toml(bench: Command, tmp_path: Path) -> None:
    suite = tmp_path / "bad.toml"
    suite.write_text("[suite\n")
    refused(bench("show", str(suite)), f"bench show: {suite}:1")


def test_new_does_not_overwrite(bench: Command, tmp_path: Path) -> None:
    assert bench("new", "mine", cwd=tmp_path).returncode == 0
    before = (tmp_path / "mine.py").read_text()
    refused(bench("new", "mine", cwd=tmp_path), "bench new: new: got mine")
    assert (tmp_path / "mine.py").read_text() == before


def test_a_folder_that_cannot_be_written(bench: Command, tmp_path: Path) -> None:
    """A file where the folder should be; permissions would not stop root."""
    (tmp_path / "reports").write_text("")
    answer = bench("run", "attention", "--preset", "quick", "--out", str(tmp_path / "reports"))
    refused(answer, "bench run: cannot make the run folder")


def test_a_device_that_is_not_there(bench: Command) -> None:
    refused(bench("run", "attention", "--preset", "quick", "--device", "mps"), "bench run: device 'mps' was asked for")


def test_set_reads_values_as_toml_would() -> None:
    assert read_overrides(["n=256, 1024", "causal=true", "dtype=float32", "dropout=0.5"]) == {
        "n": [256, 1024],
        "causal": [True],
        "dtype": ["float32"],
        "dropout": [0.5],
    }


@pytest.mark.parametrize("text", ["", "n", "=3", "n=", "n=1,,2"])
def test_set_refuses_what_is_no_assignment(text: str) -> None:
    with pytest.raises(InputError, match="expected AXIS=V1,V2"):
        read_overrides([text])


def test_set_refuses_an_axis_twice() -> None:
    with pytest.raises(InputError, match="'n' is given twice"):
        read_overrides(["n=1", "n=2"])


def test_a_defect_keeps_its_traceback() -> None:
    assert explain(KeyError("oops")) is None
    assert explain(ValueError("oops")) is None
    assert explain(FileNotFoundError(2, "No such file or directory", "x")) == ["x: No such file or directory"]
