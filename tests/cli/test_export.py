"""``bench export``: the file, what it says of what is not in it, and one line for each mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.report.exports import FORMATS
from bench.results.folder import RunFolder
from bench.results.rows import Row
from tests.conftest import ROOT, Command
from tests.report.test_exports import FAILED, HOSTILE, read_openmetrics, stored_run
from tests.results.lines import read_lines


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    stored_run(tmp_path / "reports", HOSTILE)
    return tmp_path


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_is_what_stdout_would_be(reports: Path, bench: Command, form: str) -> None:
    shown = bench("export", "demo-1", "--format", form, cwd=reports)
    assert shown.returncode == 0, shown.stderr
    (line,) = shown.stderr.splitlines()
    assert line.startswith("bench export: ") and " left out, none as 0: " in line
    assert all(f"1 {status}" in line for status in FAILED)
    kept = bench("export", "latest", "--format", form, "--out", "a file", cwd=reports)
    assert (kept.returncode, kept.stdout, kept.stderr) == (0, "wrote a file\n", shown.stderr)
    assert (reports / "a file").read_text(encoding="utf-8") == shown.stdout


def test_the_published_run_can_be_exported_whole(bench: Command) -> None:
    run = ROOT / "reports" / "reference-cpu"
    rows, _ = read_lines(run / "measurements.jsonl")
    times = {row["case"]: row["value"] for row in rows if row.get("metric") == "time" and row["status"] == "ok"}
    answer = bench("export", str(run), "--format", "pytest-benchmark")
    benchmarks = json.loads(answer.stdout)["benchmarks"]
    assert {one["extra_info"]["crossover_bench"]["case"]: one["extra_info"]["crossover_bench"]["value"]
            for one in benchmarks} == times  # fmt: skip
    lengths = {json.dumps(one["params"]["n"]) for one in benchmarks}
    assert "1024" in lengths
    families = read_openmetrics(bench("export", str(run), "--format", "openmetrics").stdout)
    assert {labels["case"]: value for labels, value in families["crossover_time_seconds"]} == times
    without = sum(row["kind"] == "measurement" and row["status"] != "ok" for row in rows)
    assert len(families["crossover_missing"]) == without


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["demo-1"], "the following arguments are required: --format"),
        (["demo-1", "--format", "jsn"], "argument --format: invalid choice: 'jsn' (choose from"),
        (["dem", "--format", "bencher", "--reports", "no"], "got 'dem', expected a run folder, or a run below no"),
        (
            ["demo-2", "--format", "bencher"],
            "got 'demo-2', expected a run folder, or a run below reports; did you mean",
        ),
        (["demo-1", "--format", "bencher", "--out", "no/such/file"], "no/such/file: No such file or directory"),
        (["demo-1", "--formt", "bencher"], "the following arguments are required: --format"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_one_fault_is_one_line(reports: Path, bench: Command, words: list[str], line: str) -> None:
    answer = bench("export", *words, cwd=reports)
    assert (answer.returncode, answer.stdout) == (2, "")
    (found,) = answer.stderr.splitlines()
    assert found.startswith(f"bench export: {line}")


@pytest.mark.parametrize("form", ["pytest-benchmark", "bencher", "github-action-benchmark"])
def test_a_run_of_failures_is_no_empty_file(tmp_path: Path, bench: Command, form: str) -> None:
    meta = {"format": 1, "run_id": "d", "suite": {"name": "d", "subject": "k", "axes": {"k": ["a"]}}}
    folder = RunFolder.create(tmp_path / "reports", meta, [], "")
    folder.write_rows([Row("d/k=a", "d", "a", {"k": "a"}, "time", "s", status="timeout", reason="120 s")])
    folder.finish_group("d", ["d/k=a"], {})
    answer = bench("export", "d", "--format", form, "--out", "out.json", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    wanted = f"got no measurement with a value that {form} has a place for (1 timeout); nothing was written"
    assert answer.stderr == f"bench export: d: {wanted}\n"
    assert not (tmp_path / "out.json").exists()
