"""Finding and opening runs, one or several, and what that imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import bench
from bench.results.folder import FolderError
from tests.api.stored import make_run
from tests.conftest import ROOT


def test_runs_are_found_as_by_the_commands(tmp_path: Path) -> None:
    make_run(tmp_path, "first")
    last = make_run(tmp_path, "second", started="2026-11-24T10:00:00+00:00")
    for name in ("latest", "second", "sec", str(last), last):
        assert bench.open_run(name, tmp_path).folder == last
    assert bench.open_run("latest~1", tmp_path).folder.name == "first"
    with pytest.raises(FolderError, match="did you mean 'second'"):
        bench.open_run("secnd", tmp_path)
    with pytest.raises(FolderError, match="no run folder at"):
        bench.open_run(tmp_path / "none")


def test_what_is_no_name_of_a_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="open_run: got 3, expected a run folder"):
        bench.open_run(3)  # type: ignore[arg-type]
    one = make_run(tmp_path, "one")
    with pytest.raises(FolderError, match="one' more than once"):
        bench.open_runs([one, one])


def test_several_runs_in_one_frame(tmp_path: Path) -> None:
    # 10:30 in a zone two hours ahead is before 10:00 in UTC.
    make_run(tmp_path, "a-slow", slower=2.0)
    make_run(tmp_path, "b-fast", started="2026-11-23T10:30:00+02:00", name_of="ignored")
    runs = bench.open_runs(tmp_path)
    assert runs.names == ["b-fast", "a-slow"] and len(runs) == 2
    assert runs["a-slow"] is runs[1] is list(runs)[1]
    assert len(runs.frame) == sum(len(run.frame) for run in runs) and runs.frame.columns[0] == "run"
    assert "run" not in runs[0].frame
    table = runs.pivot("n", "run", where={"kernel": "linear", "dtype": "float32"})
    assert (table["a-slow"] / table["b-fast"]).tolist() == [2.0, 2.0, 2.0]
    status = runs.pivot("run", "kernel", "status", "peak_resident_bytes", {"dtype": "float16", "n": 256})
    assert status["sdpa"].to_dict() == {"b-fast": "oom_host", "a-slow": "oom_host"}
    assert set(runs.crossovers["run"]) == {"a-slow", "b-fast"}
    assert list(runs.machines["cpu"]) == ["CPU of b-fast", "CPU of a-slow"]
    with pytest.raises(ValueError, match=r"still differ in run \('b-fast', 'a-slow'\)"):
        runs.pivot("n", "kernel", where={"dtype": "float32"})
    with pytest.raises(ValueError, match="did you mean 'a-slow'"):
        runs["a-slw"]
    assert "a-slow" in runs.styled(runs.ratios).to_html()


def test_runs_with_other_axes_and_equal_names(tmp_path: Path) -> None:
    one, two = make_run(tmp_path / "x"), make_run(tmp_path / "y", fixed={"heads": 4})
    runs = bench.open_runs([one, two])
    assert sorted(runs.names) == ["x/demo", "y/demo"]
    assert runs.fixed == {}
    assert bench.open_runs([one]).fixed == {"heads": 8}


def test_folders_without_runs_say_so(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="no run below"):
        bench.open_runs(tmp_path)
    folder = make_run(tmp_path)
    with pytest.raises(FolderError, match="is a run folder; expected a folder of them"):
        bench.open_runs(folder)
    with pytest.raises(FolderError, match="no folder at"):
        bench.open_runs(tmp_path / "none")
    with pytest.raises(ValueError, match='suite: got "demi"; expected "demo"; did you mean \'demo\''):
        bench.open_runs(tmp_path, suite="demi")
    broken = make_run(tmp_path, "broken")
    (broken / "run.json").write_text("{")
    with pytest.warns(UserWarning, match=r"left out: .*broken.run\.json cannot be read"):
        assert bench.open_runs(tmp_path, suite="demo").names == ["demo"]


def test_importing_is_cheap() -> None:
    code = (
        "import sys, bench\n"
        "assert set(bench.__all__) <= set(dir(bench))\n"
        "print(*(name for name in ('pandas', 'numpy', 'torch') if name in sys.modules))\n"
        "import bench.api\n"
        "bench.open_run, bench.open_runs, bench.Run, bench.Runs\n"
        "print(*(name for name in ('torch', 'matplotlib', 'bench.runner') if name in sys.modules))\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (answer.returncode, answer.stdout) == (0, "\n\n"), answer.stderr
