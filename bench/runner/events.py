"""What a run tells whoever watches it (a progress bar, a log, a test)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Preparing:
    """Something that takes a while before the run can start, such as installing packages; ``text`` is for people."""

    text: str


@dataclass(frozen=True)
class RunStarted:
    """The run's folder exists and measuring begins; ``done`` cases were finished by an earlier attempt."""

    folder: str
    cases: int
    groups: int
    done: int


@dataclass(frozen=True)
class GroupStarted:
    """A group begins: its id, its cases' ids, and which of how many groups it is (1-based)."""

    group: str
    cases: tuple[str, ...]
    index: int
    total: int


@dataclass(frozen=True)
class Step:
    """Something happened inside a group: ``phase`` is ``check`` or ``time``; ``detail`` is for people."""

    group: str
    phase: str
    detail: str


@dataclass(frozen=True)
class CaseFinished:
    """A case's rows are stored. ``rows`` are its measurement rows, as written."""

    case: str
    status: str
    reason: str | None
    rows: tuple[dict[str, Any], ...]
    done: int
    total: int


@dataclass(frozen=True)
class RunFinished:
    """All groups are done, or the run was interrupted; ``seconds`` splits the wall time."""

    folder: str
    interrupted: bool
    seconds: dict[str, float]


Event = Preparing | RunStarted | GroupStarted | Step | CaseFinished | RunFinished
Listener = Callable[[Event], None]


def finished(
    case: str, failure: tuple[str, str] | None, rows: Sequence[dict[str, Any]], done: int, total: int
) -> CaseFinished:
    """The event of a finished case; ``failure`` is its status and reason, ``None`` where it is ``ok``."""
    status, reason = failure if failure is not None else ("ok", None)
    return CaseFinished(case, status, reason, tuple(rows), done, total)
