"""Plans for the runner's tests, made without the suite room."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.suite.model import Baseline, Case, Crossover, Environment, Group, Measure, Plan, Suite

HERE = Path(__file__).parent

QUICK = Measure(replicates=(2, 2), samples=2, budget_s=5.0, sample_s=0.0005, warmup_s=0.02, timeout_s=20.0)


def make_plan(
    kinds: Sequence[str],
    sizes: Sequence[int] = (64,),
    measure: Measure = QUICK,
    workload: str = "./faulty.py:faulty",
    folder: Path = HERE,
    skip: dict[str, str] | None = None,
) -> Plan:
    """One group for each size, its cases differing in ``kind``."""
    environment = Environment()
    axes: dict[str, tuple[Any, ...]] = {"kind": tuple(kinds), "n": tuple(sizes)}
    suite = Suite(
        name="faulty",
        title="Faults",
        description="",
        path=folder / "faulty.toml",
        text="# none\n",
        workload=workload,
        subject="kind",
        axes=axes,
        fixed={},
        environment=environment,
        measure=measure,
        crossovers=(Crossover("n", (Baseline("good", ("good",)),)),),
    )
    groups = []
    for n in sizes:
        group = f"faulty/n={n}"
        cases = tuple(
            Case(
                id=f"faulty/kind={kind}/n={n}",
                axes={"kind": kind, "n": n},
                params={"kind": kind, "n": n},
                environment=environment,
                group=group,
                subject=kind,
                skip=(skip or {}).get(kind),
            )
            for kind in kinds
        )
        groups.append(Group(group, cases, environment))
    return Plan(suite, tuple(groups))
