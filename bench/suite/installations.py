"""The ``[[installation]]`` tables of a suite: which interpreters, revisions and packages its cases may run with."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from bench.suite.checker import Checker, items, tables
from bench.suite.checks import Meaning
from bench.suite.document import Document, Key
from bench.suite.model import HERE, INSTALLATION, Installation, Scalar
from bench.suite.problems import Problem, nearest
from bench.suite.ranges import is_scalar
from bench.suite.revisions import commit_of, revision_names

_WAYS = ("python", "git", "requires")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class InstallationFault(ValueError):
    """A path, revision or requirement that leads nowhere: what was expected instead, and the nearest known name."""

    def __init__(self, expected: str, near: str | None = None) -> None:
        """Keep the parts of the message."""
        super().__init__(f"expected {expected}")
        self.expected = expected
        self.nearest = near


def interpreter(path: str) -> str | None:
    """Absolute path of an interpreter or of a virtual environment's folder; ``None`` where there is neither.

    Links are not followed: the interpreter of a virtual environment is one, and only by its own path is it one.
    """
    place = os.path.abspath(os.path.expanduser(path))
    runs = os.path.isfile(place) and os.access(place, os.X_OK)
    return place if runs or os.path.isfile(os.path.join(place, "bin", "python")) else None


def requirement(text: str, folder: str | os.PathLike[str]) -> str:
    """A requirement as pip takes it; the path of a wheel, relative to ``folder``, becomes one with its address.

    Raises:
        InstallationFault: It is neither.
    """
    parsed = _parsed(text)
    if _is_wheel(text, parsed):
        return _wheel(os.path.abspath(os.path.join(folder, os.path.expanduser(text))))
    if parsed is None:
        raise InstallationFault('a requirement as pip takes it, such as "torch==2.12.0", or the path of a wheel')
    return text


def pins(text: str) -> bool:
    """Whether a text is a requirement with a version or an address, or seems to be the path of a wheel."""
    parsed = _parsed(text)
    return _is_wheel(text, parsed) or (parsed is not None and bool(parsed.specifier or parsed.url))


def _parsed(text: str) -> Requirement | None:
    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        return None
    # Git's "main@{1}" would pass for a package at an address; but an address has a scheme.
    return parsed if parsed.url is None or _SCHEME.match(parsed.url) else None


def _is_wheel(text: str, parsed: Requirement | None) -> bool:
    return text.endswith(".whl") and not (parsed and parsed.url)


def _wheel(path: str) -> str:
    try:
        name = parse_wheel_filename(os.path.basename(path))[0]
    except InvalidWheelFilename:
        raise InstallationFault("a wheel's name, such as package-1.0-py3-none-any.whl") from None
    if not os.path.isfile(path):
        beside = sorted(str(other) for other in Path(path).parent.glob("*.whl"))
        raise InstallationFault(f"a wheel; there is none at {path}", nearest(path, beside, 0.8))
    return f"{name} @ {Path(path).as_uri()}"


def check_installations(document: Document, meaning: Meaning) -> list[Problem]:
    """Check the tables' names, and that each says one thing and is used. Nothing outside the suite is looked at."""
    checker = Checker(document, meaning)
    declared = tables(document.data.get("installation"))
    used = meaning.values(INSTALLATION)
    for index, content in enumerate(declared):
        key: Key = ("installation", index)
        name = content.get("name")
        if name == HERE:
            checker.report((*key, "name"), f'another name: "{HERE}" is the installation that the command runs in')
        elif name in [other.get("name") for other in declared[:index]]:
            checker.report((*key, "name"), "a name that no other installation has")
        elif isinstance(name, str) and name:
            if not is_scalar(name):
                checker.report((*key, "name"), "text that can be printed on one line")
            elif name not in used:
                checker.report((*key, "name"), "a value of the axis installation under [axes]", used)
        given = [way for way in _WAYS if way in content]
        if len(given) != 1:
            expected = "exactly one of python, git and requires"
            checker.problems.append(document.problem(key, expected, given=given or None))
        for place, text in enumerate(items(content.get("requires"))):
            if isinstance(text, str) and not _is_wheel(text, _parsed(text)):
                try:
                    requirement(text, "")
                except InstallationFault as fault:
                    checker.report((*key, "requires", place), fault.expected)
    return checker.problems


def used_installations(
    document: Document, values: Sequence[Scalar], folder: Path
) -> tuple[tuple[Installation, ...], list[Problem]]:
    """The installations that an edition of a suite runs in, in declared order; ``here`` is not among them.

    Paths become absolute and revisions hashes, so that a run that is resumed later runs in the same ones. What this
    edition does not use need not exist on this machine.

    Args:
        document: The suite, its tables checked.
        values: Values of the axis ``installation`` in this edition.
        folder: What paths are relative to; also inside the repository whose revisions are meant.

    Returns:
        The installations, and every problem with what they name.
    """
    found = []
    problems = []
    for index, content in enumerate(tables(document.data.get("installation"))):
        if content["name"] in values:
            try:
                found.append(_installation(content, folder))
            except InstallationFault as fault:
                way = next(way for way in _WAYS if way in content)
                key: Key = ("installation", index, way)
                problems.append(document.problem(key, fault.expected, nearest=fault.nearest))
    return tuple(found), problems


def _installation(content: dict[str, Any], folder: Path) -> Installation:
    name = content["name"]
    if "python" in content:
        place = interpreter(os.path.join(folder, os.path.expanduser(content["python"])))
        if place is None:
            raise InstallationFault("a Python interpreter or the folder of a virtual environment; there is none")
        return Installation(name, python=place)
    if "git" in content:
        commit, said = commit_of(content["git"], folder)
        if commit is None:
            expected = "a revision of the repository that holds the suite" + (f" (git says: {said})" if said else "")
            raise InstallationFault(expected, nearest(content["git"], revision_names(folder)))
        return Installation(name, git=commit)
    return Installation(name, requires=tuple(requirement(text, folder) for text in content["requires"]))
