"""Revisions of the repository that holds a suite, as git knows them."""

from __future__ import annotations

import os
import re
import subprocess

_ASK_S = 30.0
_HASH = re.compile(r"[0-9a-f]{40,64}")

#: With these set, as in a hook, git would look into another repository than the folder's.
_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX")


def commit_of(revision: str, folder: str | os.PathLike[str]) -> tuple[str | None, str]:
    """The full hash of a revision's commit, in the repository around a folder.

    Returns:
        The hash, or ``None`` where there is no such revision; then also git's own words on it, if it has any (no
        repository, for example).
    """
    if not revision.isprintable() or revision.startswith("-") or not revision.strip():
        return None, ""
    # In two steps: what follows ":/words" would be taken for more of the words.
    found, said = _git(folder, "rev-parse", "--verify", "--quiet", revision)
    if _HASH.fullmatch(found) is None:
        return None, said
    commit, said = _git(folder, "rev-parse", "--verify", "--quiet", f"{found}^{{commit}}")
    return commit or None, said


def revision_names(folder: str | os.PathLike[str]) -> list[str]:
    """Branches and tags of the repository around a folder; none where there is no repository."""
    found, _ = _git(folder, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
    return found.splitlines()


def _git(folder: str | os.PathLike[str], *arguments: str) -> tuple[str, str]:
    """What git prints, and the last line of what it has to say about it."""
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE} | {"LC_ALL": "C"}
    try:
        answer = subprocess.run(
            ["git", "-C", os.fspath(folder), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ASK_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", f"git: {getattr(error, 'strerror', None) or error}"
    said = answer.stderr.strip().splitlines()
    return (answer.stdout.strip(), "") if answer.returncode == 0 else ("", said[-1] if said else "")
