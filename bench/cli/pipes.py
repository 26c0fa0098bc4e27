"""Streams whose reader may leave: what a command does must not depend on who listens."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import IO, Any


class _Lasting:
    """A stream of text whose rest, once its pipe is broken, goes nowhere."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        self._quietly(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._quietly(self._stream.flush)

    def _quietly(self, step: Callable[[], object]) -> None:
        try:
            step()
        except BrokenPipeError:
            # The descriptor itself, so that what the stream still holds has somewhere to go when the process ends.
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, self._stream.fileno())
            os.close(nothing)


@contextmanager
def lasting_output() -> Iterator[None]:
    """Within this, a closed stdout or stderr (``bench run … | head``) stops nothing: the rest is dropped."""
    out: Any = _Lasting(sys.stdout)
    errors: Any = _Lasting(sys.stderr)
    with redirect_stdout(out), redirect_stderr(errors):
        try:
            yield
        finally:
            out.flush()
