"""The edition of a suite that measures the present installation against another one (``bench run --against``)."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bench.suite.decisions import compared
from bench.suite.installations import InstallationFault, interpreter, pins, requirement
from bench.suite.model import HERE, INSTALLATION, Compare, Installation, Suite
from bench.suite.problems import Problem, SuiteError, nearest
from bench.suite.ranges import is_scalar
from bench.suite.revisions import commit_of, revision_names

#: Names longer than this are cut in the middle: they stand in every case's id and in tables.
_LONGEST = 40

_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def installation_of(text: str, suite_folder: str | os.PathLike[str]) -> Installation:
    """What ``--against`` names: a Python interpreter, a virtual environment, requirements, or a revision.

    Files come first, then requirements that all name a version or an address (``torch==2.12.0``, ``a==1 b<2``,
    ``a @ file:///…``, a wheel), then revisions. A bare ``torch`` is no such requirement: a branch may be called so.

    Args:
        text: The option's value. Paths are relative to the present folder.
        suite_folder: A folder inside the repository whose revisions are meant.

    Returns:
        The installation, called as it was given; a long text is cut.

    Raises:
        SuiteError: It is nothing of these; with the nearest branch or tag.
    """
    said = ""
    if is_scalar(text):
        place = interpreter(text.strip())
        if place is not None:
            return Installation(_name(text, "python"), python=place)
        requires = _requirements(text)
        if requires:
            return Installation(_name(text, "packages"), requires=requires)
        commit, said = commit_of(text.strip(), suite_folder)
        if commit is not None:
            return Installation(_name(text, "revision"), git=commit)
    expected = (
        'a Python interpreter, a virtual environment, requirements such as "torch==2.12.0", '
        f"or a revision of the repository that holds {os.path.abspath(suite_folder)}"
    )
    expected += f" (git says: {said})" if said else ""
    raise SuiteError([against_problem(text, expected, nearest(text, revision_names(suite_folder)))])


def without_questions(suite: Suite) -> Suite:
    """The suite without what it asks of its own subject, for a plan that has another one."""
    return replace(
        suite,
        interleave=(),
        crossovers=(),
        share=None,
        hypotheses=(),
        laws=(),
        maps=(),
        trends=(),
        claims=(),
        compare=None,
    )


def against_problem(text: str, expected: str, near: str | None = None) -> Problem:
    """A problem with the option ``--against``."""
    shown = repr(text)
    return Problem("--against", None, "", shown if len(shown) <= 80 else shown[:77] + "...", expected, near)


def _requirements(text: str) -> tuple[str, ...]:
    """The requirements that a text lists; none if one of its words is none, or names neither version nor address."""
    try:
        # An address may stand apart from its package, as pip writes it.
        words = shlex.split(re.sub(r"\s+@\s+", "@", text))
    except ValueError:  # a quotation that does not end
        return ()
    for candidate in ([text.strip()], words):  # as a whole it may have blanks: torch == 2.12.0
        if candidate and all(pins(word) for word in candidate):
            try:
                return tuple(requirement(word, "") for word in candidate)
            except InstallationFault as fault:
                raise SuiteError([against_problem(text, fault.expected, fault.nearest)]) from None
    return ()


def _name(text: str, kind: str) -> str:
    """How the installation is called on its axis."""
    name = text.strip()
    if _HASH.fullmatch(name):
        return name[:12]
    if name == HERE:  # a branch or a folder may be called so, but so is the present installation
        return f"{kind} {name}"
    half = (_LONGEST - 3) // 2
    return name if len(name) <= _LONGEST else f"{name[:half]}...{name[-half:]}"


def edition_against(suite: Suite, installation: Installation, settings: Mapping[str, Any]) -> Suite:
    """The suite with each case measured twice, in another installation and in the present one.

    What the suite asks of its own subject (crossovers, shares, hypotheses, laws, maps, trends, claims) is not asked
    here: the one question is whether the other installation differs. A case is paired with itself only; so nothing
    else takes turns with it.

    Args:
        suite: The suite with its preset and overrides applied; without an axis ``installation``.
        installation: The other one; it becomes the baseline.
        settings: What the suite's own ``[compare]`` and ``--budget`` set; the baseline there is not heeded.

    Raises:
        SuiteError: The suite measures outcomes only.
    """
    metrics = tuple(name for name in suite.measure.metrics if name != "outcome")
    if not metrics:
        expected = f"a suite that measures more than outcomes, whose seeds decide; {suite.name} does not"
        raise SuiteError([against_problem(installation.name, expected)])
    own = {key: value for key, value in settings.items() if key != "baseline"}
    compare = Compare(installation.name, **own)
    return replace(
        without_questions(suite),
        subject=INSTALLATION,
        axes={**suite.axes, INSTALLATION: (installation.name, HERE)},
        measure=compared(replace(suite.measure, metrics=metrics), compare),
        growth=suite.crossovers[0].axis if suite.crossovers else None,
        compare=compare,
        installations=(installation,),
    )
