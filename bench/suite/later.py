"""Claims of a suite file for a run of another edition of the same suite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.suite.claims import claim_data
from bench.suite.model import Suite
from bench.suite.problems import Problem, SuiteError, nearest, show


def later_claims(suite: Suite, measured: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The claims of ``suite`` as ``run.json`` has claims, for a run whose suite was ``measured``.

    Args:
        suite: Read and checked. Its claims speak of its axes and baselines.
        measured: ``meta["suite"]`` of the run. Values of its axes may differ: a claim that names one it does not have
            says so in its verdict.

    Raises:
        SuiteError: The suite makes no claim, or measures something else: another workload, subject, axis or baseline.
    """
    problems = []
    file = str(suite.path)

    def differs(key: str, given: object, expected: object) -> None:
        known = [expected] if isinstance(expected, str) else []
        problems.append(
            Problem(file, None, key, show(given), f"{show(expected)}, which the run measured", nearest(given, known))
        )

    if not suite.claims:
        problems.append(Problem(file, None, "claim", None, "at least one [[claim]]"))
    if measured.get("compare"):
        expected = "a run that measures a suite as it is; with comparisons in pairs no claim is asked"
        problems.append(Problem("--claims", None, "compare", None, expected))
    for key in ("workload", "subject"):
        if getattr(suite, key) != measured[key]:
            differs(f"suite.{key}", getattr(suite, key), measured[key])
    if set(suite.axes) != set(measured["axes"]):
        differs("axes", sorted(suite.axes), sorted(measured["axes"]))
    ours = {(one.axis, base.name): list(base.members) for one in suite.crossovers for base in one.baselines}
    theirs = {
        (one["axis"], base["name"]): list(base["members"])
        for one in measured["crossovers"]
        for base in one["baselines"]
    }
    for (axis, name), members in ours.items():
        if theirs.get((axis, name)) != members:
            missing = theirs.get((axis, name), [])
            differs(f"crossover.{axis}.baselines.{name}", members, missing)
    if problems:
        raise SuiteError(problems)
    return [claim_data(claim) for claim in suite.claims]
