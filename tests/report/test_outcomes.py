"""Laws, maps, trends, hypotheses and outcomes in pages, tables and the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from bench.analysis.hypotheses import POINTWISE
from bench.analysis.summary import analyse
from bench.report.tables import data_tables
from bench.report.terminal import summary_text
from bench.report.values import slope_text, value_rows, value_text
from bench.report.verdicts import counted, findings, other_headlines, untested
from bench.report.view import View
from bench.report.wording import where_words
from bench.report.write import MOST_TEX_ROWS, write_report
from tests.report.conftest import Written
from tests.report.outcomes import HYPOTHESES, large_run, precision_run


def _section(html: str, name: str) -> str:
    return html.partition(f'<section id="{name}"')[2].partition("</section>")[0]


def _table(html: str, name: str) -> str:
    return html.partition(f'<table id="t-{name}">')[2].partition("</table>")[0]


def test_the_answer_tells_claim_verdict_and_evidence(written: Callable[[str], Written]) -> None:
    answer = _section(written("training").html, "answer")
    assert "<strong>H1: Rounding.</strong> InfoNCE&#39;s gradient is lost to rounding." in answer
    assert "rejected at 7 of 8 points, unclear at 1" in answer
    assert "supported at all 10 points" in answer
    assert "(batch = 32, sgd) Against it: cross-entropy in float64 at 0.879 against float32 at 0.880" in answer
    assert answer.count(POINTWISE.replace("'", "&#39;")) == 2  # below the verdicts and in the table of points
    assert answer.index("H1: Rounding") < answer.index('<table id="t-hypotheses">')


def test_the_answer_says_what_was_not_tested(written: Callable[[str], Written]) -> None:
    answer = _section(written("training").html, "answer")
    assert "No GPU: this run used the CPU." in answer
    assert "No point was measured for H4." in answer
    item = written("training")
    other = View({**item.run.meta, "device": "cuda", "preset": None}, item.run.measurements)
    assert untested(other, item.analysis) == ["No point was measured for H4."]


@pytest.mark.parametrize("name", ["precision", "training", "no_outcomes"])
def test_suites_with_verdicts_are_not_said_to_lack_crossovers(written: Callable[[str], Written], name: str) -> None:
    assert "declares no crossover" not in written(name).html
    assert "declares no crossover" not in written(name).markdown


def test_headlines_do_not_repeat_the_verdicts(written: Callable[[str], Written]) -> None:
    item = written("precision")
    assert any(line.startswith("Error of the positive gradient") for line in item.analysis.headlines)
    assert other_headlines(item.analysis) == ["Without all values: 1 of 180 cases (1 failed)."]


def test_markdown_has_the_verdicts(written: Callable[[str], Written]) -> None:
    text = written("training").markdown
    assert "- **H1: Rounding.** InfoNCE's gradient is lost to rounding." in text
    assert "  Verdict: **rejected at 7 of 8 points, unclear at 1**." in text
    assert "Not tested: No GPU" in text


def test_laws_are_told_by_split_value(written: Callable[[str], Written]) -> None:
    item = written("precision")
    law = findings(View(item.run.meta, item.run.measurements), item.analysis)[-1]
    assert law.verdict == "holds for float32; unclear for bfloat16, float16"
    table = _table(item.html, "laws")
    fit = item.analysis.laws.iloc[0]
    assert slope_text(fit["slope"], fit["low"], fit["high"]) in table
    assert "−1 ± 0.1" in table


def test_counts_in_words() -> None:
    order = ("supported", "rejected", "unclear", "nothing to explain")
    assert counted({"rejected": 5, "unclear": 3}, order, "point") == ("rejected at 5 of 8 points, unclear at 3", "bad")
    assert counted({"supported": 1}, order, "point") == ("supported at the only point", "good")
    assert counted({}, order, "point") == ("not tested", "quiet")


def test_every_frame_is_a_csv_that_reads_back(written: Callable[[str], Written]) -> None:
    item = written("training")
    folder = item.folder / "tables"
    flat = pd.read_csv(folder / "hypotheses.csv")
    assert len(flat) == sum(len(evidence) for evidence in item.analysis.hypotheses["evidence"])
    assert {"role", "relation", "difference", "low", "high", "state", "verdict", "point_text"} <= set(flat.columns)
    assert json.loads(flat["point"].iloc[0]) == {"batch": 32, "optimizer": "sgd"}
    outcomes = pd.read_csv(folder / "outcomes.csv")
    assert outcomes["value"].tolist() == item.analysis.outcomes["value"].tolist()
    assert len(pd.read_csv(folder / "targets.csv")) == len(item.analysis.targets)
    points = pd.read_csv(written("precision").folder / "tables" / "law_points.csv")
    assert json.loads(points["axes"].iloc[0])["loss"] in ("ce", "softplus", "flat")


def test_only_outcomes_that_are_used_get_a_table(written: Callable[[str], Written]) -> None:
    html = written("precision").html
    assert "outcome-xi" in html
    assert "outcome-unused" not in html


def test_time_to_target_says_never_and_in_how_many_seeds(written: Callable[[str], Written]) -> None:
    table = _table(written("training").html, "targets")
    assert "in 3 of 4 seeds only" in table
    assert "3 of 4" in table
    assert "nan" not in table


def test_operators_are_told_once(written: Callable[[str], Written]) -> None:
    table = _table(written("precision").html, "operators")
    assert table.count("log_softmax, nll_loss: bfloat16") == 1
    assert "temperature" not in table.partition("</caption>")[2]


def test_long_tables_are_cut_and_have_no_tex(written: Callable[[str], Written]) -> None:
    run = large_run(cases=1400, names=1)
    analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
    view = View(run.meta, run.measurements)
    tables = {table.name: table for table in data_tables(view, analysis)}
    assert len(tables["outcome-xi"].rows) == 200
    assert "The first 200 of 280; all are in tables/outcomes.csv." in tables["outcome-xi"].caption
    assert MOST_TEX_ROWS == 300


def test_hostile_names_stay_text_and_inside_the_folder(written: Callable[[str], Written]) -> None:
    item = written("hostile_outcomes")
    assert "<script>alert" not in item.html
    assert "<script>" not in item.markdown
    assert all(item.folder in path.parents for path in item.paths)
    assert all(path.name.isascii() and " " not in path.name and "<" not in path.name for path in item.paths)


def test_a_run_without_any_outcome_still_reports(written: Callable[[str], Written]) -> None:
    item = written("no_outcomes")
    assert _section(item.html, "answer").count('<p class="verdict quiet">not tested</p>') == 4
    assert "signal 11" in _table(item.html, "failures")
    assert not any(path.suffix == ".svg" for path in item.paths)


@pytest.mark.parametrize("name", ["precision", "training", "hostile_outcomes"])
def test_the_same_run_gives_the_same_bytes(written: Callable[[str], Written], name: str, tmp_path: Path) -> None:
    item = written(name)
    again = write_report(item.run, item.analysis, tmp_path)  # type: ignore[arg-type]
    assert [path.name for path in again] == [path.name for path in item.paths]
    assert [a.name for a, b in zip(again, item.paths, strict=True) if a.read_bytes() != b.read_bytes()] == []


def test_the_terminal_tells_verdicts_first(written: Callable[[str], Written]) -> None:
    item = written("training")
    lines = summary_text(item.run.meta, item.analysis, 80).splitlines()
    assert lines[1] == "- H1 (Rounding): rejected at 7 of 8 points, unclear at 1."
    text = summary_text(written("precision").run.meta, written("precision").analysis, 80)
    assert text.index("float32: slope -0.99") < text.index("Cases: 180")
    assert text.count("float32: slope") == 1


def test_older_runs_have_no_declarations(written: Callable[[str], Written]) -> None:
    item = written("attention")
    assert findings(View(item.run.meta, item.run.measurements), item.analysis) == []
    assert 'class="findings"' not in item.html


def test_conditions_choose_rows() -> None:
    run = precision_run()
    view = View(run.meta, run.measurements)
    analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
    rows = value_rows(view, analysis, "xi", {"loss": ["ce", "flat"], "batch": {"at_most": 32, "not": 8}})
    assert set(rows["loss"]) == {"ce", "flat"}
    assert set(rows["batch"]) == {32}
    assert where_words(view, {"loss": ["ce", "flat"], "batch": {"at_most": 32, "not": 8}}) == (
        "loss: cross-entropy or FlatNCE; batch ≤ 32 and not batch = 8"
    )
    assert where_words(view, HYPOTHESES[0]["where"]) == "batch ≤ 256"


@pytest.mark.parametrize(
    ("value", "low", "high", "unit", "expected"),
    [
        (0.9534, 0.9494, 0.9574, "1", "0.953 (0.949–0.958)"),
        (3.2e-8, 3.1e-8, 3.3e-8, "1", "3.20 (3.10–3.30) ×10⁻⁸"),
        (-0.5, -0.6, -0.4, "1", "−0.50 (−0.60 to −0.40)"),
        (120.4, float("nan"), float("nan"), "steps", "120 steps"),
        (0.0, 0.0, 0.0, "1", "0"),
        (float("inf"), float("nan"), float("nan"), "steps", "infinite"),
        (float("nan"), float("nan"), float("nan"), "1", "not a number"),
    ],
)
def test_value_text(value: float, low: float, high: float, unit: str, expected: str) -> None:
    assert value_text(value, low, high, unit) == expected


def test_slopes_round_outwards() -> None:
    assert slope_text(-0.9942, -1.0311, -0.9513) == "−0.99 (−1.04 to −0.95)"
    assert slope_text(float("nan"), float("nan"), float("nan")) == "not fitted"


@pytest.mark.slow
def test_forty_thousand_rows_give_a_page_that_a_browser_can_show(tmp_path: Path) -> None:
    run = large_run()
    analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
    assert len(run.measurements) == 40_000
    write_report(run, analysis, tmp_path)  # type: ignore[arg-type]
    assert (tmp_path / "report.html").stat().st_size < 5_000_000
    assert len(pd.read_csv(tmp_path / "tables" / "outcomes.csv")) == 40_000
