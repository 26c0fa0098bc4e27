"""What a person sees while a run goes on: a live line with the time left on a terminal, one line a case otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from bench.plural import counted
from bench.report.units import duration, quantity
from bench.results.rows import FAILURES
from bench.runner.events import CaseFinished, Event, GroupStarted, Listener, Preparing, RunFinished, RunStarted, Step

#: Seconds after which a log without news gets a line.
_SILENT_S = 60.0


@contextmanager
def make_listener(stream: IO[str]) -> Iterator[Listener]:
    """Choose a listener for a stream: live on a terminal, plain lines for a pipe or a file."""
    if not stream.isatty():
        yield PlainProgress(stream)
        return
    with LiveProgress(stream) as live:
        yield live


def outcome(event: CaseFinished) -> str:
    """What became of a case, in a few words: its time with its scatter, or its status and why."""
    if event.status != "ok":
        return f"{event.status}: {event.reason}" if event.reason else event.status
    for row in event.rows:
        if row["metric"] == "time" and row["value"] is not None:
            text = quantity(row["value"], row["unit"])
            if row["low"] is not None and row["high"] is not None:
                text += f" ±{50 * (row['high'] - row['low']) / row['value']:.1f} %"
            return text + (" (noisy)" if row["noisy"] else "")
    return "ok"


class TimeLeft:
    """Guesses the time left from the cases finished so far in this attempt; later ones are often longer."""

    def __init__(self, done: int, total: int) -> None:
        """``done`` of ``total`` cases were finished before the clock started."""
        self._began = time.monotonic()
        self._before = done
        self._total = total

    def seconds(self, done: int) -> float | None:
        """Seconds left after ``done`` cases; ``None`` before the first one is finished."""
        finished = done - self._before
        if finished <= 0:
            return None
        return (time.monotonic() - self._began) / finished * (self._total - done)


class PlainProgress:
    """Prints one line a case, each flushed at once, so that a log can be followed; and one a minute in a long group."""

    def __init__(self, stream: IO[str]) -> None:
        """Write to ``stream``."""
        self._stream = stream
        self._last = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Print what an event is worth."""
        if isinstance(event, Preparing):
            self._print(event.text)
        elif isinstance(event, RunStarted):
            self._print(_opening(event))
        elif isinstance(event, CaseFinished):
            width = len(str(event.total))
            self._print(f"[{event.done:{width}}/{event.total}] {event.case}  {outcome(event)}")
        elif isinstance(event, Step) and time.monotonic() - self._last >= _SILENT_S:
            self._print(f"{event.group}: {event.phase}, {event.detail}")
        elif isinstance(event, RunFinished):
            self._print(_closing(event))

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)
        self._last = time.monotonic()


class LiveProgress:
    """A bar with the group at work, the cases done and the time left; failed cases scroll by above it."""

    def __init__(self, stream: IO[str]) -> None:
        """Draw on ``stream``, which must be a terminal."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.table import Column

        self._console = Console(file=stream, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True)),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}", markup=False),
            console=self._console,
            transient=True,
            expand=True,
            # Drawn when something happens, never by a clock: its thread would work beside the case being timed.
            auto_refresh=False,
        )
        self._task = self._bar.add_task("starting", total=None, left="")
        self._left = TimeLeft(0, 0)

    def __enter__(self) -> LiveProgress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Redraw."""
        if isinstance(event, Preparing):
            self._say(event.text)
        elif isinstance(event, RunStarted):
            self._left = TimeLeft(event.done, event.cases)
            self._say(_opening(event))
            self._bar.update(self._task, total=event.cases, completed=event.done)
        elif isinstance(event, GroupStarted):
            self._bar.update(self._task, description=event.group)
        elif isinstance(event, Step):
            self._bar.update(self._task, description=f"{event.phase}, {event.detail}: {event.group}")
        elif isinstance(event, CaseFinished):
            seconds = self._left.seconds(event.done)
            left = "" if seconds is None else f"about {duration(seconds)} left"
            self._bar.update(self._task, completed=event.done, left=left)
            if event.status in FAILURES:
                self._say(f"{event.case}  {outcome(event)}")
        else:
            self._say(_closing(event))
        self._bar.refresh()

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)


def _opening(event: RunStarted) -> str:
    earlier = f", {event.done} of them done earlier" if event.done else ""
    return f"measuring {counted(event.cases, 'case')} in {counted(event.groups, 'group')}{earlier}, into {event.folder}"


def _closing(event: RunFinished) -> str:
    wall = event.seconds.get("wall_s", 0.0)
    useful = event.seconds.get("warmup_s", 0.0) + event.seconds.get("sampling_s", 0.0)
    share = f", {useful / wall:.0%} of it warm-up and samples" if wall else ""
    return f"{'interrupted' if event.interrupted else 'measured'} after {duration(wall)}{share}"
