"""The run's data as CSV: full precision, stored units, one file per frame."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from bench.analysis.summary import Analysis


def write_csvs(measurements: pd.DataFrame, analysis: Analysis, folder: Path) -> list[Path]:
    """Write every frame that has rows; values in seconds, bytes, FLOP; numbers survive reading back unchanged.

    Args:
        measurements: All rows of the run, failures included.
        analysis: The frames computed from them.
        folder: Where ``measurements.csv``, ``crossovers.csv`` and the others go.
    """
    frames = {
        "measurements": measurements,
        "outcomes": analysis.outcomes,
        "claims": analysis.claims,
        "claim_points": analysis.claim_points,
        "hypotheses": _evidence(analysis.hypotheses),
        "laws": analysis.laws,
        "law_points": analysis.law_points,
        "targets": analysis.targets,
        "crossovers": analysis.crossovers,
        "ratios": analysis.ratios,
        "quality": analysis.quality,
        "flops": analysis.flops_agreement,
        "errors": analysis.errors,
        "shares": analysis.shares,
        "halves": analysis.halves,
        "failures": analysis.failures,
    }
    paths = []
    for name, frame in frames.items():
        if frame.empty:
            continue
        path = folder / f"{name}.csv"
        _flat(frame).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
        paths.append(path)
    return paths


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Lists and dicts as JSON text, so that a cell reads back."""
    nested = [column for column in ("notes", "extra", "cases", "point", "facet", "axes") if column in frame.columns]
    return frame.assign(**{column: [_json(value) for value in frame[column]] for column in nested})


def _evidence(hypotheses: pd.DataFrame) -> pd.DataFrame:
    """One row per hypothesis, point and comparison: the comparison's own columns follow those of the point."""
    records = [
        {**{key: value for key, value in row.items() if key != "evidence"}, **item}
        for row in hypotheses.to_dict("records")
        for item in row["evidence"]
    ]
    return pd.DataFrame(records)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list | tuple) else str(value)
