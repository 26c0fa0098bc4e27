"""Whether the sources of a FLOP count agree, case by case. They are never averaged."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from bench.analysis.quality import AGREEMENT
from bench.analysis.tables import axis_columns, build, extras, present
from bench.analysis.wording import percent

#: Sources in order of trust, with the words a sentence uses.
SOURCES = {"flops_formula": "the formula", "flops_dispatch": "the dispatch counter", "flops_fvcore": "fvcore"}

_COLUMNS: dict[str, str | None] = {
    "formula": "float64",
    "dispatch": "float64",
    "fvcore": "float64",
    "sources": "int64",
    "spread": "float64",
    "agree": "boolean",
    "zero": "bool",
    "text": "str",
}


def flops_agreement(measurements: pd.DataFrame, tolerance: float = AGREEMENT) -> pd.DataFrame:
    """Compare the FLOP sources of each case.

    Args:
        measurements: Tidy rows of all statuses.
        tolerance: Relative difference up to which sources agree.

    Returns:
        One row per case that at least one source has counted: ``case, subject``, the axes, ``formula, dispatch,
        fvcore`` (FLOP, NaN where a source has none), ``sources`` (how many have one), ``spread`` (largest / smallest
        - 1), ``agree`` (missing where there are fewer than two, or where nothing can tell), ``zero`` (a counter says 0
        though the formula does not: operators went unseen) and ``text``, empty where all is well.
    """
    axes = axis_columns(measurements)
    chosen = measurements[measurements["metric"].isin(list(SOURCES)) & (measurements["status"] == "ok")]
    columns = ["case", "subject", *axes]
    places: dict[str, dict[str, Any]] = {}
    counts: dict[str, dict[str, float]] = {}
    unseen: dict[str, dict[str, list[str]]] = {}
    for row in zip(*(chosen[name].tolist() for name in [*columns, "metric", "value", "extra"]), strict=True):
        *place, metric, value, extra = row
        if not present(value) or not math.isfinite(value):
            continue
        places.setdefault(place[0], dict(zip(columns, place, strict=True)))
        counts.setdefault(place[0], {})[metric] = float(value)
        unseen.setdefault(place[0], {})[metric] = sorted(extras(extra).get("uncounted") or {})
    records = [{**places[case], **_judge(found, unseen[case], tolerance)} for case, found in counts.items()]
    return build(records, {"case": "str", "subject": "str", **dict.fromkeys(axes), **_COLUMNS})


def _judge(found: dict[str, float], unseen: dict[str, list[str]], tolerance: float) -> dict[str, Any]:
    largest, smallest = max(found.values()), min(found.values())
    formula = found.get("flops_formula", math.nan)
    zero = formula > 0 and smallest == 0
    spread = math.nan
    agree: bool | None = None
    text = ""
    if len(found) > 1:
        spread = 0.0 if largest == smallest else largest / smallest - 1 if smallest > 0 else math.inf
        agree = spread <= tolerance
    if len(found) > 1 and largest == 0 and math.isnan(formula):
        agree, text = None, "the counters say 0 and there is no formula to check them with"
    elif zero:
        blind = [words for source, words in SOURCES.items() if found.get(source) == 0]
        text = f"{' and '.join(blind)} counted 0"
    elif agree is False:
        # Among equals the most trusted one is named.
        trusted = [source for source in SOURCES if source in found]
        least, most = min(trusted, key=lambda source: found[source]), max(trusted, key=lambda source: found[source])
        text = f"{SOURCES[least]} counts {percent(1 - smallest / largest)} less than {SOURCES[most]}"
    if text:
        for source, operators in unseen.items():
            if operators:
                text += f"; {SOURCES[source]} leaves out {', '.join(operators)}"
    return {
        "formula": formula,
        "dispatch": found.get("flops_dispatch", math.nan),
        "fvcore": found.get("flops_fvcore", math.nan),
        "sources": len(found),
        "spread": spread,
        "agree": agree,
        "zero": zero,
        "text": text,
    }
