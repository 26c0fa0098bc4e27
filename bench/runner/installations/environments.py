"""Virtual environments laid over the present installation: what is installed in one comes first, all else is the same.

Each lies under the user's cache folder, named by a hash of what it is made from, and is used again by later runs. It
counts only once its last file, ``complete.json``, is there: what an interrupted build has left is removed by the next
one. It is made in its final place, not renamed into it, since programs in ``bin`` hold the path of their interpreter.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib import metadata, util
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from bench.runner.environment import foreign_variables
from bench.runner.installations.cache import digest, harness, locked, root
from bench.runner.installations.commands import error_line, run
from bench.runner.installations.interpreters import added_path, probe, site_folders
from bench.runner.installed import InstallationError, Installed
from bench.suite.model import Installation

#: Told what takes long, in a few words.
Say = Callable[[str], None]

_COMPLETE = "complete.json"

# Processed after all others of its folder, which are sorted by name: what is installed comes before what is present.
_PTH = "zz_present_installation.pth"

# Settings of pip that send packages elsewhere than into the environment.
_ELSEWHERE = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER")

# setuptools finds editable packages after all of sys.path; a copy in the present site-packages would hide them.
_EDITABLE_FIRST = (
    "import sys; sys.meta_path.sort("
    "key=lambda finder: not (getattr(finder, '__module__', None) or '').startswith('__editable__'))"
)


def with_requirements(installation: Installation, folder: Path, say: Say) -> Installed:
    """The present installation with requirements installed over it, such as another torch."""
    name, requires = installation.name, list(installation.requires)
    key = digest(*present_key(), requires, [_stamp(requirement, folder) for requirement in requires])
    arguments = [["--", *requires]]
    python, found = layered(name, key, arguments, folder, " ".join(requires), afresh=False, say=say)
    record = {"kind": "requires", "asked": requires, "executable": python, **found}
    return Installed(name, python, (harness(), *added_path()), str(folder), record=record)


def layered(
    name: str, key: str, arguments: Sequence[Sequence[str]], folder: Path, what: str, *, afresh: bool, say: Say
) -> tuple[str, dict[str, Any]]:
    """Interpreter and record of an environment, made unless it is there.

    Args:
        name: The installation, for errors.
        key: Name of the environment in the cache.
        arguments: Of ``pip install``; the next ones are tried where the ones before fail.
        folder: Where pip runs; relative paths begin there.
        what: What is installed, in words.
        afresh: Make it even if it is there.
        say: Told that it is being made.
    """
    place = root() / "environments" / key
    python = str(place / "bin" / "python")
    with locked(f"environment-{key}") as lock:
        found = None if afresh else _complete(place)
        if found is None:
            say(f"installing {what}")
            shutil.rmtree(place, ignore_errors=True)
            try:
                found = _build(name, place, python, arguments, folder, what, lock)
            except BaseException:
                shutil.rmtree(place, ignore_errors=True)
                raise
    return python, found


def _build(
    name: str, place: Path, python: str, arguments: Sequence[Sequence[str]], folder: Path, what: str, lock: int
) -> dict[str, Any]:
    place.parent.mkdir(parents=True, exist_ok=True)
    variables = foreign_variables(python)
    variables = {one: value for one, value in variables.items() if one not in _ELSEWHERE}
    # Without a pip of its own: the present one serves it, and sees what is installed as pip would.
    done = run(name, [sys.executable, "-m", "venv", "--without-pip", str(place)], cwd="/", env=variables)
    if done.returncode != 0:
        raise InstallationError(name, f"no virtual environment can be made: {error_line(done)}")
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = Path(run(name, [python, "-I", "-c", code], cwd="/", env=variables).stdout.strip())
    lines = [_EDITABLE_FIRST, *(f"import site; site.addsitedir({entry!r})" for entry in site_folders())]
    (own / _PTH).write_text("\n".join(lines) + "\n", encoding="utf-8")
    if util.find_spec("pip") is None:
        run(name, [python, "-I", "-m", "ensurepip"], cwd="/", env=variables, hold=[lock])
    # -I: no module of the suite's folder can stand in for one of pip's.
    pip = [python, "-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    for words in arguments:
        done = run(name, [*pip, *words], cwd=folder, env=variables, hold=[lock])
        if done.returncode == 0:
            break
    else:
        raise InstallationError(name, f"pip cannot install {what}: {error_line(done)}")
    packages = {one.name: one.version for one in metadata.distributions(path=[str(own)])}
    found = {**probe(name, python, what), "packages": dict(sorted(packages.items()))}
    fresh = place / f"{_COMPLETE}.fresh"
    fresh.write_text(json.dumps(found), encoding="utf-8")
    fresh.replace(place / _COMPLETE)
    return found


def _complete(place: Path) -> dict[str, Any] | None:
    """What was found out about an environment when it was made; ``None`` if it is not there or of no use."""
    try:
        found: dict[str, Any] = json.loads((place / _COMPLETE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if os.access(place / "bin" / "python", os.X_OK) else None


def present_key() -> list[Any]:
    """What every environment depends on: the interpreter, and the packages that it is laid over."""
    torch = metadata.version("torch")
    return [sys.version, os.path.realpath(sys.executable), sys.prefix, list(site_folders()), torch]


def _stamp(requirement: str, folder: Path) -> list[Any] | None:
    """What tells the state of a requirement that is a file or folder on this machine; ``None`` for any other."""
    text = requirement
    # The file name of a wheel reads like the name of a package: files come first.
    if not (folder / text).exists():
        try:
            text = Requirement(requirement).url or ""
        except InvalidRequirement:  # pip says what is wrong with it
            return None
        if not text.startswith("file:"):
            return None
        text = urllib.request.url2pathname(urllib.parse.urlsplit(text).path)
    path = folder / text
    if path.is_file():
        return [sha256(path.read_bytes()).hexdigest()]
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if ".git" not in file.parts and file.is_file()]
        return [[str(file), file.stat().st_size, file.stat().st_mtime_ns] for file in files]
    return None
