"""The numbers of a comparison in words: ratios, values, counts, and what would decide an open row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bench.analysis.tables import present
from bench.report import units

_MOST_PLACES = 6


def more_words(row: Mapping[str, Any], paired: bool) -> str:
    """What it would take to decide a row: ``about 14 more pairs, 40 s``; empty where that is not known."""
    if not units.known(row["more_pairs"]):
        return ""
    count = round(float(row["more_pairs"]))
    one, many = ("pair", "pairs") if paired else ("process a side", "processes a side")
    text = f"about {count} more {one if count == 1 else many}"
    return f"{text}, {units.duration(float(row['more_s']))}" if units.known(row["more_s"]) else text


def ratio_words(ratio: Any, low: Any, high: Any, band: float) -> str:
    """A ratio with its interval: ``1.12× (1.10–1.14)``.

    It has as many digits as the interval supports, and more where rounding would put a bound on the other side of 1 or
    of the band's edges: a reader could not see then why the verdict is what it is.
    """
    if not present(ratio):
        return "–"
    value = float(ratio)
    if not math.isfinite(value) or value <= 0:
        return "0×" if value == 0 else "∞×" if value > 0 else "–"
    bounded = units.known(low) and units.known(high) and low < high
    if not bounded:
        text = units.ratio(value)
        return text if value == 1 or text != "1×" else f"{value:.{_MOST_PLACES}f}".rstrip("0") + "×"
    bounds = (float(low), float(high))
    half = (bounds[1] - bounds[0]) / 2
    most = units.decimals(value, None, 4 if 0.9 < value < 1.1 else 3)
    # Two at least: with one, the bounds of a wide interval would differ from the sentences that tell of them.
    places = max(min(units.decimals(value, half), most), 2 if value < 10 else 0)
    if units.fixed(bounds[0], places).strip("0.") == "":
        places = min(units.decimals(bounds[0], None, 1), _MOST_PLACES)  # no lower bound of a ratio is 0
    edges = (1.0, 1 + band, 1 / (1 + band))
    while places < _MOST_PLACES and not all(_same_side(bound, places, edges) for bound in bounds):
        places += 1
    shown = [units.fixed(number, places) for number in (value, *bounds)]
    return f"{shown[0]}× ({shown[1]}–{shown[2]})"


def _same_side(bound: float, places: int, edges: tuple[float, ...]) -> bool:
    rounded = round(bound, places)
    return all((rounded > edge, rounded < edge) == (bound > edge, bound < edge) for edge in edges)


def value_words(value: Any, unit: str) -> str:
    """A value with its unit; an error can be infinite, or no number where the answer was none."""
    if value is None or math.isnan(float(value)):
        return "not a number"
    number = float(value)
    return units.quantity(number, unit) if math.isfinite(number) else "infinite"


def count_words(row: Mapping[str, Any], paired: bool) -> str:
    """How many pairs, or processes of both sides: ``24``, ``5 / 15``; empty for what is counted and not sampled."""
    counts = [int(row[key]) for key in ("count_old", "count_new") if units.known(row[key])]
    if row["method"] == "exact" or not counts or not any(counts):
        return ""
    if paired or len(set(counts)) == 1:
        return str(min(counts))
    return " / ".join(map(str, counts))
