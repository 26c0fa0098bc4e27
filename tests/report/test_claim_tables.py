"""Claims as tables, as CSV and as the last words of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bench.analysis.summary import Analysis, analyse
from bench.report.claim_tables import claim_lines, claim_point_tables
from bench.report.csvs import write_csvs
from bench.report.latex import tex
from bench.report.tables import answer_tables, data_tables
from bench.report.terminal import summary_text
from bench.report.view import View
from tests.report.synthetic import HOSTILE, FakeRun, attention_run, hostile_run

SIDES = {"of": {"kernel": "linear"}, "to": {"kernel": "sdpa"}, "at": {"n": 4096}}


def claim(name: str, metric: str, text: str = "It is so.", **kind: Any) -> dict[str, Any]:
    return {"id": name, "text": text, "source": "Someone 2021", "metric": metric, "where": {}, **kind}


def claimed(run: FakeRun, *claims: dict[str, Any]) -> tuple[View, Analysis]:
    run.meta["suite"]["claims"] = list(claims)
    return View(run.meta, run.measurements), analyse(run.meta, run.measurements, run.replicates, run.outcomes)


@pytest.fixture(scope="module")
def attention() -> tuple[View, Analysis]:
    return claimed(
        attention_run(),
        claim("holds-twice", "flops", ratio={**SIDES, "below": 0.5}),
        claim("fails-twice", "flops", ratio={**SIDES, "above": 0.5}),
        claim("unclear", "time", ratio={**SIDES, "at": {"n": 99}, "above": 0.5}),
    )


def test_what_fails_comes_first(attention: tuple[View, Analysis]) -> None:
    view, analysis = attention
    table = answer_tables(view, analysis)[0]
    assert table.name == "claims"
    assert [row[0].text for row in table.rows] == ["fails-twice", "unclear", "holds-twice"]
    assert [(row[1].text, row[1].tone) for row in table.rows] == [
        ("fails", "bad"),
        ("unclear", "warn"),
        ("holds", "good"),
    ]
    assert "judged by itself" in table.caption
    (points,) = [table for table in data_tables(view, analysis) if table.name == "claim-points"]
    assert [row[0].text for row in points.rows] == ["holds-twice", "holds-twice", "fails-twice", "fails-twice"]
    # FLOPs of linear / SDPA: 1.02 · 64 / 4096.
    assert points.rows[0][3].text == "0.0159375"
    assert r"\begin{tabular}" in tex(table)


def test_headlines_open_with_the_claims(attention: tuple[View, Analysis]) -> None:
    _, analysis = attention
    assert analysis.headlines[:2] == [
        "Of 3 claims 1 holds, 1 fails, 1 is unclear.",
        "Fails: It is so. Found: fails at all 2 places, such as allocator default: 0.0159375.",
    ]


def test_csv_files_hold_the_evidence(attention: tuple[View, Analysis], tmp_path: Path) -> None:
    view, analysis = attention
    write_csvs(view.measurements, analysis, tmp_path)
    claims = pd.read_csv(tmp_path / "claims.csv")
    assert claims["id"].tolist() == ["holds-twice", "fails-twice", "unclear"], "as declared"
    cases = [json.loads(cell) for cell in claims["cases"]]
    assert len(cases[0]) == 4 and cases[2] == []
    known = set(pd.read_csv(tmp_path / "measurements.csv")["case"])
    assert {case for found in cases for case in found} <= known
    points = pd.read_csv(tmp_path / "claim_points.csv")
    assert [json.loads(cell) for cell in points["facet"]][:2] == [{"allocator": "default"}, {"allocator": "retain"}]
    assert points["expected_high"].tolist()[:2] == [0.5, 0.5]


@pytest.mark.parametrize("width", [40, 80, 100])
def test_the_terminal_ends_with_the_claims(attention: tuple[View, Analysis], width: int) -> None:
    view, analysis = attention
    lines = summary_text(view.meta, analysis, width).splitlines()
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert text.index("linear (elu+1)") < text.index("Claims: of 3 claims") < text.index("Cases:")
    assert text.index("FAILS") < text.index("unclear unclear") < text.index("holds-twice")


def test_a_run_without_claims_has_no_table() -> None:
    view, analysis = claimed(attention_run())
    assert analysis.claims.empty and not list(claim_point_tables(analysis))
    assert claim_lines(analysis, 80) == []
    assert "claims" not in [table.name for table in answer_tables(view, analysis)]
    assert "Claims" not in summary_text(view.meta, analysis, 80)


def test_hostile_names_stay_text() -> None:
    sides = {"of": {"kernel": HOSTILE[1]}, "to": {"kernel": HOSTILE[0]}, "at": {}}
    hostile = [claim(f"c{n}", "flops", text=name, ratio={**sides, "above": 1}) for n, name in enumerate(HOSTILE)]
    view, analysis = claimed(hostile_run(), *hostile)
    for table in (answer_tables(view, analysis)[0], *claim_point_tables(analysis)):
        source = tex(table)
        assert "a&b_c%d#e$f" not in source and r"a\&b\_" in source
    assert all(len(line) <= 60 for line in claim_lines(analysis, 60))
