"""The tables of a comparison: its rows, the cases whose status changed, and what was not compared."""

from __future__ import annotations

from collections.abc import Sequence

from bench.report import units
from bench.report.compare_words import TONES, Line, Words, varying_rows
from bench.report.table import Cell, Column, Table, text


def rows_table(words: Words, lines: Sequence[Line], name: str, title: str, *, caption: str = "") -> Table | None:
    """Rows of a comparison with values, ratio, verdict and what would decide it; ``None`` where there is none.

    Args:
        words: The comparison.
        lines: Those of its lines that are shown.
        name: File stem and HTML id.
        title: Heading.
        caption: What the reader is told besides the interval and the band.
    """
    if not lines:
        return None
    metrics = len({line.metric for line in lines}) > 1
    columns = [Column(head) for head in words.heads]
    columns += [Column("metric")] if metrics else []
    columns += [Column(side, True) for side in words.sides]
    columns += [Column(f"ratio ({words.level} interval)", True), Column("verdict")]
    counted = any(line.counts for line in lines)
    columns += [Column("pairs" if words.comparison.paired else "processes", True)] if counted else []
    remarks = any(line.brief for line in lines)
    columns += [Column("remarks")] if remarks else []
    rows = []
    for line in lines:
        cells = [text(cell) for cell in line.cells]
        cells += [text(words.metric_word(line.metric))] if metrics else []
        cells += [_value(line.old, line.data["old"]), _value(line.new, line.data["new"]), _ratio(line)]
        cells.append(Cell(line.word, tone=TONES.get(line.verdict, ""), title=line.case))
        cells += [Cell(line.counts, _first_number(line.counts))] if counted else []
        cells += [Cell(line.brief, title="" if line.remark == line.brief else line.remark)] if remarks else []
        rows.append(tuple(cells))
    return Table(name, title, _caption(words, lines, caption), tuple(columns), tuple(rows), len(words.heads) + metrics)


def changes_table(words: Words) -> Table | None:
    """Cases that only one side has, and those whose status differs."""
    found = varying_rows(words.comparison.changes)
    if not found:
        return None
    rows = [
        (
            text(str(row["case"])),
            text(words.change_word(str(row["change"])), _change_tone(str(row["change"]))),
            text(_status(row["old"])),
            text(_status(row["new"])),
            text(str(row["reason"] or "")),
        )
        for row in found
    ]
    old, new = words.sides
    heads = tuple(Column(head) for head in ("case", "what", old, new, "reason"))
    caption = "Cases that one side lacks, and cases that have a value on one side only."
    return Table("comparison-changes", "Added, removed, failed and recovered", caption, heads, tuple(rows))


def refused_table(words: Words) -> Table | None:
    """Pairs that were not compared since they are not the same case."""
    found = varying_rows(words.comparison.refused)
    if not found:
        return None
    rows = [
        (
            text(str(row["case"] or "every case")),
            text(str(row["what"]), "warn"),
            text(str(row["old"])),
            text(str(row["new"])),
        )
        for row in found
    ]
    old, new = words.sides
    heads = tuple(Column(head) for head in ("case", "what differs", old, new))
    keys = ",".join(dict.fromkeys(str(row["what"]) for row in found))
    caption = f"A ratio would compare different things. --allow {keys} compares them nevertheless."
    return Table("comparison-refused", "Not compared", caption, heads, tuple(rows), 2)


def _caption(words: Words, lines: Sequence[Line], more: str) -> str:
    old, new = words.sides
    who = new if words.comparison.paired else "the new run"
    parts = [f"Ratio: {new} / {old}; above 1, {who} needs more."]
    verdicts = {line.verdict for line in lines}
    if "same" in verdicts:
        parts.append(f"The same: the whole interval lies within {words.band()}.")
        if any(line.metric == "error" for line in lines):
            parts.append(f"Errors are the same within {words.band('error')}.")
    if "unclear" in verdicts:
        parts.append(f"Unclear: neither a change nor a difference within {words.band()} is shown.")
    return " ".join([*parts, more]).strip()


def _value(shown: str, value: object) -> Cell:
    return Cell(shown, float(value) if units.known(value) else None)  # type: ignore[arg-type]  # known means a number


def _ratio(line: Line) -> Cell:
    value, low, high = (line.data[key] for key in ("ratio", "low", "high"))
    if not units.known(value):
        return Cell(line.ratio)
    return Cell(line.ratio, float(value), float(value), units.reach(float(value), low, high))


def _first_number(counts: str) -> float | None:
    return float(counts.partition(" ")[0]) if counts else None


def _status(status: object) -> str:
    return str(status or "").replace("_", " ") or "–"


def _change_tone(change: str) -> str:
    return {"failed": "bad", "recovered": "good", "removed": "warn"}.get(change, "")
