"""pytest-benchmark: a saved run, and a later one that fails if it is slower by more than a percentage."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.peers import child
from benchmarks.peers.compared import PRODUCTS, Compared, Costs, Task, ToolFailed, Verdict

#: Start of pytest with torch, in starts of a process with torch; and collecting, calibrating, writing, in seconds.
_STARTS, _REST_S = 1.15, 0.2

_FAILED = re.compile(r"Field '(\w+)' has failed")


class PytestBenchmark:
    """``pytest --benchmark-save``, then ``--benchmark-compare --benchmark-compare-fail``; it looks for slower only."""

    name = "pytest-benchmark"
    rules: Mapping[str, str] = {
        "min": "pytest-benchmark, `--benchmark-compare-fail min:5%`",
        "mean": "pytest-benchmark, `--benchmark-compare-fail mean:5%`",
    }

    def version(self) -> str:
        """Version of the plugin."""
        return child.package("pytest-benchmark")

    def settings(self, budget_s: float, costs: Costs) -> dict[str, Any]:
        """``--benchmark-max-time``: seconds of one side's rounds."""
        return {"max_time_s": round(max(0.2, budget_s / 2 - _STARTS * costs.start_s - _REST_S), 3)}

    def compare(self, task: Task) -> Compared:
        """Two runs of pytest. The second one's exit code and message say which rule has failed."""
        store = f"--benchmark-storage=file://{task.folder / 'store'}"
        # An empty configuration: the one of this project would be found otherwise.
        (task.folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        files = [task.folder / "old.json", task.folder / "new.json"]
        self._run(task, PRODUCTS, files[0], store, "--benchmark-save=old")
        fail = ("--benchmark-compare-fail", "min:5%", "mean:5%")
        output = self._run(task, task.new, files[1], store, "--benchmark-compare=0001", *fail)
        old, new = (json.loads(file.read_text(encoding="utf-8"))["benchmarks"][0]["stats"] for file in files)
        keep = ("min", "mean", "median", "stddev", "rounds")
        details = {"old": {name: old[name] for name in keep}, "new": {name: new[name] for name in keep}}
        return Compared(verdicts(output), new["mean"] / old["mean"], details)

    def _run(self, task: Task, products: int, file: Path, *options: str) -> str:
        command = child.python("-m", "pytest", child.CHILDREN / "bench_pytest.py", "-q", "-p", "no:cacheprovider")
        command += ["-c", str(task.folder / "pytest.ini"), "--rootdir", str(child.CHILDREN)]
        command += [f"--benchmark-json={file}", f"--benchmark-max-time={task.settings['max_time_s']}", *options]
        output = child.run(command, task.timeout_s, {"PEERS_PRODUCTS": str(products)}, accept=(0, 1))
        if "1 passed" not in output and "has regressed" not in output:
            raise ToolFailed(f"pytest: {output.strip()[-300:]}")
        return output


def verdicts(output: str) -> dict[str, Verdict]:
    """What the message of the comparison says of each field."""
    failed = set(_FAILED.findall(output))
    return {field: "slower" if field in failed else "none" for field in PytestBenchmark.rules}
