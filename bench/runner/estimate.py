"""What a suite will cost, by the workloads' formulas: nothing is measured but the speed of one small matrix product."""

from __future__ import annotations

from dataclasses import dataclass

from bench.runner.installed import present
from bench.runner.passes import Passed, Setting, formulas
from bench.runner.process import ForkServer
from bench.suite.model import Case, Plan

# Attention reaches between a tenth and nine tenths of the speed of a large matrix product; a third is the middle.
_EFFICIENCY = 0.3

#: Wall seconds of a fresh process: fork, import of the workload, inputs.
_PROCESS_S = 0.05


@dataclass(frozen=True)
class Estimate:
    """A case's cost as far as it can be told without running it.

    ``seconds`` is a guess of the wall time that all its replicates take, within a factor of about three;
    ``refusal`` says why a case will not run, or probably not.
    """

    case: Case
    flops: float | None
    peak_bytes: float | None
    input_bytes: float | None
    seconds: float | None
    refusal: str | None


def estimate(plan: Plan, device: str, seed: int) -> list[Estimate]:
    """Estimates of all cases, in running order. ``device`` is a name or ``auto``, which stands for the CPU here."""
    suite = plan.suite
    name = "cpu" if device == "auto" else device
    setting = Setting(suite.workload, name, seed, suite.measure, suite.subject, suite.compare)
    with ForkServer(suite.environment, suite.workload, present(str(suite.path.parent))) as server:
        process = server.start()
        try:
            speed = process.ask("speed", suite.measure.timeout_s)["flops_per_second"]
        finally:
            process.finish()
        passed = formulas(server, plan.cases, setting)
    return [_estimate(one, setting, speed) for one in passed]


def _estimate(one: Passed, setting: Setting, speed: float) -> Estimate:
    measure, least = setting.measure, setting.least
    flops = one.opened.get("flops")
    refusal = one.case.skip or (str(one.failure) if one.failure else None)
    seconds = None
    if refusal is None and flops is not None and "time" in measure.metrics:
        call = flops / (_EFFICIENCY * speed)
        sampling = max(measure.samples * max(call, measure.sample_s), 2 * call, measure.fill_s)
        # The guess may be off by three: only what is far beyond its budget is expected to be left out.
        if 2 * least * call > 2 * measure.budget_s:
            refusal = f"probably over budget: some {call:.1g} s a call"
        else:
            seconds = least * (_PROCESS_S + min(sampling, measure.budget_s / least)) + 3 * call
    return Estimate(one.case, flops, one.opened.get("peak_bytes"), one.opened.get("input_bytes"), seconds, refusal)
