"""Where environments and worktrees are kept between runs, and the locks under which they are made.

Below the user's cache folder (``~/.cache/crossover-bench`` on Linux): ``environments``, ``worktrees``, ``harness`` and
``locks``. All of it may be deleted at any time while no run uses it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import platformdirs

import bench


def root() -> Path:
    """The cache folder; it need not exist."""
    return platformdirs.user_cache_path("crossover-bench", appauthor=False)


def digest(*parts: Any) -> str:
    """16 hexadecimal digits that stand for values of plain types."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


@contextmanager
def locked(name: str) -> Iterator[int]:
    """Hold a lock between processes; waits for it without end.

    The descriptor that is given can be handed to a child: the lock is then held until the child has ended too, even
    where this process is killed and the child goes on writing.
    """
    folder = root() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def harness() -> str:
    """A folder that holds only a link to the running ``bench`` package, for the import path of other installations."""
    package = Path(bench.__file__).resolve().parent
    folder = root() / "harness" / digest(str(package))
    link = folder / "bench"
    if not (link.is_symlink() and os.readlink(link) == str(package)):
        folder.mkdir(parents=True, exist_ok=True)
        # Made under another name and renamed: runs that start at the same time never see it missing.
        fresh = folder / f"bench.{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(package)
        fresh.replace(link)
    return str(folder)
