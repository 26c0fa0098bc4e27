"""Claims that were declared after a run was measured: kept beside its rows, never among what was declared before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.results.folder import FolderError, read_meta
from bench.results.store import write_json

CLAIMS_FILE = "claims.json"


def write_claims(folder: Path, claims: Sequence[Mapping[str, Any]], file: str, sha256: str) -> None:
    """Keep the claims of another suite file as those that a run is judged by from now on.

    Args:
        folder: A run folder.
        claims: As :func:`bench.suite.claims.claim_data` gives them.
        file: Name of the suite file.
        sha256: Of its text.

    Raises:
        FolderError: The folder cannot be written.
    """
    try:
        write_json(folder / CLAIMS_FILE, {"format": 1, "file": file, "sha256": sha256, "claims": list(claims)})
    except OSError as error:
        raise FolderError(f"cannot write {folder / CLAIMS_FILE}: {error.strerror}") from error


def judged_meta(folder: Path) -> dict[str, Any]:
    """``run.json`` with the claims kept beside it, if any, in the place of the suite's own.

    ``meta["suite"]["claims_later"]`` then has ``file`` and ``sha256``.

    Raises:
        FolderError: One of the two files is not one of ours.
    """
    meta = read_meta(folder)
    place = folder / CLAIMS_FILE
    if not place.exists():
        return meta
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
        if kept["format"] != 1:
            raise ValueError(f"format {kept['format']!r}, expected 1")
        later = {"file": str(kept["file"]), "sha256": str(kept["sha256"])}
        claims = list(kept["claims"])
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise FolderError(f"{place} cannot be read: {error}; remove it, or write it anew by --claims") from error
    return {**meta, "suite": {**meta["suite"], "claims": claims, "claims_later": later}}
