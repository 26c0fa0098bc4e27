"""What became of the cases: added, removed, failed, recovered, or with another status."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from bench.analysis.compare.model import CHANGE_COLUMNS, CHANGES
from bench.analysis.tables import build, family, present, rows_of
from bench.plural import counted

#: Statuses of what was left out knowingly; all others but ``ok`` mean that something went wrong.
_LEFT_OUT = ("skipped", "unsupported")

#: Rows that are only one source among several: that one of them cannot count a case says nothing of the case.
_ONE_OF_SEVERAL = ("flops_formula", "flops_fvcore")

Status = tuple[str, str]

#: Name and subject axis of a suite.
Named = tuple[str, str]


def statuses(measurements: pd.DataFrame) -> dict[str, Status]:
    """The status of each case and its reason: a failure of any metric, else what became of its time.

    A case without a time has the status of its other metrics: ``ok`` if one of them is.
    """
    found: dict[str, list[tuple[int, Status]]] = {}
    for row in rows_of(measurements[["case", "metric", "status", "reason"]]):
        if row["metric"] in _ONE_OF_SEVERAL and row["status"] in _LEFT_OUT:
            weight = 4
        elif failed(row["status"]):
            weight = 0
        elif family(row["metric"]) == "time":
            weight = 1
        else:
            weight = 2 if row["status"] == "ok" else 3
        reason = str(row["reason"]) if present(row["reason"]) else ""
        found.setdefault(row["case"], []).append((weight, (row["status"], reason)))
    return {case: min(rows, key=lambda row: row[0])[1] for case, rows in found.items()}


def time_statuses(measurements: pd.DataFrame) -> dict[str, Status]:
    """The status of each case's time and its reason, for cases whose time was asked for."""
    rows = measurements.loc[measurements["metric"] == "time", ["case", "status", "reason"]]
    return {row["case"]: (row["status"], str(row["reason"]) if present(row["reason"]) else "") for row in rows_of(rows)}


def failed(status: str) -> bool:
    """Whether a status means that something went wrong."""
    return status != "ok" and status not in _LEFT_OUT


def change_table(
    pairs: Iterable[tuple[str, Status | None, Status | None]], whole: tuple[bool, bool] = (True, True)
) -> pd.DataFrame:
    """The frame of :attr:`~bench.analysis.compare.model.Comparison.changes`, the worst first.

    Args:
        pairs: Each case with its status on the old side and on the new one; ``None`` where it is not there.
        whole: Whether the old run and the new one went to their end. What an interrupted run lacks it may just not have
            come to.
    """
    records = []
    for case, old, new in pairs:
        change = _change(old, new)
        if (change == "added" and not whole[0]) or (change == "removed" and not whole[1]):
            change = "not reached"
        if change:
            told = new if new is not None and new[0] != "ok" else old
            reason = told[1] if told is not None and change not in ("removed", "not reached") else ""
            texts = {"old": old[0] if old else "", "new": new[0] if new else "", "reason": reason}
            records.append({"case": case, "change": change, **texts})
    records.sort(key=lambda record: CHANGES.index(record["change"]))
    return build(records, CHANGE_COLUMNS)


def of_other_suites(changes: pd.DataFrame, old: Named, new: Named) -> pd.DataFrame:
    """The same frame of two runs of different suites: what only one side has is one row.

    Args:
        changes: The frame of :func:`change_table`.
        old: Name and subject axis of the old run's suite.
        new: Of the new run's.
    """
    if old == new:
        return changes
    alone = changes["change"].isin(["added", "removed", "not reached"])
    rows = []
    for change, side, (suite, subject) in (("removed", "old", old), ("added", "new", new)):
        count = int((changes.loc[alone, side] != "").sum())
        if count:
            case = f"{counted(count, 'case')} of another suite, {suite} with subject {subject}"
            rows.append({"case": case, "change": change, "old": "", "new": "", "reason": ""})
    return build([*rows_of(changes[~alone]), *rows], CHANGE_COLUMNS)


def _change(old: Status | None, new: Status | None) -> str | None:
    if old is None or new is None:
        return "added" if new is not None else "removed" if old is not None else None
    if old[0] == new[0]:
        return None
    if failed(new[0]) and not failed(old[0]):
        return "failed"
    return "recovered" if failed(old[0]) and new[0] == "ok" else "status"
