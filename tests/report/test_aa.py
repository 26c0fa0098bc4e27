"""The report of an A/A run: words, tables, page and figure."""

from __future__ import annotations

import xml.dom.minidom
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bench.analysis.aa import SelfComparison, analyse_aa
from bench.analysis.aa_replay import rate
from bench.report.aa_page import write_aa
from bench.report.aa_tables import aa_text, case_table, size_table
from bench.report.aa_words import AAWords, least_words, look_words, percent, rate_words
from bench.report.figures.aa import LEAST_TRIED, MOST_CASES, plan_aa
from bench.report.view import View
from bench.suite.model import Compare
from tests.analysis.aa_frames import frames, normal

HOSTILE = "</script><b>|*_$\\% é 😀"


def words_of(cases: int = 2, count: int = 120, inject: float = 0.0, label: str = "kernel") -> AAWords:
    replicates, samples = frames(cases, count, normal(0.02), drift=0.003, inject=inject, cost=0.05)
    result = analyse_aa(replicates, samples, Compare("first"), inject=inject)
    return AAWords(View(meta(cases, label), rows(replicates)), result)


def rows(replicates: pd.DataFrame) -> pd.DataFrame:
    return replicates.drop_duplicates("case").assign(metric="time", status="ok", reason=None)


def meta(cases: int, label: str = "kernel") -> dict[str, Any]:
    suite = {
        "name": "aa_s",
        "title": f"Every case against itself: {label}",
        "description": "",
        "subject": "copy",
        "workload": "w",
        "axes": {"k": list(range(cases)), "copy": ["first", "second"]},
        "labels": {"k": label},
        "measure": {"samples": 5},
        "sources": [],
    }
    return {
        "suite": suite,
        "run_id": "aa_s-1",
        "bench_version": "0.1.0",
        "started": "2026-11-23T07:00:00+00:00",
        "finished": "2026-11-23T08:00:00+00:00",
        "command": ["bench", "aa", "s"],
        "seed": 0,
        "device": "cpu",
        "machine": {"host": "lab"},
        "software": {},
        "timing": None,
    }


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.018, "1.8 %"),
        (0.02, "2.0 %"),
        (0.005, "0.50 %"),
        (0.123, "12 %"),
        (float("inf"), "none"),
        (float("nan"), "–"),
    ],
)
def test_least_changes_read_well(share: float, text: str) -> None:
    assert least_words(share) == text


def test_rates_carry_their_interval() -> None:
    assert rate_words(rate(2, 412)) == "0.49 % (95 % interval 0.05 to 1.8 %)"
    assert rate_words(rate(0, 10)) == "0 % (95 % interval 0 to 31 %)"
    assert rate_words(rate(0, 0)) == "not tried"
    assert percent(0.01) == "1 %"
    assert look_words(Compare("first")) == "12, 24 and 48"
    assert look_words(Compare("first", pairs=(12, 12))) == "12"


def test_sentences_of_an_a_a_run() -> None:
    said = words_of().sentences
    alarms = words_of().result.rate("slower", "faster")
    assert said[0].startswith(f"{alarms.count} false alarm")
    assert said[0].endswith("nominally at most 1 %.")
    assert any("further random effect of each process, 3 times" in one for one in said)
    assert any("found with 80 % power" in one and "in the median of 2 cases" in one for one in said)
    assert said[-1].startswith("Measured one after the other")


def test_more_alarms_than_nominal_are_said_to_be_so() -> None:
    words = words_of()
    words.result.cases["slower"] = words.result.cases["comparisons"]
    assert "That is more than the nominal rate" in words.sentences[0]


def test_sentences_of_an_injected_slowdown() -> None:
    said = words_of(inject=0.1).sentences
    assert said[0].startswith("A slowdown of 10 % by real work was found in ")
    assert said[1].startswith("None of them called the slowed side faster")
    assert not any("false alarm" in one for one in said)


def test_a_run_without_enough_pairs_says_so() -> None:
    assert words_of(count=10).sentences == [
        "No comparison could be replayed: no case has as many pairs as one may take."
    ]


def test_cases_without_times_are_named() -> None:
    words = words_of()
    lost = {"case": "s/k=9/copy=first", "group": "s/k=9", "subject": "first", "k": 9, "copy": "first"}
    frame = pd.concat(
        [words.view.measurements, pd.DataFrame([{**lost, "status": "oom_host", "reason": "needs 9 GiB"}])]
    )
    again = AAWords(View(words.view.meta, frame), words.result)
    assert again.missing == ["s/k=9: oom host: needs 9 GiB"]
    assert "Not measured: s/k=9" in aa_text(again)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("inject", [0.0, 0.1])
def test_text_fits_the_terminal(width: int, inject: float) -> None:
    text = aa_text(words_of(inject=inject, label="a rather long name of an axis of cases"), width)
    assert max(map(len, text.splitlines())) <= width
    assert "finds 80 %" in text


def test_tables_have_a_row_for_each_case_and_size() -> None:
    words = words_of()
    assert [row[0].text for row in case_table(words).rows] == ["kernel = 0", "kernel = 1"]
    assert [row[0].text for row in size_table(words).rows] == ["12", "24", "48", "96"]


def test_figure_has_a_line_for_each_case_or_their_median() -> None:
    few, many = plan_aa(words_of()), plan_aa(words_of(MOST_CASES + 1, 60))
    assert few is not None and many is not None
    assert [line.label for line in few.powers] == ["kernel = 0", "kernel = 1", "measured apart"]
    assert [line.kind for line in many.powers] == ["faint"] * (MOST_CASES + 1) + ["median", "apart"]
    # A ring lies on its case's line where the budget allows all pairs.
    ring = few.powers[0].present
    assert ring is not None and ring[1] == few.powers[0].least[few.powers[0].pairs.index(48.0)]
    for line in few.alarms:
        assert all(low <= value <= high for low, value, high in zip(line.low, line.rates, line.high, strict=True))
    beside = next(line for line in few.alarms if line.kind == "beside")
    assert beside.pairs == tuple(p for p in (12.0, 24.0, 48.0) if 2 * (120 // p) >= LEAST_TRIED)


def test_no_figure_without_cases() -> None:
    words = words_of()
    nothing = SelfComparison(words.result.compare, 0.0, words.result.cases.iloc[:0], words.result.sizes.iloc[:0])
    assert plan_aa(AAWords(words.view, nothing)) is None


@pytest.mark.parametrize("inject", [0.0, 0.1])
def test_report_is_written_and_escapes_what_it_is_told(tmp_path: Path, inject: float) -> None:
    words = words_of(inject=inject, label=HOSTILE)
    written = write_aa(words, tmp_path, HOSTILE)
    assert all(path.stat().st_size > 0 for path in written)
    names = {str(path.relative_to(tmp_path)) for path in written}
    assert {"report.html", "report.md", "aa.csv", "aa-pairs.csv", "figures/aa.svg", "figures/aa.pdf"} <= names
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    HTMLParser().feed(page)
    assert "<b>" not in page and "What this machine resolves" in page and "http" not in page.split("<svg")[0]
    xml.dom.minidom.parse(str(tmp_path / "figures/aa.svg"))
    table = [line for line in (tmp_path / "report.md").read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    assert len({line.replace("\\|", "").count("|") for line in table[:4]}) == 1
    assert len(pd.read_csv(tmp_path / "aa.csv")) == 2


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_aa(words_of(), tmp_path / name, "")
    for file in ("report.html", "figures/aa.svg", "figures/aa.pdf", "aa.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
