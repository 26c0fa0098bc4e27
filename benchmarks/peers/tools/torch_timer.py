"""torch.utils.benchmark: two timers in one process, and the table of its ``Compare``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from benchmarks.peers import child
from benchmarks.peers.compared import PRODUCTS, Compared, Costs, Task, Verdict

#: Finding the block sizes, in seconds.
_REST_S = 0.3


class TorchTimer:
    """``Timer(…).blocked_autorange(min_run_time=…)`` for each side. It has no rule of its own: its tables are read.

    Three readings are tried: the two medians are printed differently by ``Compare`` with trimmed digits; the slower one
    is not within the 1 % of the best that ``Compare`` colours as best; the quartiles of the two are apart.
    """

    name = "torch.utils.benchmark"
    rules: Mapping[str, str] = {
        "digits": "torch.utils.benchmark, `Compare` with trimmed digits prints two numbers",
        "best": "torch.utils.benchmark, more than the 1 % apart that `Compare` colours as best",
        "quartiles": "torch.utils.benchmark, interquartile ranges apart",
    }

    def version(self) -> str:
        """Version of torch."""
        return child.package("torch")

    def settings(self, budget_s: float, costs: Costs) -> dict[str, Any]:
        """``min_run_time`` of one side."""
        return {"min_run_time_s": round(max(0.2, (budget_s - costs.start_s - _REST_S) / 2), 3)}

    def compare(self, task: Task) -> Compared:
        """One process that measures the one side and then the other."""
        command = child.script("bench_torch.py", PRODUCTS, task.new, task.settings["min_run_time_s"])
        old, new = child.answer(command, task.timeout_s)
        return Compared(verdicts(old, new), new["median"] / old["median"], {"old": old, "new": new})


def verdicts(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Verdict]:
    """The three readings of two measurements: ``median``, ``low``, ``high`` (quartiles, s) and ``digits`` of each."""
    way: Verdict = "slower" if new["median"] > old["median"] else "faster"
    best, other = sorted((old["median"], new["median"]))
    apart = old["high"] < new["low"] or new["high"] < old["low"]
    return {
        "digits": way if printed(old) != printed(new) else "none",
        "best": way if other > 1.01 * best else "none",
        "quartiles": way if apart else "none",
    }


def printed(measured: Mapping[str, Any]) -> float:
    """The median as ``Compare`` prints it after ``trim_significant_figures``: rounded to its significant digits."""
    magnitude = math.ceil(math.log10(measured["median"]))
    return float(round(measured["median"], measured["digits"] - magnitude))
