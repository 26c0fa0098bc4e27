"""What a run folder keeps of a suite and its plan, and the way back from it when a run is resumed."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.runner.loading import OWN_WORKLOADS
from bench.suite.claims import claim_data, stored_claim
from bench.suite.model import (
    Baseline,
    Case,
    Compare,
    Crossover,
    Environment,
    Group,
    Installation,
    Measure,
    Plan,
    Suite,
)


def suite_data(suite: Suite) -> dict[str, Any]:
    """A suite as it goes into ``run.json`` (its text lies beside it, in ``suite.toml``)."""
    data = dataclasses.asdict(suite)
    data.pop("text")
    data["claims"] = [claim_data(claim) for claim in suite.claims]
    data["path"] = str(suite.path.resolve())
    return data


def plan_data(plan: Plan) -> list[dict[str, Any]]:
    """A plan's groups as they go into ``plan.json``."""
    return [dataclasses.asdict(group) for group in plan.groups]


def stored_suite(data: Mapping[str, Any]) -> Suite:
    """The suite of a run, as far as measuring needs it."""
    measure: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data["measure"].items()
    }  # JSON has lists only
    crossovers = tuple(
        Crossover(
            axis=item["axis"],
            baselines=tuple(Baseline(one["name"], tuple(one["members"])) for one in item["baselines"]),
            metrics=tuple(item["metrics"]),
            relative_to=item["relative_to"],
        )
        for item in data["crossovers"]
    )
    return Suite(
        name=data["name"],
        title=data["title"],
        description=data["description"],
        path=Path(data["path"]),
        text="",
        workload=data["workload"],
        subject=data["subject"],
        axes={name: tuple(values) for name, values in data["axes"].items()},
        fixed=data["fixed"],
        environment=Environment(**data["environment"]),
        measure=Measure(**measure),
        crossovers=crossovers,
        claims=tuple(stored_claim(item) for item in data.get("claims") or ()),
        growth=data.get("growth"),
        compare=_stored_compare(data.get("compare")),
        installations=tuple(
            Installation(**{**item, "requires": tuple(item["requires"])}) for item in data.get("installations") or ()
        ),
    )


def _stored_compare(data: Mapping[str, Any] | None) -> Compare | None:
    return None if data is None else Compare(**{**data, "pairs": tuple(data["pairs"])})


def stored_group(data: Mapping[str, Any]) -> Group:
    """A group of a run's plan."""
    cases = tuple(Case(**{**one, "environment": Environment(**one["environment"])}) for one in data["cases"])
    return Group(data["id"], cases, Environment(**data["environment"]))


def workload_data(reference: str, folder: Path) -> dict[str, Any]:
    """Where a workload's source lies, from the suite's folder or the path of modules on, and its SHA-256.

    That is of the file, or of every Python file of its package.

    Our own workloads are hashed with all of their family, ``bench/workloads/contrastive`` for example: they share code.
    Two runs whose hashes differ did not measure the same code. Raises ``ImportError`` where the module is not found.
    """
    name = reference.partition(":")[0]
    if name.endswith(".py"):
        place = (folder / name).resolve()
        files, told = [place], Path(name)
    else:
        path = list(sys.path)
        sys.path.insert(0, str(folder.resolve()))
        try:
            found = importlib.util.find_spec(name)
        finally:
            sys.path[:] = path
        if found is None or found.origin is None:
            raise ImportError(f"no module {name!r}")
        place = Path(found.origin)
        told = place.relative_to(place.parents[name.count(".") + bool(found.submodule_search_locations)])
        files = sorted(_family(name, place).rglob("*.py")) if found.submodule_search_locations else [place]
    digest = hashlib.sha256()
    root = Path(os.path.commonpath([file.parent for file in files]))
    for file in files:
        digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return {"name": reference, "file": told.as_posix(), "sha256": digest.hexdigest()}


def _family(name: str, place: Path) -> Path:
    """The folder whose files a package's source is: its own, or the outermost one below ``bench.workloads``."""
    inner = name.removeprefix(OWN_WORKLOADS).count(".") if name.startswith(OWN_WORKLOADS) else 0
    return place.parents[inner]
