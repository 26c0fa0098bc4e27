"""The page as Markdown: the same content in the same order, shortened, with figures by relative path; for GitHub."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from bench.plural import counted
from bench.report.case_table import CaseTable, case_anchor
from bench.report.claims_block import Card, cited_cases, ordered
from bench.report.escape import markdown
from bench.report.html import fitted
from bench.report.page import Page
from bench.report.table import Table

#: Rows a table keeps; the CSV files have all.
MOST_ROWS = 40
#: Rows that claims can link to.
MOST_EVIDENCE = 200


def markdown_page(page: Page) -> str:
    """The page's Markdown source."""
    evidence = page.evidence
    return _environment().get_template("report.md.j2").render(page=page, evidence=evidence)


def markdown_rows(card: Card, evidence: CaseTable | None) -> str:
    """Links to the rows that a claim rests on, and how many of its cases have none."""
    kept = evidence.anchors[:MOST_EVIDENCE] if evidence is not None else ()
    places = evidence.places if evidence is not None else {}
    cases = ordered(cited_cases([card]), places)
    linked = [f"[{places[case]}](#{anchor})" for case in cases if (anchor := case_anchor(case)) in kept]
    rest = len(cases) - len(linked)
    words = [f"rows {' '.join(linked)}"] if linked else []
    return "; ".join([*words, *([f"{counted(rest, 'case')} without a row here"] if rest else [])])


def markdown_evidence(evidence: CaseTable) -> str:
    """The rows that claims link to, each with its anchor, and a line on what is left out."""
    table, _ = fitted(evidence.table)
    return "\n".join(_lines(table, MOST_EVIDENCE, [f'<a id="{anchor}"></a>' for anchor in evidence.anchors]))


def markdown_table(table: Table, most: int = MOST_ROWS) -> str:
    """A pipe table: numbers to the right, the best in bold, at most ``most`` rows and a line that says so."""
    return "\n".join(_lines(table, most))


def _lines(table: Table, most: int, marks: Sequence[str] = ()) -> Iterator[str]:
    yield _line([markdown(column.head) for column in table.columns])
    yield _line(["---:" if column.numeric else "---" for column in table.columns])
    for number, row in enumerate(table.rows[:most]):
        first, *cells = [f"**{markdown(c.text)}**" if c.tone == "best" else markdown(c.text) for c in row]
        yield _line([f"{marks[number]}{first}" if marks else first, *cells])
    if len(table.rows) > most:
        yield ""
        yield f"The first {most} of {len(table.rows)} rows; all are in `report.html` and `tables/`."


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
    environment.filters["rows"] = markdown_rows
    environment.filters["evidence"] = markdown_evidence
    return environment
