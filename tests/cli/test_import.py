"""``bench import`` of what a real pytest wrote, then reported and compared."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.results.run import open_run
from tests.conftest import ROOT, Command
from tests.report.test_exports import HOSTILE
from tests.report.test_pages import parse
from tests.results.test_imported import benchmark, document

TESTS = """
import pytest

@pytest.mark.parametrize("n", [64, 256])
@pytest.mark.parametrize("order", ["up", "<b>d&own_%"])
def test_sort(benchmark, n, order):
    data = list(range(n)) if order == "up" else list(range(n, 0, -1))
    benchmark.pedantic(sorted, args=(data,), rounds=20, iterations=5)

@pytest.mark.benchmark(group="sums")
def test_sum(benchmark):
    benchmark.pedantic(sum, args=(range(100),), rounds=10, iterations=5)
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two files of one test file, written by pytest-benchmark itself."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "test_speed.py").write_text(TESTS, encoding="utf-8")
    for name in ("one.json", "two.json"):
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--benchmark-json",
            name,
            "test_speed.py",
        ]
        answer = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120, check=False)
        assert answer.returncode == 0, answer.stdout + answer.stderr
    return folder


@pytest.fixture(scope="module")
def runs(files: Path) -> list[Path]:
    from bench.results.imported import import_pytest_benchmark

    return [import_pytest_benchmark(files / name, files / "reports")[0] for name in ("one.json", "two.json")]


def test_the_command_prints_the_folder_and_says_what_is_not_known(files: Path, bench: Command) -> None:
    answer = bench("import", "one.json", "--out", "elsewhere", cwd=files)
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == (
        "bench import: 5 benchmarks with samples of one process each: they carry no spread between processes, so that "
        "there are no intervals\n"
    )
    run = open_run(files / answer.stdout.strip())
    wanted = {one["fullname"]: one["stats"] for one in json.loads((files / "one.json").read_text())["benchmarks"]}
    found = run.measurements.set_index(run.measurements["case"].str.removeprefix("pytest-benchmark/"))
    assert set(found.index) == set(wanted)
    for name, stats in wanted.items():
        assert found.loc[name, "value"] == stats["median"]
        case = found.loc[name, "case"]
        assert list(run.samples.loc[run.samples["case"] == case, "seconds"]) == stats["data"]
    assert list(run.replicates["calls"]) == [5] * 5
    assert set(found["n"]) == {64, 256, "not set"}
    assert run.meta["command"] == ["bench", "import", "one.json", "--out", "elsewhere"]


def test_an_imported_run_is_reported(runs: list[Path], bench: Command) -> None:
    answer = bench("report", str(runs[0]))
    assert answer.returncode == 0, answer.stderr
    page = (runs[0] / "report.html").read_text(encoding="utf-8")
    parse(page)
    assert "samples of one process" in page
    assert "<b>d&own" not in page
    for name in ("test_sort", "test_sum"):
        assert name in page
    table = (runs[0] / "tables" / "measurements.csv").read_text(encoding="utf-8")
    assert table.count("\n") == 6


def test_two_imported_runs_are_compared_and_nothing_is_claimed(runs: list[Path], bench: Command) -> None:
    answer = bench("compare", *map(str, runs), "--format", "csv")
    assert answer.returncode == 0, answer.stderr
    lines = answer.stdout.splitlines()
    assert len(lines) == 1 + 5
    assert all(",unclear," in line for line in lines[1:])
    table = bench("compare", *map(str, runs))
    assert table.returncode == 0, table.stderr
    assert "samples of one process" in bench("compare", *map(str, runs), "--format", "markdown", "--all").stdout


def test_an_imported_run_can_be_exported_again(runs: list[Path], bench: Command) -> None:
    answer = bench("export", str(runs[0]), "--format", "bencher")
    assert answer.returncode == 0, answer.stderr
    assert len(json.loads(answer.stdout)) == 5


def test_an_imported_run_cannot_be_resumed_or_confirmed(runs: list[Path], bench: Command) -> None:
    for words in (["run", "--resume", str(runs[0])], ["compare", *map(str, runs), "--confirm", "1"]):
        answer = bench(*words)
        assert answer.returncode == 2, answer.stdout + answer.stderr
        assert len(answer.stderr.splitlines()) == 1


def test_hostile_names_are_reported_and_compared(tmp_path: Path, bench: Command) -> None:
    data = document(*(benchmark(name, [0.1, 0.2], {"n": 8, "word": name}) for name in HOSTILE))
    data["machine_info"] |= {"node": HOSTILE[0], "release": HOSTILE[6]}
    data["commit_info"] |= {"project": HOSTILE[6], "id": HOSTILE[3]}
    for name in ("one.json", "two.json"):
        (tmp_path / name).write_text(json.dumps(data), encoding="utf-8")
        assert bench("import", name, cwd=tmp_path).returncode == 0
    first, second = sorted((tmp_path / "reports").iterdir())
    answer = bench("report", str(first), cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    page = (first / "report.html").read_text(encoding="utf-8")
    parse(page)
    assert "<script>&%" not in page
    compared = bench("compare", "latest~1", "latest", "--format", "html", cwd=tmp_path)
    assert compared.returncode == 0, compared.stderr
    parse(compared.stdout)
    assert first != second


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "bad.json: No such file or directory"),
        ("{", "bad.json: got no JSON ("),
        ('{"testsuites": 1}', "bad.json: got an object with 'testsuites', expected the JSON of pytest-benchmark"),
        (json.dumps(document()), "bad.json: benchmarks: got a list of 0, expected at least one benchmark"),
        (
            json.dumps(document(benchmark("t", [0.1, None]))),
            "bad.json: benchmarks[0].stats.data[1]: got nothing, expected",
        ),
    ],
)
def test_a_bad_file_is_one_line_and_leaves_nothing(
    tmp_path: Path, bench: Command, content: str | None, line: str
) -> None:
    if content is not None:
        (tmp_path / "bad.json").write_text(content, encoding="utf-8")
    before = sorted(path.name for path in tmp_path.iterdir())
    answer = bench("import", "bad.json", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    (found,) = answer.stderr.splitlines()
    assert found.startswith(f"bench import: {line}")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_run_json_of_ours_is_named_for_what_it_is_not(tmp_path: Path, bench: Command) -> None:
    answer = bench("import", str(ROOT / "reports" / "reference-cpu" / "run.json"), cwd=tmp_path)
    assert answer.returncode == 2
    assert "expected the JSON of pytest-benchmark" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_subject_is_told_the_names(files: Path, bench: Command) -> None:
    answer = bench("import", "one.json", "--subject", "ordr", "--out", "never", cwd=files)
    assert answer.returncode == 2
    assert answer.stderr == "bench import: one.json: the subject: got 'ordr'; did you mean 'order'?\n"
    assert not (files / "never").exists()


def test_no_time_without_an_interval_is_called_best(tmp_path: Path, bench: Command) -> None:
    data = document(*(benchmark(name, [value, 1.5 * value]) for name, value in (("test_x", 0.001), ("test_y", 0.5))))
    (tmp_path / "one.json").write_text(json.dumps(data), encoding="utf-8")
    folder = tmp_path / bench("import", "one.json", cwd=tmp_path).stdout.strip()
    assert bench("report", str(folder), cwd=tmp_path).returncode == 0
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "| 1.25 ms | 625 ms |" in text
    assert "**" not in text
    assert "- measured by: pytest-benchmark 5.3.1; its file does not say how it warmed up and when it stopped" in text


def test_other_parameters_beside_are_compared_if_allowed(tmp_path: Path, bench: Command) -> None:
    one, other = benchmark("test_a", [0.1], {"n": 1}), benchmark("test_b", [0.1], {"size": 1})
    for name, data in (("one.json", document(one)), ("two.json", document(one, other))):
        (tmp_path / name).write_text(json.dumps(data), encoding="utf-8")
        assert bench("import", name, cwd=tmp_path).returncode == 0
    answer = bench("compare", "latest~1", "latest", "--allow", "parameters", "--format", "csv", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert [line.partition(",")[0] for line in answer.stdout.splitlines()[1:]] == [
        "pytest-benchmark/tests/test_a.py::test_a[1]"
    ]
