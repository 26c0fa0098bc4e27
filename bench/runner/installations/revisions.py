"""A revision of the suite's repository as an installation: its sources in a worktree, with what they need.

Where the revision is a project that can be installed, and not this one, it is installed (editable, so that what it
builds lies beside its sources) into an environment laid over the present installation: first with the build tools that
are there, which needs no network if nothing new is required, else with those the project asks for. Otherwise the
present interpreter serves. In both cases the folders of the repository that are on the present import path give way to
those of the worktree. Submodules are not checked out.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import bench
from bench.runner.environment import foreign_variables
from bench.runner.installations.cache import digest, harness, locked
from bench.runner.installations.commands import error_line, run
from bench.runner.installations.environments import Say, layered, present_key
from bench.runner.installations.interpreters import added_path
from bench.runner.installations.repository import Repository
from bench.runner.installed import InstallationError, Installed, present_path
from bench.runner.loading import OWN_WORKLOADS
from bench.suite.model import Installation, Suite
from bench.suite.signature import WorkloadFault, workload_signature

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_OURS = "crossover-bench"

# Finds the workload as a case's process would, without importing it.
_FIND = """
import os, sys
reference, folder, *hidden = sys.argv[1:]
sys.path[:] = [folder] + [entry for entry in sys.path if entry and os.path.realpath(entry) not in hidden]
from pathlib import Path
from bench.suite.signature import workload_signature
print(workload_signature(reference, Path(folder)).file.resolve())
"""


def revision(installation: Installation, suite: Suite, say: Say) -> Installed:
    """The installation of a git revision."""
    name, asked = installation.name, str(installation.git)
    folder = suite.path.parent.resolve()
    repository = Repository.holding(folder, name, asked)
    commit = repository.commit(asked)
    label = f"git = {asked!r} ({commit[:12]})"
    _check_held(repository, suite, folder, label)
    key = repository.key(commit)
    with locked(f"worktree-{key}") as lock:
        tree, fresh = repository.worktree(commit, lock)
        python, found = sys.executable, dict[str, Any]()
        if _is_project(tree):
            ways = [["--no-build-isolation", "--editable", str(tree)], ["--editable", str(tree)]]
            made = digest(*present_key(), str(tree), commit)
            python, found = layered(name, made, ways, tree, label, afresh=fresh, say=say)
    path, hidden = _import_path(repository, tree, python)
    record: dict[str, Any] = {"kind": "git", "asked": asked, "commit": commit, "committed": repository.time(commit)}
    record |= {"repository": str(repository.top), "worktree": str(tree), "executable": python, **found}
    place = str(tree / folder.relative_to(repository.top))
    installed = Installed(name, python, path, place, _own_workloads(repository, tree), hidden, record)
    _check_found(installed, suite.workload, tree, label)
    return installed


def _check_held(repository: Repository, suite: Suite, folder: Path, label: str) -> None:
    """Raise unless the present workload is part of the repository: no revision of it would differ otherwise."""
    try:
        file = workload_signature(suite.workload, suite.path.parent).file.resolve()
    except WorkloadFault as fault:
        raise InstallationError(repository.name, f"{label}: workload {suite.workload!r}: {fault}") from fault
    within = repository.top in file.parents and repository.holds(str(file.relative_to(repository.top)))
    if not within and not _beside(suite.workload, repository, folder):
        raise InstallationError(
            repository.name,
            f"{label}: expected a workload that the repository {repository.top} holds; {suite.workload!r} is {file}, "
            "which is no part of it, so its revisions make no difference",
        )


def _beside(reference: str, repository: Repository, folder: Path) -> bool:
    """Whether a workload is named by a file of the repository, wherever its function comes from."""
    name = reference.partition(":")[0]
    file = (folder / name).resolve()
    return name.endswith(".py") and repository.top in file.parents


def _check_found(installed: Installed, reference: str, tree: Path, label: str) -> None:
    """Raise unless a process of the installation finds the workload, in the worktree where the present one has it."""
    module = reference.partition(":")[0]
    if module.startswith(OWN_WORKLOADS):
        place = Path(str(installed.own_workloads), *module.removeprefix(OWN_WORKLOADS).split("."))
        if not (place.with_name(f"{place.name}.py").is_file() or (place / "__init__.py").is_file()):
            raise InstallationError(installed.name, f"{label}: that revision has no workload {reference!r}")
        return
    variables = foreign_variables(installed.python) | {"PYTHONPATH": os.pathsep.join(installed.path)}
    command = [installed.python, "-c", _FIND, reference, installed.folder, *installed.hidden]
    done = run(installed.name, command, cwd="/", env=variables, timeout=60)
    if done.returncode != 0:
        raise InstallationError(
            installed.name, f"{label}: that revision has no workload {reference!r}: {error_line(done)}"
        )
    file = Path(done.stdout.strip().splitlines()[-1])
    inside = (tree.resolve(), Path(installed.python).parents[1])
    if not module.endswith(".py") and not any(folder in file.parents for folder in inside):
        raise InstallationError(installed.name, f"{label}: its workload {reference!r} is not its own but {file}")


def _is_project(tree: Path) -> bool:
    """Whether a worktree can be installed, and is not this project, whose harness is always the present one."""
    file = tree / "pyproject.toml"
    declared: dict[str, Any] = {}
    if file.is_file():
        try:
            declared = tomllib.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            return True  # pip says what is wrong with it
    project = declared.get("project")
    if isinstance(project, dict) and project.get("name") == _OURS:
        return False
    # A file with nothing but settings of tools makes no project.
    return "project" in declared or "build-system" in declared or (tree / "setup.py").is_file()


def _own_workloads(repository: Repository, tree: Path) -> str | None:
    """The worktree's ``bench/workloads``, where the repository is the checkout that the harness runs from."""
    package = Path(bench.__file__).resolve().parent
    if repository.top not in package.parents or not repository.holds(str(package.relative_to(repository.top))):
        return None
    own = tree / package.relative_to(repository.top) / "workloads"
    return str(own) if own.is_dir() else None


def _import_path(repository: Repository, tree: Path, python: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """``PYTHONPATH`` in a worktree, and the entries of ``sys.path`` that it replaces, links resolved."""
    # An environment has the rest by itself, after its own packages; the present interpreter is given all, as it has it.
    kept = present_path() if python == sys.executable else added_path()
    path, hidden = [harness()], []
    for entry in dict.fromkeys([*present_path(), *_editable_folders()]):
        real = Path(entry).resolve()
        inside = real == repository.top or repository.top in real.parents
        # site-packages of an environment inside the checkout, for one, are no files of the repository.
        if inside and repository.holds(str(real.relative_to(repository.top))):
            hidden.append(str(real))
            there = tree / real.relative_to(repository.top)
            path += [str(there)] if there.is_dir() else []
        elif entry in kept:
            path.append(entry)
    return tuple(dict.fromkeys(path)), tuple(dict.fromkeys(hidden))


def _editable_folders() -> list[str]:
    """Folders of packages that setuptools finds by a finder of its own, not through ``sys.path``."""
    found: list[str] = []
    for finder in sys.meta_path:
        module = sys.modules.get(getattr(finder, "__module__", None) or "")
        mapping = getattr(module, "MAPPING", None)
        if isinstance(mapping, dict):
            found += [os.path.dirname(place) for name, place in mapping.items() if os.path.basename(place) == name]
    return found
