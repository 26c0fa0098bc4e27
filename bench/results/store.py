"""Append-only JSON lines that survive ``kill -9``.

Records are stored by one ``os.write`` on a descriptor opened with ``O_APPEND``, followed by ``fsync``: a killed writer
leaves at most one torn line, at the end. A new writer first ends such a line, so that its own first record is not
glued to it. What a line that is not JSON costs is decided in ``bench.results.damage``.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any


class LineWriter:
    """Appends JSON records to one file, durably, one line each."""

    def __init__(self, path: Path) -> None:
        """Open ``path`` for appending, creating it; end a torn last line left by a killed writer."""
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        size = os.fstat(self._fd).st_size
        if size and os.pread(self._fd, 1, size - 1) != b"\n":
            os.write(self._fd, b"\n")

    def write(self, *records: Mapping[str, Any]) -> None:
        """Append records; they are on the disk when this returns. Raises ``OSError`` where the disk refuses them."""
        lines = b"".join(
            json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
            for record in records
        )
        written = os.write(self._fd, lines)
        if written != len(lines):
            raise OSError(f"wrote {written} of {len(lines)} bytes: is the disk full?")
        os.fsync(self._fd)

    def close(self) -> None:
        """Close the file; the writer cannot be used afterwards."""
        os.close(self._fd)

    def __enter__(self) -> LineWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def has_lines(path: Path) -> bool:
    """Whether there is a file of records, as written or packed by ``gzip`` for publication."""
    return path.exists() or _packed(path).exists()


def _packed(path: Path) -> Path:
    return path.with_name(path.name + ".gz")


def numbered_lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Each line of a file that is not blank: its number from 1 on, and its record; ``None`` where it is torn or no JSON
    object. A missing file has none.

    Where the file itself is missing, the same name with ``.gz`` is read: a published run may be packed.

    Raises:
        OSError: The file cannot be read, or is packed and damaged.
    """
    if not has_lines(path):
        return
    with path.open("rb") if path.exists() else gzip.open(_packed(path), "rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            yield number, record if isinstance(record, dict) else None


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Replace a JSON file in one step: a reader sees the old or the new one, never half."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(data, file, indent=1, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
