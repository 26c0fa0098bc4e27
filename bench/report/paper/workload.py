"""The file of a suite's own workload, without which its run cannot be repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any


def own_file(meta: Mapping[str, Any]) -> str:
    """Where the file lies beside its suite: ``mine.py``; empty for a workload that is in an installed package.

    One that lies outside of the suite's folder is called by its name alone.
    """
    name = str(meta["suite"].get("workload") or "").partition(":")[0]
    if not name.endswith(".py"):
        return ""
    place = PurePosixPath(name)
    return place.name if place.is_absolute() or ".." in place.parts else place.as_posix()


def digest(meta: Mapping[str, Any]) -> str:
    """SHA-256 of the workload that was measured, as the run keeps it; empty where it keeps none."""
    return str((meta.get("workload") or {}).get("sha256") or "")


def content(meta: Mapping[str, Any]) -> bytes | None:
    """The file beside the suite where it still is what was measured; ``None`` otherwise."""
    name, wanted = own_file(meta), digest(meta)
    suite = Path(str(meta["suite"].get("path", "")))
    if not name or not wanted or not suite.is_absolute():
        return None
    # As the suite has it, which may lead out of its folder.
    reference = str(meta["suite"]["workload"]).partition(":")[0]
    if PurePosixPath(reference).as_posix() != name:
        return None
    try:
        found = (suite.parent / name).read_bytes()
    except OSError:
        return None
    return found if hashed(Path(name).name, found) == wanted else None


def hashed(name: str, found: bytes) -> str:
    """SHA-256 of a workload of one file, as runs keep it: of its name, its bytes, and what ends each of the two."""
    return hashlib.sha256(name.encode() + b"\0" + found + b"\0").hexdigest()
