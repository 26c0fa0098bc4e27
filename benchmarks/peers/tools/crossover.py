"""Crossover: pairs of fresh processes side by side, until the comparison is decided or its time is spent."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
from collections.abc import Mapping
from typing import Any

from benchmarks.peers import child
from benchmarks.peers.compared import PRODUCTS, Compared, Costs, Task, ToolFailed

#: Seconds that all fork servers may take to start.
_START_S = 300.0


class Crossover:
    """A suite that compares, with its default pairs, level and band.

    Its fork servers start once, with the first comparison, and serve all of them, as they serve all cases of a run.
    """

    name = "crossover"
    rules: Mapping[str, str] = {"crossover": "crossover, its defaults (1 %, band 2 %)"}

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._ready: dict[str, Any] = {}

    def version(self) -> str:
        """Version of this project."""
        return child.package("crossover-bench")

    def settings(self, budget_s: float, costs: Costs) -> dict[str, Any]:
        """Budget of a case in seconds of warm-up and samples; preparing the processes takes about half of it again.

        The fork servers start here, before the clock of the first comparison.
        """
        if self._process is None:
            self._start()
        return {"budget_s": round(max(0.5, budget_s / 3), 3)}

    def compare(self, task: Task) -> Compared:
        """One comparison, judged at the look that ended it."""
        if self._process is None:
            self._start()
        asked = {"old": PRODUCTS, "new": task.new, "budget_s": task.settings["budget_s"], "seed": task.seed}
        found = self._ask(json.dumps(asked), task.timeout_s)
        if "failed" in found:
            raise ToolFailed(found["failed"])
        details = {name: found[name] for name in ("low", "high", "pairs", "stopped", "measuring_s")}
        return Compared({"crossover": found["verdict"]}, found["ratio"], details | {"once": self._ready})

    def close(self) -> None:
        """End the process with all it started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            self._process.communicate()
            self._process = None

    def _start(self) -> None:
        self._process = subprocess.Popen(
            child.script("run_crossover.py"),
            env={**os.environ, **child.ONE_THREAD},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        atexit.register(self.close)
        self._ready = self._ask(None, _START_S)

    def _ask(self, line: str | None, timeout_s: float) -> dict[str, Any]:
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        try:
            if line is not None:
                process.stdin.write(f"{line}\n")
                process.stdin.flush()
            if not select.select([process.stdout], [], [], timeout_s)[0]:
                raise ToolFailed(f"run_crossover.py: no answer within {timeout_s:g} s")
            answer = process.stdout.readline()
        except (BrokenPipeError, ToolFailed):
            self.close()
            raise ToolFailed("run_crossover.py has ended or does not answer") from None
        if not answer:
            self.close()
            raise ToolFailed("run_crossover.py has ended")
        found: dict[str, Any] = json.loads(answer)
        return found
