"""Makes the installations of a suite ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.runner.installed import Installed, present
from bench.runner.servers import Servers
from bench.suite.model import HERE, Suite


def install(suite: Suite) -> dict[str, Installed]:
    """Every installation the suite names, ready to start processes, by name; the present one always among them."""
    return {HERE: present(str(suite.path.parent))}


def describe_installations(
    servers: Servers, suite: Suite, installed: Mapping[str, Installed], described: Mapping[str, Any]
) -> dict[str, Any]:
    """What ``run.json`` keeps of each installation: its record, and the software its processes see."""
    return {}
