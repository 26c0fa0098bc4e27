"""Revisions as installations, with real repositories: which code each side executes is told by what it counts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench.runner.installations import InstallationError, install
from bench.runner.installations.cache import root
from bench.runner.run import execute
from bench.suite.model import HERE, Installation
from tests.runner.places import PRODUCT, commit, git, look, make_suite, make_venv, plan_of, write_work

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of its own, and a pip that never asks a network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.delenv("PIP_CONSTRAINT", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Three states: 1 product at ``old``, 2 at the head, 3 in the working tree; the number lies in another module."""
    top = tmp_path / "repo"
    top.mkdir()
    (top / ".gitignore").write_text("__pycache__/\n")
    for products in (1, 2, 3):
        write_work(top / "suites", "amount.PRODUCTS", "import amount")
        (top / "amount.py").write_text(f"PRODUCTS = {products}\n")
        if products < 3:
            commit(top, f"{products} products")
        if products == 1:
            git(top, "tag", "old")
    return top


def test_a_run_measures_each_revision(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where a user is: in the repository, whose folder is then on the present import path."""
    monkeypatch.chdir(repository)
    monkeypatch.setenv("GIT_DIR", "/nowhere/.git")  # as in a hook
    suite = make_suite(repository / "suites", Installation("old", git="old"), Installation("head", git="HEAD"))
    folder = execute(
        plan_of(suite),
        out=tmp_path / "reports",
        seed=0,
        device="cpu",
        command=["bench"],
        overrides={},
        where=[],
        listener=lambda _: None,
    )
    rows = [json.loads(line) for line in (folder / "measurements.jsonl").read_text().splitlines()]
    counted = {row["case"]: row["value"] / PRODUCT for row in rows if row.get("metric") == "flops_dispatch"}
    assert counted == {"work/old": 1, "work/head": 2, "work/here": 3}
    assert {row["status"] for row in rows if row.get("metric") == "time"} == {"ok"}
    monkeypatch.delenv("GIT_DIR")
    kept = json.loads((folder / "run.json").read_text())["installations"]
    assert list(kept) == [HERE, "old", "head"]
    assert kept["old"]["record"]["commit"] == git(repository, "rev-parse", "old")
    assert kept["old"]["record"]["worktree"].startswith(str(root()))
    assert kept["head"]["software"]["torch"]["version"] == kept[HERE]["software"]["torch"]["version"]
    assert git(repository, "status", "--porcelain") == "M amount.py"


def test_a_worktree_is_used_again_and_made_again_when_it_is_not_what_was_committed(repository: Path) -> None:
    suite = make_suite(repository / "suites", Installation("old", git="old"))
    folder = Path(install(suite)["old"].folder)
    tree = folder.parent
    (tree / "left").write_text("by a build")
    assert Path(install(suite)["old"].folder) == folder
    assert (tree / "left").exists()
    (tree / "amount.py").write_text("PRODUCTS = 7\n")
    install(suite)
    assert (tree / "amount.py").read_text() == "PRODUCTS = 1\n"
    assert not (tree / "left").exists()
    # As an interrupted checkout leaves it: registered and locked, with files missing.
    git(repository, "worktree", "lock", str(tree))
    (tree / "amount.py").unlink()
    install(suite)
    assert (tree / "amount.py").read_text() == "PRODUCTS = 1\n"
    git(repository, "worktree", "lock", str(tree))
    shutil.rmtree(tree)
    install(suite)
    git(repository, "worktree", "prune")
    assert (tree / "amount.py").read_text() == "PRODUCTS = 1\n"


def test_hooks_of_the_repository_do_not_run(repository: Path, tmp_path: Path) -> None:
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    hook.chmod(0o755)
    install(make_suite(repository / "suites", Installation("old", git="old")))
    assert not (tmp_path / "hooked").exists()


def test_what_git_or_the_revision_lacks_is_told_in_a_line(repository: Path, tmp_path: Path) -> None:
    suites = repository / "suites"
    (suites / "new.py").write_text((suites / "work.py").read_text())
    outside = tmp_path / "outside"
    write_work(outside, 1)
    (tmp_path / "elsewhere.py").write_text((outside / "work.py").read_text())
    head = git(repository, "rev-parse", "--short=12", "HEAD")
    for folder, workload, given, expected in [
        (
            suites,
            "./work.py:work",
            "mian",
            f"git = 'mian': expected a revision of the repository {repository}; did you",
        ),
        (suites, "./work.py:work", "--all", f"git = '--all': expected a revision of the repository {repository}"),
        (outside, "./work.py:work", "HEAD", f"expected a suite in a git repository; {outside} lies in none: "),
        (suites, "./new.py:work", "HEAD", f"git = 'HEAD' ({head}): that revision has no workload './new.py:work': "),
        (suites, "../../elsewhere.py:work", "HEAD", "which is no part of it, so its revisions make no difference"),
        (suites, "bench.workloads.attention:attention", "HEAD", f"a workload that the repository {repository} holds; "),
    ]:
        with pytest.raises(InstallationError) as caught:
            install(make_suite(folder, Installation("theirs", git=given), workload=workload))
        assert str(caught.value).startswith("installation 'theirs': git = ")
        assert expected in str(caught.value)
        assert "\n" not in str(caught.value)


PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "pacelib"
version = "1.0"
dependencies = ["torch", "numpy"]
[tool.setuptools]
packages = ["pacelib"]
"""

needs_setuptools = pytest.mark.skipif(find_spec("setuptools") is None, reason="needs setuptools, to build projects")


@pytest.mark.slow
@needs_setuptools
def test_a_project_is_installed_with_its_revision(tmp_path: Path) -> None:
    """The workload imports a package of its repository, which is installed nowhere else."""
    top = tmp_path / "repo"
    write_work(top / "benchmarks", "pacelib.PRODUCTS", "import pacelib")
    (top / "pyproject.toml").write_text(PROJECT)
    package = top / "pacelib" / "__init__.py"
    package.parent.mkdir()
    commits = []
    for products in (1, 4):
        package.write_text(f"PRODUCTS = {products}\n")
        commits.append(commit(top, f"{products}"))
    suite = make_suite(top / "benchmarks", Installation("old", git=commits[0]), Installation("new", git="main"))
    ready = install(suite)
    assert [look(ready[name])["products"] for name in ("old", "new")] == [1, 4]
    assert ready["old"].record["packages"] == {"pacelib": "1.0"}
    assert ready["old"].python != ready["new"].python
    assert install(suite) == ready


LOOK = """
import sys
from pathlib import Path
from bench.runner.installations import install
from bench.suite.model import Installation
from tests.runner.places import look, make_suite
for one in install(make_suite(Path(sys.argv[1]), Installation("old", git="HEAD~1"))).values():
    print(look(one)["products"])
"""


@pytest.mark.slow
@needs_setuptools
@pytest.mark.parametrize("where", [".", "python"])
def test_a_project_that_is_present_too_gives_way(tmp_path: Path, where: str) -> None:
    """At the top of the repository, with a copy in the present ``site-packages``; or below it, editable there.

    setuptools finds what is editable last, after all of ``sys.path``: by itself, the copy would be measured twice.
    """
    top = tmp_path / "repo"
    write_work(top / "benchmarks", "pacelib.PRODUCTS", "import pacelib")
    package = top / where / "pacelib" / "__init__.py"
    package.parent.mkdir(parents=True)
    (top / where / "pyproject.toml").write_text(PROJECT)
    for products in (1, 4):
        package.write_text(f"PRODUCTS = {products}\n")
        commit(top, f"{products}")
    place = make_venv(tmp_path / "venv", with_present=True)
    python = str(place / "bin" / "python")
    way = [] if where == "." else ["--editable"]
    pip = [python, "-I", "-m", "pip", "install", "--quiet", "--no-build-isolation", *way, str(top / where)]
    subprocess.run(pip, check=True, capture_output=True)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [python, "-c", LOOK, str(top / "benchmarks")]
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["4.0", "1.0"]


def test_settings_of_tools_make_no_project(repository: Path) -> None:
    (repository / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
    commit(repository, "settings")
    found = install(make_suite(repository / "suites", Installation("head", git="HEAD")))["head"]
    assert found.python == sys.executable


OWN = """
import sys
from pathlib import Path
from bench.runner.installations import InstallationError, install
from bench.suite.model import Installation
from tests.runner.places import look, make_suite
folder = Path(sys.argv[1])
for name in ("added", "extra"):
    suite = make_suite(folder, Installation("old", git="HEAD~1"), workload=f"bench.workloads.{name}:work")
    try:
        found = install(suite)["old"]
    except InstallationError as error:
        print(error)
    else:
        print(look(found, suite.workload)["products"], found.record["executable"] == sys.executable)
"""


@pytest.mark.slow
def test_of_this_project_only_the_workloads_are_of_the_revision(tmp_path: Path) -> None:
    """A copy of the checkout, whose harness at the revision would not even start."""
    top = tmp_path / "checkout"
    keep = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "bench", top / "bench", ignore=keep)
    (top / "suites").mkdir()
    shutil.copy(REPOSITORY / "pyproject.toml", top)
    runner = top / "bench" / "runner" / "server.py"
    server = runner.read_text()
    runner.write_text("raise SystemExit('the old harness')\n")
    write_work(top / "bench" / "workloads", 1).rename(top / "bench" / "workloads" / "added.py")
    (top / ".gitignore").write_text("__pycache__\n")
    commit(top, "old")
    runner.write_text(server)
    for name in ("added", "extra"):
        write_work(top / "bench" / "workloads", 2).rename(top / "bench" / "workloads" / f"{name}.py")
    commit(top, "new")
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "tests").symlink_to(REPOSITORY / "tests")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(top), str(tmp_path / "library")])}
    command = [sys.executable, "-c", OWN, str(top / "suites")]
    done = subprocess.run(command, env=environment, cwd=top, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == "1.0 True"
    assert "that revision has no workload 'bench.workloads.extra:work'" in second


def test_an_installation_that_has_gone_is_not_asked_for(repository: Path) -> None:
    suite = make_suite(repository / "suites", Installation("old", git="never"))
    assert list(install(replace(suite, axes={**suite.axes, "installation": (HERE,)}))) == [HERE]
