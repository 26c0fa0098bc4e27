"""The pass that asks workloads for numbers of their own, such as an accuracy: each seed in a fresh process.

Seeds are the unit of replication here: every case of a group sees the same ones, so that differences can be paired.
Nothing is timed, so several processes may be at it at once; they are started seed by seed across the cases.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.analysis.intervals import outcome_interval
from bench.results.rows import Row
from bench.runner.forecast import Forecast, available_memory
from bench.runner.passes import Passed, Setting, open_case, run_together
from bench.runner.process import CaseFailed, ForkServer
from bench.runner.rows import failure_rows, row
from bench.runner.servers import Servers
from bench.suite.model import Case


def run_outcomes(servers: Servers, passed: Sequence[Passed], setting: Setting, forecast: Forecast) -> None:
    """Add the outcome rows and raw records of every case that has not failed, several processes at once.

    A case of which one process fails has no outcome: the others may be those that happened to get through. Its
    failure is kept in its rows, and the case is not timed.
    """
    going = [one for one in passed if one.failure is None]
    jobs = [(one, number) for number in range(setting.measure.seeds) for one in going]
    found: dict[str, dict[int, dict[str, Any]]] = {one.case.id: {} for one in going}
    failures: dict[str, CaseFailed] = {}

    def job(item: tuple[Passed, int]) -> None:
        one, number = item
        if one.case.id in failures:
            return
        try:
            found[one.case.id][number] = _ask(servers.get(one.case.environment), one, setting, number)
        except CaseFailed as failure:
            if failure.status != "unsupported":
                failure = CaseFailed(failure.status, f"outcome of seed {setting.seed + number}: {failure.reason}")
            failures.setdefault(one.case.id, failure)

    run_together(servers, going, setting, job, jobs)
    for one in going:
        answers = found[one.case.id]
        one.records = [
            {"kind": "outcome", "case": one.case.id, "replicate": number, "seed": setting.seed + number}
            | {"values": {name: {**item, "values": _plain(item["values"])} for name, item in answer.items()}}
            for number, answer in sorted(answers.items())
        ]
        failure = failures.get(one.case.id)
        if failure is None:
            one.rows += outcome_rows(one.case, list(answers.values()), setting.measure.level, one.facts)
        elif failure.status == "unsupported":
            one.rows += failure_rows(one.case, ["outcome"], failure.status, failure.reason)
        else:
            one.failure = failure
            forecast.learn_failure(one.case, failure.status)
            one.rows += failure_rows(one.case, ["outcome"], failure.status, failure.reason)
            if "time" in setting.measure.metrics:
                one.rows += failure_rows(one.case, ["time"], "skipped", "not timed, as its outcome failed")


def _ask(server: ForkServer, one: Passed, setting: Setting, number: int) -> dict[str, Any]:
    """The outcomes of one process, and the facts it found out if the case has none yet."""
    process = server.start()
    try:
        open_case(process, one.case, replace(setting, seed=setting.seed + number), available_memory())
        process.receive(setting.measure.timeout_s)
        facts = process.ask("prepare", setting.measure.timeout_s)["facts"]
        one.facts = one.facts or facts
        answer: dict[str, Any] = process.ask("outcome", setting.measure.timeout_s)["outcome"]
        return answer
    finally:
        process.finish()


def outcome_rows(case: Case, answers: Sequence[Mapping[str, Any]], level: float, facts: Mapping[str, str]) -> list[Row]:
    """One row for each outcome: the mean over processes of their own means, or over the draws of a single process.

    Means are geometric where the outcome asks for that and every value is positive and finite; ``extra["log"]`` says
    whether they are.
    """
    rows = []
    for name in dict.fromkeys(name for answer in answers for name in answer):
        items = [answer[name] for answer in answers if name in answer]
        if len(items) < len(answers):
            reason = f"{len(items)} of {len(answers)} seeds gave this outcome: they may not be typical"
            rows.append(row(case, f"outcome_{name}", items[0]["unit"], status="error", reason=reason))
            continue
        draws = [list(item["values"]) for item in items]
        # One scale for all: a mean of some processes' logarithms and other processes' values means nothing.
        log = bool(items[0]["log"]) and all(0 < value < math.inf for one in draws for value in one)
        values = draws[0] if len(draws) == 1 else [outcome_interval(one, level, log).value for one in draws]
        interval = outcome_interval(values, level, log)
        rows.append(
            row(
                case,
                f"outcome_{name}",
                items[0]["unit"],
                value=interval.value,
                low=interval.low if interval.known else None,
                high=interval.high if interval.known else None,
                level=level,
                replicates=len(items),
                samples=sum(len(one) for one in draws),
                extra={"log": log, "facts": dict(facts)},
            )
        )
    return rows


def _plain(values: Sequence[float]) -> list[float | str]:
    """Numbers as JSON can hold them: what is not finite becomes text."""
    return [value if math.isfinite(value) else str(value) for value in values]
