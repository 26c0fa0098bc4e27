"""Finds a run as a person names it: a folder, an id, the beginning of one, ``latest`` or ``latest~1``."""

from __future__ import annotations

import datetime
import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from bench.results.folder import MEASUREMENTS, RUN_FILE, FolderError, read_meta
from bench.results.store import has_lines

_LATEST = re.compile(r"latest(?:~(\d+))?")
_LISTED = 5

#: The subject axis of runs of ``bench aa``, and the command of runs that confirm a comparison.
_COPY, _CONFIRMING = "copy", "compare"


@dataclass(frozen=True)
class Found:
    """A run folder below the reports.

    Attributes:
        path: Where it lies.
        started: ISO time with offset; runs are ordered by it.
        suite: Name and subject axis of its suite: runs that differ in them have no case in common.
    """

    path: Path
    started: str
    suite: tuple[str, str]


def find_run(name: str, reports: Path) -> Path:
    """The folder of the run that ``name`` stands for.

    Args:
        name: A run folder's path; the id of a run below ``reports``, or a beginning that only one id has; ``latest``,
            the run that started last; ``latest~N``, the N-th before it of the same suite and subject.
        reports: Where run folders lie.

    Raises:
        FolderError: There is none, or more than one; the text lists near names.
    """
    latest = _LATEST.fullmatch(name)
    if latest:
        return _latest(name, int(latest[1] or 0), reports)
    given = Path(name)
    if name and (given / RUN_FILE).exists():
        return given
    ids = _ids(reports)
    if name in ids:
        return reports / name
    begun = [one for one in ids if one.startswith(name)] if name else []
    if len(begun) == 1:
        return reports / begun[0]
    if begun:
        raise FolderError(f"got {name!r}, the beginning of {len(begun)} runs; expected more of one of {_list(begun)}")
    if name and given.is_dir():
        read_meta(given)  # raises, since it is no run folder
    raise FolderError(f"got {name!r}, expected a run folder, or a run below {reports}{_near(name, ids)}")


def _latest(name: str, back: int, reports: Path) -> Path:
    runs = _runs(reports)
    if not runs:
        raise FolderError(f"got {name!r}, but there is no run below {reports}")
    last = runs[-1]
    own = [run for run in runs if run.suite == last.suite]
    if back >= len(own):
        count = "is 1 run" if len(own) == 1 else f"are {len(own)} runs"
        raise FolderError(
            f"got {name!r}, but there {count} of {last.suite[0]!r} with subject {last.suite[1]!r}, as the latest has, "
            f"below {reports}: latest{_ends(own)}{_others(runs, last)}"
        )
    return own[-1 - back].path


def _others(runs: list[Found], last: Found) -> str:
    """Runs of the same suite by another subject, which ``latest~N`` passes over."""
    other = sorted({run.suite[1] for run in runs if run.suite[0] == last.suite[0]} - {last.suite[1]})
    return f"; name those with subject {' or '.join(map(repr, other))} by their folder or id" if other else ""


def _ends(own: list[Found]) -> str:
    return f" to latest~{len(own) - 1}" if len(own) > 1 else " alone"


def _ids(reports: Path) -> list[str]:
    """Names of the run folders, without opening them."""
    if not reports.is_dir():
        return []
    return sorted(path.name for path in reports.iterdir() if has_lines(path / MEASUREMENTS))


def _runs(reports: Path) -> list[Found]:
    """All runs that can be read, in the order in which they started; those of one second by name.

    Runs of a case against itself are left out, and those that ``bench compare --confirm`` made: after either,
    ``latest`` would mean another run than before.
    """
    found = []
    for name in _ids(reports):
        try:
            meta = read_meta(reports / name)
            suite = meta["suite"]
            if suite["subject"] == _COPY or list(meta.get("command") or ())[1:2] == [_CONFIRMING]:
                continue
            found.append(Found(reports / name, str(meta["started"]), (str(suite["name"]), str(suite["subject"]))))
        except (FolderError, KeyError, TypeError):
            continue  # what is broken is not the latest run, and is named when it is asked for by itself
    return sorted(found, key=lambda run: (_moment(run.started), _number(run.path.name)))


def _moment(started: str) -> float:
    """Seconds since the epoch: offsets of two machines, or of summer and winter, may differ."""
    try:
        return datetime.datetime.fromisoformat(started).timestamp()
    except ValueError:
        return 0.0


def _number(name: str) -> tuple[str, int]:
    """Folders of one second: the second has ``-2`` at its end, the tenth ``-10``."""
    stem, _, last = name.rpartition("-")
    return (stem, int(last)) if last.isdigit() and len(last) < 4 else (name, 1)


def _near(name: str, ids: list[str]) -> str:
    if not ids:
        return ", but there is none"
    close = difflib.get_close_matches(name, ids, n=_LISTED, cutoff=0.4)
    # A short name is unlike a long id by its length alone; its beginning tells more.
    close = close or [one for one in ids if one[:3] == name[:3]][:_LISTED]
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else f"; there are {_list(ids)}"


def _list(ids: list[str]) -> str:
    shown = ids[-_LISTED:]
    return f"{'… ' if len(ids) > _LISTED else ''}{', '.join(shown)}"
