"""The page: one HTML file with its style, script and figures inside, and nothing from the network."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bench.report.case_table import case_anchor
from bench.report.claims_block import ordered
from bench.report.filters import Filters
from bench.report.gaps import NOTHING
from bench.report.page import Page
from bench.report.table import Table

#: The parts of style and script, in the order in which they are joined.
_STYLES = ("report.css", "print.css")
_SCRIPTS = ("theme.js", "tables.js", "copy.js", "filter.js", "points.js", "links.js")
_DIGITS = 6
#: Letters of a text for which a column is made wide.
_LONG = 34


def html(page: Page) -> str:
    """The page's source. Everything from the run is escaped; only our own style, script and drawings are not."""
    filters = Filters(page.view)
    drawn = [(figure, filters.drawing(figure, svg)) for figure, svg in page.figures]
    return render("report.html.j2", filters=filters, page=page, figures=drawn)


def render(template: str, filters: Filters | None = None, **values: object) -> str:
    """A page from one of our templates, with the style and the script that all pages share.

    Args:
        template: Its file name.
        filters: What its tables can be filtered by; nothing by default.
        values: What the template asks for.
    """
    environment = Environment(
        loader=PackageLoader("bench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        breakable=breakable, headline=headline, sortable=sortable, anchor=case_anchor, ordered=ordered
    )
    # Macros see no values of the template that imports them.
    environment.globals.update(filters=filters or Filters(), fitted=fitted, wide=wide, nothing=NOTHING)
    own = files("bench.report").joinpath("templates")
    style, script = (
        Markup("".join(own.joinpath(name).read_text(encoding="utf-8") for name in names))
        for names in (_STYLES, _SCRIPTS)
    )
    return environment.get_template(template).render(style=style, script=script, **values)


def breakable(text: str) -> Markup:
    """Escaped text in which a long case id may break after each slash."""
    return Markup("/<wbr>").join(text.split("/")) if "/" in text else escape(text)


def headline(line: str) -> Markup:
    """A sentence whose opening, such as ``Time, float32, causal:``, is set apart, so that the rest can be compared."""
    opening, mark, rest = line.partition(": ")
    if not mark or len(opening) > 120:
        return escape(line)
    return Markup('<span class="at">{}:</span> {}').format(opening, rest)


def wide(table: Table) -> list[str]:
    """The class of each column: ``wide`` where texts are so long that a narrow column would make rows tall."""
    return [
        "wide" if not column.numeric and max((len(row[place].text) for row in table.rows), default=0) > _LONG else ""
        for place, column in enumerate(table.columns)
    ]


def sortable(value: float | None) -> str:
    """What a cell is sorted by, and what a copied table holds: whole numbers as they are, others to six digits."""
    if value is None or not math.isfinite(value):
        return ""
    value = float(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.{_DIGITS}g}"


def fitted(table: Table) -> tuple[Table, str]:
    """A table without the columns in which no cell has a value, as a page has no room for them, and a note on gaps.

    A column is kept where any of its cells says more than that there is nothing.
    """
    dash = " A dash: not in this run." if any(cell == NOTHING for row in table.rows for cell in row) else ""
    empty = {
        place
        for place, column in enumerate(table.columns)
        if place >= table.keys
        and column.numeric
        and all(row[place].value is None and row[place].tone == "quiet" for row in table.rows)
    }
    if not table.rows or not empty or len(empty) == len(table.columns) - table.keys:
        return table, dash
    kept = [place for place in range(len(table.columns)) if place not in empty]
    rows = tuple(tuple(row[place] for place in kept) for row in table.rows)
    shorter = replace(table, columns=tuple(table.columns[place] for place in kept), rows=rows)
    heads = ", ".join(table.columns[place].head for place in sorted(empty))
    return shorter, f" No value anywhere for {heads}.{dash}"
