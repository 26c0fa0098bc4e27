"""The git repository that holds a suite: its revisions, and worktrees of them under the user's cache folder."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from bench.runner.installations.cache import digest, root
from bench.runner.installations.commands import error_line, git_variables, run
from bench.runner.installed import InstallationError
from bench.suite.problems import nearest


@dataclass(frozen=True)
class Repository:
    """A working tree of git.

    Attributes:
        name: The installation it is asked for, for errors.
        top: Its topmost folder, links resolved.
    """

    name: str
    top: Path

    @classmethod
    def holding(cls, folder: Path, name: str, revision: str) -> Repository:
        """The repository that a folder lies in; raises :class:`InstallationError` outside one."""
        done = run(name, ["git", "-C", str(folder), "rev-parse", "--show-toplevel"], cwd="/", env=git_variables())
        if done.returncode != 0 or not done.stdout.strip():
            raise InstallationError(
                name,
                f"git = {revision!r}: expected a suite in a git repository; {folder} lies in none: {error_line(done)}",
            )
        return cls(name, Path(done.stdout.removesuffix("\n")).resolve())

    def commit(self, revision: str) -> str:
        """The commit that a revision names, in full."""
        found = self._ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") if revision[:1] != "-" else None
        if found:
            return found
        known = (self._ask("for-each-ref", "--format=%(refname:short)") or "").split()
        near = nearest(revision, known)
        hint = f"; did you mean {near!r}?" if near else ""
        raise InstallationError(
            self.name, f"git = {revision!r}: expected a revision of the repository {self.top}{hint}"
        )

    def time(self, commit: str) -> str | None:
        """When a commit was made, as ISO text."""
        return self._ask("show", "--no-patch", "--format=%cI", commit)

    def holds(self, path: str) -> bool:
        """Whether files of this repository, and not merely some that git does not know, lie at a relative path."""
        return bool(self._ask("ls-files", "--cached", "--", path))

    def key(self, commit: str) -> str:
        """Name of a commit's worktree in the cache; worktrees of one repository share it."""
        common = self._ask("rev-parse", "--path-format=absolute", "--git-common-dir")
        return f"{self.top.name}-{digest(common)[:8]}-{commit[:12]}"

    def worktree(self, commit: str, lock: int) -> tuple[Path, bool]:
        """A worktree at a commit, and whether it was made now. One that is there is used if no file of it has changed.

        ``lock`` is the lock of :meth:`key`, which must be held.
        """
        place = root() / "worktrees" / self.key(commit)
        if _clean(self.name, place, commit):
            return place, False
        git = ["git", "-C", str(self.top)]
        # What is left of it may be registered, or locked by a git that was killed; it fails where there is nothing.
        remove = [*git, "worktree", "remove", "--force", "--force", str(place)]
        run(self.name, remove, cwd="/", env=git_variables(), hold=[lock])
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        # No hooks: those of the user's repository are for the user's own checkouts.
        add = [*git, "-c", "core.hooksPath=/dev/null", "worktree", "add", "--force", "--force", "--detach", "--quiet"]
        done = run(self.name, [*add, str(place), commit], cwd="/", env=git_variables(), hold=[lock])
        if done.returncode != 0:
            run(self.name, remove, cwd="/", env=git_variables(), hold=[lock])
            shutil.rmtree(place, ignore_errors=True)
            raise InstallationError(self.name, f"git cannot check out {commit[:12]}: {error_line(done)}")
        return place, True

    def _ask(self, *words: str) -> str | None:
        done = run(self.name, ["git", "-C", str(self.top), *words], cwd="/", env=git_variables())
        return done.stdout.strip() if done.returncode == 0 else None


def _clean(name: str, place: Path, commit: str) -> bool:
    """Whether a folder is a worktree of its own, at a commit, with every file as it was committed.

    Files that git does not know may lie in it: builds and Python itself leave theirs.
    """
    git = ["git", "-C", str(place)]
    asked = ([*git, "rev-parse", "--show-toplevel", "HEAD"], [*git, "status", "--porcelain", "--untracked-files=no"])
    if not place.is_dir():
        return False
    head, status = (run(name, words, cwd="/", env=git_variables()) for words in asked)
    if head.returncode != 0 or status.returncode != 0 or status.stdout.strip():
        return False
    return head.stdout.splitlines() == [str(place.resolve()), commit]
