"""A suite measured against itself: every case twice, side by side, for ``bench aa``."""

from __future__ import annotations

from dataclasses import replace

from bench.suite.against import without_questions
from bench.suite.model import Case, Compare, Group, Plan
from bench.suite.problems import Problem, SuiteError

#: The axis that tells the copies apart, and its values; the second may be slowed on purpose.
COPY = "copy"
COPIES = ("first", "second")


def against_itself(plan: Plan, pairs: int, compare: Compare, inject: float = 0.0) -> Plan:
    """A plan in which each case is a group of its own, with its copy, and is measured in a fixed number of pairs.

    Args:
        plan: What to measure; cases that a rule leaves out stay out.
        pairs: Pairs of processes for each case.
        compare: The settings of the comparisons that are tried out: a process gets as much time as it has there. The
            copies come from fork servers of their own, as two installations do.
        inject: Share by which the second copy is slowed with real work.

    Raises:
        SuiteError: The suite has an axis of that name already, or no case is left.
    """
    suite = plan.suite
    kept = [case for case in plan.cases if case.skip is None]
    if COPY in suite.axes:
        expected = f"another name: `bench aa` tells the two copies of a case apart by an axis {COPY!r} of its own"
        raise SuiteError([Problem(str(suite.path), None, f"axes.{COPY}", COPY, expected)])
    if not kept:
        expected = "at least one case that no skip rule leaves out"
        raise SuiteError([Problem(str(suite.path), None, "skip", None, expected)])
    share_s = compare.budget_s / compare.confirmed
    measure = replace(
        suite.measure,
        metrics=("time",),
        replicates=(pairs, pairs),
        level=compare.level,
        budget_s=share_s * pairs,
        servers=compare.confirmed,
        fill_s=compare.fill_s,
        sample_s=compare.sample_s(suite.measure.sample_s),
    )
    slowed = f", the second copy slowed by {100 * inject:.3g} %" if inject else ""
    copied = replace(
        without_questions(suite),
        name=f"aa_{suite.name}",
        title=f"Every case against itself{slowed}: {suite.title or suite.name}",
        subject=COPY,
        axes={**suite.axes, COPY: COPIES},
        measure=measure,
        labels=dict(suite.labels),
    )
    return Plan(copied, tuple(_pair(case, inject) for case in kept))


def _pair(case: Case, inject: float) -> Group:
    cases = tuple(
        replace(
            case,
            id=f"{case.id}/{COPY}={name}",
            axes={**case.axes, COPY: name},
            group=case.id,
            subject=name,
            environment=replace(case.environment, copy=number),
            inject=inject if name == COPIES[1] else 0.0,
        )
        for number, name in enumerate(COPIES)
    )
    return Group(case.id, cases, case.environment)
