"""The passes that are not timed: is the answer right, how many FLOPs, how much memory.

Each case has a process of its own for them, apart from the processes that are timed (rule 5). As nothing is timed,
several cases may be in their passes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from bench.meters.error import is_wrong
from bench.results.rows import Row
from bench.runner import rows
from bench.runner.forecast import Forecast, available_memory, needed_bytes
from bench.runner.process import CaseFailed, CaseProcess, ForkServer
from bench.runner.servers import Servers, pass_width
from bench.suite.model import Case, Compare, Measure

Item = TypeVar("Item")


@dataclass(frozen=True)
class Setting:
    """What is the same for every case of a run."""

    workload: str
    device: str
    seed: int
    measure: Measure
    subject: str = ""
    compare: Compare | None = None

    @property
    def least(self) -> int:
        """Processes in which each case is measured at least: its budget must do for so many."""
        return self.measure.replicates[0] if self.compare is None else self.compare.confirmed


@dataclass
class Passed:
    """What the passes found out about a case.

    ``failure`` is set where it must not be timed; ``rows`` then hold a failure row for every family asked for.
    ``records`` are the raw outcomes, one for each process that was asked for them.
    """

    case: Case
    rows: list[Row] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    opened: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    failure: CaseFailed | None = None

    @property
    def bytes(self) -> float:
        """Bytes the case needs while it runs: the measured peak where there is one, else the formula's."""
        measured = [row.value for row in self.rows if row.metric == "peak_tensor_bytes" and row.value is not None]
        return needed_bytes({**self.opened, "peak_bytes": max([*measured, float(self.opened.get("peak_bytes") or 0)])})


def open_case(process: CaseProcess, case: Case, setting: Setting, memory_limit: int | None) -> None:
    """Send the question that opens a case in a fresh process, without waiting for its answer."""
    process.send(
        "open",
        workload=setting.workload,
        folder=process.folder,
        params=case.params,
        device=setting.device,
        seed=setting.seed,
        threads=case.environment.threads,
        memory_limit=memory_limit,
        inject=case.inject,
    )


def run_passes(servers: Servers, cases: Sequence[Case], setting: Setting, forecast: Forecast) -> list[Passed]:
    """The passes of several cases, as many at once as have a processor and fit into memory together."""
    answered: dict[str, Passed] = {}
    for environment in dict.fromkeys(case.environment for case in cases):
        alike = [case for case in cases if case.environment == environment]
        answered |= {passed.case.id: passed for passed in formulas(servers.get(environment), alike, setting)}
    results = [answered[case.id] for case in cases]
    for passed in results:
        if passed.failure is None:
            _judge_cost(passed, setting, forecast)
    going = [passed for passed in results if passed.failure is None]
    run_together(
        servers, going, setting, lambda passed: _pass_case(servers.get(passed.case.environment), passed, setting)
    )
    for passed in results:
        if passed.failure is not None:
            failed = passed.failure
            forecast.learn_failure(passed.case, failed.status)
            passed.rows = rows.unmeasured_rows(
                passed.case, setting.measure.metrics, failed.status, failed.reason, passed.opened
            )
    return results


def run_together(
    servers: Servers,
    going: Sequence[Passed],
    setting: Setting,
    job: Callable[[Item], None],
    items: Sequence[Item] | None = None,
) -> None:
    """Do ``job`` for each of ``items`` (the cases themselves unless given), several at once where nothing is timed."""
    environments = list(dict.fromkeys(passed.case.environment for passed in going))
    servers.start(environments, 0)  # before threads ask for them
    with ThreadPoolExecutor(max_workers=_safe_width(going, setting.device)) as pool:
        try:
            list(pool.map(job, cast("Sequence[Item]", going) if items is None else items))
        except BaseException:
            # Threads that wait for an answer must not outlive an interruption: their processes end with the servers.
            for environment in environments:
                servers.get(environment).close()
            raise


def _safe_width(going: Sequence[Passed], device: str) -> int:
    """How many of these cases may be at it at once: one where more might not fit into memory."""
    available = available_memory()
    largest = max((needed_bytes(one.opened) for one in going), default=0.0)
    width = min((pass_width(one.case.environment, device) for one in going), default=1)
    return 1 if available is not None and width * largest > 0.5 * available else width


def formulas(server: ForkServer, cases: Sequence[Case], setting: Setting) -> list[Passed]:
    """Ask one process for the formulas of all cases."""
    results = [Passed(case) for case in cases]
    wanted = [passed for passed in results if passed.case.skip is None]
    process = server.start()
    try:
        answers = process.ask(
            "formulas",
            setting.measure.timeout_s,
            workload=setting.workload,
            folder=server.folder,
            cases=[passed.case.params for passed in wanted],
            device=setting.device,
            seed=setting.seed,
        )["formulas"]
        for passed, answer in zip(wanted, answers, strict=True):
            if "failed" in answer:
                passed.failure = CaseFailed(*answer["failed"])
            else:
                passed.opened = answer
    except CaseFailed as failure:
        for passed in wanted:
            passed.failure = failure
    finally:
        process.finish()
    return results


def _judge_cost(passed: Passed, setting: Setting, forecast: Forecast) -> None:
    """Mark a case that a rule leaves out, or that cannot fit into memory or budget."""
    case, measure = passed.case, setting.measure
    reason = case.skip
    if reason is None:
        reason = forecast.memory_reason(case, passed.opened, available_memory())
    if reason is None and "time" in measure.metrics:
        reason = budget_reason(forecast.seconds(case, passed.opened["flops"]), setting, "foretold")
    if reason is not None:
        passed.failure = CaseFailed("skipped", reason)


def budget_reason(seconds: float | None, setting: Setting, how: str) -> str | None:
    """Why a case of so many seconds a call cannot be measured within its budget, or ``None``."""
    least, budget_s = 2 * setting.least, setting.measure.budget_s
    if seconds is None or seconds * least <= budget_s:
        return None
    return (
        f"over budget: about {seconds:.2g} s a call {how}, {least} calls in {setting.least} processes"
        f" need {seconds * least:.3g} s of {budget_s:g} s"
    )


def _pass_case(server: ForkServer, passed: Passed, setting: Setting) -> None:
    """All passes a suite asks for.

    The answer is checked in any case: a wrong one is never timed (rule 12). Only an approximation that is not timed
    either has no error to find out where the suite does not ask for it.
    """
    asked = setting.measure.metrics
    unchecked = passed.opened["tolerance"] is None and not {"error", "time"} & set(asked)
    families = [*([] if unchecked else ["error"]), *(family for family in ("flops", "memory") if family in asked)]
    while families and passed.failure is None:
        families = _run_pass(server, passed, setting, families)


def _run_pass(server: ForkServer, passed: Passed, setting: Setting, families: Sequence[str]) -> list[str]:
    """Run families in one process; after a fault in one that is no gate, return those still to do in a fresh one."""
    case, measure = passed.case, setting.measure
    free = available_memory()
    process = server.start()
    family = "error"
    try:
        open_case(process, case, setting, free)
        process.receive(measure.timeout_s)
        passed.facts = process.ask("prepare", measure.timeout_s)["facts"]
        for family in families:
            found = _measure_family(process, passed, measure, family)
            if family in measure.metrics:
                passed.rows += found
        return []
    except CaseFailed as failure:
        if family == "error" or failure.status in ("oom_host", "oom_device", "timeout", "unsupported"):
            passed.failure = failure
            return []
        passed.rows += rows.failure_rows(case, [family], failure.status, failure.reason)
        return list(families[list(families).index(family) + 1 :])
    finally:
        process.finish()


def _measure_family(process: CaseProcess, passed: Passed, measure: Measure, family: str) -> list[Row]:
    case, opened = passed.case, passed.opened
    answer = process.ask("check" if family == "error" else family, measure.timeout_s)
    if family == "error":
        if answer["errors"] is None:
            reason = "the workload gives no reference"
            return rows.failure_rows(case, ["error"], "unsupported", reason)
        _judge(answer["errors"], opened["tolerance"])
        return rows.error_rows(case, answer["errors"], opened["tolerance"])
    if family == "flops":
        forward_only = case.axes.get("mode", case.params.get("mode", "forward")) == "forward"
        return rows.flops_rows(case, opened, answer, forward_only)
    return rows.memory_rows(case, answer, opened["peak_bytes"], opened["peak_exact"])


def _judge(errors: Mapping[str, Mapping[str, float]], tolerance: float | None) -> None:
    """Raise ``wrong_result`` where a tensor's relative L2 error is above the tolerance, or not a number."""
    if tolerance is None:
        return
    for tensor, measures in errors.items():
        if is_wrong(measures, tolerance):
            found = measures["rel_l2"]
            raise CaseFailed("wrong_result", f"{tensor}: relative L2 error {found:.2g}, tolerance {tolerance:.2g}")
