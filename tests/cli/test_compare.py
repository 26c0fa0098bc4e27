"""``bench compare`` and ``bench run --against`` for real, on small suites."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from bench.cli.compare import ALLOWED
from tests.conftest import Command, bench_in
from tests.report.test_pages import parse

QUICK = ("mine.toml", "--preset", "quick", "--where", "n <= 32", "--budget", "0.3", "--no-report")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small suite and two runs of it, the second without the cases of one length."""
    folder = tmp_path_factory.mktemp("runs")
    measure = _command(folder)
    assert measure("new", "mine").returncode == 0
    for number, chosen in enumerate((QUICK, (*QUICK, "--where", "n=16")), 1):
        answer = measure("run", *chosen)
        assert answer.returncode == 0, answer.stderr
        found = folder / answer.stdout.strip()
        found.rename(found.with_name(f"mine-{number}"))
    return folder


def _command(folder: Path) -> Command:
    def run(*words: str) -> CompletedProcess[str]:
        return bench_in(folder, *words, XDG_CACHE_HOME=str(folder / "cache"))

    return run


def refused(answer: CompletedProcess[str], line: str) -> None:
    """Exit code 2 and exactly one line, given by its beginning."""
    assert answer.stdout == ""
    assert answer.returncode == 2, answer.stderr
    assert len(answer.stderr.splitlines()) == 1, answer.stderr
    assert answer.stderr.startswith(f"bench compare: {line}")


def test_two_runs_are_compared_case_by_case(runs: Path) -> None:
    answer = _command(runs)("compare", "latest~1", "latest", "--all")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("mine-2 (new) against mine-1 (old)\n")
    assert "only in the old: mine/order=left/n=32" in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 100
    assert "FLOPs by dispatch counter" in answer.stdout


def test_csv_has_a_row_for_each_case_and_metric(runs: Path) -> None:
    answer = _command(runs)("compare", "mine-1", "mine-2", "--format", "csv")
    assert answer.returncode == 0, answer.stderr
    rows = list(csv.DictReader(io.StringIO(answer.stdout)))
    assert len({row["case"] for row in rows}) == 2
    assert {row["metric"] for row in rows} == {"time", "peak_tensor_bytes", "flops_dispatch", "error"}
    for row in rows:
        assert float(row["ratio"]) == pytest.approx(float(row["new"]) / float(row["old"]), rel=0.2)


def test_swapping_the_runs_inverts_every_ratio(runs: Path) -> None:
    tables = []
    for pair in (("mine-1", "mine-2"), ("mine-2", "mine-1")):
        answer = _command(runs)("compare", *pair, "--format", "csv")
        tables.append({(r["case"], r["metric"]): r for r in csv.DictReader(io.StringIO(answer.stdout))})
    swapped = {"slower": "faster", "faster": "slower"}
    for key, row in tables[0].items():
        other = tables[1][key]
        assert other["verdict"] == swapped.get(row["verdict"], row["verdict"])
        assert float(other["ratio"]) == pytest.approx(1 / float(row["ratio"]))


def test_the_ending_of_the_file_decides_the_format(runs: Path, tmp_path: Path) -> None:
    for name, start in (
        ("c.md", "## Comparison"),
        ("c.html", "<!doctype html>"),
        ("c.csv", "case,"),
        ("c.txt", "mine-2"),
    ):
        answer = _command(runs)("compare", "mine-1", "mine-2", "--out", str(tmp_path / name))
        assert answer.stdout == f"wrote {tmp_path / name}\n", answer.stderr
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    page = parse((tmp_path / "c.html").read_text(encoding="utf-8"))
    assert "svg" in page.tags


def test_fail_on_has_an_exit_code_and_names_the_case(runs: Path) -> None:
    answer = _command(runs)("compare", "mine-1", "mine-2", "--fail-on", "removed", "--fail-on", "failed")
    assert answer.returncode == 3
    assert answer.stderr == "bench compare: --fail-on removed: mine/order=left/n=32/dtype=float32 and 1 more\n"
    assert answer.stdout
    assert _command(runs)("compare", "mine-1", "mine-2", "--fail-on", "more>1%").returncode == 0


def test_another_source_is_refused_unless_allowed(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "reports" / "mine-2", tmp_path / "changed")
    meta = json.loads((tmp_path / "changed" / "run.json").read_text())
    meta["workload"]["sha256"] = "0" * 64
    (tmp_path / "changed" / "run.json").write_text(json.dumps(meta))
    answer = _command(runs)("compare", "mine-1", str(tmp_path / "changed"))
    assert answer.returncode == 2
    assert "--allow source compares nevertheless" in answer.stdout
    assert answer.stderr.splitlines()[-1].startswith("bench compare: no case has a value on both sides")
    assert _command(runs)("compare", "mine-1", str(tmp_path / "changed"), "--fail-on", "refused").returncode == 3
    allowed = _command(runs)("compare", "mine-1", str(tmp_path / "changed"), "--allow", "source")
    assert allowed.returncode == 0, allowed.stderr


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["min"], "got 'min', the beginning of 2 runs; expected more of one of mine-1, mine-2"),
        (["mine-3", "mine-1"], "got 'mine-3', expected a run folder, or a run below reports; did you mean 'mine-"),
        (["mine-1"], "got 'mine-1' alone, which does not compare its own cases; expected a second run"),
        (["mine-1", "latest~1"], "got 'mine-1' twice; expected two runs"),
        (["mine-1", "--level", "0.9"], "--level: got it with one run; expected two"),
        (["mine-1", "mine-2", "--out", "no/such/c.md"], "no/such/c.md: No such file or directory"),
        (["mine-1", "mine-2", "--level", "1.2"], "argument --level: got '1.2', expected a confidence"),
        (["mine-1", "mine-2", "--band", "2"], "argument --band: got '2', expected a percentage such as 5%"),
        (["mine-1", "mine-2", "--band", "0%"], "argument --band: got '0%', expected a percentage above 0"),
        (["mine-1", "mine-2", "--allow", "sauce"], "argument --allow: got 'sauce'; did you mean 'source'?"),
        (["mine-1", "mine-2", "--fail-on", "slowr"], "argument --fail-on: got 'slowr', expected one of"),
        (["mine-1", "mine-2", "--formt", "csv"], "unknown option '--formt'; did you mean '--format'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_one_fault_is_one_line(runs: Path, words: list[str], line: str) -> None:
    refused(_command(runs)("compare", *words), line)


def test_what_may_be_allowed_is_what_the_analysis_knows() -> None:
    from bench.analysis import compare

    assert compare.ALLOWED == ALLOWED


@pytest.fixture(scope="module")
def against(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CompletedProcess[str]]:
    """A run of a small suite against this very interpreter, and what it printed."""
    folder = tmp_path_factory.mktemp("against")
    run = _command(folder)
    run("new", "mine")
    chosen = ("mine.toml", "--preset", "quick", "--where", "n=16", "--budget", "1")
    return folder, run("run", *chosen, "--against", sys.executable)


def test_a_run_against_an_installation_reports_the_comparison_first(
    against: tuple[Path, CompletedProcess[str]],
) -> None:
    folder, answer = against
    assert answer.returncode == 0, answer.stderr
    (run,) = (folder / "reports").iterdir()
    lines = answer.stdout.splitlines()
    assert lines[0].startswith("mine: here against ")
    assert lines[2].startswith("here against ")
    assert lines[-1] == f"report: {Path('reports') / run.name / 'report.html'}"
    page = (run / "report.html").read_text(encoding="utf-8")
    parse(page)
    answers = page.partition('<section id="answer"')[2].partition("</section>")[0]
    assert "here against " in answers
    assert 'id="figure-comparison"' in answers
    assert "declares no crossover" not in page
    assert "here against " in (run / "report.md").read_text(encoding="utf-8")
    assert (run / "figures" / "comparison.pdf").read_bytes().startswith(b"%PDF")
    with (run / "tables" / "comparison.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    timed = [row for row in rows if row["metric"] == "time"]
    assert len(timed) == 2
    assert all(row["subject"] == "here" for row in rows)
    # The same work on both sides: counted, not timed.
    assert {row["ratio"] for row in rows if row["metric"] == "flops_dispatch"} == {"1.0"}


def test_a_run_that_compares_its_own_cases_can_be_compared_alone(
    against: tuple[Path, CompletedProcess[str]],
) -> None:
    folder, _ = against
    answer = _command(folder)("compare", "latest", "--format", "markdown", "--fail-on", "more>1%")
    assert answer.returncode == 0, answer.stderr
    assert "here against " in answer.stdout
    again = _command(folder)("report", str(next((folder / "reports").iterdir())))
    assert "here against " in again.stdout
