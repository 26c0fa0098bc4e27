"""Makes the installations of a suite ready: other interpreters, other packages, other revisions of the sources.

The harness itself is the present one in each of them, so that both sides of a comparison are measured alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.runner.installations.environments import Say, with_requirements
from bench.runner.installations.interpreters import named_interpreter
from bench.runner.installations.revisions import revision
from bench.runner.installed import InstallationError, Installed, present
from bench.runner.servers import Servers, describe_device
from bench.suite.model import HERE, INSTALLATION, Installation, Suite

__all__ = ["InstallationError", "describe_installations", "install", "unchanged"]


def install(suite: Suite, say: Say | None = None) -> dict[str, Installed]:
    """Every installation the suite names, ready to start processes, by name; the present one always among them.

    Those that its axis does not use, after an override for example, are not made. The first use of a requirement or a
    revision may take minutes and need a network; ``say`` is told what is being made. Raises
    :class:`~bench.runner.installed.InstallationError` where one cannot be used.
    """
    used = suite.axes.get(INSTALLATION)
    ready = {HERE: present(str(suite.path.parent))}
    for installation in suite.installations:
        if used is None or installation.name in used:
            ready[installation.name] = _install(installation, suite, say or (lambda _: None))
    return ready


def describe_installations(
    servers: Servers, suite: Suite, installed: Mapping[str, Installed], described: Mapping[str, Any]
) -> dict[str, Any]:
    """What ``run.json`` keeps of each installation by name: ``record``, and ``software`` as its processes see it.

    Nothing for a suite without installations. ``described`` is what the present installation said of the device. Raises
    :class:`~bench.runner.installed.InstallationError` where another one does not find it.
    """
    if len(installed) < 2:
        return {}
    found = {}
    for name, one in installed.items():
        software = described["software"]
        if name != HERE:
            server = servers.get(replace(suite.environment, installation=name))
            try:
                software = describe_device(server, described["device"])["software"]
            except ValueError as error:
                # A class of torch's side is known by its name only, which means nothing to a reader.
                raise InstallationError(name, str(error).removeprefix("DeviceUnavailable: ")) from error
        found[name] = {"record": dict(one.record), "software": software}
    return found


def unchanged(recorded: Mapping[str, Any], installed: Mapping[str, Installed]) -> None:
    """Check that installations are still those of a run, before it is resumed.

    ``recorded`` is what :func:`describe_installations` gave. Raises :class:`~bench.runner.installed.InstallationError`
    where a branch has moved on, for example, or an environment holds other versions.
    """
    for name, one in recorded.items():
        now = installed.get(name)
        if now is None:
            continue
        for key, before in one["record"].items():
            if now.record.get(key) != before:
                raise InstallationError(
                    name, f"its {key} has changed since the run started: {before!r}, now {now.record.get(key)!r}"
                )


def _install(installation: Installation, suite: Suite, say: Say) -> Installed:
    folder = Path(suite.path.parent).resolve()
    if installation.git is not None:
        return revision(installation, suite, say)
    if installation.requires:
        return with_requirements(installation, folder, say)
    return named_interpreter(installation, folder)
