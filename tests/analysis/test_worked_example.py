"""Recomputes the worked example of docs/CROSSOVERS.md from the table in that file."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from bench.analysis.crossover import find_crossovers
from bench.analysis.intervals import log_error, paired_ratio
from bench.analysis.ratios import ratio_table
from tests.analysis.frames import Bench, question

PAGE = Path(__file__).parents[2] / "docs" / "CROSSOVERS.md"


def numbers(cell: str) -> list[float]:
    return [float(text) for text in re.findall(r"\d+(?:\.\d+)?", cell)]


def table() -> list[list[str]]:
    section = PAGE.read_text(encoding="utf-8").split("## Worked example")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return rows[2:]


def test_the_page_says_what_the_code_computes() -> None:
    section = PAGE.read_text(encoding="utf-8").split("## Worked example")[1].split("\n## ")[0]
    bench = Bench()
    for n, subject, baseline, ratios, mean, error in table():
        length = int(n)
        bench.time(numbers(baseline), kernel="sdpa", n=length)
        if "not measured" in subject:
            bench.fail("skipped", subject.split(":")[1].strip(), kernel="linear", n=length)
            continue
        bench.time(numbers(subject), kernel="linear", n=length)
        each = [a / b for a, b in zip(numbers(subject), numbers(baseline), strict=True)]
        assert each == pytest.approx(numbers(ratios), abs=0.0005)
        ratio = paired_ratio(dict(enumerate(numbers(subject))), dict(enumerate(numbers(baseline))))
        assert ratio.value == pytest.approx(float(mean), abs=0.0005)
        assert log_error(ratio) == pytest.approx(float(error), abs=0.00005)
    row = find_crossovers(bench.measurements, bench.replicates, question(("sdpa",)), {}, "kernel").iloc[0]
    assert f"\n    {row['text']}\n" in section
    fraction = float(re.search(r"= (0\.\d{4}), so", section)[1])
    assert row["at"] == pytest.approx(128 * 2**fraction, rel=1e-4)
    at_256 = ratio_table(bench.measurements, bench.replicates, question(("sdpa",)), "kernel").set_index("n").loc[256]
    said = f"{at_256['ratio']:.3f} with interval {at_256['low']:.3f} to {at_256['high']:.3f}"
    assert f"{said}: verdict `{at_256['verdict']}`" in " ".join(section.split())
    assert f"between {math.floor(row['low'])} and {math.ceil(row['high'])}" in section
