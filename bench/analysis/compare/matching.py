"""Which cases of two runs are the same case, by everything that decides what was measured."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analysis.compare.model import ALLOWED, REFUSED_COLUMNS, Side
from bench.analysis.tables import build, plain, present, rows_of
from bench.suite.model import ENVIRONMENT_AXES

Difference = tuple[str, str, str]


def matched(
    old: Side, new: Side, shared: Sequence[str], allow: Collection[str]
) -> tuple[list[str], pd.DataFrame, list[Difference]]:
    """Sort the cases that both sides have into those that may be compared and those that may not.

    The same case has the same workload and source, parameters, environment, seed and kind of device.

    Args:
        old: One side.
        new: The other side.
        shared: Ids of the cases that both have.
        allow: Keys of :data:`~bench.analysis.compare.model.ALLOWED` whose differences are let pass.

    Returns:
        The ids to compare; the frame of :attr:`~bench.analysis.compare.model.Comparison.refused`; and what was let
        pass: the key with both sides in words, once each.

    Raises:
        ValueError: If ``allow`` has an unknown key.
    """
    unknown = sorted(set(allow) - set(ALLOWED))
    if unknown:
        raise ValueError(f"got {unknown[0]!r}, expected some of {', '.join(ALLOWED)}")
    of_all = list(_of_runs(old.meta, new.meta))
    axes = [_case_axes(side.measurements, side.meta) for side in (old, new)]
    of_cases = {case: list(_of_case(axes[0][case], old.meta, axes[1][case], new.meta)) for case in shared}
    # What tells every case apart is told once.
    common = [one for one in next(iter(of_cases.values()), []) if all(one in found for found in of_cases.values())]
    of_all += common
    of_cases = {case: [one for one in found if one not in common] for case, found in of_cases.items()}

    found = [("", one) for one in of_all] + [(case, one) for case, several in of_cases.items() for one in several]
    refused = [(case, one) for case, one in found if one[0] not in allow]
    passed = list(dict.fromkeys(one for _, one in found if one[0] in allow))
    out = {case for case, _ in refused}
    kept = [] if "" in out else [case for case in shared if case not in out]
    records = [{"case": case, "what": what, "old": before, "new": after} for case, (what, before, after) in refused]
    return kept, build(records, REFUSED_COLUMNS), passed


def _of_runs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """What differs between the runs as wholes."""
    names, sources = ([(meta.get("workload") or {}).get(key) for meta in (old, new)] for key in ("name", "sha256"))
    if names[0] != names[1]:
        yield "workload", _text(names[0]), _text(names[1])
    elif sources[0] != sources[1]:
        # Another workload has another source anyway.
        yield "source", _text(sources[0])[:12], _text(sources[1])[:12]
    if old.get("seed") != new.get("seed"):
        yield "seed", _text(old.get("seed")), _text(new.get("seed"))
    kinds = [device_kind(meta) for meta in (old, new)]
    if kinds[0] != kinds[1]:
        yield "device", kinds[0], kinds[1]


def device_kind(meta: Mapping[str, Any]) -> str:
    """``cpu``, ``cuda``: a run's device without its number."""
    return _text(meta.get("device")).partition(":")[0]


def _of_case(
    old_axes: Mapping[str, Any], old: Mapping[str, Any], new_axes: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Difference]:
    """What differs between two cases of one id."""
    before, after = _settings(old_axes, old["suite"]), _settings(new_axes, new["suite"])
    for what in ("parameters", "environment"):
        one, other = before[what], after[what]
        for name in dict.fromkeys([*one, *other]):
            if one.get(name) != other.get(name):
                yield what, _told(name, one), _told(name, other)


def _told(name: str, settings: Mapping[str, str]) -> str:
    return f"{name} = {settings[name]}" if name in settings else f"{name} not set"


def _settings(axes: Mapping[str, Any], suite: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What a case's workload is called with, and its environment, as text (JSON may hold 1 for 1.0)."""
    environment = {**suite.get("environment", {})}
    # Runs of before there were installations all ran in the present one.
    environment.setdefault("installation", "here")
    # Tells servers apart, and nothing that a process could see.
    environment.pop("copy", None)
    parameters = {**suite.get("fixed", {})}
    for axis, value in axes.items():
        (environment if axis in ENVIRONMENT_AXES else parameters)[axis] = value
    return {
        "parameters": {name: plain(value) for name, value in parameters.items()},
        "environment": {name: plain(value) for name, value in environment.items()},
    }


def _case_axes(measurements: pd.DataFrame, meta: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The axes of each case, by its id."""
    axes = [axis for axis in meta["suite"]["axes"] if axis in measurements.columns]
    places = measurements.drop_duplicates("case")
    return {
        row["case"]: {axis: row[axis] for axis in axes if present(row[axis])}
        for row in rows_of(places[["case", *axes]])
    }


def _text(value: Any) -> str:
    return "unknown" if value is None else plain(value)
