"""The report of an A/A run: one HTML page, Markdown, the figure, and its numbers as CSV."""

from __future__ import annotations

from pathlib import Path

from bench.report import facts, units
from bench.report.aa_tables import case_table, shaken_table, size_table
from bench.report.aa_words import AAWords, look_words
from bench.report.facts import Fact
from bench.report.figures.aa import plan_aa
from bench.report.figures.aa_draw import save_aa
from bench.report.html import html
from bench.report.latex import tex
from bench.report.markdown_page import markdown_page
from bench.report.page import Page


def write_aa(words: AAWords, folder: Path, suite_text: str) -> list[Path]:
    """Write ``report.html``, ``report.md``, ``aa.csv``, ``aa-pairs.csv``, ``figures/`` and ``tables/`` into a folder.

    Args:
        words: The run.
        folder: The run's own.
        suite_text: The suite as read.

    Returns:
        Everything written, the HTML page first.
    """
    plan = plan_aa(words)
    written: list[Path] = []
    drawn = []
    if plan is not None:
        paths, svg = save_aa(plan, folder / "figures")
        written += paths
        drawn.append((plan.figure, svg))
    tables = [table for table in (case_table(words), size_table(words), shaken_table(words)) if table and table.rows]
    meta = words.view.meta
    page = Page(
        view=words.view,
        findings=(),
        untested=(),
        pointwise="",
        headlines=(*words.sentences, *(f"Not measured: {missing}" for missing in words.missing)),
        answers=tuple(tables[:1]),
        figures=tuple(drawn),
        left_out=(),
        tables=tuple(tables[1:]),
        noise=None,
        methods=tuple(_methods(words)),
        machine=tuple(facts.machine_facts(meta)),
        software=tuple(facts.software_facts(meta)),
        provenance=tuple(facts.provenance_facts(meta)),
        suite_text=suite_text,
    )
    for name, frame in (("aa", words.result.cases), ("aa-pairs", words.result.sizes)):
        path = folder / f"{name}.csv"
        frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
        written.append(path)
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    written += [_text(folder / "tables" / f"{table.name}.tex", tex(table)) for table in tables]
    return [_text(folder / "report.html", html(page)), _text(folder / "report.md", markdown_page(page)), *written]


def _methods(words: AAWords) -> list[Fact]:
    compare, measure = words.result.compare, words.view.suite.get("measure") or {}
    recorded = words.result.cases["recorded"]
    told: list[Fact] = [
        ("what was measured", "every case and a copy of it, side by side, in pairs of fresh processes"),
        ("pairs per case", f"{recorded.min()}" if recorded.nunique() == 1 else f"{recorded.min()} to {recorded.max()}"),
        ("comparisons", "replayed over these pairs in the order measured, each beginning where the one before ended, "
         "by the rule of a run that compares"),
        ("rule", f"looked at after {look_words(compare)} pairs or once {compare.budget_s:g} s a "
         f"side are spent; level {100 * compare.level:.3g} %, band ±{100 * compare.band:.3g} %"),
        ("samples", f"at least {measure.get('samples', '?')} per process"),
    ]  # fmt: skip
    cost = words.result.cases["seconds"].mean()
    if units.known(cost):
        told.append(("a comparison takes", f"{units.duration(float(cost))} on average, starting of processes included"))
    return [fact for fact in told if len(recorded) or fact[0] != "pairs per case"]


def _text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
