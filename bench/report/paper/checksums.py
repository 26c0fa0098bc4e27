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

#: Changed files that an error names.
_MOST = 5


class OccupiedError(Exception):
    """The folder to write to holds files that no bundle wrote, or that were changed since one did."""


def with_sums(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files in order of their paths, and ``SHA256SUMS`` of all of them."""
    ordered = {path: files[path] for path in sorted(files)}
    lines = [f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in ordered.items()]
    return {**ordered, SUMS: "".join(lines).encode()}


def write(files: Mapping[str, bytes], out: Path) -> None:
    """Write a bundle to a folder, or to an archive where ``out`` ends in ``.zip``.

    Files that an earlier bundle left in the folder go; what else lies there, and what was changed since, is not written
    over.

    Raises:
        OccupiedError: The folder holds files that are in no ``SHA256SUMS`` of its own, or that differ from it.
    """
    if out.suffix.lower() == ".zip":
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(archive(files))
        return
    _clear(out, files)
    # The sums first: what is written after them is known to be ours even if writing ends early.
    for path, content in sorted(files.items(), key=lambda item: item[0] != SUMS):
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


def _clear(folder: Path, files: Mapping[str, bytes]) -> None:
    if not folder.exists():
        return
    sums = folder / SUMS
    listed = _listed(sums.read_text(encoding="utf-8")) if sums.is_file() else {}
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() or path.is_symlink()}
    others = sorted(present - listed.keys() - {SUMS})
    # What LaTeX made of main.tex is no one's work.
    others = [name for name in others if not _made_by_latex(name, listed)]
    if others:
        raise OccupiedError(f"{folder} holds {others[0]!r}, which no bundle wrote: expected an empty or a new folder")
    ours = sorted(listed.keys() & present)
    changed = [name for name in ours if _changed(folder / name, listed[name], files.get(name))]
    if changed:
        named = ", ".join(changed[:_MOST]) + (f" and {len(changed) - _MOST} more" if len(changed) > _MOST else "")
        raise OccupiedError(
            f"{folder} holds files that were changed since `bench paper` wrote them: {named}; move them out of it to "
            "have them made anew, or choose another folder"
        )
    for name in ours:
        (folder / name).unlink()


def _changed(file: Path, digest: str, new: bytes | None) -> bool:
    """Whether a file holds what would be lost: neither what was written nor what would be; a link is not ours."""
    if file.is_symlink():
        return True
    content = file.read_bytes()
    return hashlib.sha256(content).hexdigest() != digest and content != new


def _listed(text: str) -> dict[str, str]:
    """The paths of a ``SHA256SUMS`` to their sums; those that lead out of the folder are none of it."""
    lines = [line.partition("  ") for line in text.splitlines()]
    return {
        name: digest
        for digest, _, name in lines
        if name and not PurePosixPath(name).is_absolute() and ".." not in Path(name).parts
    }


def _made_by_latex(name: str, listed: Mapping[str, str]) -> bool:
    path = PurePosixPath(name)
    return path.suffix in (".aux", ".log", ".out", ".pdf", ".toc", ".bbl", ".blg") and f"{path.stem}.tex" in listed
