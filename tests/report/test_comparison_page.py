"""The report of a run that compares its own cases: the comparison comes first, everything else stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.analysis.summary import analyse
from bench.report.facts import method_facts, software_facts
from bench.report.terminal import summary_text
from bench.report.view import View
from bench.report.write import write_report
from tests.report import comparisons, synthetic
from tests.report.conftest import Written
from tests.report.test_pages import parse

COMPARE = {"baseline": "torch==2.12.0", "pairs": [12, 48], "level": 0.99, "band": 0.02, "budget_s": 5.0}
INSTALLATIONS = {
    "here": {"record": {"kind": "present"}, "software": {"python": "3.11.7", "torch": "2.13.0"}},
    "torch==2.12.0": {
        "record": {"kind": "requirements"},
        "software": {"python": "3.11.7", "torch": "2.12.0", "numpy": "2.4.6"},
    },
}


def against_run() -> synthetic.FakeRun:
    axes = {"kernel": ["naive", "sdpa", "linear"], "n": [64, 256, 1024], "installation": ["torch==2.12.0", "here"]}
    run = synthetic.grid_run("attention", axes, "installation", crossovers=[], compare=COMPARE)
    run.meta["installations"] = INSTALLATIONS
    return run


@pytest.fixture(scope="module")
def against(tmp_path_factory: pytest.TempPathFactory) -> Written:
    run = against_run()
    analysis = analyse(run.meta, run.measurements, run.replicates, run.outcomes)
    folder = tmp_path_factory.mktemp("against")
    paths = write_report(run, analysis, folder, comparisons.within().comparison)  # type: ignore[arg-type]
    return Written(run, analysis, folder, tuple(paths))


def test_the_comparison_opens_the_answer(against: Written) -> None:
    page = parse(against.html)
    assert len(page.ids) == len(set(page.ids))
    assert "<h1>attention: here against torch==2.12.0</h1>" in against.html
    answer = against.html.partition('<section id="answer"')[2].partition("</section>")[0]
    order = ["here against torch==2.12.0", "2 of 9 times slower", "Measured apart", 't-comparison"', "figure-comp",
             't-comparison-same"', "At most 1 %"]  # fmt: skip
    places = [answer.index(part) for part in order]
    assert places == sorted(places)
    assert "declares no crossover" not in against.html
    # Overtaking is not what this run was asked for, so the suite's question is no title.
    assert "Where does linear attention overtake" not in against.html.partition("</h1>")[0]


def test_markdown_opens_with_it_too(against: Written) -> None:
    text = against.markdown
    assert text.startswith("# attention: here against torch==2.12.0\n")
    assert text.index("2 of 9 times slower") < text.index("figures/comparison.png") < text.index("## Figures")
    assert (against.folder / "figures" / "comparison.png").is_file()


def test_its_files_are_written_and_listed(against: Written) -> None:
    names = {str(path.relative_to(against.folder)) for path in against.paths}
    assert {"tables/comparison.csv", "tables/comparison.tex", "figures/comparison.pdf"} <= names
    assert all(path.is_file() for path in against.paths)
    tex = (against.folder / "tables" / "comparison.tex").read_text(encoding="utf-8")
    assert tex.count("slower") == 2
    assert tex.count("same") >= 4


def test_the_terminal_opens_with_it(against: Written) -> None:
    told = comparisons.within().comparison
    for width in (40, 80, 120):
        text = summary_text(against.run.meta, against.analysis, width, comparison=told)
        assert max(map(len, text.splitlines())) <= width
    assert text.startswith("attention: here against torch==2.12.0\n\nhere against")
    assert text.index("the report lists them") < text.index("Cases: 18")


def test_methods_and_software_name_the_other_side(against: Written) -> None:
    view = View(against.run.meta, against.run.measurements)
    rule = dict(method_facts(view, against.analysis))["stop rule"]
    assert rule.startswith("12 to 48 pairs of fresh processes, side by side with torch==2.12.0, until")
    assert "99 % confidence (the same: within ±2 %) or 5 s" in rule
    # What both sides share is said once: python and numpy are as here.
    facts = dict(software_facts(against.run.meta))
    assert facts["installation torch==2.12.0"] == "kind requirements; torch 2.12.0"
    assert "installation here" not in facts


def test_a_suite_that_compares_its_subjects_keeps_its_title() -> None:
    told = comparisons.comparison(comparisons.mixed_rows(), old="naive", new="", paired=True)
    words = comparisons.words(told)
    assert words.heading == "Where does linear attention overtake standard attention?"
    assert words.sides == ("naive", "candidate")
    assert words.title == "Every other against naive"


def test_other_reports_are_as_before(written: Callable[[str], Written], tmp_path: Path) -> None:
    item = written("attention")
    assert 'id="t-comparison"' not in item.html
    assert not (item.folder / "tables" / "comparison.csv").exists()
