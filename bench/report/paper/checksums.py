"""Checksums of a bundle's files, and the folder or archive they are written to: the same bytes each time."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

#: The file that lists all others, as sha256sum writes it.
SUMS = "SHA256SUMS"
#: The earliest time that an archive can hold: its files carry no date of their own.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class OccupiedError(Exception):
    """The folder to write to holds files that no bundle wrote."""


def with_sums(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files in order of their paths, and ``SHA256SUMS`` of all of them."""
    ordered = {path: files[path] for path in sorted(files)}
    lines = [f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in ordered.items()]
    return {**ordered, SUMS: "".join(lines).encode()}


def write(files: Mapping[str, bytes], out: Path) -> None:
    """Write a bundle to a folder, or to an archive where ``out`` ends in ``.zip``.

    Files that an earlier bundle left in the folder go; whatever else lies there stays out of it by an error.

    Raises:
        OccupiedError: The folder holds files that are in no ``SHA256SUMS`` of its own.
    """
    if out.suffix.lower() == ".zip":
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(archive(files))
        return
    _clear(out)
    for path, content in files.items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def archive(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of the files, in their order, without dates."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for path, content in files.items():
            info = zipfile.ZipInfo(path, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            target.writestr(info, content, compresslevel=9)
    return buffer.getvalue()


def _clear(folder: Path) -> None:
    if not folder.exists():
        return
    sums = folder / SUMS
    listed = _listed(sums.read_text(encoding="utf-8")) if sums.is_file() else set()
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() or path.is_symlink()}
    others = sorted(present - listed - {SUMS})
    # What LaTeX made of main.tex is no one's work.
    others = [name for name in others if not _made_by_latex(name, listed)]
    if others:
        raise OccupiedError(f"{folder} holds {others[0]!r}, which no bundle wrote: expected an empty or a new folder")
    for name in listed & present:
        (folder / name).unlink()


def _listed(text: str) -> set[str]:
    """The paths of a ``SHA256SUMS``; those that lead out of the folder are none of it."""
    names = {line.partition("  ")[2] for line in text.splitlines()}
    return {name for name in names if name and not PurePosixPath(name).is_absolute() and ".." not in Path(name).parts}


def _made_by_latex(name: str, listed: set[str]) -> bool:
    path = PurePosixPath(name)
    return path.suffix in (".aux", ".log", ".out", ".pdf", ".toc", ".bbl", ".blg") and f"{path.stem}.tex" in listed
