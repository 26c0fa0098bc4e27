"""One case as a pytest item."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from bench.plugin.faults import CaseFault, LeftOut

if TYPE_CHECKING:
    from bench.plugin.timing import SuiteTiming
    from bench.suite.model import Case


class CaseItem(pytest.Function):
    """A case, named by its id. As a function that asks for ``benchmark`` it is what pytest-benchmark looks for.

    Attributes:
        case: The case, as ``bench run`` would measure it.
    """

    case: Case

    @classmethod
    def of(cls, parent: pytest.Collector, case: Case, timing: SuiteTiming) -> CaseItem:
        """The item of a case; ``timing`` is what all items of its suite share."""

        def timed(request: pytest.FixtureRequest, benchmark: Any) -> None:
            __tracebackhide__ = True
            # A case that fails or is left out before it is timed has not used the fixture, and need not be warned of
            # it. What is added last is done first when the item ends: before the fixture looks.
            request.node.addfinalizer(partial(setattr, benchmark, "skipped", True))
            rounds = 1 if benchmark.disabled else int(request.config.getoption("benchmark_min_rounds"))
            try:
                timing.time(case, benchmark, rounds)
            except LeftOut as reason:
                skipped = pytest.skip.Exception(str(reason))
                # As for a skip mark: the summary then names the suite, and not a line of this file.
                skipped._use_item_location = True
                raise skipped from None

        item: CaseItem = cls.from_parent(parent, name=case.id, callobj=timed)
        item.case = case
        return item

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Where the item comes from: the suite's file, not the function above."""
        return self.path, 0, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Lines where the case itself is at fault; a traceback where its workload raised something."""
        if isinstance(excinfo.value, CaseFault):
            return str(excinfo.value)
        return super().repr_failure(excinfo)
