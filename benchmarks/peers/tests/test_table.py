"""The table, with rates worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.peers import table
from benchmarks.peers.store import Results
from benchmarks.peers.tools import TOOLS

SETUP: dict[str, Any] = {
    "tools": ["crossover", "pytest-benchmark"],
    "changes": [0, 5],
    "budget_s": 10.0,
    "seed": 3,
    "versions": {"python": "3.11.7", "crossover": "0.1"},
    "machine": {"cpu": "Some | CPU", "cores": 2},
}
COSTS = [{"start_s": 1.5, "call_s": 0.0005}]


def comparison(tool: str, change: int, **verdicts: str) -> dict[str, Any]:
    return {
        "round": 0,
        "tool": tool,
        "change": change,
        "verdicts": verdicts,
        "failed": None,
        "seconds": 9.0,
        "load": 1.0,
        "settings": {},
        "started": "2026-01-02T03:04:05+00:00",
    }


def test_clopper_pearson() -> None:
    # Bounds of 0 and 10 of 10 solve (1 - p)^10 = 0.025 and p^10 = 0.025.
    assert table.clopper_pearson(0, 10) == pytest.approx((0, 1 - 0.025**0.1))
    assert table.clopper_pearson(10, 10) == pytest.approx((0.025**0.1, 1))
    assert table.clopper_pearson(0, 0) == (0, 1)


def test_rates() -> None:
    records = [comparison("crossover", 0, crossover=verdict) for verdict in ("same", "faster", "unclear", "same")]
    records += [comparison("crossover", 5, crossover=verdict) for verdict in ("slower", "slower", "faster")]
    records.append({**comparison("crossover", 5), "failed": "killed | dead\nand more", "seconds": 60.0})
    text = table.render(Results(SETUP, COSTS, records), TOOLS)
    row = next(line for line in text.splitlines() if line.startswith("| crossover"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1] == "25 % (0.6 %–81 %), 1 of 4"
    assert cells[2].endswith("2 of 3")
    assert cells[3:] == ["1 of 3", "9.0 (to 9.0)", "1"]
    assert "`same` 2 and `unclear` 1 times of 4 at no change; `same` 0 and `unclear` 0 times of 3 at +5 %" in text
    assert "Failures: crossover: killed | dead." in text
    # A tool that was not reached yet has no rate.
    assert "| pytest-benchmark, `--benchmark-compare-fail min:5%` | – | – | 0 of 0 | – | 0 |" in text


def test_rows_have_as_many_cells_as_the_head() -> None:
    for changes in ([0], [5], [0, 3, 5]):
        lines = table.render(Results({**SETUP, "changes": changes}, [], []), TOOLS).splitlines()
        counts = {line.replace("\\|", "").count("|") for line in lines if line.startswith("|")}
        assert len(counts) == 1
    assert "Nothing was measured yet." in lines[-1]
