"""The parent's side of the fork server: start a case's process, ask it things, kill it, learn how it ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import IO, Any

from bench.runner.environment import process_environment
from bench.runner.installed import InstallationError, Installed, present, python_path, server_command
from bench.suite.model import HERE, Environment

_START_TIMEOUT_S = 180.0
_LOG_TAIL = 400


@dataclass
class CaseFailed(Exception):
    """A case that did not answer as asked: its status and reason, as they go into its rows."""

    status: str
    reason: str

    def __str__(self) -> str:
        return f"{self.status}: {self.reason}"


class CaseProcess:
    """One fresh process. Every question has a deadline; past it the process is killed, hard, with what it started."""

    def __init__(self, server: ForkServer, pid: int, connection: Connection, log: IO[bytes]) -> None:
        """Made by :meth:`ForkServer.start`."""
        self._server = server
        self.folder = server.folder
        self.pid = pid
        self._connection = connection
        self._log = log
        self.alive = True

    def send(self, do: str, **arguments: Any) -> None:
        """Send a question without waiting, so that several processes can prepare at the same time."""
        # A process that is gone is noticed, with its exit status, when its answer is read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._connection.send({"do": do, **arguments})

    def receive(self, timeout: float) -> dict[str, Any]:
        """The answer to the last question. Raises :class:`CaseFailed` on a fault, a death or the deadline."""
        try:
            if not self._connection.poll(timeout):
                self.kill()
                raise CaseFailed("timeout", f"no answer within {timeout:g} s")
            answer: dict[str, Any] = self._connection.recv()
        except (EOFError, ConnectionResetError):
            raise self._death() from None
        if "status" in answer:
            self.finish()
            raise CaseFailed(answer["status"], answer["reason"])
        return answer

    def ask(self, do: str, timeout: float, **arguments: Any) -> dict[str, Any]:
        """Send a question and wait for its answer."""
        self.send(do, **arguments)
        return self.receive(timeout)

    def finish(self) -> None:
        """Let the process end by itself, and make sure that it has."""
        if self.alive:
            self._connection.close()
            if self._server.exit_status(self.pid, timeout=2.0) is None:
                self._kill_group()
            self._close()

    def kill(self) -> None:
        """End the process and everything it started, at once."""
        if self.alive:
            self._kill_group()
            self._connection.close()
            self._server.exit_status(self.pid, timeout=5.0)
            self._close()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def _close(self) -> None:
        self.alive = False
        self._log.close()

    def _death(self) -> CaseFailed:
        """How the process ended without an answer."""
        killed_before = self._server.oom_kills
        status = self._server.exit_status(self.pid, timeout=5.0)
        self._log.seek(0)
        tail = self._log.read().decode(errors="replace").strip()[-_LOG_TAIL:]
        self._kill_group()
        self._connection.close()
        self._close()
        said = f"; its last words: {tail}" if tail else ""
        if status is not None and status < 0:
            name = signal.Signals(-status).name
            if -status == signal.SIGKILL and _oom_kills() > killed_before:
                return CaseFailed("oom_host", f"killed by the kernel for want of memory{said}")
            return CaseFailed("crashed", f"ended by {name}{said}")
        return CaseFailed("crashed", f"ended without an answer, exit status {status}{said}")


class ForkServer:
    """A running fork server for one environment. A context manager; closing it kills its cases."""

    def __init__(
        self, environment: Environment, workload: str = "", installed: Installed | None = None, wait: bool = True
    ) -> None:
        """Start the server and wait for its imports, which include ``workload`` (a reference) if it is one of ours.

        It runs in ``installed``, or in the present installation with workloads beside the current folder. Where it
        cannot start it raises ``RuntimeError`` with its output, or, in another installation than the present one,
        :class:`~bench.runner.installed.InstallationError`. Without ``wait``, :meth:`wait` must be called before it is
        used.
        """
        installed = installed or present(".")
        foreign = installed.name != HERE
        self.environment = environment
        self.name = installed.name
        self.folder = installed.folder
        self.oom_kills = _oom_kills()
        ours, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the server)
        try:
            self._process = subprocess.Popen(
                server_command(installed, theirs.fileno(), workload),
                pass_fds=[theirs.fileno()],
                env={
                    **process_environment(environment, installed.python if foreign else None),
                    "PYTHONPATH": python_path(installed),
                },
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            self._errors.close()
            raise InstallationError(installed.name, f"{installed.python} cannot be run: {error.strerror}") from error
        finally:
            theirs.close()
        self._control = ours
        self._buffer = b""
        self._exits: dict[int, int] = {}
        self._lock = threading.Lock()
        self._installed = installed
        if wait:
            self.wait()

    def wait(self) -> None:
        """Wait until its imports are done; raises as the constructor does."""
        if self._message(_START_TIMEOUT_S) is not None:
            return
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip()
        self.close()
        if self._installed.name != HERE:
            last = said.splitlines()[-1] if said else "no output"
            raise InstallationError(self.name, f"no process of {self._installed.python} can be started: {last}")
        raise RuntimeError(f"the fork server did not start: {said[-2000:] or 'no output'}")

    def start(self) -> CaseProcess:
        """A fresh process, forked from the clean interpreter."""
        ours, theirs = socket.socketpair()
        log = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        with self._lock:
            try:
                socket.send_fds(self._control, [b"fork"], [theirs.fileno(), log.fileno()])
            except OSError as error:
                ours.close()
                log.close()
                raise RuntimeError(f"the fork server of installation {self.name!r} has gone") from error
            finally:
                theirs.close()
            deadline = time.monotonic() + _START_TIMEOUT_S
            while True:
                message = self._message(deadline - time.monotonic())
                if message is None:
                    ours.close()
                    log.close()
                    raise RuntimeError(f"the fork server of installation {self.name!r} has gone")
                if "started" in message:
                    return CaseProcess(self, int(message["started"]), Connection(ours.detach()), log)

    def exit_status(self, pid: int, timeout: float) -> int | None:
        """Exit status of a process (negative for a signal), or ``None`` if it has not ended within ``timeout`` s."""
        deadline = time.monotonic() + timeout
        while True:
            # Short waits, so that threads which wait for different processes take turns at the channel.
            with self._lock:
                if pid in self._exits:
                    return self._exits.pop(pid)
                if self._process.poll() is None:
                    self._message(0.005)
                elif pid not in self._exits:
                    return None
            if time.monotonic() > deadline:
                return None

    def close(self) -> None:
        """End the server; it takes every process it started with it."""
        self._control.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _message(self, timeout: float) -> dict[str, Any] | None:
        """The server's next message, ``None`` at the deadline or when it is gone. Exit statuses are kept."""
        deadline = time.monotonic() + timeout
        while b"\n" not in self._buffer:
            self._control.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self._control.recv(65536)
            except (TimeoutError, OSError):
                return None
            if not data:
                return None
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        message: dict[str, Any] = json.loads(line)
        if "exited" in message:
            self._exits[int(message["exited"])] = int(message["status"])
        return message


def _oom_kills() -> int:
    """How many processes this machine's kernel has killed for want of memory; 0 where it does not say."""
    try:
        with open("/proc/vmstat") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("oom_kill ")), 0)
    except OSError:
        return 0
