"""The fork servers of a run, and what is asked of a machine through them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from bench.runner.installed import Installed
from bench.runner.process import CaseFailed, ForkServer
from bench.suite.model import HERE, Environment, Suite

_ASK_S = 120.0


class Servers:
    """Fork servers by environment, started when first needed and closed together."""

    def __init__(self, stack: ExitStack, suite: Suite, installed: Mapping[str, Installed]) -> None:
        """``stack`` closes the servers when it is left; ``installed`` are those of the suite, by name."""
        self._stack = stack
        self._suite = suite
        self._installed = installed
        self._servers: dict[Environment, ForkServer] = {}

    def get(self, environment: Environment) -> ForkServer:
        """The server for an environment."""
        if environment not in self._servers:
            self._servers[environment] = self._stack.enter_context(
                ForkServer(environment, self._suite.workload, self._installed[environment.installation])
            )
        return self._servers[environment]

    @property
    def home(self) -> ForkServer:
        """The server of the suite's own settings in the present installation."""
        return self.get(replace(self._suite.environment, installation=HERE))


def pass_width(environment: Environment, device: str) -> int:
    """How many cases may be in their passes at once: two processes on one GPU would share its memory and faults."""
    return max(1, (os.cpu_count() or 1) // environment.threads) if device == "cpu" else 1


def describe_device(server: ForkServer, device: str) -> dict[str, Any]:
    """The device a name stands for, its details and the software that a case sees; raises ``ValueError`` without it.

    Asks a fresh process which device it finds: asking in this one could initialise CUDA before a fork.
    """
    process = server.start()
    try:
        return process.ask("describe", _ASK_S, device=device)
    except CaseFailed as failure:
        raise ValueError(failure.reason) from failure
    finally:
        process.finish()
