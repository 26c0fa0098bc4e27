"""Which unreadable lines of a run's rows do harm: a torn write of an interrupted run does none, anything else does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: A line of a file: its number from 1 on, and its record; ``None`` where it cannot be read.
Line = tuple[int, dict[str, Any] | None]


def harmful_row(lines: Sequence[Line]) -> int | None:
    """The first unreadable line of the measurements that may have held something that counts.

    A killed writer leaves at most one torn line, at the end of the file; a run that goes on from there begins the group
    anew, so that nothing of it counts. An unreadable line is harmless, then, if it is the last one, if its group was
    begun again before it was finished, or if it stands where only the beginning of a group can.

    Args:
        lines: All lines of the file, in order.

    Returns:
        The line's number; ``None`` where nothing is lost.
    """
    group: str | None = None  # the one that is begun and not finished
    damaged: int | None = None
    for number, record in lines:
        kind = None if record is None else record.get("kind")
        if record is None:
            if damaged is not None and group is None:
                return damaged  # no torn write leaves two of them
            damaged = number if damaged is None else damaged
        elif kind == "group_start":
            name = str(record.get("group"))
            if damaged is not None and group not in (None, name):
                return damaged
            group, damaged = name, None
        elif damaged is not None and (group is None or kind == "group"):
            return damaged
        elif kind == "group":
            group = None
    only = all(record is None for _, record in lines)
    return damaged if damaged is not None and (only or damaged != lines[-1][0]) else None


def lost_processes(records: Sequence[Mapping[str, Any]], expected: Mapping[tuple[str, str], int]) -> list[str]:
    """Cases of which a record of some process is missing.

    Args:
        records: What was read of the samples.
        expected: Processes that each ``(kind, case)`` was measured in; they are numbered from 0 on.
    """
    there = {(one.get("kind"), one.get("case"), one.get("replicate")) for one in records}
    return [
        case
        for (kind, case), count in expected.items()
        if any((kind, case, number) not in there for number in range(count))
    ]
