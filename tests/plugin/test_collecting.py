"""Which files are collected as suites, which cases become items, and what is said of faults."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bench.plugin.collect import is_suite
from tests.conftest import ROOT
from tests.plugin.sessions import ids, inside, products, session
from tests.test_house import loaded_after

pytest_plugins = ("pytester",)

#: What a traceback would leave in the output.
TRACED = re.compile(r"Traceback|\.py:\d")

LISTED = ("--collect-only", "-q")


def test_importing_the_plugin_imports_nothing_heavy() -> None:
    assert loaded_after(["bench.plugin"], ("torch", "pandas", "pydantic", "numpy", "bench.suite", "bench.runner")) == ""


def test_collecting_a_suite_imports_no_torch(tmp_path: Path) -> None:
    products(tmp_path)
    answer = session(tmp_path, "products.toml", *LISTED)
    assert len(ids(answer)) == 10
    assert "imported: pydantic bench.suite\n" in answer.stdout


def test_a_folder_with_toml_is_left_alone(tmp_path: Path) -> None:
    products(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "-ra"\n', encoding="utf-8")
    (tmp_path / "broken.toml").write_text("[suite\n", encoding="utf-8")
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n", encoding="utf-8")
    for words in ((), (".",)):
        answer = session(tmp_path, *words)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "1 passed in" in answer.stdout and "imported:\n" in answer.stdout


def test_toml_that_is_no_suite_is_nobodys(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    (pytester.path / "pyproject.toml").write_text('[project]\nname = "x"\n', encoding="utf-8")
    (pytester.path / "test_own.py").write_text("def test_own(): pass\n", encoding="utf-8")
    answer = inside(pytester, monkeypatch, "pyproject.toml", "test_own.py")
    assert answer.returncode == 4 and "pyproject.toml" in answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr


def test_patterns_of_the_configuration(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    (pytester.path / "suites").mkdir()
    (pytester.path / "other").mkdir()
    products(pytester.path / "suites")
    products(pytester.path / "other")
    settings = '[tool.pytest.ini_options]\nsuite_files = ["suites/*.toml", "pyproject.toml"]\n'
    (pytester.path / "pyproject.toml").write_text(settings, encoding="utf-8")
    answer = inside(pytester, monkeypatch, *LISTED)
    assert {node.partition("::")[0] for node in ids(answer)} == {"suites/products.toml"}
    assert len(ids(answer)) == 10


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-k", "good and not 16"], ["good/n=8"]),
        (
            ["--suite-where", "n > 8", "--suite-where", "kind != broken,absent"],
            ["good/n=16", "rough/n=16", "wrong/n=16"],
        ),
        (["--suite-preset", "small"], [f"{kind}/n=8" for kind in ("good", "rough", "wrong", "absent", "broken")]),
        (["--suite-set", "n=4,8", "--suite-where", "kind=good"], ["good/n=4", "good/n=8"]),
        (["--suite-set", "n=4", "--suite-set", "kind=wrong"], ["wrong/n=4"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_selection(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, words: list[str], expected: list[str]
) -> None:
    products(pytester.path)
    answer = inside(pytester, monkeypatch, "products.toml", *LISTED, *words)
    assert ids(answer) == [f"products.toml::products/kind={rest}" for rest in expected], answer.stdout + answer.stderr


def test_one_case_by_its_node_id(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    products(pytester.path)
    node = "products.toml::products/kind=good/n=8"
    assert ids(inside(pytester, monkeypatch, node, *LISTED)) == [node]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[suite]\nname = "x"\n', True),
        ("[tool.suite]\nx = 1\n", False),
        ("suite = 1\n", False),
        ("suites = { suite = {} }\n", False),
        ("suite.name = 'x'\n", True),
        ("[suite\n", True),
        ("[ 'suite' ]\nx = \n", True),
        ("[suites]\nx = \n", False),
        ("x = \n", False),
        ("", False),
    ],
)
def test_what_is_a_suite(tmp_path: Path, text: str, found: bool) -> None:
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    assert is_suite(tmp_path / "x.toml") is found


def test_bytes_that_are_no_text_are_no_suite(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    assert not is_suite(tmp_path / "x.toml") and not is_suite(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["--suite-set", "n"], 4, "--suite-set: got 'n'; expected AXIS=V1,V2, such as n=256,1024"),
        (["--suite-set", "m=4"], 2, "--suite-set: m=4: got m; expected an axis or a fixed parameter (kind, n, "),
        (
            ["--suite-preset", "smal"],
            2,
            "--suite-preset: got smal; expected a preset of products (small); did you mean",
        ),
        (["--suite-where", "m > 4"], 2, "--suite-where: m > 4: got m; expected an axis (kind, n)"),
        (["--suite-where", "n > 16"], 2, "--suite-where: n > 16: expected at least one case left"),
        (["--suite-budget", "-1"], 2, "--suite-budget: got -1.0; expected seconds, more than 0"),
        (["--suite-device", "gpu"], 4, "argument --suite-device: invalid choice: 'gpu'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_fault_in_an_option_is_a_line(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, line: str
) -> None:
    products(pytester.path)
    answer = inside(pytester, monkeypatch, "products.toml", *words)
    printed = answer.stdout + answer.stderr
    assert answer.returncode == code, printed
    assert line in printed and not TRACED.search(printed)


def test_every_fault_of_a_suite_is_a_line(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    products(pytester.path, {'subject = "kind"': 'subject = "kin"', "n = [8, 16]": "n = []"})
    answer = inside(pytester, monkeypatch, "products.toml")
    assert answer.returncode == 2
    lines = [line for line in answer.stdout.splitlines() if line.startswith("products.toml:")]
    assert len(lines) == 3, answer.stdout
    assert lines[0].startswith('products.toml:4: suite.subject: got "kin"') and "did you mean 'kind'?" in lines[0]
    assert lines[1].startswith("products.toml:9: axes.n: got []")
    assert lines[2].startswith("products.toml:16: skip[0].when.n: got 16")
    assert not TRACED.search(answer.stdout)


def test_without_pytest_benchmark(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    products(pytester.path)
    (pytester.path / "test_own.py").write_text("def test_own(): pass\n", encoding="utf-8")
    assert inside(pytester, monkeypatch, "test_own.py", plugins=("bench.plugin",)).returncode == 0
    answer = inside(pytester, monkeypatch, "products.toml", plugins=("bench.plugin",))
    assert answer.returncode == 2
    assert "products.toml: cases are timed by pytest-benchmark, which is not active here; expected it" in answer.stdout
    assert "Traceback" not in answer.stdout


def test_a_suite_that_times_nothing(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    products(pytester.path, {"[presets.small]": '[measure]\nmetrics = ["error"]\n\n[presets.small]'})
    answer = inside(pytester, monkeypatch, "products.toml", "-rs", "-k", "good")
    assert answer.returncode == 0 and "2 skipped" in answer.stdout
    assert "not timed: the suite measures error (measure.metrics)" in answer.stdout


def test_as_an_installed_plug_in(tmp_path: Path) -> None:
    """By its entry point, as an installed package registers it, and not where the user switches it off."""
    products(tmp_path)
    installed = tmp_path / "site" / "registered-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: registered\nVersion: 1\n", encoding="utf-8")
    (installed / "entry_points.txt").write_text("[pytest11]\ncrossover = bench.plugin\n", encoding="utf-8")
    search = os.pathsep.join([str(tmp_path / "site"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    variables = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "", "PYTHONPATH": search}
    strict = ("-W", "error::pytest.PytestWarning", "products.toml", *LISTED)
    answer = session(tmp_path, *strict, plugins=(), variables=variables)
    assert len(ids(answer)) == 10, answer.stdout + answer.stderr
    refused = session(tmp_path, *strict, plugins=("no:crossover",), variables=variables)
    assert refused.returncode == 4 and ids(refused) == []
