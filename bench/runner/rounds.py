"""The timed rounds of a group: fresh processes side by side, taking turns in random order.

One *round* gives every case of the group one replicate: a fresh process each, prepared, warmed up one after the
other, and then sampled turn by turn in a new random order each turn, so that drift of the machine falls on all of
them alike. Rounds go on until every interval is narrow enough or its case's budget is spent.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.meters import noise
from bench.runner.batches import settle_calls
from bench.runner.forecast import available_memory
from bench.runner.passes import Passed, Setting, budget_reason, open_case
from bench.runner.process import CaseFailed, CaseProcess
from bench.runner.replicate import Replicate
from bench.runner.servers import Servers
from bench.runner.stopping import PairRule, StopRule, WidthRule
from bench.runner.timed import Timed
from bench.suite.model import Case

#: Bytes a process needs beside its tensors: interpreter pages that it writes to, buffers of the libraries.
_PROCESS_BYTES = 200 << 20

#: Share of the free memory that the processes of one round may fill together.
_TOGETHER_SHARE = 0.7


#: From so many samples on, a further one at the beginning that does not count is cheap.
_SEVERAL = 3


@dataclass
class _Running:
    """A case's process within one round."""

    timed: Timed
    process: CaseProcess
    replicate: Replicate
    per_call_s: float = 0.0
    took_s: float = 0.0
    wanted: int = 0
    machine_noise: noise.Noise | None = None
    own_noise: noise.Noise | None = None


class GroupTimer:
    """Times the cases of one group."""

    def __init__(
        self,
        servers: Servers,
        setting: Setting,
        order: random.Random,
        keep: Callable[[Case, Replicate], None],
        tell: Callable[[str], None],
    ) -> None:
        """``order`` decides all orders of the group; ``keep`` stores each finished process's samples at once.

        ``tell`` hears in a few words what comes next, between rounds only: nothing is being timed then.
        """
        self._servers = servers
        self._setting = setting
        self._measure = setting.measure
        self._order = order
        self._keep = keep
        self._tell = tell
        self._group: list[Timed] = []

    def run(self, passed: Sequence[Passed]) -> list[Timed]:
        """Rounds until every case is done. A case that fails leaves; the others go on."""
        self._group = timed = [Timed(one) for one in passed]
        together = self._fit_together(passed)
        if not together and len(passed) > 1:
            for one in timed:
                one.notes.append("processes took turns: the group does not fit into memory side by side")
        rule = self._rule(timed)
        for number in range(self._measure.replicates[1]):
            due = rule.due(number)
            if not due:
                break
            self._tell(f"round {number + 1} of at most {self._measure.replicates[1]}, cases side by side: {len(due)}")
            if together:
                self._round(number, due)
            else:
                for one in self._order.sample(due, len(due)):
                    self._round(number, [one])
        else:
            rule.due(self._measure.replicates[1])
        rule.close()
        return timed

    def _rule(self, timed: Sequence[Timed]) -> StopRule:
        compare = self._setting.compare
        if compare is None:
            return WidthRule(timed, self._measure)
        return PairRule(timed, self._measure, compare, self._setting.subject)

    def _fit_together(self, passed: Sequence[Passed]) -> bool:
        available = available_memory()
        need = sum(one.bytes + _PROCESS_BYTES for one in passed)
        need += self._servers.pending_bytes([one.case.environment for one in passed])
        return self._setting.device != "cpu" or available is None or need <= _TOGETHER_SHARE * available

    # -- one round -----------------------------------------------------------------------------------------------------

    def _round(self, number: int, cases: Sequence[Timed]) -> None:
        running = self._start(number, cases)
        try:
            for one in self._order.sample(running, len(running)):
                self._guard(one, self._warm)
            self._settle(running)
            self._take_turns([one for one in running if one.process.alive])
            for one in running:
                if one.process.alive:
                    self._guard(one, self._finish)
        finally:
            for one in running:
                one.process.kill()

    def _guard(self, one: _Running, step: Callable[[_Running], None]) -> None:
        """A case that fails is marked and its process gone; the others of the round never notice."""
        try:
            step(one)
        except CaseFailed as failure:
            one.process.kill()
            one.timed.failure = failure

    def _start(self, number: int, cases: Sequence[Timed]) -> list[_Running]:
        """Start and prepare all processes at the same time: nothing is being timed yet."""
        running = []
        self._servers.start((timed.case.environment for timed in cases), number)
        available = available_memory()
        began = time.perf_counter()
        for timed in self._order.sample(list(cases), len(cases)):
            process = self._servers.get(timed.case.environment, number).start()
            replicate = Replicate(number, process.pid, 0.0, server=number % self._servers.size)
            running.append(_Running(timed, process, replicate))
            open_case(process, timed.case, self._setting, available)
        for question in ("open", "prepare"):
            if question == "prepare":
                for one in running:
                    if one.process.alive:
                        one.process.send("prepare")
            for one in running:
                if one.process.alive:
                    self._guard(one, self._await)
        took = time.perf_counter() - began
        for one in running:
            one.replicate.start_s = took / len(running)
            one.timed.start_s += one.replicate.start_s
        return running

    def _await(self, one: _Running) -> None:
        one.process.receive(self._measure.timeout_s)

    def _warm(self, one: _Running) -> None:
        measure, timed, replicate = self._measure, one.timed, one.replicate
        share = measure.budget_s / self._setting.least
        began = time.perf_counter()
        # What makes a sample is found out once: to do so in each process costs several samples' time.
        question = {
            "most_s": min(measure.warmup_s, 0.4 * share),
            "sample_s": measure.sample_s,
            "calls": timed.calls,
        }
        answer = one.process.ask("warm", measure.timeout_s, **question)
        reason = budget_reason(answer["per_call_s"], self._setting, "measured") if replicate.number == 0 else None
        if answer["warmup_calls"] == 1 and (timed.compiles or reason is not None):
            # The only call so far may have spent its time on compiling: it takes another one to tell.
            first = answer
            answer = one.process.ask("warm", measure.timeout_s, **question)
            timed.compiles = answer["per_call_s"] < 0.5 * first["per_call_s"]
            answer |= {"first_call_s": first["first_call_s"]}
            answer |= {name: first[name] + answer[name] for name in ("warmup_calls", "warmup_s")}
            reason = budget_reason(answer["per_call_s"], self._setting, "measured")
        one.per_call_s, one.took_s = answer["per_call_s"], time.perf_counter() - began
        timed.warmup_s += one.took_s
        timed.spent_s += one.took_s
        replicate.spent_s += one.took_s
        for name in ("calls", "warmup_calls", "warmup_s", "first_call_s", "steady"):
            setattr(replicate, name, answer[name])
        # Past the budget by less than half: measuring what was begun is worth more than a hole in the table.
        if reason is not None and one.per_call_s * 2 * self._setting.least > 1.5 * measure.budget_s:
            raise CaseFailed("skipped", reason)

    def _settle(self, running: Sequence[_Running]) -> None:
        """Say how many calls make a sample, in every process, and how many samples it takes."""
        alive = [one for one in running if one.process.alive]
        for one in sorted(alive, key=lambda one: -one.replicate.calls):
            if one.timed.calls is None:
                one.timed.per_call_s = one.per_call_s
                one.timed.calls = one.replicate.calls = settle_calls(one.timed, one.replicate.calls, self._group)
            self._guard(one, self._batch)

    def _batch(self, one: _Running) -> None:
        timed, replicate, measure = one.timed, one.replicate, self._measure
        units = timed.units
        if units is not None and timed.calls:
            units = round(units * replicate.calls / timed.calls)
        answer = one.process.ask("batch", measure.timeout_s, calls=replicate.calls, units=units)
        replicate.units = answer["units"]
        if timed.units is None:
            timed.units = replicate.units
        one.own_noise = answer["noise"]
        share, per_sample = measure.budget_s / self._setting.least, max(one.per_call_s * replicate.calls, 1e-9)
        # What was spent on compiling is gone; samples that add a tenth to it are worth having.
        asked = min(measure.samples, int(max(share - one.took_s, 0.1 * one.took_s) / per_sample))
        one.wanted = max(1, asked, int((measure.fill_s - one.took_s) / per_sample) - 1)

    def _take_turns(self, running: Sequence[_Running]) -> None:
        turn = 0
        # The first sample after the others' warm-up is the slowest, by some per cent: it is warm-up, too.
        for one in self._order.sample(running, len(running)):
            if one.wanted >= _SEVERAL and one.process.alive:
                self._guard(one, self._discard)
        for one in running:
            one.machine_noise = noise.readings()
        while True:
            due = [one for one in running if one.process.alive and len(one.replicate.seconds) < one.wanted]
            if not due:
                return
            for one in self._order.sample(due, len(due)):
                self._guard(one, partial(self._sample, turn=turn))
                turn += 1

    def _discard(self, one: _Running) -> None:
        took, _ = self._ask_sample(one)
        one.timed.warmup_s += took

    def _ask_sample(self, one: _Running) -> tuple[float, dict[str, Any]]:
        """Seconds that a sample cost, and the sample."""
        began = time.perf_counter()
        answer = one.process.ask("sample", self._measure.timeout_s)
        took = time.perf_counter() - began
        one.timed.spent_s += took
        one.replicate.spent_s += took
        return took, answer

    def _sample(self, one: _Running, turn: int) -> None:
        took, answer = self._ask_sample(one)
        one.timed.sampling_s += took
        one.replicate.seconds.append(answer["seconds"])
        one.replicate.turns.append(turn)
        if answer["clock_mhz"] is not None:
            one.replicate.clocks.append(answer["clock_mhz"])

    def _finish(self, one: _Running) -> None:
        """Last readings, then the process ends and its samples are stored."""
        replicate, after = one.replicate, noise.readings()
        own = one.process.ask("close", self._measure.timeout_s)["noise"]
        one.process.finish()
        if one.machine_noise is not None:
            replicate.pressure = noise.between(one.machine_noise, after).stall_share
        if one.own_noise is not None:
            during = noise.between(one.own_noise, own)
            replicate.switches = during.involuntary_switches
            if own.waited_s is not None and one.own_noise.waited_s is not None:
                replicate.waited_s = own.waited_s - one.own_noise.waited_s
        replicate.load = after.load
        one.timed.replicates.append(replicate)
        self._keep(one.timed.case, replicate)
