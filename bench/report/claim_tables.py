"""Tables of claims: what a suite expected, and whether the measurement bears it out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from bench.analysis.claims.words import ONE_BY_ONE, counts_words
from bench.analysis.summary import Analysis
from bench.analysis.tables import rows_of
from bench.report.table import Column, Table, plain_number, text
from bench.report.verdict_tables import MOST_ROWS, cut
from bench.report.verdicts import TONES

#: The words that stand for a verdict where a line begins with it.
_MARKS = {"holds": "holds", "fails": "FAILS", "unclear": "unclear"}


def claim_tables(analysis: Analysis) -> Iterator[Table]:
    """The claims with their verdicts, those that fail first."""
    if not analysis.claims.empty:
        yield _claims(analysis)


def claim_point_tables(analysis: Analysis) -> Iterator[Table]:
    """The points of the claims that are judged at several."""
    several = analysis.claims[analysis.claims["facets"] > 1]["id"].tolist()
    rows = analysis.claim_points[analysis.claim_points["id"].isin(several)]
    if rows.empty:
        return
    body = tuple(
        (
            text(row["id"]),
            text(row["facet_text"] or "everywhere"),
            text(row["verdict"], TONES.get(row["verdict"], "")),
            text(row["text"]),
        )
        for row in rows.head(MOST_ROWS).to_dict("records")
    )
    caption = (
        "Every point of the claims that are judged at several: one for each combination of the axes that a claim does "
        f"not name.{cut(len(rows), 'claim_points')}"
    )
    heads = (Column("claim"), Column("point"), Column("verdict"), Column("found"))
    yield Table("claim-points", "Claims point by point", caption, heads, body, 2, open=len(body) <= 20)


def claim_lines(analysis: Analysis, width: int) -> list[str]:
    """The claims as plain text, those that fail first; no line is longer than ``width``."""
    if analysis.claims.empty:
        return []
    lines = _wrapped(f"Claims: {counts_words(analysis.claims['verdict'].tolist())}", width, "", "  ")
    for row in _sorted(analysis):
        lines += _wrapped(f"{_MARKS[row['verdict']]:8}{row['id']}: {row['text']}", width, "  ", " " * 10)
        lines += _wrapped(f"expected {row['expected']}; found {row['found']}", width, " " * 10, " " * 10)
        if row["uncovered"]:
            lines += _wrapped(f"not covered: {row['uncovered']}", width, " " * 10, " " * 10)
    return lines


def _claims(analysis: Analysis) -> Table:
    body = tuple(
        (
            text(row["id"]),
            text(row["verdict"], TONES.get(row["verdict"], "")),
            text(row["text"]),
            text(row["expected"]),
            text(row["found"]),
            text(row["uncovered"]),
            text(row["source"]),
            plain_number(len(row["cases"])),
        )
        for row in _sorted(analysis)
    )
    heads = (
        Column("id"),
        Column("verdict"),
        Column("claim"),
        Column("expected"),
        Column("found"),
        Column("not covered"),
        Column("source"),
        Column("cases", True),
    )
    level = 100 * float(analysis.claims["level"].iloc[0])
    caption = (
        f"What the suite's sources claim, and what this run found, with {level:g} % intervals. A claim holds where the "
        "whole interval lies inside what is expected, fails where all of it lies outside, and is unclear otherwise. "
        f"{ONE_BY_ONE} The cases that each rests on are listed in tables/claims.csv."
    )
    return Table("claims", "Claims", caption, heads, body, 2)


def _sorted(analysis: Analysis) -> list[dict[str, Any]]:
    """The rows of the claims: what fails, what is unclear, what holds, each as declared."""
    order = ("fails", "unclear", "holds")
    return sorted(rows_of(analysis.claims), key=lambda row: order.index(row["verdict"]))


def _wrapped(words: str, width: int, first: str, later: str) -> list[str]:
    return textwrap.wrap(words, width, initial_indent=first, subsequent_indent=later) or [first]
