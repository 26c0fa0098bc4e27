"""Runs a plan from its first case to its last, or goes on with one that was cut off."""

from __future__ import annotations

import datetime
import platform
import random
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import bench
from bench.meters import machine
from bench.meters.software import describe_software
from bench.results.folder import FolderError, RunFolder, finished_groups, read_meta, read_plan, run_id
from bench.results.records import latest_record, quote
from bench.results.rows import Row
from bench.runner.events import GroupStarted, Listener, Preparing, RunFinished, RunStarted, Step, finished
from bench.runner.forecast import Forecast
from bench.runner.installations import describe_installations, install, unchanged
from bench.runner.outcomes import run_outcomes
from bench.runner.passes import Passed, Setting, run_passes
from bench.runner.rounds import GroupTimer
from bench.runner.rows import failure_rows, time_row
from bench.runner.servers import Servers, describe_device, pool_size
from bench.runner.stored import plan_data, stored_group, stored_suite, suite_data, workload_data
from bench.runner.timed import Timed
from bench.suite.model import Group, Plan


class Interrupted(Exception):
    """The run was stopped by the user; ``folder`` holds what was finished and can be resumed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"interrupted; {folder} can be resumed")
        self.folder = folder


def execute(
    plan: Plan,
    *,
    out: Path,
    seed: int,
    device: str,
    command: Sequence[str],
    overrides: Mapping[str, Any],
    where: Sequence[str],
    listener: Listener,
) -> Path:
    """Measure a plan and return its new folder below ``out``.

    ``device`` replaces the suite's own choice unless it is ``auto``. Raises :class:`Interrupted` on Ctrl-C,
    :class:`~bench.results.folder.FolderError` where ``out`` cannot be written and ``ValueError`` for a device that is
    not there.
    """
    began = time.perf_counter()
    suite = plan.suite
    with ExitStack() as stack:
        installed = install(suite, lambda text: listener(Preparing(text)))
        together = max((len({case.environment for case in group.cases}) for group in plan.groups), default=1)
        size = pool_size(suite.measure.servers or suite.measure.replicates[1], together)
        servers = Servers(stack, suite, installed, size)
        described = describe_device(servers.home, device if device != "auto" else suite.device)
        started = datetime.datetime.now(datetime.timezone.utc).astimezone().isoformat(timespec="seconds")
        about = {**machine.describe_machine(), "device": described["details"]}
        meta = {
            "format": 1,
            "bench_version": bench.__version__,
            "run_id": run_id(suite.name, started, platform.node() or "host"),
            "started": started,
            "finished": None,
            "command": list(command),
            "seed": seed,
            "suite": suite_data(suite),
            "preset": suite.preset,
            "overrides": {name: list(values) for name, values in overrides.items()},
            "where": list(where),
            "device": described["device"],
            "workload": workload_data(suite.workload, suite.path.parent),
            "cases": len(plan.cases),
            "groups": len(plan.groups),
            "machine": about,
            "servers": size,
            "resolution": _resolution(plan, about, described["device"]),
            "software": described["software"],
            "installations": describe_installations(servers, suite, installed, described),
            "git": machine.describe_git(suite.path.parent),
            "timing": None,
            "interrupted": False,
        }
        folder = RunFolder.create(out, meta, plan_data(plan), suite.text)
        setting = Setting(suite.workload, described["device"], seed, suite.measure, suite.subject, suite.compare)
        runner = _Runner(folder, plan, setting, servers, listener)
        return runner.run({}, began)


def resume(folder: Path, *, command: Sequence[str], listener: Listener) -> Path:
    """Measure what is missing in a run folder and return it.

    Raises :class:`~bench.results.folder.FolderError` where it is no run folder, or where the workload's source or the
    packages have changed since, or the tree of a run that compares installations: cases measured before and after would
    not be the same cases.
    """
    began = time.perf_counter()
    meta = read_meta(folder)
    groups = tuple(stored_group(data) for data in read_plan(folder))
    suite = stored_suite(meta["suite"])
    now = workload_data(suite.workload, suite.path.parent)
    if now["sha256"] != meta["workload"]["sha256"]:
        raise FolderError(f"{folder}: the workload {now['file']} has changed since the run started; start a new run")
    _check_present(folder, meta)
    done = finished_groups(folder)
    with ExitStack() as stack:
        installed = install(suite, lambda text: listener(Preparing(text)))
        unchanged(meta.get("installations") or {}, installed)
        servers = Servers(stack, suite, installed, meta.get("servers", 1))
        setting = Setting(suite.workload, meta["device"], meta["seed"], suite.measure, suite.subject, suite.compare)
        opened = RunFolder.reopen(folder)
        opened.update_meta(finished=None, interrupted=False, resumed=[*meta.get("resumed", []), list(command)])
        return _Runner(opened, Plan(suite, groups), setting, servers, listener).run(done, began)


def _check_present(folder: Path, meta: Mapping[str, Any]) -> None:
    """Raise ``FolderError`` where what is here is not what the run was started with."""
    before = (meta.get("software") or {}).get("packages") or {}
    now = describe_software(with_torch=False)["packages"]
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            told = f"{name} was {before.get(name) or 'not there'} when the run started and is {now.get(name) or 'gone'}"
            raise FolderError(f"{folder}: {told}; start a new run")
    git = machine.describe_git(Path(meta["suite"]["path"]).parent)
    if meta.get("installations") and git != meta.get("git"):
        raise FolderError(
            f"{folder}: the tree it compares with another one has changed since it started; start a new run"
        )


def _resolution(plan: Plan, about: Mapping[str, Any], device: str) -> dict[str, Any] | None:
    """What ``bench aa`` found out about this machine, so that the run's reports can quote it anywhere."""
    suite = plan.suite
    record = latest_record(about, device, suite.name) if "time" in suite.measure.metrics else None
    return None if record is None else {"quote": quote(record), "record": record}


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Let SIGTERM, a scheduler's way to end a job, stop a run as Ctrl-C does: what is finished is kept."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Runner:
    """One execution: groups in order, rows stored as they come."""

    def __init__(self, folder: RunFolder, plan: Plan, setting: Setting, servers: Servers, listener: Listener) -> None:
        self._folder = folder
        self._plan = plan
        self._setting = setting
        self._servers = servers
        self._listener = listener
        self._forecast = Forecast(plan.suite)
        self._seconds = {"start_s": 0.0, "passes_s": 0.0, "warmup_s": 0.0, "sampling_s": 0.0}
        self._done = 0

    def run(self, earlier_groups: Mapping[str, Mapping[str, Any]], began: float) -> Path:
        """Measure the groups that are not finished."""
        earlier = 0.0
        for record in earlier_groups.values():
            self._done += len(record["cases"])
            for name in self._seconds:
                self._seconds[name] += record["seconds"].get(name, 0.0)
            earlier += record["seconds"].get("wall_s", 0.0)
        self._remember(set(earlier_groups))
        self._listener(RunStarted(str(self._folder.path), len(self._plan.cases), len(self._plan.groups), self._done))
        interrupted = complete = False
        try:
            with _stopped_by_sigterm():
                for index, group in enumerate(self._plan.groups):
                    if group.id not in earlier_groups:
                        ids = tuple(case.id for case in group.cases)
                        self._listener(GroupStarted(group.id, ids, index + 1, len(self._plan.groups)))
                        self._measure(group)
            complete = True
        except KeyboardInterrupt:
            interrupted = True
        finally:
            timing = {"wall_s": earlier + time.perf_counter() - began, **self._seconds}
            over = datetime.datetime.now(datetime.timezone.utc).astimezone().isoformat(timespec="seconds")
            # A run that a fault of ours ends is not finished either; it can be resumed.
            self._folder.update_meta(finished=over if complete else None, timing=timing, interrupted=not complete)
            self._folder.close()
        self._listener(RunFinished(str(self._folder.path), interrupted, timing))
        if interrupted:
            raise Interrupted(self._folder.path)
        return self._folder.path

    def _remember(self, groups: Set[str]) -> None:
        """Learn from the groups of an earlier attempt, so that a resumed run skips what the whole one would have."""
        cases = {case.id: case for case in self._plan.cases}
        flops: dict[str, float] = {}
        for row in self._folder.rows(groups):
            if row["metric"] == "flops_formula" and row["value"] is not None:
                flops[row["case"]] = row["value"]
            elif row["metric"] == "time" and row["value"] is not None:
                self._forecast.learn(cases[row["case"]], row["value"], flops.get(row["case"]))
            elif row["status"] != "ok":
                self._forecast.learn_failure(cases[row["case"]], row["status"])

    def _measure(self, group: Group) -> None:
        """Passes, rounds, rows; the group counts once its own row is stored."""
        began = time.perf_counter()
        before = dict(self._seconds)
        self._folder.start_group(group.id)
        self._servers.keep(case.environment for case in group.cases)
        self._listener(Step(group.id, "check", "answers, FLOPs, memory"))
        passed = run_passes(self._servers, group.cases, self._setting, self._forecast)
        if "outcome" in self._setting.measure.metrics:
            self._listener(Step(group.id, "outcome", f"{self._setting.measure.seeds} seeds"))
            run_outcomes(self._servers, passed, self._setting, self._forecast)
        self._seconds["passes_s"] += time.perf_counter() - began
        going = [one for one in passed if one.failure is None]
        timed: dict[str, Timed] = {}
        if "time" in self._setting.measure.metrics and going:
            order = random.Random(f"{self._setting.seed}/{group.id}")
            timer = GroupTimer(
                self._servers,
                self._setting,
                order,
                keep=lambda case, replicate: self._folder.write_samples(replicate.record(case.id)),
                tell=lambda text: self._listener(Step(group.id, "time", text)),
            )
            timed = {one.case.id: one for one in timer.run(going)}
        for one in passed:
            for record in one.records:
                self._folder.write_samples(record)
            self._store(one, timed.get(one.case.id))
        spent = {name: self._seconds[name] - before[name] for name in self._seconds}
        ids = [case.id for case in group.cases]
        self._folder.finish_group(group.id, ids, {**spent, "wall_s": time.perf_counter() - began})

    def _store(self, passed: Passed, timed: Timed | None) -> None:
        """Write a case's rows."""
        case, measure = passed.case, self._setting.measure
        rows: list[Row] = list(passed.rows)
        failure = passed.failure
        if timed is not None:
            for name in ("start_s", "warmup_s", "sampling_s"):
                self._seconds[name] += getattr(timed, name)
            failure = timed.failure
            if failure is not None:
                self._forecast.learn_failure(case, failure.status)
                rows += failure_rows(case, ["time"], failure.status, failure.reason)
            else:
                row = time_row(timed, measure.level)
                rows.append(row)
                if row.value is not None:
                    self._forecast.learn(case, row.value, passed.opened["flops"])
        stored = self._folder.write_rows(rows)
        self._done += 1
        told = None if failure is None else (failure.status, failure.reason)
        self._listener(finished(case.id, told, stored, self._done, len(self._plan.cases)))
