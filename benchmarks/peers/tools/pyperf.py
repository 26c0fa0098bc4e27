"""pyperf: several processes for each side, then ``compare_to``."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Mapping
from statistics import fmean
from typing import Any

from benchmarks.peers import child
from benchmarks.peers.compared import PRODUCTS, Compared, Costs, Task, ToolFailed, Verdict

#: pyperf's default: each value takes at least this long, and one value of each process is its warm-up.
_VALUE_S = 0.1

#: Its default number of values of a process.
_VALUES = 3

#: Start of the manager and half of ``compare_to``, in seconds; neither imports torch.
_MANAGER_S = 0.4

_MEANS = re.compile(r"\d+\.\d+x (slower|faster)")


class Pyperf:
    """``bench.py -o old.json``, ``bench.py -o new.json``, ``pyperf compare_to old.json new.json``."""

    name = "pyperf"
    rules: Mapping[str, str] = {"t": "pyperf `compare_to` (t test of pooled values, 95 %)"}

    def version(self) -> str:
        """Version of the package."""
        return child.package("pyperf")

    def settings(self, budget_s: float, costs: Costs) -> dict[str, Any]:
        """As many processes as fit with the default number of values, but two at least; further values fill the rest.

        The number of loops is given, because finding it would cost each side a process more.
        """
        side_s = budget_s / 2 - _MANAGER_S
        loops = 1 << max(0, math.ceil(math.log2(_VALUE_S / costs.call_s)))  # a power of two, as pyperf chooses
        value_s = loops * costs.call_s
        processes = max(2, int(side_s / (costs.start_s + (1 + _VALUES) * value_s)))
        values = max(_VALUES, int((side_s / processes - costs.start_s) / value_s) - 1)
        return {"processes": processes, "values": values, "loops": loops}

    def compare(self, task: Task) -> Compared:
        """Two runs and the comparison of their files."""
        files = [task.folder / "old.json", task.folder / "new.json"]
        options = [f"--{name}={task.settings[name]}" for name in ("processes", "values", "loops")]
        options += ["--quiet", f"--inherit-environ={','.join(child.ONE_THREAD)}"]
        for products, file in zip((PRODUCTS, task.new), files, strict=True):
            child.run(child.script("bench_pyperf.py", "--products", products, "-o", file, *options), task.timeout_s)
        output = child.run(child.python("-m", "pyperf", "compare_to", "--verbose", *files), task.timeout_s)
        load = importlib.import_module("pyperf").Benchmark.load
        old, new = (list(load(str(file)).get_values()) for file in files)
        return Compared({"t": read(output)}, fmean(new) / fmean(old), {"old": old, "new": new})


def read(output: str) -> Verdict:
    """What ``pyperf compare_to --verbose`` says of a single benchmark."""
    text = output.lower()
    if "not significant" in text:
        return "none"
    found = _MEANS.search(text)
    if "significant" not in text or (found is None and "no change" not in text):
        raise ToolFailed(f"pyperf compare_to: {output.strip()[-300:]}")
    # Significant, and yet "no change": the means agree in the digits that are printed. It claims no direction.
    return "none" if found is None else "slower" if found[1] == "slower" else "faster"
