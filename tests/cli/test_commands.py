"""Every command for real, on the suite that ``bench new`` writes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Command, bench_in

SMALL = ("mine.toml", "--preset", "quick", "--where", "n <= 64", "--budget", "0.2")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder with a small suite of its own and one run of it, and what that run printed."""
    folder = tmp_path_factory.mktemp("mine")
    bench_in(folder, "new", "mine")
    return folder, bench_in(folder, "run", *SMALL)


def only_run(folder: Path) -> Path:
    (found,) = (folder / "reports").iterdir()
    return found


def test_run_prints_progress_apart_from_the_summary(
    measured: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, answer = measured
    assert answer.returncode == 0, answer.stderr
    lines = answer.stderr.splitlines()
    assert lines[0].startswith("measuring 6 cases in 3 groups")
    assert [line[:5] for line in lines[1:-1]] == [f"[{number}/6]" for number in range(1, 7)]
    assert lines[-1].startswith("measured after")
    assert answer.stdout.splitlines()[-1] == f"report: {Path('reports') / only_run(folder).name / 'report.html'}"


@pytest.mark.parametrize("both", [False, True])
def test_a_reader_that_leaves_stops_no_run(measured: tuple[Path, subprocess.CompletedProcess[str]], both: bool) -> None:
    """As ``bench run … | head -1`` and ``bench run … 2>&1 | head -1`` do."""
    folder = measured[0]
    out = folder / f"piped-{both}"
    words = ["run", *SMALL, "--where", "n <= 16", "--out", out.name]
    with subprocess.Popen(
        [sys.executable, "-m", "bench", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if both else subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        if both:
            assert process.stdout.readline().startswith(b"measuring 2 cases")
        process.stdout.close()
        said = b"" if process.stderr is None else process.stderr.read()
        assert process.wait(timeout=120) == 0
    (run,) = out.iterdir()
    assert json.loads((run / "run.json").read_text())["finished"] is not None
    assert (run / "report.html").exists()
    assert b"Error" not in said and b"BrokenPipe" not in said


@pytest.fixture
def cut_off(measured: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path) -> Path:
    """The run as a kill in its last of three groups leaves it."""
    folder = tmp_path / "reports" / only_run(measured[0]).name
    shutil.copytree(only_run(measured[0]), folder)
    shutil.copy(measured[0] / "mine.toml", tmp_path)
    lines = (folder / "measurements.jsonl").read_text().splitlines(keepends=True)
    (folder / "measurements.jsonl").write_text("".join(lines[:-1]) + lines[-1][:20])
    meta = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**meta, "finished": None}))
    return folder


def test_a_run_that_was_cut_off_says_so_first_and_how_to_go_on(cut_off: Path) -> None:
    answer = bench_in(cut_off.parents[1], "report", "latest")
    assert answer.returncode == 0, answer.stderr
    lines = answer.stdout.splitlines()
    assert lines[1:3] == [
        "Not reached: 2 of 6 cases; what follows is of the others. Go on with:",
        f"  bench run --resume reports/{cut_off.name}",
    ]
    assert "for good" not in answer.stdout
    assert re.search(r"Overtakes .*, up to n = \d+, from this", answer.stdout)
    again = bench_in(cut_off.parents[1], "run", "--resume", "latest")
    assert again.returncode == 0, again.stderr
    assert "Not reached" not in again.stdout and "for good" in again.stdout


def test_a_damaged_row_ends_with_2_and_one_line(cut_off: Path) -> None:
    file = cut_off / "measurements.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([*lines[:2], "{}}\n", *lines[3:]]))
    for words in (["report", "latest"], ["run", "--resume", "latest"], ["export", "latest", "--format", "bencher"]):
        answer = bench_in(cut_off.parents[1], *words)
        assert (answer.returncode, len(answer.stderr.splitlines())) == (2, 1), answer.stderr
        assert f"reports/{cut_off.name}/measurements.jsonl, line 3: got what is no record of a run" in answer.stderr


def test_run_records_how_it_was_asked(measured: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    meta = json.loads((only_run(measured[0]) / "run.json").read_text())
    assert meta["command"] == ["bench", "run", *SMALL]
    assert (meta["preset"], meta["where"], meta["seed"]) == ("quick", ["n <= 64"], 0)


def test_report_makes_the_report_again(measured: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, first = measured
    report = only_run(folder) / "report.html"
    before = report.read_bytes()
    report.unlink()
    again = bench_in(folder, "report", f"reports/{only_run(folder).name}")
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.stdout
    assert report.read_bytes() == before


def test_resuming_a_finished_run_measures_nothing(measured: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = measured
    rows = (only_run(folder) / "measurements.jsonl").read_bytes()
    answer = bench_in(folder, "run", "--resume", f"reports/{only_run(folder).name}")
    assert answer.returncode == 0, answer.stderr
    assert "6 of them done earlier" in answer.stderr
    assert (only_run(folder) / "measurements.jsonl").read_bytes() == rows


def test_interrupted_run_says_how_to_go_on_and_does(tmp_path: Path) -> None:
    bench_in(tmp_path, "new", "mine")
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", "run", "mine.toml", "--preset", "quick", "--no-report"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stderr is not None
    said = ""
    while "[ 3/10]" not in said:  # now the first group is stored
        line = process.stderr.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130, said + rest
    command = re.search(r"go on with: bench (run --resume \S+)", rest)
    assert command, rest
    answer = bench_in(tmp_path, *command[1].split())
    assert answer.returncode == 0, answer.stderr
    assert re.search(r"[2468] of them done earlier", answer.stderr)


def test_a_failed_case_makes_run_and_verify_fail(tmp_path: Path) -> None:
    bench_in(tmp_path, "new", "mine")
    workload = tmp_path / "mine.py"
    text = workload.read_text()
    wrong = text.replace(
        'answer=lambda: {"output": forward(q, k, v)}', 'answer=lambda: {"output": 2 * forward(q, k, v)}'
    )
    assert wrong != text
    workload.write_text(wrong)
    chosen = ("mine.toml", "--set", "n=16", "--budget", "0.1")
    answer = bench_in(tmp_path, "run", *chosen, "--no-report")
    assert answer.returncode == 1, answer.stderr
    assert answer.stderr.splitlines()[-1].startswith("bench run: 2 cases failed (2 wrong_result)")
    checked = bench_in(tmp_path, "verify", *chosen)
    assert checked.returncode == 1
    assert checked.stdout.splitlines()[-1] == "2 cases, 2 failed"


def test_verify_prints_a_line_a_case(measured: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    answer = bench_in(measured[0], "verify", *SMALL)
    assert answer.returncode == 0, answer.stderr
    lines = answer.stdout.splitlines()
    assert lines[0].split() == ["case", "rel.", "L2", "status"]
    assert [line.split()[-1] for line in lines[1:7]] == ["ok"] * 6
    assert lines[-1] == "6 cases, 0 failed"


def test_show_counts_flops_by_formula(measured: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Left: 4 n² d = 4·16²·64 = 65,536; right: 4 n d² = 4·16·64² = 262,144."""
    answer = bench_in(measured[0], "show", "mine.toml", "--set", "n=16")
    assert answer.returncode == 0, answer.stderr
    assert re.search(r"order=left\S* +65\.54 kFLOP", answer.stdout)
    assert re.search(r"order=right\S* +262\.1 kFLOP", answer.stdout)
    assert answer.stdout.splitlines()[-1].startswith("2 cases in 1 groups, 0 of them left out; about ")


def test_list_names_the_suites_of_the_checkout(bench: Command) -> None:
    listed = [line.split()[0] for line in bench("list").stdout.splitlines()[1:]]
    assert listed == sorted(path.stem for path in (ROOT / "suites").glob("*.toml"))


def test_schema_is_the_one_that_ships(bench: Command) -> None:
    assert bench("schema").stdout == (ROOT / "suites" / "suite.schema.json").read_text(encoding="utf-8")


@pytest.mark.slow
def test_doctor_prints_findings_and_checks(bench: Command) -> None:
    """Whether this machine is fit is its own affair: 0 and 1 are both answers."""
    answer = bench("doctor", "--device", "cpu")
    assert answer.returncode in (0, 1), answer.stderr
    assert "FLOPs of fused attention" in answer.stdout
    assert re.fullmatch(
        r"\d+ of \d+ checks failed; \d+ findings make numbers wrong here", answer.stdout.splitlines()[-1]
    )
