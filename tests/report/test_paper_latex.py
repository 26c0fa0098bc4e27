"""A real pdflatex reads each bundle: no missing character, nothing too wide, no reference left open."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest

from bench.analysis.summary import analyse
from bench.report.paper.bundle import bundle
from bench.report.paper.checksums import write
from bench.results.run import open_run
from tests.conftest import ROOT
from tests.report.test_paper import _analysed

pytestmark = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


def compile_tex(folder: Path, stem: str) -> str:
    """Run pdflatex twice, as an author does; the log of the second run."""
    for _ in range(2):
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{stem}.tex"],
            cwd=folder, capture_output=True, text=True, errors="replace", timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:]
    return (folder / f"{stem}.log").read_text(errors="replace").replace("\n", "")


def complaints(log: str) -> list[str]:
    """What an author must not see."""
    wide = [f"{points} pt too wide" for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(points) > 1]
    tall = re.findall(r"Overfull \\vbox \([\d.]+pt", log)
    lines = ("Missing character", "undefined references", "multiply defined", "Float too large", "Rerun to get",
             "Token not allowed", "has been referenced but does not exist", "Warning: Citation")  # fmt: skip
    return [*wide, *tall, *(line for line in lines if line in log)]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    @cache
    def make(*names: str) -> Path:
        folder = tmp_path_factory.mktemp("-".join(names))
        runs = [_analysed(name) for name in names]
        write(bundle(runs), folder / "paper")
        return folder / "paper"

    return make


CASES: Sequence[tuple[str, ...]] = [
    ("claimed",),
    ("hostile",),
    ("hostile_claims",),
    ("encoder",),
    ("words",),
    ("empty",),
    ("precision",),
    ("training",),
    ("hostile_outcomes",),
    ("words", "hostile", "words"),
]


@pytest.mark.slow
@pytest.mark.parametrize("names", CASES, ids="-".join)
@pytest.mark.parametrize("stem", ["main", "supplement"])
def test_synthetic_runs_compile(compiled: Callable[..., Path], names: tuple[str, ...], stem: str) -> None:
    assert complaints(compile_tex(compiled(*names), stem)) == []


def test_a_paper_compiles(compiled: Callable[..., Path]) -> None:
    assert complaints(compile_tex(compiled("claimed"), "main")) == []


def _document() -> str:
    """The document that docs/PAPERS.md shows to authors."""
    found = re.search(r"## In your own document.*?```latex\n(.*?)```", (ROOT / "docs/PAPERS.md").read_text(), re.S)
    assert found is not None
    return found[1]


def test_the_document_of_the_manual_compiles_with_bold_numbers(tmp_path: Path) -> None:
    run, _ = _analysed("attention")
    run.measurements = run.measurements[run.measurements["allocator"] == "default"]
    files = bundle([(run, analyse(run.meta, run.measurements, run.replicates))])
    assert rb"\bfseries" in files["tables/time.tex"]
    write(files, tmp_path / "paper")
    (tmp_path / "own.tex").write_text(_document(), encoding="utf-8")
    log = compile_tex(tmp_path, "own")
    assert complaints(log) == []
    # Nothing else in this document is bold.
    assert "cmbx8" in log
    plain = files["tables/time.tex"].replace(rb"\bfseries", b"")
    (tmp_path / "paper" / "tables" / "time.tex").write_bytes(plain)
    assert "cmbx" not in compile_tex(tmp_path, "own")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["reference-cpu", "reference-contrastive-training"])
def test_reference_runs_compile(name: str, tmp_path: Path) -> None:
    folder = ROOT / "reports" / name
    if not folder.exists():
        pytest.skip(f"{folder} is not there")
    run = open_run(folder)
    write(bundle([(run, analyse(run.meta, run.measurements, run.replicates, run.outcomes))]), tmp_path)
    for stem in ("main", "supplement"):
        assert complaints(compile_tex(tmp_path, stem)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["claimed", "hostile", "encoder", "precision"])
def test_pgf_figures_compile(compiled: Callable[..., Path], name: str) -> None:
    folder = compiled(name)
    figures = sorted(folder.glob("figures/*.pgf"))
    assert figures
    body = "\n\\newpage\n".join(rf"\noindent\input{{figures/{figure.name}}}" for figure in figures)
    text = f"\\documentclass{{article}}\\usepackage{{pgf}}\\begin{{document}}{body}\\end{{document}}\n"
    (folder / "pgf.tex").write_text(text, encoding="utf-8")
    assert complaints(compile_tex(folder, "pgf")) == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bibtex") is None, reason="bibtex is not installed")
@pytest.mark.parametrize("name", ["claimed", "hostile", "training"])
def test_bibtex_reads_the_sources(compiled: Callable[..., Path], name: str) -> None:
    folder = compiled(name)
    (folder / "cited.tex").write_text(
        "\\documentclass{article}\\usepackage{url}\\begin{document}\\nocite{*}\n"
        "\\bibliographystyle{plain}\\bibliography{refs}\\end{document}\n"
    )
    latex = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "cited.tex"]
    subprocess.run(latex, cwd=folder, capture_output=True, check=True, timeout=60)
    done = subprocess.run(["bibtex", "cited"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "error message" not in done.stdout, done.stdout
    assert complaints(compile_tex(folder, "cited")) == []
