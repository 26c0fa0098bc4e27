"""The run folder while a run writes it: ``reports/<suite>-<time>-<host>/``."""

from __future__ import annotations

import json
import re
import shlex
import zlib
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from bench.results.damage import Line, harmful_row
from bench.results.rows import Row
from bench.results.store import LineWriter, numbered_lines, write_json

RUN_FILE = "run.json"
PLAN_FILE = "plan.json"
SUITE_FILE = "suite.toml"
MEASUREMENTS = "measurements.jsonl"
SAMPLES = "samples.jsonl"
CACHE = "measurements.parquet"


class FolderError(Exception):
    """A folder that cannot be used as asked; the text says which, and what was expected."""


def run_id(suite: str, started: str, host: str) -> str:
    """Name of a run: suite, compact time and host, safe as a folder name on every system.

    ``started`` is an ISO time; ``2026-11-23T00:45:00+00:00`` becomes ``20261123T004500``.
    """
    compact = re.sub(r"[-:]", "", started)[:15]
    return "-".join(re.sub(r"[^A-Za-z0-9._]+", "_", part) for part in (suite, compact, host))


class RunFolder:
    """Writes one run: rows, raw samples and what is needed to repeat it.

    A group's rows count as finished only once :meth:`finish_group` has stored the group's own row, so that cases
    which were measured side by side are kept, or measured again, together.
    """

    def __init__(self, path: Path) -> None:
        """Open the writers of an existing folder; use :meth:`create` or :meth:`reopen`."""
        self.path = path
        self._rows = LineWriter(path / MEASUREMENTS)
        self._samples = LineWriter(path / SAMPLES)

    @classmethod
    def create(
        cls, parent: Path, meta: Mapping[str, Any], plan: Sequence[Mapping[str, Any]], suite_text: str
    ) -> RunFolder:
        """Make a new folder below ``parent`` named by ``meta["run_id"]`` (with ``-2``, ``-3`` … if taken)."""
        path = parent / str(meta["run_id"])
        attempt = 1
        while True:
            try:
                path.mkdir(parents=True)
                break
            except FileExistsError:
                attempt += 1
                path = parent / f"{meta['run_id']}-{attempt}"
            except OSError as error:
                raise FolderError(f"cannot make the run folder {path}: {error.strerror}") from error
        (path / SUITE_FILE).write_text(suite_text, encoding="utf-8")
        write_json(path / PLAN_FILE, {"groups": list(plan)})
        write_json(path / RUN_FILE, {**meta, "run_id": path.name})
        return cls(path)

    @classmethod
    def reopen(cls, path: Path) -> RunFolder:
        """Open an earlier run's folder to go on with it."""
        read_meta(path)
        if not (path / PLAN_FILE).exists():
            raise FolderError(f"{path} has no {PLAN_FILE}: it cannot be resumed")
        return cls(path)

    def write_rows(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Store the measurement rows of a case and return them as stored."""
        data = [row.to_json() for row in rows]
        self._rows.write(*data)
        return data

    def write_samples(self, record: Mapping[str, Any]) -> None:
        """Store the raw samples of one process."""
        self._samples.write({"kind": "samples", **record})

    def start_group(self, group: str) -> None:
        """Mark a group as begun: rows that an interrupted earlier attempt left for it no longer count."""
        self._rows.write({"kind": "group_start", "group": group})

    def finish_group(self, group: str, cases: Sequence[str], seconds: Mapping[str, float]) -> None:
        """Mark a group as finished; only now its rows are read back."""
        self._rows.write({"kind": "group", "group": group, "cases": list(cases), "seconds": dict(seconds)})

    def rows(self, groups: Set[str]) -> list[dict[str, Any]]:
        """The stored measurement rows of some groups, in the order in which they were written."""
        return [one for one in read_rows(self.path) if one.get("kind") == "measurement" and one["group"] in groups]

    def update_meta(self, **changes: Any) -> None:
        """Replace keys of ``run.json`` in one step."""
        write_json(self.path / RUN_FILE, {**read_meta(self.path), **changes})

    def close(self) -> None:
        """Close both files."""
        self._rows.close()
        self._samples.close()


def read_meta(path: Path) -> dict[str, Any]:
    """The ``run.json`` of a run folder. Raises :class:`FolderError` where there is none or it is not one of ours."""
    file = path / RUN_FILE
    if not path.is_dir():
        raise FolderError(f"no run folder at {path}")
    if not file.exists():
        raise FolderError(f"{path} is not a run folder: it has no {RUN_FILE}")
    try:
        meta = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FolderError(f"{file} cannot be read: {error}") from error
    if not isinstance(meta, dict) or meta.get("format") != 1:
        found = meta.get("format") if isinstance(meta, dict) else None
        raise FolderError(f"{file}: format {found!r}, expected 1")
    return meta


def read_file(file: Path) -> list[Line]:
    """The lines of one of a run's files. Raises :class:`FolderError` where it cannot be read at all."""
    try:
        return list(numbered_lines(file))
    except (OSError, EOFError, zlib.error) as error:
        raise FolderError(f"{file} cannot be read: {error}; expected the file as it was written") from error


def read_rows(path: Path) -> list[dict[str, Any]]:
    """All records of a run's measurements, in the order in which they were written.

    Raises:
        FolderError: A line cannot be read that may have held something that counts.
    """
    lines = read_file(path / MEASUREMENTS)
    harmful = harmful_row(lines)
    if harmful is not None:
        raise FolderError(
            f"{path / MEASUREMENTS}, line {harmful}: got what is no record of a run, so rows are lost; expected "
            f"the file as it was written: restore it, or keep the {harmful - 1} lines before it and measure the rest "
            f"again with `bench run --resume {shlex.quote(str(path))}`"
        )
    return [record for _, record in lines if record is not None]


def read_plan(path: Path) -> list[dict[str, Any]]:
    """The groups of a run, as they were expanded when it started."""
    data = json.loads((path / PLAN_FILE).read_text(encoding="utf-8"))
    groups: list[dict[str, Any]] = data["groups"]
    return groups


def unreached_cases(path: Path, meta: Mapping[str, Any], measured: Set[str]) -> list[dict[str, Any]]:
    """The cases of a run's plan, ``id, group, subject, axes``, that an interruption kept it from measuring.

    Args:
        path: The run's folder.
        meta: Its ``run.json``.
        measured: Ids of the cases that have rows.
    """
    if len(measured) >= (meta.get("cases") or 0) or not (path / PLAN_FILE).exists():
        return []
    cases = [case for group in read_plan(path) for case in group["cases"] if case["id"] not in measured]
    return [{name: case[name] for name in ("id", "group", "subject", "axes")} for case in cases]


def finished_groups(path: Path) -> dict[str, dict[str, Any]]:
    """Group rows by group id: the groups that need no more measuring. Raises as :func:`read_rows` does."""
    records = read_rows(path)
    return {str(record["group"]): record for record in records if record.get("kind") == "group"}


def finished_rows(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of finished groups, once per case and metric: a later row replaces an earlier one in its place."""
    finished: dict[tuple[str, str], dict[str, Any]] = {}
    pending: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        if record.get("kind") == "measurement":
            pending.setdefault(record["group"], []).append(record)
        elif record.get("kind") == "group_start":
            pending.pop(record["group"], None)
        elif record.get("kind") == "group":
            cases = set(record["cases"])
            for key in [key for key in finished if key[0] in cases]:
                del finished[key]
            for row in pending.pop(record["group"], []):
                finished[(row["case"], row["metric"])] = row
    return list(finished.values())
