"""The fork servers of a run, and what is asked of a machine through them."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any

from bench.runner.process import CaseFailed, ForkServer
from bench.suite.model import Environment

_ASK_S = 120.0


class Servers:
    """Fork servers by environment, started when first needed and closed together."""

    def __init__(self, stack: ExitStack, workload: str) -> None:
        """``stack`` closes the servers when it is left; ``workload`` is the reference of what they will run."""
        self._stack = stack
        self._workload = workload
        self._servers: dict[Environment, ForkServer] = {}

    def get(self, environment: Environment) -> ForkServer:
        """The server for an environment."""
        if environment not in self._servers:
            self._servers[environment] = self._stack.enter_context(ForkServer(environment, self._workload))
        return self._servers[environment]


def pass_width(environment: Environment) -> int:
    """How many cases may be in their passes at once."""
    return max(1, (os.cpu_count() or 1) // environment.threads)


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
