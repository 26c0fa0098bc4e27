from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from bench.report.latex import tex
from bench.report.table import Cell, Column, Table, absent, number, text
from tests.report.conftest import Written


def test_csv_reads_back_unchanged(written: Callable[[str], Written]) -> None:
    item = written("attention")
    back = pd.read_csv(item.folder / "tables" / "measurements.csv")
    ours = item.run.measurements
    assert back["value"].fillna(-1).tolist() == ours["value"].fillna(-1).tolist()
    assert back["case"].tolist() == ours["case"].tolist()
    assert [json.loads(cell) for cell in back["extra"]] == ours["extra"].tolist()
    crossovers = pd.read_csv(item.folder / "tables" / "crossovers.csv")
    assert crossovers["at"].fillna(-1).tolist() == item.analysis.crossovers["at"].fillna(-1).tolist()


def _small() -> Table:
    rows = (
        (text("a_b"), number(0.0123456, 0.0121456, 0.0125456, "s"), absent("oom_host")),
        (text("c"), Cell("1.5 ms", 0.0015, 0.0015, None, "best"), Cell("—")),
    )
    return Table("t", "T & t", "Caption", (Column("key"), Column("x%", True), Column("y", True)), rows, 1, "s")


def test_tex_by_hand() -> None:
    source = tex(_small())
    assert r"a\_b & 12.3 +- 0.3 & oom host" in source
    assert r"c & \bfseries 1.5 & ---" in source
    assert "S[table-format=2.1(1)]" in source
    assert r"key & {x\%} & y \\" in source
    assert r"Values in \si{\milli\second}" in source


def test_wide_tables_are_split_and_long_ones_break() -> None:
    columns = (Column("n", True), *(Column(f"kernel {i}", True) for i in range(12)))
    row = (Cell("1", 1, 1.0), *(number(0.5, 0.4, 0.6, "s") for _ in range(12)))
    wide = tex(Table("w", "W", "C", columns, (row,), 1, "s"))
    assert wide.count(r"\begin{tabular}") > 1
    assert tex(Table("l", "L", "C", columns[:3], (row[:3],) * 60, 1, "s")).count(r"\begin{longtable}") == 1


def test_value_tables_mark_only_what_is_resolved(written: Callable[[str], Written]) -> None:
    time = written("attention").html.partition('<table id="t-time">')[2].partition("</table>")[0]
    rows = re.findall(r"<tr><th.*?</tr>", time, flags=re.S)
    assert all(row.count('class="n best"') <= 1 for row in rows)
    assert any('class="n best"' in row for row in rows)


def test_a_coloured_ratio_never_shows_a_bound_at_1(written: Callable[[str], Written]) -> None:
    found = []
    for table in re.findall(r'<table id="t-ratio-time-.*?</table>', written("attention").html, flags=re.S):
        found += re.findall(r'class="n (?:good|bad)"[^>]*>[\d.]+× \(([\d.]+)–([\d.]+)\)', table)
    assert len(found) > 10
    assert all(float(high) < 1 or float(low) > 1 for low, high in found)


def test_the_page_holds_how_far_intervals_reach_rounded_up(written: Callable[[str], Written]) -> None:
    item = written("attention")
    rows = item.run.measurements
    rows = rows[(rows["metric"] == "time") & (rows["high"] > rows["low"])]
    reach = {
        f"{value:.6g}": max(high - value, value - low)
        for value, low, high in zip(rows["value"], rows["low"], rows["high"], strict=True)
    }
    time = item.html.partition('<table id="t-time">')[2].partition("</table>")[0]
    held = re.findall(r'data-sort="([^"]+)" data-half="([^"]+)"', time)
    assert len(held) > 10
    assert all(reach[value] <= float(half) <= 1.0125 * reach[value] for value, half in held)


def test_ratios_to_a_missing_baseline_say_so(written: Callable[[str], Written]) -> None:
    html = written("attention").html
    table = html.partition('<table id="t-ratio-time-sdpa">')[2].partition("</table>")[0]
    assert "oom host" in table
    assert "timeout" in table


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("name", ["attention", "hostile", "encoder", "precision", "training", "hostile_outcomes"])
def test_tables_compile(written: Callable[[str], Written], name: str, tmp_path: Path) -> None:
    folder = written(name).folder / "tables"
    files = sorted(folder.glob("*.tex"))
    assert files
    for file in files:
        shutil.copy(file, tmp_path / file.name)
    inputs = "\n".join(rf"\input{{{file.name}}}\par" for file in files)
    (tmp_path / "main.tex").write_text(
        "\\documentclass{article}\n\\usepackage[a4paper,margin=2.5cm]{geometry}\n"
        "\\usepackage{array,booktabs,longtable,siunitx}\n\\begin{document}\n" + inputs + "\n\\end{document}\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    log = (tmp_path / "main.log").read_text(errors="replace")
    assert "Missing character" not in log
    if not name.startswith("hostile"):
        wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide", log)]
        assert max(wide, default=0.0) < 3.0
