"""hyperfine: whole commands, so the start of Python and the import of torch are in every time it sees."""

from __future__ import annotations

import json
import math
import shlex
import shutil
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

from scipy import stats

from benchmarks.peers import child
from benchmarks.peers.compared import PRODUCTS, Compared, Costs, Task, ToolFailed, Verdict

#: Fewest runs of a command that a test of two means makes sense for.
_LEAST_RUNS = 3


class Hyperfine:
    """``hyperfine OLD NEW``, judged by the Welch test of its script, and by the ± of the ratio that it prints."""

    name = "hyperfine"
    rules: Mapping[str, str] = {
        "welch": "hyperfine, Welch's t test of its `welch_ttest.py` (5 %)",
        "ratio": "hyperfine, printed ratio ± deviation excludes 1",
    }

    def version(self) -> str:
        """Version of the program."""
        if shutil.which("hyperfine") is None:
            raise ToolFailed("the program hyperfine is not installed")
        return child.run(["hyperfine", "--version"], 10).split()[1]

    def settings(self, budget_s: float, costs: Costs) -> dict[str, Any]:
        """Runs of each command, and calls in a run: they last as long as the start of the process, if time allows."""
        runs = max(_LEAST_RUNS, int(budget_s / 2 / (2 * costs.start_s)))
        work_s = max(budget_s / 2 / runs - costs.start_s, 0.1 * costs.start_s)
        calls = max(1, int(work_s / costs.call_s))
        return {"runs": runs, "calls": calls, "work_share": round(work_s / (work_s + costs.start_s), 3)}

    def compare(self, task: Task) -> Compared:
        """One call of hyperfine with both commands, without a shell."""
        file = task.folder / "times.json"
        commands = [
            shlex.join(child.script("work.py", products, task.settings["calls"])) for products in (PRODUCTS, task.new)
        ]
        options = ["-N", "--style", "none", "--runs", str(task.settings["runs"]), "--export-json", str(file)]
        child.run(["hyperfine", *options, *commands], task.timeout_s)
        results = json.loads(file.read_text(encoding="utf-8"))["results"]
        old, new = (result["times"] for result in results)
        return Compared(verdicts(old, new), fmean(new) / fmean(old), {"old": old, "new": new})


def verdicts(old: Sequence[float], new: Sequence[float]) -> dict[str, Verdict]:
    """Both rules on the seconds of whole commands.

    The ± beside the ratio of means is its standard deviation by propagation of both sides' (hyperfine,
    ``relative_speed.rs``): r sqrt((s_new / m_new)^2 + (s_old / m_old)^2), the faster side in the denominator.
    """
    slower = fmean(new) > fmean(old)
    way: Verdict = "slower" if slower else "faster"
    fast, slow = (old, new) if slower else (new, old)
    ratio = fmean(slow) / fmean(fast)
    deviation = ratio * math.hypot(stdev(slow) / fmean(slow), stdev(fast) / fmean(fast))
    p = float(stats.ttest_ind(old, new, equal_var=False).pvalue)
    return {"welch": way if p < 0.05 else "none", "ratio": way if ratio - deviation > 1 else "none"}
