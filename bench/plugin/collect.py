"""From a suite file to one item for each of its cases."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from bench.plugin.item import CaseItem
from bench.plugin.options import HERE, Selection, selection
from bench.plugin.present import mismatch
from bench.plugin.timing import SuiteTiming
from bench.suite import SuiteError, expand, load_suite
from bench.suite.document import read_document
from bench.suite.model import Case, Plan
from bench.suite.problems import Problem

#: The head of a suite, in a file that may have a fault anywhere, even in this very line.
_HEAD = re.compile(rb"^\s*\[\s*[\"']?suite\b", re.MULTILINE)

#: pytest-benchmark registers its session under this name, whichever way it was loaded itself.
_TIMER = "pytest-benchmark"


def is_suite(path: Path) -> bool:
    """Whether a TOML file has a ``[suite]`` table; one that is no TOML counts where a line of it looks like one."""
    try:
        return isinstance(read_document(path).data.get("suite"), dict)
    except SuiteError:
        pass
    try:
        return _HEAD.search(path.read_bytes()) is not None
    except OSError:
        return False


class SuiteFile(pytest.File):
    """A suite; its cases are the items, in the order in which ``bench run`` would come to them."""

    def collect(self) -> Iterable[CaseItem]:
        """One item for each case; those that are known to be left out are skipped with the reason.

        Raises:
            pytest.Collector.CollectError: The suite or an option is at fault, or nothing is there to time with.
        """
        if not self.config.pluginmanager.hasplugin(_TIMER):
            raise self.CollectError(
                f"{self._shown()}: cases are timed by pytest-benchmark, which is not active here;"
                " expected it installed (pip install pytest-benchmark) and not switched off (-p no:benchmark)"
            )
        chosen = selection(self.config)
        plan = self._plan(chosen)
        timing = SuiteTiming(plan.suite, chosen.device)
        for case in plan.cases:
            item = CaseItem.of(self, case, timing)
            reason = _left_out(plan, case)
            if reason is not None:
                item.add_marker(pytest.mark.skip(reason=reason))
            yield item

    def _plan(self, chosen: Selection) -> Plan:
        """The suite's cases that the options keep."""
        try:
            suite = load_suite(
                self.path, preset=chosen.preset, overrides=chosen.overrides or None, budget=chosen.budget
            )
            return expand(suite, chosen.where)
        except SuiteError as error:
            raise self.CollectError("\n".join(str(self._named(problem)) for problem in error.problems)) from None

    def _named(self, problem: Problem) -> Problem:
        """The problem with the file as the user named it, or the option as it is called here."""
        file = self._shown() if problem.file == str(self.path) else HERE.get(problem.file, problem.file)
        return dataclasses.replace(problem, file=file)

    def _shown(self) -> str:
        """The path of the suite from where pytest was called."""
        folder = self.config.invocation_params.dir
        return str(self.path.relative_to(folder) if self.path.is_relative_to(folder) else self.path)


def _left_out(plan: Plan, case: Case) -> str | None:
    """Why a case is not run, as far as that can be told without importing its workload."""
    if case.skip is not None:
        return case.skip
    metrics = plan.suite.measure.metrics
    if "time" not in metrics:
        return f"not timed: the suite measures {', '.join(metrics)} (measure.metrics)"
    return mismatch(case.environment)
