"""The table of FLOP sources side by side, with what each of them counts and leaves out."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bench.analysis.flops import SOURCES
from bench.analysis.quality import AGREEMENT
from bench.analysis.tables import extras
from bench.report import units
from bench.report.figures.facets import collapse
from bench.report.grids import axis_cell
from bench.report.table import Cell, Column, Table, absent, text
from bench.report.view import View


def flops_table(view: View, frame: pd.DataFrame) -> Table:
    """One row per point and subject: each source, and whether they agree; conventions in the caption."""
    sources = ("formula", "dispatch", "fvcore")
    axes = [a for a in (*view.facet_axes, view.main_axis) if a is not None and a in frame.columns]
    keys = ["subject", *([view.main_axis] if view.main_axis else [])]
    counts = pd.Series(list(zip(*(frame[s].fillna(-1) for s in sources), frame["text"], strict=True)), frame.index)
    code = pd.Series(pd.factorize(counts)[0].astype(float), frame.index)
    # A skipped case still has its formula; where the same point was counted elsewhere, that row speaks for it.
    full = frame["sources"] == frame.groupby(keys)["sources"].transform("max")
    rows, dropped = collapse(
        frame.assign(_key=code.where(full)), [a for a in axes if a != view.main_axis], keys, "_key"
    )
    axes = [axis for axis in axes if axis not in dropped]
    rank = {subject: position for position, subject in enumerate(view.subjects)}
    records: list[dict[Any, Any]] = rows.to_dict("records")
    records.sort(key=lambda r: (rank.get(r["subject"], 0), [view.position(a, r[a]) for a in axes]))
    body = []
    for row in records:
        keyed = [text(view.subject_word(row["subject"])), *(axis_cell(view, axis, row[axis]) for axis in axes)]
        cells = [
            Cell(units.quantity(row[s], "FLOP"), row[s], row[s]) if units.known(row[s]) else absent("not counted")
            for s in sources
        ]
        verdict = "agree" if row["agree"] is True else "one source" if row["sources"] < 2 else "cannot tell"
        cells.append(text(row["text"], "bad") if row["text"] else text(verdict, "" if verdict == "agree" else "quiet"))
        body.append((*keyed, *cells))
    heads = [Column(view.axis_word(view.subject_axis)), *(Column(view.axis_word(a), a == view.main_axis) for a in axes)]
    heads += [Column("formula", True), Column("dispatch counter", True), Column("fvcore", True), Column("agreement")]
    caption = f"FLOPs per call from three sources. Disagreement beyond {100 * AGREEMENT:g} % is marked."
    if dropped:
        caption += f" The same for every {' and '.join(view.axis_word(a) for a in dropped)}."
    caption = f"{caption} {_conventions(view)}".strip()
    return Table("flops", "FLOPs by source", caption, tuple(heads), tuple(body), 1 + len(axes), "FLOP", open=False)


def _conventions(view: View) -> str:
    """What each source counts, as the rows themselves state it, and the operators it could not count."""
    sentences = []
    for metric, words in SOURCES.items():
        rows = view.rows(metric)
        stated = [(str(subject), extras(extra)) for subject, extra in zip(rows["subject"], rows["extra"], strict=True)]
        conventions: dict[str, dict[str, None]] = {}
        for subject, extra in stated:
            if extra.get("convention"):
                conventions.setdefault(str(extra["convention"]), {})[view.subject_word(subject)] = None
        if len(conventions) == 1:
            sentences.append(f"Convention of {words}: {next(iter(conventions))}.")
        elif conventions:
            each = (f"{', '.join(subjects)}: {convention}" for convention, subjects in conventions.items())
            sentences.append(f"Conventions of {words}: {' | '.join(each)}.")
        unseen = sorted({str(operator) for _, extra in stated for operator in extra.get("uncounted") or {}})
        if unseen:
            sentences.append(f"Not counted by {words}: {', '.join(unseen)}.")
    return " ".join(sentences)
