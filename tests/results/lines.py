"""Stored lines, as tests look at them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.results.store import numbered_lines


def read_lines(path: Path) -> tuple[list[dict[str, Any]], int]:
    """All whole records of a file, and how many lines could not be read."""
    records = [record for _, record in numbered_lines(path)]
    whole = [record for record in records if record is not None]
    return whole, len(records) - len(whole)
