"""``bench paper`` on a run that was really measured, and what it answers to bad input."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from bench.cli import main as cli
from bench.results.run import open_run
from tests.conftest import bench_in


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "paper", "what a paper needs")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports folder of one small run."""
    folder = tmp_path_factory.mktemp("measured")
    words = ("mine.toml", "--preset", "quick", "--where", "n <= 32", "--budget", "0.3", "--no-report")
    for command in (("new", "mine"), ("run", *words)):
        answer = bench_in(folder, *command, XDG_CACHE_HOME=str(folder / "cache"))
        assert answer.returncode == 0, answer.stderr
    return folder / "reports"


def _refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(["paper", *words]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


def test_an_archive_holds_the_run(reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "deep" / "paper.zip"
    assert cli.main(["paper", "latest", "--reports", str(reports), "--out", str(out)]) == 0
    assert "paper.zip" in capsys.readouterr().out
    run = open_run(next(path for path in reports.iterdir() if path.is_dir()))
    with zipfile.ZipFile(out) as found:
        rows = pd.read_csv(io.BytesIO(found.read("data/measurements.csv")))
        readme = found.read("README.md").decode()
        assert found.read("data/suite.toml").decode() == run.suite_text
    assert rows["value"].tolist() == pytest.approx(run.measurements["value"].tolist(), nan_ok=True, rel=0, abs=0)
    assert "    bench run mine.toml --preset quick" in readme
    again = tmp_path / "again.zip"
    assert cli.main(["paper", "latest", "--reports", str(reports), "--out", str(again)]) == 0
    assert out.read_bytes() == again.read_bytes()


def test_a_folder_is_written_again(reports: Path, tmp_path: Path) -> None:
    out = tmp_path / "paper"
    words = ["paper", "latest", "--reports", str(reports), "--out", str(out)]
    assert cli.main(words) == 0
    first = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert cli.main(words) == 0
    assert first == {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_bad_input_is_one_line(reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--reports", str(reports))
    assert "nothing-like-it" in _refused(capsys, "nothing-like-it", *where, "--out", str(tmp_path / "a"))
    assert "more than once" in _refused(capsys, "latest", "latest", *where, "--out", str(tmp_path / "a"))
    occupied = tmp_path / "thesis"
    occupied.mkdir()
    (occupied / "chapter.tex").write_text("years of work")
    assert "chapter.tex" in _refused(capsys, "latest", *where, "--out", str(occupied))
    assert (occupied / "chapter.tex").read_text() == "years of work"
    (tmp_path / "file.txt").write_text("")
    assert "ends in .zip" in _refused(capsys, "latest", *where, "--out", str(tmp_path / "file.txt"))
    assert "--out" in _refused(capsys, "latest", *where)
    assert ".tar archives cannot be written" in _refused(capsys, "latest", *where, "--out", str(tmp_path / "pp.tar"))
    assert ".gz archives cannot be written" in _refused(capsys, "latest", *where, "--out", str(tmp_path / "pp.tar.gz"))
    assert not (tmp_path / "pp.tar").exists()
    (tmp_path / "folder.zip").mkdir()
    assert "it is a folder" in _refused(capsys, "latest", *where, "--out", str(tmp_path / "folder.zip"))


def test_what_an_author_rewrote_stays(reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("latest", "--reports", str(reports), "--out", str(tmp_path / "paper"))
    assert cli.main(["paper", *words]) == 0
    capsys.readouterr()
    for name in ("results.tex", "methods.tex"):
        (tmp_path / "paper" / name).write_text("my own words")
    told = _refused(capsys, *words)
    assert "methods.tex, results.tex; move them out of it" in told
    assert (tmp_path / "paper" / "results.tex").read_text() == "my own words"
    (tmp_path / "paper" / "results.tex").rename(tmp_path / "results.tex")
    (tmp_path / "paper" / "methods.tex").rename(tmp_path / "methods.tex")
    assert cli.main(["paper", *words]) == 0
    assert "We ran the suite" in (tmp_path / "paper" / "methods.tex").read_text()


def test_an_own_workload_travels_while_it_is_what_was_measured(reports: Path, tmp_path: Path) -> None:
    source = reports.parent / "mine.py"
    measured = source.read_bytes()
    words = ["paper", "latest", "--reports", str(reports), "--out"]
    assert cli.main([*words, str(tmp_path / "with")]) == 0
    assert (tmp_path / "with" / "data" / "mine.py").read_bytes() == measured
    try:
        source.write_bytes(measured + b"# changed\n")
        assert cli.main([*words, str(tmp_path / "without")]) == 0
    finally:
        source.write_bytes(measured)
    assert not (tmp_path / "without" / "data" / "mine.py").exists()
    run = open_run(next(path for path in reports.iterdir() if path.is_dir()))
    assert f"`{run.meta['workload']['sha256']}`" in (tmp_path / "without" / "README.md").read_text()


def test_a_run_against_itself_is_refused(reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from bench.results.records import AA_FILE

    copy = tmp_path / "copy"
    shutil.copytree(next(path for path in reports.iterdir() if path.is_dir()), copy)
    (copy / AA_FILE).write_text("{}")
    assert "bench aa" in _refused(capsys, str(copy), "--out", str(tmp_path / "a"))
