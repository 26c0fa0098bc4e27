"""Tables of judgements: claims, laws, hypotheses, shares of a whole, and what has no value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.analysis.hypotheses import POINTWISE
from bench.analysis.tables import present, rows_of
from bench.report import units
from bench.report.paper.bibtex import Library
from bench.report.paper.claims import VERDICTS, claim_tables, collect_claims
from bench.report.paper.layout import Cell, Head, Tab
from bench.report.paper.macros import PLAIN, Number, Numbers
from bench.report.paper.names import Words
from bench.report.paper.quantities import law_key, share_key
from bench.report.paper.source import Source
from bench.report.paper.words import flow
from bench.report.values import slope_text
from bench.report.view import Facet

#: Ways in which a hypothesis is judged at a point, as columns of their summary.
JUDGED = ("supported", "rejected", "unclear", "nothing")
_HYPOTHESES = ("points", *JUDGED)


def judged_tables(source: Source, numbers: Numbers, library: Library) -> Iterator[Tab]:
    """Claims, then laws, then hypotheses; those the suite declares."""
    yield from claim_tables(source, numbers, library)
    yield from _laws(source, numbers)
    yield from _hypotheses(source, numbers)


def closing_tables(source: Source, numbers: Numbers) -> Iterator[Tab]:
    """Shares of a whole, and what has no value."""
    yield from _shares(source, numbers)
    yield from _failures(source, numbers)


def collect_counts(source: Source, numbers: Numbers) -> None:
    """Register the counts that these tables print."""
    collect_claims(source, numbers)
    numbers.section(f"{source.suite}: counts of verdicts and of cases without a value")
    for row in rows_of(source.analysis.hypothesis_summary):
        for name in _HYPOTHESES:
            _count(source, numbers, ("hypothesis", str(row["id"]), name), row[name], "hypotheses.csv")
    for row in rows_of(source.analysis.laws):
        _count(source, numbers, (*law_key(source, row)[len(source.words) : -1], "points"), row["points"], "laws.csv")
    laws = source.analysis.laws
    for verdict in VERDICTS if len(laws) else ():
        _count(source, numbers, ("laws", verdict), int((laws["verdict"] == verdict).sum()), "laws.csv")
    for row in rows_of(source.analysis.failures):
        _count(source, numbers, _failure(row), row["count"], "failures.csv")


def _count(source: Source, numbers: Numbers, words: Words, count: Any, file: str) -> None:
    key, value = source.fact(*words), float(count)
    numbers.add(Number(key, f"{value:g}", "", value, float("nan"), float("nan"), PLAIN, 1.0, f"{source.folder}/{file}"))


def _failure(row: Mapping[str, Any]) -> Words:
    return ("without value", str(row["status"]), str(row["reason"]), str(row["scope"]), str(row["metrics"]))


def _number(numbers: Numbers, key: Words) -> Cell:
    known = numbers.get(key)
    return Cell(known.source, numbers.macro(key), known.source) if known else Cell()


def _counted(source: Source, numbers: Numbers, words: Words) -> Cell:
    return _number(numbers, source.fact(*words))


def _laws(source: Source, numbers: Numbers) -> Iterator[Tab]:
    view, rows = source.view, []
    for row in rows_of(source.analysis.laws):
        key = law_key(source, row)
        slope = _number(numbers, key) if key in numbers else Cell(slope_text(float("nan"), 0, 0))
        expected = row["expected"]
        rows.append((
            Cell(str(row["title"])), Cell(view.value_word(str(row["split"]), row["split_value"])),
            _counted(source, numbers, (*key[len(source.words) : -1], "points")), slope,
            Cell(units.minus(f"{expected:g} ± {row['tolerance']:g}") if units.known(expected) else "none"),
            Cell(str(row["verdict"])),
        ))  # fmt: skip
    if rows:
        heads = (Head("law", share=0.36), Head("for"), Head("points", True), Head("slope", True), Head("expected"),
                 Head("verdict"))  # fmt: skip
        caption = (
            "Power laws fitted on logarithmic axes; in parentheses: uncertainty of the last digits, which covers the "
            "confidence interval of the slope."
        )
        yield Tab(f"{source.stem}laws", flow(caption), heads, tuple(rows), 1, main=True)


def _hypotheses(source: Source, numbers: Numbers) -> Iterator[Tab]:
    rows = [
        (
            Cell(f"{row['id']}: {row['title']}"),
            *(_counted(source, numbers, ("hypothesis", str(row["id"]), name)) for name in _HYPOTHESES),
        )
        for row in rows_of(source.analysis.hypothesis_summary)
    ]
    if rows:
        names = ("points", "supported", "rejected", "unclear", "nothing to explain")
        heads = (Head("hypothesis", share=0.4), *(Head(name, True) for name in names))
        yield Tab(f"{source.stem}hypotheses", flow(f"Points at which each hypothesis was judged. {POINTWISE}"), heads,
                  tuple(rows), 1, main=True)  # fmt: skip


def _shares(source: Source, numbers: Numbers) -> Iterator[Tab]:
    view, frame = source.view, source.analysis.shares
    if frame.empty:
        return
    axis = str(view.suite["share"]["axis"])
    parts = list(dict.fromkeys(frame["part"].astype(str)))
    facet_axes = [name for name in view.facet_axes if name in frame.columns and name != axis]
    whole = view.value_word(axis, view.suite["share"]["whole"])
    for position, metric in enumerate(dict.fromkeys(frame["metric"].astype(str))):
        groups: dict[tuple[str, Facet], dict[Any, dict[str, Words]]] = {}
        for row in rows_of(frame[frame["metric"] == metric]):
            key = (str(row["subject"]), tuple((name, row[name]) for name in facet_axes))
            points = groups.setdefault(key, {})
            points.setdefault(row.get(str(view.main_axis)), {})[str(row["part"])] = share_key(source, row)
        rows: list[tuple[Cell, ...]] = []
        for (subject, facet), points in groups.items():
            words = ", ".join(part for part in (view.subject_word(subject), view.facet_word(facet)) if part)
            rows.append((Cell(words),))
            for point, found in points.items():
                shown = "all" if point is None else view.cell_word(str(view.main_axis), point)
                rows.append((Cell(shown), *(_number(numbers, found.get(part, ())) for part in parts)))
        word = view.axis_symbol(str(view.main_axis)) if view.main_axis else "where"
        heads = (Head(word, True), *(Head(view.value_word(axis, part), True) for part in parts))
        caption = f"{view.metric_word(metric)} of each part over that of {whole}, in per cent."
        if metric == "memory":
            caption += " Peaks do not add up: parts live one after the other."
        yield Tab(f"{source.stem}share-{metric}", flow(caption), heads, tuple(rows), 1, main=position == 0)


def _failures(source: Source, numbers: Numbers) -> Iterator[Tab]:
    frame = source.analysis.failures
    if frame.empty:
        return
    rows = []
    for row in rows_of(frame):
        lacking = "everything" if row["scope"] == "case" else str(row["metrics"])
        reason = str(row["reason"]) if present(row["reason"]) and row["reason"] else "no reason given"
        status = str(row["status"]).replace("_", " ")
        rows.append((Cell(status), Cell(reason), Cell(lacking), _counted(source, numbers, _failure(row))))
    heads = (Head("status"), Head("reason", share=0.5), Head("no value for", share=0.22), Head("cases", True))
    caption = "What was asked for and has no value. Skipped and unsupported cases were left out knowingly."
    yield Tab(f"{source.stem}failures", flow(caption), heads, tuple(rows), 1)
