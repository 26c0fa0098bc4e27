"""All times of one table judged together, and the rows that come of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.analysis.compare.discovery import Selection, select
from bench.analysis.compare.exact import Exact
from bench.analysis.compare.model import FIRST_COLUMNS, LAST_COLUMNS
from bench.analysis.compare.pairs import Times
from bench.analysis.decision import Effect, judged, more_pairs
from bench.analysis.tables import build
from bench.analysis.verdicts import Verdict

#: Verdicts in the order of a table.
ORDER = ("slower", "faster", "unclear", "same")


_WITHOUT_INTERVAL = {
    0: "the values of its processes are not stored",
    1: "a single process says nothing of the spread between processes",
}


@dataclass(frozen=True)
class Compared:
    """One case on both sides.

    Attributes:
        place: The first columns of its rows: ``case, subject`` and the axes.
        times: Its processes; ``None`` where a side has no time.
        exact: What else was compared.
        noisy: Whether a side's time is flagged.
        notes: What either side says of its time.
    """

    place: Mapping[str, Any]
    times: Times | None
    exact: Sequence[Exact] = ()
    noisy: bool = False
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class _Judged:
    effect: Effect
    verdict: Verdict
    more: int | None
    note: str


def judge(cases: Sequence[Compared], level: float, band: float) -> tuple[list[dict[str, Any]], Selection]:
    """The rows of all cases, what matters first, and what was chosen as changed among the times.

    A time is called faster or slower only if Benjamini & Hochberg's procedure at the rate ``1 - level`` chooses it, its
    interval, then widened, excludes 1, and what was measured in looks was measured again.
    """
    timed = [(case, case.times, case.times.effect(level)) for case in cases if case.times is not None]
    selection = select([_change_p(times, effect, band) for _, times, effect in timed], 1 - level)
    rows = []
    for (case, times, effect), q, chosen in zip(timed, selection.adjusted, selection.chosen, strict=True):
        rows.append(_time_row(case, times, effect, _judged(times, effect, chosen, selection, band), q))
    rows += [_exact_row(case, one, level) for case in cases for one in case.exact]
    return sorted(rows, key=importance), selection


def _change_p(times: Times, effect: Effect, band: float) -> float:
    """The p-value with which a time stands for being called changed.

    What is the same, or was not measured again, cannot be called so. It counts among those tested and never among
    those chosen: a table in which much is a little slower would else allow itself more errors among the rest.
    """
    unconfirmed = times.look is not None and not times.look.confirmed
    return 1.0 if unconfirmed or judged(effect, band) == "same" else effect.p


def frame_of(rows: Sequence[Mapping[str, Any]], axes: Sequence[str]) -> pd.DataFrame:
    """The frame of :attr:`~bench.analysis.compare.model.Comparison.rows`."""
    return build(rows, {**FIRST_COLUMNS, **dict.fromkeys(axes), **LAST_COLUMNS})


def _judged(times: Times, effect: Effect, chosen: bool, selection: Selection, band: float) -> _Judged:
    shown = times.effect(selection.level) if chosen else effect
    verdict, note = judged(shown, band), ""
    if verdict in ("faster", "slower") and times.look is not None and not times.look.confirmed:
        note = f"looks {verdict}, but its budget was spent before it could be measured again"
        verdict = "unclear"
    elif verdict in ("faster", "slower") and not chosen:
        note = f"its own interval excludes 1, but not that of {selection.tested} comparisons in one table"
        verdict = "unclear"
    elif math.isnan(shown.low):
        note = _WITHOUT_INTERVAL.get(effect.count, f"{effect.count} pairs are too few for an interval at this level")
    if verdict != "unclear":
        return _Judged(shown, verdict, None, note)
    strict = times.effect(selection.level if chosen else selection.next_level)
    more = more_pairs(effect, band, strict)
    if more is None and times.look is not None and times.look.number < len(times.look.planned):
        more = max(1, times.look.planned[times.look.number] - effect.count)
    return _Judged(shown, verdict, more, note)


def _time_row(case: Compared, times: Times, plain: Effect, found: _Judged, q: float) -> dict[str, Any]:
    ratio, look = found.effect.interval, times.look
    old, new = times.values(plain)
    counts = [len(side) for side in times.sides()]
    return {
        **case.place,
        "metric": "time",
        "unit": "s",
        "old": old,
        "new": new,
        "ratio": ratio.value,
        "low": ratio.low,
        "high": ratio.high,
        "level": ratio.level,
        "p": plain.p,
        "q": q,
        "count_old": counts[0],
        "count_new": counts[1],
        "method": plain.method,
        "verdict": found.verdict,
        "look": look.number if look else None,
        "looks": len(look.planned) if look else None,
        "more_pairs": math.nan if found.more is None else found.more,
        "more_s": math.nan if found.more is None else found.more * times.pair_s,
        "noisy": case.noisy,
        "note": "; ".join([*filter(None, [found.note]), *case.notes]),
    }


def _exact_row(case: Compared, one: Exact, level: float) -> dict[str, Any]:
    return {
        **case.place,
        "metric": one.metric,
        "unit": one.unit,
        "old": one.old,
        "new": one.new,
        **dict.fromkeys(("ratio", "low", "high"), one.ratio),
        "level": level,
        "count_old": 0,
        "count_new": 0,
        "method": "exact",
        "verdict": one.verdict,
        "noisy": False,
        "note": "",
    }


def importance(row: Mapping[str, Any]) -> tuple[int, bool, float, str]:
    """Slower first, then faster, unclear and same; times before the rest; the largest effect first."""
    ratio = row["ratio"]
    size = abs(math.log(ratio)) if 0 < ratio < math.inf else math.inf
    return ORDER.index(row["verdict"]), row["metric"] != "time", -size, row["case"]
