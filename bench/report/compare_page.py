"""A comparison as a part of the report's page, and as a page of its own: HTML, Markdown, CSV."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape

import bench
from bench.report.compare_tables import changes_table, refused_table, rows_table
from bench.report.compare_words import Words
from bench.report.escape import markdown
from bench.report.figures.forest import plan_forest
from bench.report.figures.forest_draw import forest_svg, save_forest
from bench.report.figures.spec import Figure
from bench.report.html import render
from bench.report.latex import tex
from bench.report.markdown_page import markdown_table
from bench.report.table import Table

#: Nobody prints a longer table; the CSV file has all rows.
MOST_TEX_ROWS = 300


@dataclass(frozen=True)
class Block:
    """What a page shows of a comparison, in reading order.

    Attributes:
        heading: Title of a report that opens with it.
        title: What is compared with what.
        summary: Sentences, what matters first.
        conditions: How both sides were measured.
        answer: What changed and what is unclear; ``None`` where there is nothing.
        figure: The forest plot.
        drawing: Its SVG.
        files: Whether the figure lies beside the page as files, too.
        changes: Cases that only one side has, or whose status differs.
        refused: Pairs that were not compared.
        same: What was shown to be the same.
        control: How false alarms were kept down.
    """

    heading: str
    title: str
    summary: tuple[str, ...]
    conditions: tuple[str, ...]
    answer: Table | None
    figure: Figure | None
    drawing: Markup
    files: bool
    changes: Table | None
    refused: Table | None
    same: Table | None
    control: str

    @property
    def markdown(self) -> str:
        """The comparison as Markdown, for the report's page."""
        return block_markdown(self)


def block(words: Words, *, beside: bool) -> Block:
    """The comparison as a part of a page; ``beside`` says whether the figure's files lie beside it."""
    told = words.comparison
    forest = plan_forest(words)
    return Block(
        heading=words.heading,
        title=words.title,
        summary=told.summary,
        conditions=told.conditions,
        answer=rows_table(words, words.open_lines, "comparison", "What changed, and what is unclear"),
        figure=forest.figure if forest else None,
        # Our own drawing: its texts are paths or escaped.
        drawing=Markup(forest_svg(forest)) if forest else Markup(""),
        files=beside and forest is not None,
        changes=changes_table(words),
        refused=refused_table(words),
        same=rows_table(words, words.same_lines, "comparison-same", "The same"),
        control=told.control,
    )


def block_markdown(shown: Block, level: int = 3) -> str:
    """A comparison as Markdown for GitHub; tables keep their first rows.

    Args:
        shown: The comparison.
        level: Of its headings.
    """
    marks = "#" * level
    parts = [f"**{markdown(shown.title)}**"]
    parts.append("\n".join(f"- {markdown(text)}" for text in shown.summary))
    if shown.conditions:
        # A sentence between them: two lists in a row would be one.
        parts += ["How both sides were measured:", "\n".join(f"- {markdown(text)}" for text in shown.conditions)]
    for table in (shown.answer, shown.changes, shown.refused):
        if table is not None:
            parts += [f"{marks} {markdown(table.title)}", markdown_table(table), markdown(table.caption)]
        if table is shown.answer and shown.figure is not None and shown.files:
            title, name = markdown(shown.figure.title), shown.figure.name
            parts += [f"![{title}](figures/{name}.png)", markdown(shown.figure.caption)]
    if shown.same is not None:
        title = f"{escape(shown.same.title)}: {len(shown.same.rows)}"
        parts += [f"<details><summary>{title}</summary>", markdown_table(shown.same), "</details>"]
    parts.append(markdown(shown.control))
    return "\n\n".join(part for part in parts if part)


def compare_markdown(words: Words) -> str:
    """A comparison as a Markdown text of its own, without the figure, which would need a file."""
    shown = block(words, beside=False)
    return f"## Comparison\n\n{block_markdown(shown)}\n"


def compare_html(words: Words) -> str:
    """A comparison as a page of its own, with style, script and figure inside, and nothing from the network."""
    return render("compare.html.j2", block=block(words, beside=False), version=bench.__version__)


def compare_csv(words: Words) -> str:
    """Every row at full precision: values in seconds, bytes, FLOP."""
    text: str = words.comparison.rows.to_csv(index=False, lineterminator="\n")
    return text


def write_comparison(words: Words, tables: Path, figures: Path) -> list[Path]:
    """Write ``comparison.csv`` and ``comparison.tex`` with every row, and the forest plot."""
    rows = words.comparison.rows
    paths = []
    if not rows.empty:
        path = tables / "comparison.csv"
        path.write_text(compare_csv(words), encoding="utf-8", newline="\n")
        paths.append(path)
    every = rows_table(words, words.lines, "comparison", f"Comparison: {words.title}")
    if every is not None and len(every.rows) <= MOST_TEX_ROWS:
        path = tables / "comparison.tex"
        path.write_text(tex(every), encoding="utf-8", newline="\n")
        paths.append(path)
    forest = plan_forest(words)
    return [*paths, *(save_forest(forest, figures) if forest else [])]
