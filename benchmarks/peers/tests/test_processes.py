"""Real processes: the tools that are installed, deadlines, and what bad input says."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from benchmarks.peers import child
from benchmarks.peers.__main__ import main
from benchmarks.peers.compared import PRODUCTS, Costs, Task, ToolFailed
from benchmarks.peers.tools import TOOLS


@pytest.mark.parametrize("name", TOOLS)
def test_each_tool_sees_twice_the_work(name: str, tmp_path: Path) -> None:
    """The ratio is in the right direction, and every rule has a verdict; no bound on the time itself."""
    tool = TOOLS[name]
    try:
        tool.version()
    except ToolFailed as missing:
        pytest.skip(str(missing))
    # A start that seems long makes the settings as short as they get.
    settings = tool.settings(4.0, Costs(start_s=3.0, call_s=0.0005))
    if name == "hyperfine":
        settings["calls"] = 2000
    found = tool.compare(Task(3 * PRODUCTS, settings, 1, tmp_path, 120.0))
    assert found.ratio > 1
    assert found.verdicts.keys() == tool.rules.keys()
    assert "faster" not in found.verdicts.values()


def test_a_deadline_ends_what_was_started(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    with pytest.raises(ToolFailed, match="no end within 1 s"):
        child.run(["sh", "-c", f"sleep 600 & echo $! > {file}; wait"], 1)
    pid = int(file.read_text())
    for _ in range(100):
        if not _alive(pid):
            return
        time.sleep(0.05)
    raise AssertionError("its child lives on")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return " Z " not in subprocess.run(["ps", "-o", "pid,stat", "-p", str(pid)], capture_output=True, text=True).stdout


def test_failures_say_what_was_said() -> None:
    with pytest.raises(ToolFailed, match="exit code 3: oh no"):
        child.run(["sh", "-c", "echo oh no >&2; exit 3"], 10)
    with pytest.raises(ToolFailed, match="no result in its output"):
        child.answer(["sh", "-c", "echo '{broken'"], 10)
    with pytest.raises(ToolFailed, match="the package no-such is not installed"):
        child.package("no-such")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["measure", "r.jsonl", "--tools", "hyprfine"], "got 'hyprfine', expected names of .*nearest: hyperfine"),
        (["measure", "r.jsonl", "--tools", "asv,asv"], "expected each tool once"),
        (["measure", "r.jsonl", "--changes", "3%"], "got '3%', expected whole per cent"),
        (["measure", "r.jsonl", "--minutes", "nan"], "got 'nan', expected a number above 0"),
        (["measure", "r.jsonl", "--budget", "0"], "got '0', expected a number above 0"),
    ],
)
def test_bad_options(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert re.search(said, error)


def test_bad_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", str(tmp_path / "none.jsonl")]) == 2
    assert "No such file" in capsys.readouterr().err
    (tmp_path / "other.txt").write_text("hello\n")
    assert main(["measure", str(tmp_path / "other.txt"), "--minutes", "0.1"]) == 2
    assert (tmp_path / "other.txt").read_text() == "hello\n"
