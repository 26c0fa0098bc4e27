"""What is printed while a run goes on."""

from __future__ import annotations

import io
import re

import pytest

from bench.cli import progress
from bench.cli.progress import LiveProgress, PlainProgress, TimeLeft, make_listener, outcome
from bench.runner.events import CaseFinished, GroupStarted, RunFinished, RunStarted, Step

TIME = {"metric": "time", "value": 0.002, "unit": "s", "low": 0.00198, "high": 0.00202, "noisy": False}
EVENTS = (
    RunStarted("reports/x", 3, 1, 0),
    GroupStarted("g", ("a", "b", "c"), 1, 1),
    Step("g", "time", "3 cases side by side"),
    CaseFinished("a", "ok", None, (TIME,), 1, 3),
    CaseFinished("b", "crashed", "ended by SIGSEGV", (), 2, 3),
    CaseFinished("c", "skipped", "too slow", (), 3, 3),
    RunFinished("reports/x", False, {"wall_s": 10.0, "warmup_s": 3.0, "sampling_s": 5.0}),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_is_one_line_a_case() -> None:
    stream = io.StringIO()
    with make_listener(stream) as listener:
        for event in EVENTS:
            listener(event)
    assert stream.getvalue().splitlines() == [
        "measuring 3 cases in 1 group, into reports/x",
        "[1/3] a  2 ms ±1.0 %",
        "[2/3] b  crashed: ended by SIGSEGV",
        "[3/3] c  skipped: too slow",
        "measured after 10 s, 80% of it warm-up and samples",
    ]


def test_a_long_group_says_where_it_is_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    listener = PlainProgress(stream)
    listener(EVENTS[0])
    for second in range(0, 130, 10):
        now[0] = float(second)
        listener(Step("g", "time", f"round {second}"))
    assert stream.getvalue().splitlines()[1:] == ["g: time, round 60", "g: time, round 120"]


def test_plain_lines_are_flushed_one_by_one() -> None:
    class Counting(io.StringIO):
        flushes = 0

        def flush(self) -> None:
            self.flushes += 1

    stream = Counting()
    for event in EVENTS:
        PlainProgress(stream)(event)
    assert stream.flushes == 5


def test_live_shows_failures_only_and_ends_with_the_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with make_listener(stream) as listener:
        assert isinstance(listener, LiveProgress)
        for event in EVENTS:
            listener(event)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    assert "b  crashed: ended by SIGSEGV" in text
    assert "too slow" not in text
    assert "measured after 10 s" in text


def test_resumed_and_interrupted_runs_say_so() -> None:
    stream = io.StringIO()
    listener = PlainProgress(stream)
    listener(RunStarted("reports/x", 8, 2, 4))
    listener(RunFinished("reports/x", True, {"wall_s": 0.0}))
    assert stream.getvalue().splitlines() == [
        "measuring 8 cases in 2 groups, 4 of them done earlier, into reports/x",
        "interrupted after 0.0 s",
    ]


def test_time_left_counts_this_attempt_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """6 cases in 30 s of this attempt, 10 to go: 50 s, however many an earlier attempt had done."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    left = TimeLeft(done=4, total=20)
    assert left.seconds(4) is None
    now[0] = 130.0
    assert left.seconds(10) == pytest.approx(50.0)


def test_outcome_marks_noise_and_lives_without_an_interval() -> None:
    noisy = {**TIME, "noisy": True}
    assert outcome(CaseFinished("a", "ok", None, (noisy,), 1, 1)) == "2 ms ±1.0 % (noisy)"
    single = {**TIME, "low": None, "high": None}
    assert outcome(CaseFinished("a", "ok", None, (single,), 1, 1)) == "2 ms"
    assert outcome(CaseFinished("a", "ok", None, (), 1, 1)) == "ok"
    assert outcome(CaseFinished("a", "timeout", None, (), 1, 1)) == "timeout"
