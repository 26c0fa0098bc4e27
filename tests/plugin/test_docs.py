"""docs/PYTEST.md names the options there are, and each of its commands collects something."""

from __future__ import annotations

import re
import shlex
import shutil

import pytest

import bench.plugin.collect  # noqa: F401 - kept loaded: each session inside this process would import it anew
from bench.plugin.options import HERE
from tests.conftest import ROOT
from tests.plugin.sessions import ids, inside

pytest_plugins = ("pytester",)

PAGE = (ROOT / "docs" / "PYTEST.md").read_text(encoding="utf-8")
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if "suites/attention.toml" in line
]


def test_every_option_is_described(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    described = re.findall(r"^\| `(--suite-[a-z]+) [A-Z0-9=,]+` \| .* \| `(--[a-z]+)` \|$", PAGE, re.MULTILINE)
    assert {there: here for here, there in described} == HERE
    answer = inside(pytester, monkeypatch, "--help")
    assert set(re.findall(r"--suite-[a-z]+", answer.stdout)) == set(HERE.values())
    assert "suite_files" in answer.stdout


@pytest.mark.filterwarnings("ignore::pytest_benchmark.logger.PytestBenchmarkWarning")  # nothing ran, nothing is saved
@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_page_collect_cases(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    words = shlex.split(command)
    words = words[words.index("pytest") + 1 :]
    (pytester.path / "tests").mkdir()
    (pytester.path / "suites").mkdir()
    shutil.copy(ROOT / "suites" / "attention.toml", pytester.path / "suites")
    listed = [] if "-q" in words else ["--collect-only", "-q"]
    answer = inside(pytester, monkeypatch, *words, *listed)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert len(ids(answer)) >= 16
