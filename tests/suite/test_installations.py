"""The tables [[installation]]: what they name is found, and told where it is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.suite import SuiteError, expand, load_suite
from bench.suite.installations import InstallationFault, interpreter, pins, requirement
from bench.suite.model import Installation

from .conftest import SUITE, repository


def with_tables(values: str, tables: str) -> str:
    """The small suite with an axis of installations on line 10, and their tables from line 21 on."""
    axis = f"causal = [false, true]\ninstallation = [{values}]"
    return SUITE.replace("causal = [false, true]", axis) + tables


def table(name: str, content: str) -> str:
    return f'[[installation]]\nname = "{name}"\n{content}\n'


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_what_is_declared(write, tmp_path: Path) -> None:
    first = repository(tmp_path)
    executable(tmp_path / "venv" / "bin" / "python")
    interpreter = executable(tmp_path / "deep" / "python3")
    wheel = tmp_path / "dist" / "pkg-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.touch()
    tables = [
        table("venv", 'python = "venv"'),
        table("other", 'python = "./deep/../deep/python3"'),
        table("old", 'git = "v1.0"'),
        table("torch", 'requires = ["torch==2.12.0", "numpy<2", "dist/pkg-1.0-py3-none-any.whl"]'),
    ]
    path = write(text=with_tables('"here", "old", "venv", "other", "torch"', "".join(tables)))
    suite = load_suite(path)
    assert suite.installations == (
        Installation("venv", python=str(tmp_path / "venv")),
        Installation("other", python=str(interpreter)),
        Installation("old", git=first),
        Installation("torch", requires=("torch==2.12.0", "numpy<2", f"pkg @ file://{wheel}")),
    )
    plan = expand(suite)
    # As an axis that is not the subject it tells groups apart, and is the outermost.
    assert [group.environment.installation for group in plan.groups[::6]] == ["here", "old", "venv", "other", "torch"]
    case = plan.groups[6].cases[0]
    assert case.id == "small/kernel=naive/n=64/causal=false/installation=old"
    assert "installation" not in case.params


def test_the_link_of_a_virtual_environment_is_not_followed(write, tmp_path: Path) -> None:
    real = executable(tmp_path / "real" / "python3")
    link = tmp_path / "venv" / "bin" / "python"
    link.parent.mkdir(parents=True)
    link.symlink_to(real)
    assert interpreter(str(link)) == str(link)
    assert interpreter(str(tmp_path / "venv")) == str(tmp_path / "venv")
    link.unlink()
    link.symlink_to(tmp_path / "gone")
    assert interpreter(str(link)) is None and interpreter(str(tmp_path / "venv")) is None


def test_what_is_not_used_need_not_exist(write, problems) -> None:
    text = with_tables('"here", "gone"', table("gone", 'python = "nowhere/python"'))
    path = write(text=text.replace("causal = false}", 'causal = false, installation = "here"}'))
    (problem,) = problems(path)
    assert (problem.line, problem.key) == (23, "installation[0].python")
    for options in ({"preset": "quick"}, {"overrides": {"installation": ["here"]}}):
        suite = load_suite(path, **options)
        assert (suite.axes["installation"], suite.installations) == (("here",), ())


def test_a_value_of_a_preset_alone_is_a_use(write, tmp_path: Path) -> None:
    executable(tmp_path / "venv" / "bin" / "python")
    text = with_tables('"here"', table("mine", 'python = "venv"'))
    path = write(text=text.replace("causal = false}", 'causal = false, installation = ["mine", "here"]}'))
    assert load_suite(path).installations == ()
    assert [one.name for one in load_suite(path, preset="quick").installations] == ["mine"]


def test_the_subject_may_be_the_installation(write) -> None:
    text = with_tables('"new", "here"', table("new", 'requires = ["numpy==2.1"]'))
    text = text.replace('subject = "kernel"', 'subject = "installation"').replace('["sdpa"]', '["here"]')
    suite = load_suite(write(text=text + '[compare]\nbaseline = "here"\n[labels]\nnew = "NumPy 2.1"\n'))
    assert (suite.compare.baseline, suite.labels) == ("here", {"new": "NumPy 2.1"})
    group = expand(suite).groups[0]
    assert [case.environment.installation for case in group.cases] == ["new", "here"]


def test_paths_are_relative_to_the_suite_or_to_where_its_copy_came_from(write, tmp_path: Path) -> None:
    executable(tmp_path / "venv" / "bin" / "python")
    path = write(text=with_tables('"here", "mine"', table("mine", 'python = "venv"')))
    copy = tmp_path / "run" / "suite.toml"
    copy.parent.mkdir()
    copy.write_text(path.read_text())
    assert load_suite(copy, folder=tmp_path).installations[0].python == str(tmp_path / "venv")


AXIS = '"here", "one"'
ANY = 'requires = ["numpy==2"]'


# values, tables, line, key, given, start of expected, nearest
@pytest.mark.parametrize(
    ("values", "tables", "line", "key", "given", "expected", "near"),
    [
        (AXIS, table("one", 'python = "venv"\ngit = "main"'), 21, "installation[0]", '["python", "git"]',
         "exactly one of python, git and requires", None),
        (AXIS, table("one", ""), 21, "installation[0]", None, "exactly one of python, git and requires", None),
        (AXIS, table("one", 'pyhton = "venv"'), 23, "installation[0].pyhton", '"venv"',
         "a known key (name, python, git, requires)", "python"),
        (AXIS, '[[installation]]\ngit = "main"\n', 21, "installation[0].name", None, "this key, which every", None),
        (AXIS, table("one", "requires = []"), 23, "installation[0].requires", "[]", "at least 1 item", None),
        (AXIS, table("one", 'requires = "numpy==2"'), 23, "installation[0].requires", '"numpy==2"', "a list", None),
        (AXIS, table("one", 'requires = ["numpy==2",\n"torch=2.12"]'), 24, "installation[0].requires[1]",
         '"torch=2.12"', 'a requirement as pip takes it, such as "torch==2.12.0", or the path of a wheel', None),
        (AXIS, table("one", 'requires = ["-e ."]'), 23, "installation[0].requires[0]", '"-e ."', "a requirement", None),
        (AXIS, table("one", 'requires = ["gone-1-py3-none-any.whl"]'), 23, "installation[0].requires",
         '["gone-1-py3-none-any.whl"]', "a wheel; there is none at /", None),
        (AXIS, table("one", 'requires = ["odd.whl"]'), 23, "installation[0].requires", '["odd.whl"]', "a wheel's name",
         None),
        (AXIS, table("one", 'python = "venv"'), 23, "installation[0].python", '"venv"',
         "a Python interpreter or the folder of a virtual environment; there is none", None),
        (AXIS, table("one", 'git = "v1"'), 23, "installation[0].git", '"v1"', "a revision of the repo", None),
        (AXIS, table("one", 'git = "--all"'), 23, "installation[0].git", '"--all"', "a revision of the repo", None),
        (AXIS, table("one", ANY) + table("one", ANY), 25, "installation[1].name", '"one"',
         "a name that no other installation has", None),
        (AXIS, table("one", ANY) + table("here", ANY), 25, "installation[1].name", '"here"',
         'another name: "here" is the installation that the command runs in', None),
        (AXIS, table("one", ANY) + table("onne", ANY), 25, "installation[1].name", '"onne"',
         "a value of the axis installation under [axes]", "one"),
        ('"here", "on"', table("one", ANY), 10, "axes.installation[1]", '"on"', 'one of "here", "one"', "one"),
        ('"here", 1', table("1", ANY), 10, "axes.installation[1]", "1", 'one of "here", "1"', "1"),
        ('"hree"', "", 10, "axes.installation[0]", '"hree"', '"here"', "here"),
    ],
)  # fmt: skip
def test_faults(write, problems, values, tables, line, key, given, expected, near) -> None:
    found = {problem.key: problem for problem in problems(write(text=with_tables(values, tables)))}
    problem = found[key]
    assert (problem.line, problem.given, problem.nearest) == (line, given, near)
    assert problem.expected.startswith(expected)
    assert "\n" not in str(problem)


def test_nothing_uses_it(write, problems) -> None:
    (problem,) = problems(write(text=SUITE + table("one", ANY)))
    assert (problem.key, problem.expected) == ("installation[0].name", "a value of the axis installation under [axes]")


def test_names_that_no_line_can_show(write, problems) -> None:
    tables = '[[installation]]\nname = "a\\u0007"\ngit = "main"\n'
    found = {problem.key: problem.expected for problem in problems(write(text=with_tables('"here"', tables)))}
    assert found == {"installation[0].name": "text that can be printed on one line"}


def test_the_nearest_revision(write, problems, tmp_path: Path) -> None:
    repository(tmp_path)
    (problem,) = problems(write(text=with_tables(AXIS, table("one", 'git = "feature/sped"'))))
    assert (problem.expected, problem.nearest) == (
        "a revision of the repository that holds the suite", "feature/speed",
    )  # fmt: skip


def test_no_repository_is_told(write, problems, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    path = write(text=with_tables(AXIS, table("one", 'git = "main"')))
    (problem,) = problems(path)
    assert "(git says: fatal: not a git repository" in problem.expected
    monkeypatch.setenv("PATH", "")
    (problem,) = problems(path)
    assert "(git says: git: No such file or directory)" in problem.expected


def test_values_on_the_command_line(write, problems) -> None:
    path = write(text=with_tables(AXIS, table("one", ANY)))
    assert load_suite(path, overrides={"installation": ["one"]}).axes["installation"] == ("one",)
    (problem,) = problems(path, overrides={"installation": ["onne"]})
    assert str(problem) == (
        '--set: installation=onne: got onne; expected one of "here", "one"; did you mean \'one\'?'
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("torch==2.12.0", True), ("torch == 2.12.0", True), ("torch[opt]>=2,<3", True), ("numpy<2; os_name=='x'", True),
        ("pkg @ file:///tmp/pkg.whl", True), ("pkg@https://example.org/pkg.zip", True), ("dist/pkg.whl", True),
        ("pkg-1.0-py3-none-any.whl", True), ("torch", False), ("v1.0", False), ("main@{1}", False), ("HEAD~1", False),
        ("main@there", False), ("a==1 b==2", False), ("-e .", False), ("torch=2.12", False), ("", False),
    ],
)  # fmt: skip
def test_what_names_a_version_or_an_address(text, found) -> None:
    assert pins(text) is found


def test_wheels_become_addresses(tmp_path: Path) -> None:
    wheel = tmp_path / "a folder" / "My_Pkg-1.0+cpu-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.touch()
    assert requirement("a folder/" + wheel.name, tmp_path) == f"my-pkg @ {wheel.as_uri()}"
    assert requirement(str(wheel), "/nowhere") == f"my-pkg @ {wheel.as_uri()}"
    with pytest.raises(InstallationFault) as caught:
        requirement("a folder/My_Pkg-1.1+cpu-py3-none-any.whl", tmp_path)
    assert caught.value.nearest == str(wheel)


@given(st.text(max_size=20))
def test_any_text_is_a_requirement_or_a_message(text) -> None:
    try:
        assert requirement(text, os.sep)
    except InstallationFault as fault:
        assert fault.expected
        assert not pins(text) or text.endswith(".whl")


def test_faults_are_suite_errors(write) -> None:
    with pytest.raises(SuiteError, match=r"small\.toml:23: installation\[0\]\.python: got \"no\"; expected a Python"):
        load_suite(write(text=with_tables(AXIS, table("one", 'python = "no"'))))
