"""Results as lines of JSON: what was asked for, then costs of rounds and comparisons. A file can be gone on with."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = 1


class ResultsError(Exception):
    """A file of results that cannot be used; its text is one line that says why."""


@dataclass(frozen=True)
class Results:
    """What a file holds.

    Attributes:
        setup: The first line: budget, seed, tools, changes, versions, machine.
        costs: What the settings of each round were made of, one for each start of a round.
        comparisons: In the order measured.
    """

    setup: dict[str, Any]
    costs: list[dict[str, Any]]
    comparisons: list[dict[str, Any]]


def read(path: Path) -> Results:
    """Read a file. A last line that was cut off while it was written is left out.

    Raises:
        ResultsError: If there is no such file, or it holds something else.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise ResultsError(f"{path}: {getattr(fault, 'strerror', None) or 'not a text file'}") from None
    records = []
    for number, line in enumerate(lines[:-1], start=1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            raise ResultsError(f"{path}: line {number}: got {line[:40]!r}, expected a JSON object") from None
        records.append(record)
    if not records or not isinstance(records[0], dict) or records[0].get("kind") != "setup":
        raise ResultsError(f"{path}: expected results of `python -m benchmarks.peers measure`")
    if records[0]["format"] != FORMAT:
        raise ResultsError(f"{path}: format {records[0]['format']!r}, expected {FORMAT}")
    costs, comparisons = (
        [record for record in records[1:] if record.get("kind") == kind] for kind in ("costs", "comparison")
    )
    return Results(records[0], costs, comparisons)


def append(path: Path, record: Mapping[str, Any]) -> None:
    """Add a line, on disk before this returns. A torn last line goes first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        kept = file.read().rfind(b"\n") + 1
        if kept != size:
            file.truncate(kept)
        file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
