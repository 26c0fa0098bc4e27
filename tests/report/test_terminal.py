from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.report.terminal import summary_text
from tests.report.conftest import Written


@pytest.mark.parametrize("name", ["attention", "encoder", "words", "hostile", "empty", "training", "hostile_outcomes"])
@pytest.mark.parametrize("width", [40, 80, 100])
def test_no_line_is_wider_than_the_terminal(written: Callable[[str], Written], name: str, width: int) -> None:
    item = written(name)
    lines = summary_text(item.run.meta, item.analysis, width).splitlines()
    assert all(len(line) <= width for line in lines if not line.startswith("Report: "))
    assert not any("\x1b" in line for line in lines)


def test_the_crossovers_come_first(written: Callable[[str], Written]) -> None:
    item = written("attention")
    text = summary_text(item.run.meta, item.analysis, 80, report="reports/x/report.html")
    assert text.index("linear (elu+1)") < text.index("Cases:")
    assert "n = 213 (" in text
    assert "oom host (2): needs 4.0 GiB, 2.1 GiB are free" in text
    assert "8 of 61 times" in text
    assert text.splitlines()[-1] == "Report: reports/x/report.html"


def test_a_suite_without_crossovers_gets_its_headlines(written: Callable[[str], Written]) -> None:
    item = written("words")
    assert "error (1): RuntimeError" in summary_text(item.run.meta, item.analysis, 80)
