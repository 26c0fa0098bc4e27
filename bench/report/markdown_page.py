"""The page as Markdown: the same content, shortened, with figures by relative path; made for GitHub."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from bench.report.escape import markdown
from bench.report.page import Page
from bench.report.table import Table

#: Rows a table keeps; the CSV files have all.
MOST_ROWS = 40


def markdown_page(page: Page) -> str:
    """The page's Markdown source."""
    return _environment().get_template("report.md.j2").render(page=page, most=MOST_ROWS)


def markdown_table(table: Table, most: int = MOST_ROWS) -> str:
    """A pipe table: numbers to the right, the best in bold, at most ``most`` rows and a line that says so."""
    heads = [markdown(column.head) for column in table.columns]
    rules = ["---:" if column.numeric else "---" for column in table.columns]
    lines = [_line(heads), _line(rules)]
    for row in table.rows[:most]:
        lines.append(_line([f"**{markdown(c.text)}**" if c.tone == "best" else markdown(c.text) for c in row]))
    if len(table.rows) > most:
        lines += ["", f"The first {most} of {len(table.rows)} rows; all are in `report.html` and `tables/`."]
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bench.report"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = markdown
    environment.filters["table"] = markdown_table
    return environment
