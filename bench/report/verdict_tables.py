"""Tables of hypotheses and laws: the verdicts first, then what they rest on."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.hypotheses import POINTWISE, VERDICTS
from bench.analysis.summary import Analysis
from bench.report import units
from bench.report.table import Cell, Column, Table, plain_number, text
from bench.report.values import slope_text
from bench.report.verdicts import TONES, counted, summary_counts
from bench.report.view import View

#: Rows a table of points keeps on the page; the CSV file has all.
MOST_ROWS = 200


def verdict_tables(view: View, analysis: Analysis) -> Iterator[Table]:
    """The verdicts of all hypotheses, those of each point, and the laws."""
    if not analysis.hypothesis_summary.empty:
        yield _summary(view, analysis)
    if not analysis.hypotheses.empty:
        yield _points(analysis)
    if not analysis.laws.empty:
        yield _laws(view, analysis)


def _summary(view: View, analysis: Analysis) -> Table:
    declared = {str(one["id"]): one for one in view.declared("hypotheses")}
    body = []
    for row in analysis.hypothesis_summary.to_dict("records"):
        counts = summary_counts(row)
        words, tone = counted(counts, VERDICTS, "point")
        own = declared.get(str(row["id"]), {})
        body.append(
            (
                text(row["id"]),
                text(row["title"]),
                text(" ".join(str(own.get("text") or "").split())),
                *(plain_number(counts[verdict]) for verdict in VERDICTS),
                text(words, tone),
            )
        )
    heads = (Column("id"), Column("hypothesis"), Column("claim"),
             *(Column(verdict, True) for verdict in VERDICTS), Column("in all"))  # fmt: skip
    judged: dict[str, list[str]] = {}
    for row in analysis.hypothesis_summary.to_dict("records"):
        words = f"{view.metric_word(row['metric'])}, differences up to {row['margin']:g} counted as none"
        judged.setdefault(words, []).append(str(row["id"]))
    by = "; ".join(f"{words} ({', '.join(ids)})" for words, ids in judged.items())
    caption = f"At how many points each hypothesis has which verdict. Judged by: {by}."
    return Table("hypotheses", "Hypotheses", caption, heads, tuple(body), 2)


def _points(analysis: Analysis) -> Table:
    rows = analysis.hypotheses
    body = tuple(
        (
            text(row["id"]),
            text(row["point_text"] or "the whole run"),
            text(row["verdict"], TONES.get(row["verdict"], "")),
            text(row["reason"]),
        )
        for row in rows.head(MOST_ROWS).to_dict("records")
    )
    caption = (
        "Every point at which a hypothesis can be judged, with the comparisons that decide: values, then their "
        f"difference with its interval. {POINTWISE}{cut(len(rows), 'hypotheses')}"
    )
    heads = (Column("id"), Column("point"), Column("verdict"), Column("reason"))
    return Table("hypothesis-points", "Hypotheses point by point", caption, heads, body, 2, open=len(body) <= 20)


def _laws(view: View, analysis: Analysis) -> Table:
    body = []
    for row in analysis.laws.to_dict("records"):
        slope = slope_text(row["slope"], row["low"], row["high"])
        expected = f"{row['expected']:g} ± {row['tolerance']:g}" if units.known(row["expected"]) else "none given"
        value = float(row["slope"]) if units.known(row["slope"]) else None
        body.append(
            (
                text(row["title"]),
                text(view.value_word(str(row["split"]), row["split_value"])),
                Cell(slope, value, value, units.reach(row["slope"], row["low"], row["high"])),
                Cell(units.minus(expected), row["expected"] if units.known(row["expected"]) else None),
                plain_number(row["points"]),
                text(row["verdict"], TONES.get(row["verdict"], "")),
            )
        )
    level = 100 * float(analysis.laws["level"].iloc[0])
    heads = (Column("law"), Column("for"), Column("slope", True), Column("expected", True), Column("points", True),
             Column("verdict"))  # fmt: skip
    caption = (
        f"Slopes on logarithmic axes with {level:g} % intervals. A law holds where the interval lies within the "
        "tolerance around the expected slope, and fails where it lies outside; fewer than four points decide nothing."
    )
    return Table("laws", "Laws", caption, heads, tuple(body), 2)


def cut(count: int, file: str) -> str:
    """The sentence that says where the rows are that a page leaves out; empty where it leaves out none."""
    return f" The first {MOST_ROWS} of {count}; all are in tables/{file}.csv." if count > MOST_ROWS else ""
