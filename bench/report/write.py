"""The report of a run: figures, tables, Markdown and one HTML file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.analysis.claims.words import ONE_BY_ONE
from bench.analysis.headlines import claim_sentences
from bench.analysis.hypotheses import POINTWISE
from bench.analysis.summary import Analysis
from bench.report import facts
from bench.report.case_table import case_table
from bench.report.claims_block import cited_cases, claim_cards
from bench.report.compare_page import block, write_comparison
from bench.report.compare_words import Words
from bench.report.csvs import write_csvs
from bench.report.escape import distinct
from bench.report.figures.draw import save_figure
from bench.report.figures.palette import palette
from bench.report.figures.plan import FigurePlan, plan_figures
from bench.report.figures.spec import Figure
from bench.report.html import html
from bench.report.latex import tex
from bench.report.markdown_page import markdown_page
from bench.report.page import Page
from bench.report.table import Table
from bench.report.tables import answer_tables, data_tables
from bench.report.verdicts import findings, other_headlines, untested
from bench.report.view import View
from bench.results.run import Run

if TYPE_CHECKING:
    from bench.analysis.compare import Comparison

#: Nobody prints a longer table; the CSV files have all rows.
MOST_TEX_ROWS = 300


def write_report(run: Run, analysis: Analysis, folder: Path, comparison: Comparison | None = None) -> list[Path]:
    """Write ``report.html``, ``report.md``, ``tables/`` and ``figures/`` into ``folder``.

    The same run and versions give the same bytes.

    Args:
        run: The stored run.
        analysis: What it says.
        folder: Usually the run's own folder; created where it is missing.
        comparison: Of a run that compares its own cases; the report opens with it.

    Returns:
        Everything written, the HTML page first.
    """
    view = View(run.meta, run.measurements)
    plan = plan_figures(view, analysis)
    figures, drawn = _write_figures(view, plan, _made(folder / "figures"))
    answers, tables = _unique(answer_tables(view, analysis), data_tables(view, analysis))
    words = Words(view, comparison) if comparison is not None else None
    claims = claim_cards(analysis)
    page = Page(
        view=view,
        findings=tuple(findings(view, analysis)),
        untested=tuple(untested(view, analysis)),
        pointwise=POINTWISE if view.declared("hypotheses") else "",
        headlines=tuple(other_headlines(analysis)),
        answers=answers,
        figures=drawn,
        left_out=plan.left_out,
        tables=tables,
        noise=facts.noise_rows(view, analysis),
        methods=tuple(facts.method_facts(view, analysis)),
        machine=tuple(facts.machine_facts(run.meta)),
        software=tuple(facts.software_facts(run.meta)),
        provenance=tuple(facts.provenance_facts(run.meta)),
        suite_text=run.suite_text,
        comparison=block(words, beside=True) if words is not None else None,
        claims=claims,
        cases=case_table(view, cited_cases(claims), analysis.claims["metric"].unique().tolist()),
        claim_lines=tuple(claim_sentences(analysis.claims)),
        one_by_one=ONE_BY_ONE if claims else "",
    )
    target = _made(folder / "tables")
    written = write_csvs(run.measurements, analysis, target)
    if words is not None:
        written += write_comparison(words, target, folder / "figures")
    for table in (*answers, *tables):
        if len(table.rows) <= MOST_TEX_ROWS:
            written.append(_text(target / f"{table.name}.tex", tex(table)))
    pages = [_text(folder / "report.html", html(page)), _text(folder / "report.md", markdown_page(page))]
    return [*pages, *written, *figures]


def _write_figures(view: View, plan: FigurePlan, folder: Path) -> tuple[list[Path], tuple[tuple[Figure, str], ...]]:
    style = palette(view)
    written: list[Path] = []
    drawn = []
    for number, figure in enumerate(plan.figures, 1):
        paths, svg = save_figure(figure, style, folder, number)
        written += paths
        drawn.append((figure, svg))
    return written, tuple(drawn)


def _unique(*groups: list[Table]) -> tuple[tuple[Table, ...], ...]:
    """Tables whose names, and so files and ids, differ even where two baselines are spelt alike."""
    names = iter(distinct(table.name for group in groups for table in group))
    return tuple(tuple(replace(table, name=next(names)) for table in group) for group in groups)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
