"""Help answers at once, knows every command, and tells what a misspelt word was meant to be."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.cli.main import COMMANDS, main
from bench.cli.parser import did_you_mean
from tests.conftest import ROOT, Command

HEAVY = ("torch", "pandas", "pydantic", "matplotlib", "numpy", "rich")


def test_help_names_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for name, summary in COMMANDS.items():
        assert name in text
        assert summary in text
    for code in ("0 ", "1 ", "2 ", "130"):
        assert f"\n  {code}" in text


def test_every_command_is_a_module_and_every_module_of_a_command_is_listed() -> None:
    found = set()
    for file in (ROOT / "bench" / "cli").glob("*.py"):
        module = import_module(f"bench.cli.{file.stem}")
        if hasattr(module, "configure"):
            found.add(file.stem.removesuffix("_"))
    assert found == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"usage: bench {name}" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["--version"], ["rnu"], ["run", "--presett", "x"]])
def test_help_and_bad_options_load_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys\n"
        "from bench.cli.main import main\n"
        f"main({words!r})\n"
        f"print('loaded:', *(name for name in {HEAVY!r} if name in sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert answer.stdout.splitlines()[-1].strip() == "loaded:"


def test_version_is_the_package_version(capsys: pytest.CaptureFixture[str]) -> None:
    import bench

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"bench {bench.__version__}\n"


def test_no_words_print_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("usage: bench COMMAND")


def test_did_you_mean_names_the_nearest_or_all() -> None:
    assert did_you_mean("rnu", COMMANDS) == "did you mean 'run'?"
    assert did_you_mean("xyz", ["run", "list"]) == "expected one of run, list"


def test_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m bench schema | head -n 1; exit ${{PIPESTATUS[0]}}"
    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_help_time(benchmark: BenchmarkFixture, bench: Command, tmp_path: Path) -> None:
    """The whole process, in seconds; a figure to watch and no bound to pass."""
    benchmark.pedantic(lambda: bench("--help", cwd=tmp_path), rounds=5, warmup_rounds=1)
