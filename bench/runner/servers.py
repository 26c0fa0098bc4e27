"""The fork servers of a run, and what is asked of a machine through them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from bench.runner.forecast import available_memory
from bench.runner.installed import Installed
from bench.runner.process import CaseFailed, ForkServer
from bench.suite.model import HERE, Environment, Suite

_ASK_S = 120.0

#: What a server keeps for itself: an interpreter that has imported torch.
_SERVER_BYTES = 200 << 20

#: However little memory there is: from fewer, nothing can be told about what differs between servers.
_LEAST = 3

#: Share of the free memory that all servers of a run may take.
_SHARE = 0.35


class Servers:
    """Fork servers by environment, several of each, started when first needed and closed together."""

    def __init__(self, stack: ExitStack, suite: Suite, installed: Mapping[str, Installed], size: int = 1) -> None:
        """``stack`` closes the servers when it is left; ``installed`` are those of the suite, by name.

        ``size`` is how many there may be for each environment.
        """
        self._stack = stack
        self._suite = suite
        self._installed = installed
        self._servers: dict[tuple[Environment, int], ForkServer] = {}
        self.size = size

    def get(self, environment: Environment, number: int = 0) -> ForkServer:
        """The server of an environment for its ``number``-th processes; they take the servers in turn."""
        key = (environment, number % self.size)
        if key not in self._servers:
            self.start([environment], number)
        return self._servers[key]

    def start(self, environments: Iterable[Environment], number: int) -> None:
        """Start the servers for the ``number``-th processes of several environments, all at the same time."""
        index = number % self.size
        missing = [one for one in dict.fromkeys(environments) if (one, index) not in self._servers]

        for environment in missing:
            installed = self._installed[environment.installation]
            server = ForkServer(environment, self._suite.workload, installed, wait=False)
            self._servers[environment, index] = self._stack.enter_context(server)
        for environment in missing:
            self._servers[environment, index].wait()

    def pending_bytes(self, environments: Iterable[Environment]) -> int:
        """Bytes that the servers of these environments will take which have not started yet."""
        wanted = {(one, index) for one in environments for index in range(self.size)}
        return len(wanted - self._servers.keys()) * _SERVER_BYTES

    def keep(self, environments: Iterable[Environment]) -> None:
        """Close the servers of all other environments: their memory is wanted. They start again if asked for."""
        kept = set(environments)
        for key in [key for key in self._servers if key[0] not in kept]:
            self._servers.pop(key).close()

    @property
    def home(self) -> ForkServer:
        """The server of the suite's own settings in the present installation."""
        return self.get(replace(self._suite.environment, installation=HERE))


def pool_size(wanted: int, environments: int) -> int:
    """How many servers each environment may have: as many as wanted, unless they fill a third of the memory."""
    available = available_memory()
    if available is None:
        return wanted
    return min(wanted, max(_LEAST, int(_SHARE * available / (_SERVER_BYTES * max(environments, 1)))))


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
