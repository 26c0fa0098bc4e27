"""What the documents promise: links lead somewhere, commands exist, examples run."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from bench.cli.main import COMMANDS
from bench.suite import expand, load_suite
from tests.conftest import ROOT, Command

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def fences(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The README's own suite, as a reader would copy it."""
    (tmp_path / "lowrank.toml").write_text(fences("toml")[0])
    (tmp_path / "lowrank.py").write_text(fences("python")[0])
    return tmp_path / "lowrank.toml"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    local = [target for target in targets if target and "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_exist(document: Path) -> None:
    """Every ``bench word`` in code is a command."""
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"(?:`|/|^|&& )bench ([a-z]+)", text, re.MULTILINE)
    assert set(named) <= set(COMMANDS)


def test_readme_names_every_command() -> None:
    assert [name for name in COMMANDS if f"`bench {name}" not in README] == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = next(block for block in fences("sh") if "tox" in block)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for part in command.strip().split(" && "):
        assert part in script


def test_first_command_names_a_suite_and_a_preset() -> None:
    words = shlex.split(fences("sh")[0].split(" && ")[-1])
    assert words[1:4] == ["run", "attention", "--preset"]
    assert load_suite("attention", preset=words[4]).preset == words[4]


def test_example_suite_expands(example: Path) -> None:
    plan = expand(load_suite(example))
    assert len(plan.cases) == 2 * 6
    assert len(plan.groups) == 6


def test_example_workload_costs_what_the_readme_says(example: Path) -> None:
    """Dense 2·256·n², low rank 2·256·2·n·48: equal at n = 96."""
    names: dict[str, object] = {}
    exec(compile((example.parent / "lowrank.py").read_text(), "lowrank.py", "exec"), names)
    layer = names["layer"]
    assert layer(kind="dense", n=96).flops == layer(kind="low_rank", n=96).flops == 2 * 256 * 96 * 96  # type: ignore[operator]


def test_count_flops_example_prints_a_table() -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(fences("python")[1], "README.md", "exec"), {})
    assert "linear1" in printed.getvalue()


def test_frames_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    exec(compile(fences("python")[2], "README.md", "exec"), names)
    assert names["run"].frame["unit"].notna().any()  # type: ignore[attr-defined]


def test_every_page_is_listed() -> None:
    """In the README and in the index of the documents."""
    pages = {file.stem for file in (ROOT / "docs").glob("*.md")} - {"README"}
    for text, folder in ((README, "docs/"), ((ROOT / "docs" / "README.md").read_text(encoding="utf-8"), "")):
        assert {page for page in pages if f"[{page}]({folder}{page}.md)" not in text} == set()


@pytest.mark.slow
def test_example_runs_and_crosses_where_the_readme_says(example: Path, bench: Command) -> None:
    answer = bench("run", "lowrank.toml", "--budget", "0.5", cwd=example.parent)
    assert answer.returncode == 0, answer.stderr
    assert re.search(r"n = 96\b", answer.stdout)


def test_versions_agree() -> None:
    from bench import __version__

    assert f"version: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
