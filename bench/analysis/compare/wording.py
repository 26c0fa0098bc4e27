"""The summary of a comparison in sentences, and what the table promises of its errors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median

import pandas as pd

from bench.analysis.compare.discovery import Selection
from bench.analysis.tables import rows_of
from bench.analysis.wording import decimal, significant
from bench.plural import counted

#: Ratios from this on, and below its inverse, are told as factors.
_FACTOR = 2.0

_MORE = {"slower": "more", "faster": "less", "same": "the same"}
_METRICS = {
    "peak_tensor_bytes": "Peak memory",
    "peak_allocated_bytes": "Peak memory",
    "flops_dispatch": "FLOPs",
    "error": "Error against float64",
}


def control_sentence(selection: Selection, level: float, band: float) -> str:
    """Which errors the table allows itself."""
    rate = percent_text(1 - level)
    if not selection.tested:
        return "No times were tested; what is counted (bytes, FLOPs, errors) is exact."
    chosen = sum(selection.chosen)
    text = (
        f"Of the times called faster or slower, at most {rate} are expected to be called so wrongly (false discovery "
        f"rate over {counted(selection.tested, 'time')}, Benjamini and Hochberg). "
    )
    if 0 < chosen < selection.tested:
        text += (
            f"The {counted(chosen, 'interval')} of those that it picks {'are' if chosen > 1 else 'is'} widened to "
            f"{percent_text(selection.level)} to match (Benjamini and Yekutieli); every other holds at "
            f"{percent_text(level)} by itself. "
        )
    else:
        text += f"Every interval holds at {percent_text(level)} by itself. "
    return text + (
        f'"Same" means that the whole interval lies within ±{percent_text(band)}. Bytes, FLOPs and errors are counted '
        "and not tested."
    )


def summary_sentences(
    rows: pd.DataFrame, changes: pd.DataFrame, refused: pd.DataFrame, band: float, paired: bool
) -> Iterator[str]:
    """What came out, the worst first."""
    records = rows_of(rows)
    times = [row for row in records if row["metric"] == "time"]
    for verdict in ("slower", "faster"):
        found = [row for row in times if row["verdict"] == verdict]
        if found:
            first = found[0]
            size = change_words(first["ratio"], first["low"], first["high"])
            largest = "the largest" if len(found) > 1 else "by"
            yield f"{len(found)} of {counted(len(times), 'time')} {verdict}, {largest} {size}: {first['case']}."
    same = sum(row["verdict"] == "same" for row in times)
    if same:
        yield f"{same} of {counted(len(times), 'time')} the same within ±{percent_text(band)}."
    unclear = [row for row in times if row["verdict"] == "unclear"]
    if unclear:
        yield f"{len(unclear)} of {counted(len(times), 'time')} unclear{_what_it_takes(unclear, paired)}."
    for metric, name in _METRICS.items():
        yield from _counted_sentences(name, [row for row in records if row["metric"] == metric])
    for change in changes["change"].drop_duplicates().tolist():
        cases = changes.loc[changes["change"] == change, "case"].tolist()
        said = "with another status" if change == "status" else change
        yield f"{counted(len(cases), 'case')} {said}: {_first(cases)}."
    if len(refused):
        whole = refused[refused["case"] == ""]
        about = sorted(set(refused["what"]))
        number = "No case" if len(whole) else counted(refused["case"].nunique(), "case") + " not"
        yield f"{number} compared, since they are not the same case on both sides: {', '.join(about)} differ."
    elif not records:
        yield "No case is on both sides with a value to compare."


def _what_it_takes(unclear: list[dict[str, object]], paired: bool) -> str:
    """``: about 14 more pairs, 40 s, would decide it``; of several the median, and the time of all together."""
    known = [row for row in unclear if not math.isnan(_number(row["more_pairs"]))]
    if not known:
        return ""
    several = len(known) > 1
    pairs = round(median(_number(row["more_pairs"]) for row in known))
    what = counted(pairs, "more pair") if paired else f"{pairs} more process{'es' if pairs > 1 else ''} on each side"
    seconds = math.fsum(_number(row["more_s"]) for row in known)
    took = "" if math.isnan(seconds) else f", {duration(seconds)}{' in all' if several else ''},"
    which = "it" if len(unclear) == 1 else "them" if len(known) == len(unclear) else f"{len(known)} of them"
    return f": about {what}{' (median)' if several else ''}{took} would decide {which}"


def _counted_sentences(name: str, rows: list[dict[str, object]]) -> Iterator[str]:
    for verdict in ("slower", "faster"):
        found = [row for row in rows if row["verdict"] == verdict]
        if found:
            ratio = _number(found[0]["ratio"])
            largest = "the largest" if len(found) > 1 else "by"
            size = change_words(ratio, ratio, ratio)
            cases = counted(len(rows), "case")
            yield f"{name}: {_MORE[verdict]} in {len(found)} of {cases}, {largest} {size}: {found[0]['case']}."


def change_words(ratio: float, low: float, high: float) -> str:
    """How far a ratio is from 1: ``12 % (10 to 14 %)``, or as a factor, ``3.4× (3.2 to 3.6)``, if it is a large one.

    For a ratio below 1 the percentage is of what is no longer spent. Bounds are rounded outwards, and left out where
    they are the ratio.
    """
    if not 1 / _FACTOR < ratio < _FACTOR:
        # Rounded outwards, then without trailing zeros.
        text, unit = f"{ratio:.3g}×", ""
        bounds = [f"{float(significant(bound, 3, towards)):g}" for bound, towards in ((low, -1), (high, 1))]
    else:
        sign = 1 if ratio >= 1 else -1
        ends = sorted(100 * sign * (bound - 1) for bound in (low, high))
        # Fine enough for the width, and for a bound beside 0 not to read as 0.
        fine = min((size for size in ((ends[1] - ends[0]) / 3, abs(ends[0])) if size > 0), default=math.inf)
        decimals = max(0, min(4, -math.floor(math.log10(fine)))) if low < high and fine < math.inf else 1
        text = f"{100 * sign * (ratio - 1):.{decimals}f} %"
        unit = " %"
        bounds = [decimal(end, decimals, towards) for end, towards in zip(ends, (-1, 1), strict=True)]
    return text if low == high else f"{text} ({bounds[0]} to {bounds[1]}{unit})"


def percent_text(share: float) -> str:
    """``0.99`` as ``99 %``, to four digits of what is missing to a whole."""
    return f"{round(100 * share, 4):g} %"


def duration(seconds: float) -> str:
    """A duration to be planned with: ``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _first(cases: list[str], most: int = 3) -> str:
    rest = len(cases) - most
    return ", ".join(cases[:most]) + (f" and {rest} more" if rest > 0 else "")


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)
