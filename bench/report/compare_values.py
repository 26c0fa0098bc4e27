"""The numbers of a comparison in words: ratios, values, counts, and what would decide an open row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bench.analysis.tables import present
from bench.report import units


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

    Its bounds are told finely enough to lie on the same side of 1 and of the band's edges as they do.
    """
    if not present(ratio):
        return "–"
    value = float(ratio)
    if not math.isfinite(value) or value <= 0:
        return "0×" if value == 0 else "∞×" if value > 0 else "–"
    if not (units.known(low) and units.known(high) and low < high):
        text = units.ratio(value)
        return text if value == 1 or text != "1×" else f"{value:.{units.MOST_PLACES}f}".rstrip("0") + "×"
    # Two decimals at least: with one, the bounds of a wide interval would differ from the sentences that tell of them.
    return units.ratio(value, float(low), float(high), (1.0, 1 + band, 1 / (1 + band)), 2 if value < 10 else 0)


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
