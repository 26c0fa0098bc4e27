"""Several fork servers for each environment, with real processes: whose turn it is, and what they share."""

from __future__ import annotations

import dataclasses
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.results.run import open_run
from bench.runner import servers as module
from bench.runner.installed import present
from bench.runner.process import ForkServer
from bench.runner.run import execute
from bench.runner.servers import Servers, pool_size
from bench.suite.model import HERE as PRESENT
from bench.suite.model import Environment, Plan
from tests.runner.plans import HERE, QUICK, make_plan

SERVER_BYTES = 200 << 20
FIRST, SECOND = Environment(), Environment(copy=1)


def pool(stack: ExitStack, size: int) -> Servers:
    suite = make_plan(["x"], workload="./layout.py:layout").suite
    return Servers(stack, suite, {PRESENT: present(str(HERE))}, size)


def facts(server: ForkServer) -> dict[str, str]:
    """What a fresh process says of its server and its memory."""
    process = server.start()
    try:
        place = {"workload": "./layout.py:layout", "folder": str(HERE), "params": {"n": 32}}
        process.ask("open", 20, **place, device="cpu", seed=0, threads=1)
        found: dict[str, str] = process.ask("prepare", 20)["facts"]
        return found
    finally:
        process.finish()


def gone(pid: int) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        yield pool(stack, 2)


def test_processes_take_the_servers_in_turn(servers: Servers) -> None:
    first, second = servers.get(FIRST, 0), servers.get(FIRST, 1)
    assert [servers.get(FIRST, number) for number in range(5)] == [first, second, first, second, first]
    assert servers.home is first
    pids = [facts(server)["server"] for server in (first, second, first)]
    assert pids[0] == pids[2] != pids[1]


def test_environments_that_are_alike_but_for_their_copy_share_no_server(servers: Servers) -> None:
    # One more environment, of which only the server whose turn it is starts.
    servers.start([FIRST, SECOND, FIRST], 3)
    assert servers.get(SECOND, 1) is not servers.get(FIRST, 1)
    assert facts(servers.get(SECOND, 1))["server"] != facts(servers.get(FIRST, 1))["server"]


def test_each_process_of_a_server_has_its_own_layout_of_memory(servers: Servers) -> None:
    """What the addresses are is drawn; that eight processes draw the same is out of the question."""
    found = [facts(servers.get(FIRST)) for _ in range(8)]
    assert len({one["server"] for one in found}) == 1
    assert len({one["mapped"] for one in found}) > 1
    if sys.platform == "linux":
        assert len({one["heap"] for one in found}) > 1


def test_several_start_at_once_and_closing_ends_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[int] = []
    begun: list[ForkServer] = []
    wait, enter = ForkServer.wait, ForkServer.__enter__
    monkeypatch.setattr(ForkServer, "__enter__", lambda one: begun.append(one) or enter(one))
    monkeypatch.setattr(ForkServer, "wait", lambda one: waited.append(len(begun)) or wait(one))
    with ExitStack() as stack:
        several = pool(stack, 3)
        several.start([FIRST, SECOND], 4)
        # Both had been begun before the first was waited for.
        assert waited == [2, 2]
        several.start([FIRST, SECOND], 1)
        assert len(begun) == 2
        pids = [int(facts(several.get(one, 1))["server"]) for one in (FIRST, SECOND)]
        left = several.get(SECOND, 1).start()
        assert len(set(pids)) == 2
    assert all(gone(pid) for pid in (*pids, left.pid))


def test_the_servers_of_other_environments_can_be_closed_and_start_again() -> None:
    with ExitStack() as stack:
        several = pool(stack, 2)
        before = {one: int(facts(several.get(one))["server"]) for one in (FIRST, SECOND)}
        several.keep([SECOND])
        assert gone(before[FIRST])
        assert facts(several.get(SECOND))["server"] == str(before[SECOND])
        assert facts(several.get(FIRST))["server"] != str(before[FIRST])


@pytest.mark.parametrize(
    ("available", "wanted", "environments", "expected"),
    [
        (None, 24, 2, 24),
        (1 << 40, 24, 2, 24),
        # 35 % of 20 servers' memory holds 7 of them: for two environments 3 each.
        (20 * SERVER_BYTES, 24, 1, 7),
        (20 * SERVER_BYTES, 24, 2, 3),
        # From fewer than three nothing could be told, and no more than wanted.
        (SERVER_BYTES, 24, 2, 3),
        (0, 24, 1, 3),
        (0, 2, 1, 2),
        (1 << 40, 1, 5, 1),
    ],
)
def test_servers_leave_most_of_the_memory(
    monkeypatch: pytest.MonkeyPatch, available: int | None, wanted: int, environments: int, expected: int
) -> None:
    monkeypatch.setattr(module, "available_memory", lambda: available)
    assert pool_size(wanted, environments) == expected


def test_a_run_spreads_the_processes_of_a_case_and_says_so(tmp_path: Path) -> None:
    measure = dataclasses.replace(QUICK, metrics=("time",), replicates=(3, 3), servers=2)
    plan = make_plan(["good", "same"], measure=measure)
    folder = execute(
        Plan(plan.suite, plan.groups),
        out=tmp_path,
        seed=7,
        device="cpu",
        command=["bench"],
        overrides={},
        where=[],
        listener=lambda event: None,
    )
    run = open_run(folder)
    assert run.meta["servers"] == 2
    for _, part in run.replicates.groupby("case"):
        assert part.sort_values("replicate")["server"].tolist() == [0, 1, 0]
        assert (part["start_s"] > 0).all() and (part["start_s"] < part["cost_s"]).all()
