"""Rounds in which every tool makes every comparison once, in random order, so that all see the same minutes."""

from __future__ import annotations

import datetime
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers import store
from benchmarks.peers.compared import PRODUCTS, Costs, Task, Tool, ToolFailed
from benchmarks.peers.costs import measured_costs

#: A tool that takes this many times its budget, and a minute, is not going to end.
_PATIENCE, _PATIENCE_S = 6, 60.0


@dataclass(frozen=True)
class Job:
    """One comparison of a round: ``change`` is the share of more work of the new side, in per cent."""

    round: int
    place: int
    tool: str
    change: int


@dataclass(frozen=True)
class Wanted:
    """What to measure.

    Attributes:
        tools: Their names.
        changes: Per cent of more work, 0 for a comparison of the work with itself; one may stand several times.
        budget_s: Wall seconds of a comparison by any tool.
        seed: Of the orders.
    """

    tools: tuple[str, ...]
    changes: tuple[int, ...]
    budget_s: float
    seed: int


def order(wanted: Wanted, number: int) -> list[Job]:
    """The jobs of a round in their order, which depends on the seed and the round alone."""
    pairs = [(tool, change) for tool in wanted.tools for change in wanted.changes]
    random.Random(f"{wanted.seed}/{number}").shuffle(pairs)
    return [Job(number, place, tool, change) for place, (tool, change) in enumerate(pairs)]


def setup(wanted: Wanted, tools: Mapping[str, Tool]) -> dict[str, Any]:
    """The first line of a new file. Raises :class:`ToolFailed` where a tool is missing."""
    versions = {name: tools[name].version() for name in wanted.tools}
    return {
        "kind": "setup",
        "format": store.FORMAT,
        **asdict(wanted),
        "tools": list(wanted.tools),
        "changes": list(wanted.changes),
        "versions": {"python": platform.python_version(), **versions},
        "machine": {"cpu": _cpu(), "cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"},
        "started": _now(),
    }


def measure(
    path: Path,
    wanted: Wanted,
    tools: Mapping[str, Tool],
    until: Callable[[], bool],
    tell: Callable[[dict[str, Any]], None],
    price: Callable[[], Costs] = measured_costs,
) -> None:
    """Measure round after round into a file, or go on with it, until ``until`` says so before a comparison.

    Args:
        path: File of results; a new one gets its first line here.
        wanted: What to measure; a file that exists must have been asked for the same.
        tools: By name.
        until: Asked before each comparison.
        tell: Gets each record as it is stored.
        price: What a round's costs are, asked at its start.

    Raises:
        ResultsError: If the file was asked for something else.
        ToolFailed: If a tool is missing. A comparison that fails later is a record.
    """
    if path.exists() and path.stat().st_size > 0:
        results = store.read(path)
        _same(path, results.setup, wanted)
    else:
        store.append(path, setup(wanted, tools))
        results = store.read(path)
    done = {(record["round"], record["place"]) for record in results.comparisons}
    number = 0
    while not until():
        due = [job for job in order(wanted, number) if (job.round, job.place) not in done]
        if due:
            # Anew for each round: on a shared machine they double and halve within hours.
            costs = price()
            store.append(path, {"kind": "costs", "round": number, "started": _now(), **asdict(costs)})
        for job in due:
            if until():
                return
            tool = tools[job.tool]
            record = compare(job, tool, wanted, tool.settings(wanted.budget_s, costs))
            store.append(path, record)
            tell(record)
        number += 1


def compare(job: Job, tool: Tool, wanted: Wanted, settings: Mapping[str, Any]) -> dict[str, Any]:
    """One comparison, as the line that is stored; ``seconds`` is wall time from its first process to its verdict."""
    record: dict[str, Any] = {
        "kind": "comparison",
        **asdict(job),
        "settings": dict(settings),
        "started": _now(),
        "load": os.getloadavg()[0],
    }
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        task = Task(
            new=PRODUCTS + job.change * PRODUCTS // 100,
            settings=settings,
            seed=random.Random(f"{wanted.seed}/{job.round}/{job.place}").getrandbits(31),
            folder=Path(folder),
            timeout_s=_PATIENCE * wanted.budget_s + _PATIENCE_S,
        )
        began = time.perf_counter()
        try:
            found = tool.compare(task)
        except ToolFailed as failure:
            return {**record, "seconds": time.perf_counter() - began, "failed": str(failure)}
        seconds = time.perf_counter() - began
    return {
        **record,
        "seconds": seconds,
        "failed": None,
        "verdicts": dict(found.verdicts),
        "ratio": found.ratio,
        "details": dict(found.details),
    }


def _same(path: Path, stored: Mapping[str, Any], wanted: Wanted) -> None:
    """Refuse to mix what was measured in different ways."""
    given: Mapping[str, Sequence[Any] | float] = {
        "budget_s": wanted.budget_s,
        "seed": wanted.seed,
        "tools": list(wanted.tools),
        "changes": list(wanted.changes),
    }
    for name, value in given.items():
        if stored[name] != value:
            option = name.removesuffix("_s")
            raise store.ResultsError(
                f"{path}: measured with --{option} {_text(stored[name])}, got {_text(value)}; "
                "give the same, or another file"
            )


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else f"{value}"


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def _cpu() -> str:
    """The processor's model, where Linux tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
