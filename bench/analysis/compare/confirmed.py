"""The comparison of two runs after what it left in doubt was measured again, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bench.analysis.compare.judgement import frame_of, importance
from bench.analysis.compare.model import LAST_COLUMNS, Comparison
from bench.analysis.compare.wording import summary_sentences
from bench.analysis.tables import rows_of

#: The verdicts of a comparison apart that are not believed before they are confirmed.
IN_DOUBT = ("slower", "faster", "unclear")

_AGAIN = "measured again, side by side"
_NOT_AGAIN = "looked {verdict}, but could not be measured again"


def in_doubt(comparison: Comparison) -> tuple[str, ...]:
    """Ids of the cases whose time looks changed or is unclear."""
    rows = comparison.rows
    return tuple(rows.loc[(rows["metric"] == "time") & rows["verdict"].isin(IN_DOUBT), "case"])


def confirmed(first: Comparison, again: Comparison, ids: Mapping[str, str]) -> Comparison:
    """Put what was measured again in the place of what was in doubt.

    A time that was in doubt and has no second measurement is ``unclear``: nothing is called changed on one look.

    Args:
        first: The comparison of two runs.
        again: The comparison of the run that measured the cases in doubt side by side.
        ids: Case of ``again`` to case of ``first``.
    """
    second = {ids[row["case"]]: row for row in rows_of(again.rows) if row["metric"] == "time"}
    doubtful = set(in_doubt(first))
    rows = [
        _row(row, second.get(row["case"])) if row["metric"] == "time" and row["case"] in doubtful else row
        for row in rows_of(first.rows)
    ]
    frame = frame_of(sorted(rows, key=importance), first.axes)
    count = len(doubtful & second.keys())
    told = (
        f"{count} of {len(doubtful)} times that looked changed or were unclear were measured again, side by side, in "
        "pairs of fresh processes; their rows show that measurement, in which drift cancels."
    )
    left = any(row["metric"] == "time" and row["case"] not in second for row in rows)
    # How the two runs were made matters to the times that were not measured again.
    apart, *rest = first.conditions
    rest = [f"The other times: {apart[:1].lower()}{apart[1:]}", *rest] if left else rest
    return replace(
        first,
        rows=frame,
        conditions=tuple(dict.fromkeys((told, *again.conditions[1:], *rest))),
        control=again.control,
        summary=tuple(summary_sentences(frame, first.changes, first.refused, first.band, paired=True)),
    )


def _row(row: Mapping[str, Any], second: Mapping[str, Any] | None) -> dict[str, Any]:
    if second is None:
        note = _NOT_AGAIN.format(verdict=row["verdict"])
        return {**row, "verdict": "unclear", "note": "; ".join(part for part in (row["note"], note) if part)}
    values = {name: second[name] for name in LAST_COLUMNS if name not in ("metric", "unit")}
    note = "; ".join(part for part in (second["note"], _AGAIN) if part)
    return {**row, **values, "note": note}
