"""The fork server with real processes: isolation, faults, the hard kill, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.runner.process import CaseFailed, CaseProcess, ForkServer
from bench.suite.model import Environment
from tests.runner.plans import HERE


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    with ForkServer(Environment(allocator="retain")) as running:
        yield running


def opened(server: ForkServer, kind: str) -> CaseProcess:
    process = server.start()
    params = {"kind": kind, "n": 32}
    process.ask(
        "open", 20, workload="./faulty.py:faulty", folder=str(HERE), params=params, device="cpu", seed=0, threads=1
    )
    process.ask("prepare", 20)
    return process


def gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_each_process_is_fresh_and_ends(server: ForkServer) -> None:
    first, second = opened(server, "good"), opened(server, "good")
    assert first.pid != second.pid
    answer = first.ask("warm", 20, most_s=0.01, sample_s=0.0001)
    assert answer["warmup_calls"] >= 1
    assert first.ask("sample", 20)["seconds"] > 0
    for process in (first, second):
        process.finish()
        assert gone(process.pid)


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        ("segfault", "crashed", "ended by SIGSEGV"),
        ("exit", "crashed", "exit status 3; its last words: last words"),
        ("raise", "error", "ValueError: no good"),
        ("oom", "oom_host", "can't allocate memory"),
    ],
)
def test_a_fault_is_an_answer(server: ForkServer, kind: str, status: str, reason: str) -> None:
    process = opened(server, kind)
    with pytest.raises(CaseFailed) as caught:
        process.ask("warm", 20, most_s=0.01, sample_s=0.001)
    assert caught.value.status == status
    assert reason in caught.value.reason
    assert gone(process.pid)


def test_a_case_that_hangs_is_killed_with_what_it_started(server: ForkServer) -> None:
    process = opened(server, "hang")
    with pytest.raises(CaseFailed, match=r"timeout: no answer within 0\.3 s"):
        process.ask("warm", 0.3, most_s=0.01, sample_s=0.001)
    assert gone(process.pid)


def test_a_refusal_keeps_its_reason(server: ForkServer) -> None:
    with pytest.raises(CaseFailed, match="unsupported: this machine has no such thing"):
        opened(server, "none")


def test_the_environment_is_set_before_the_interpreter_starts(server: ForkServer) -> None:
    process = opened(server, "good")
    variables = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
    process.finish()
    assert b"MALLOC_MMAP_MAX_=0" in variables
    assert b"OMP_NUM_THREADS=1" in variables
    assert b"OMP_WAIT_POLICY=PASSIVE" in variables


def test_a_server_that_is_gone_is_an_error_and_no_broken_pipe() -> None:
    """A broken pipe means that the reader had enough; a run that cannot go on must not end as if that were so."""
    with ForkServer(Environment()) as running:
        running._process.kill()
        running._process.wait()
        with pytest.raises(RuntimeError, match="the fork server of installation 'here' has gone"):
            running.start()


def test_nothing_survives_a_killed_parent(tmp_path: Path) -> None:
    """kill -9 of the harness takes its fork server and a hanging case with it."""
    said = tmp_path / "pids"
    program = (
        "import sys\nfrom pathlib import Path\nfrom bench.runner.process import ForkServer\n"
        "from bench.suite.model import Environment\nfrom tests.runner.test_process import opened\n"
        "server = ForkServer(Environment())\ncase = opened(server, 'hang')\n"
        "case.send('warm', most_s=0.01, sample_s=0.001)\n"
        "Path(sys.argv[1]).write_text(f'{server._process.pid} {case.pid}')\nimport time\ntime.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(said)]) as parent:
        deadline = time.monotonic() + 30
        while not (said.exists() and said.read_text().count(" ")) and time.monotonic() < deadline:
            time.sleep(0.05)
        parent.send_signal(signal.SIGKILL)
    assert all(gone(int(pid)) for pid in said.read_text().split())
