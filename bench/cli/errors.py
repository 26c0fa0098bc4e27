"""Which errors are the input's fault, and the lines that say so."""

from __future__ import annotations

# How the runner and the meters say that the device asked for is not on this machine, or that an installation cannot be
# used. They are known by their names: the classes live where torch is, and reading options must not import that.
_DEVICE = "DeviceUnavailable"
_ELSEWHERE = (_DEVICE, "InstallationError")


class InputError(Exception):
    """Options that cannot be used together as given; the text says what was given and what is expected."""


def explain(error: Exception) -> list[str] | None:
    """Lines for a person where an error is the input's fault; ``None`` where it is a defect that needs its traceback.

    Suites and run folders report their own errors; an ``OSError`` names the file it is about.
    """
    # Imported here: only a failing command pays for it.
    from bench.results.folder import FolderError
    from bench.suite.problems import SuiteError

    if isinstance(error, SuiteError):
        return [str(problem) for problem in error.problems]
    if isinstance(error, InputError | FolderError) or type(error).__name__ in _ELSEWHERE:
        return [str(error)]
    if isinstance(error, ValueError) and str(error).startswith(f"{_DEVICE}: "):
        return [str(error).removeprefix(f"{_DEVICE}: ")]
    if isinstance(error, OSError) and error.filename is not None:
        return [f"{error.filename}: {error.strerror}"]
    return None
