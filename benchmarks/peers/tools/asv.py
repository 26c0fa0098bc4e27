"""asv: two rounds of samples for each side by asv_runner, judged by what ``asv continuous`` and ``asv compare`` use."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.peers import child
from benchmarks.peers.compared import PRODUCTS, Compared, Costs, Task, Verdict

#: asv's defaults: rounds, samples of a round, seconds of warm-up.
_ROUNDS, _SAMPLES, _WARMUP_S = 2, 5, 0.1

#: Finding the number of calls costs about so many samples.
_CALIBRATION = 1.7

#: Default of ``--factor``, and the value that leaves the judgement to the test alone.
_FACTORS = {"factor": 1.1, "test": 1.0}


class Asv:
    """``asv continuous``, less its building of environments: rounds are not interleaved, as is its default."""

    name = "asv"
    rules: Mapping[str, str] = {
        "factor": "asv `continuous` (factor 1.1 and Mann–Whitney p < 0.002)",
        "test": "asv `continuous --factor 1` (Mann–Whitney p < 0.002)",
    }

    def version(self) -> str:
        """Versions of both packages."""
        return f"{child.package('asv')}, asv_runner {child.package('asv_runner')}"

    def settings(self, budget_s: float, costs: Costs) -> dict[str, Any]:
        """``sample_time``; the numbers of rounds and samples stay as they are."""
        round_s = (budget_s / 2 - costs.start_s) / _ROUNDS - _WARMUP_S
        sample_s = round(max(0.01, round_s / (_SAMPLES + _CALIBRATION)), 4)
        return {"rounds": _ROUNDS, "repeats": _SAMPLES, "sample_s": sample_s}

    def compare(self, task: Task) -> Compared:
        """One fork server for each side, as asv has one for each commit."""
        options = [task.settings[name] for name in ("rounds", "repeats", "sample_s")]
        sides = [
            child.answer(child.script("bench_asv.py", products, *options), task.timeout_s)
            for products in (PRODUCTS, task.new)
        ]
        (old, _), (new, _) = (
            importlib.import_module("asv_runner.statistics").compute_stats(side["samples"], side["number"])
            for side in sides
        )
        samples = [side["samples"] for side in sides]
        return Compared(verdicts(*samples), new / old, dict(zip(("old", "new"), samples, strict=True)))


def verdicts(old: Sequence[float], new: Sequence[float]) -> dict[str, Verdict]:
    """asv's own functions on the samples of both sides, in seconds per call."""
    compute = importlib.import_module("asv_runner.statistics").compute_stats
    better = importlib.import_module("asv.commands.compare")._is_result_better
    (old_value, old_stats), (new_value, new_stats) = compute(list(old), 1), compute(list(new), 1)
    first, second = (old_stats, list(old)), (new_stats, list(new))
    found: dict[str, Verdict] = {}
    for rule, factor in _FACTORS.items():
        if better(old_value, new_value, first, second, factor):
            found[rule] = "slower"
        elif better(new_value, old_value, second, first, factor):
            found[rule] = "faster"
        else:
            found[rule] = "none"
    return found
