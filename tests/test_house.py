"""The rules between rooms as far as import-linter cannot see them, and the rules of style that ruff has no code for."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "bench").rglob("*.py"))
LONGEST = 300


def modules(room: str) -> list[str]:
    files = sorted((ROOT / "bench" / room).rglob("*.py"))
    return [".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files]


def loaded_after(imports: list[str], names: tuple[str, ...]) -> str:
    code = (
        "import sys, importlib\n"
        f"for name in {imports!r}: importlib.import_module(name)\n"
        f"print(*(name for name in {names!r} if name in sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


@pytest.mark.parametrize("room", ["suite", "results", "analysis", "report", "api", "cli"])
def test_room_loads_no_torch(room: str) -> None:
    assert modules(room)
    assert loaded_after(modules(room), ("torch", "fvcore")) == ""


def test_commands_load_nothing_heavy() -> None:
    names = [f"bench.cli.{name}" for name in ("run", "list", "show", "verify", "report", "compare", "aa")]
    names += [f"bench.cli.{name}" for name in ("doctor", "new", "schema")]
    heavy = ("torch", "pandas", "pydantic", "matplotlib", "rich")
    assert loaded_after(["bench", "bench.cli.main", *names], heavy) == ""


def test_runner_uses_no_pandas() -> None:
    assert loaded_after(["bench.runner.run", "bench.runner.estimate"], ("pandas", "matplotlib")) == ""


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_public_names_have_docstrings(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module has none"
    public = [
        node
        for scope in (tree, *(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name[0] != "_"))
        for node in scope.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and node.name[0] != "_"
    ]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_are_short(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_suites_hold_no_code() -> None:
    assert {file.suffix for file in (ROOT / "suites").rglob("*") if file.is_file()} <= {".toml", ".json"}
