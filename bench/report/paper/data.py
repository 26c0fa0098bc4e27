"""The data of a run as CSV and Parquet: full precision, stored units, one file for each frame."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import pandas as pd

from bench.report.paper.source import Source
from bench.report.paper.workload import own_file


def frames(source: Source) -> dict[str, pd.DataFrame]:
    """File stem to frame, those with rows."""
    run, analysis = source.run, source.analysis
    found: dict[str, pd.DataFrame] = {
        "measurements": run.measurements,
        "replicates": run.replicates,
        "samples": run.samples,
        "seeds": run.outcomes if run.outcomes is not None else pd.DataFrame(),
        "claims": analysis.claims,
        "claim_points": analysis.claim_points,
        "crossovers": analysis.crossovers,
        "ratios": analysis.ratios,
        "quality": analysis.quality,
        "laws": analysis.laws,
        "law_points": analysis.law_points,
        "hypotheses": analysis.hypotheses,
        "hypothesis_summary": analysis.hypothesis_summary,
        "outcomes": analysis.outcomes,
        "targets": analysis.targets,
        "flops": analysis.flops_agreement,
        "errors": analysis.errors,
        "shares": analysis.shares,
        "halves": analysis.halves,
        "failures": analysis.failures,
    }
    return {name: frame for name, frame in found.items() if not frame.empty}


def files(source: Source) -> dict[str, bytes]:
    """Path to content: every frame as CSV and Parquet, the suite, ``run.json`` and an own workload as they were."""
    result: dict[str, bytes] = {}
    for name, nested in frames(source).items():
        frame = flat(nested)
        text = frame.to_csv(index=False, lineterminator="\n")
        result[f"{source.folder}/{name}.csv"] = text.encode()
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False, engine="pyarrow")
        result[f"{source.folder}/{name}.parquet"] = buffer.getvalue()
    meta = json.dumps(public(source.run.meta), indent=1, ensure_ascii=False, default=str)
    result[f"{source.folder}/run.json"] = f"{meta}\n".encode()
    if source.run.suite_text:
        result[f"{source.folder}/suite.toml"] = source.run.suite_text.encode()
    own = own_file(source.run.meta)
    if own and source.workload is not None:
        result[f"{source.folder}/{own}"] = source.workload
    return result


def public(meta: Mapping[str, Any]) -> dict[str, Any]:
    """``run.json`` as others may see it: the suite's file by its name, without the folders of the author's disk."""
    return {**meta, "suite": {**meta["suite"], "path": PurePath(str(meta["suite"].get("path", ""))).name}}


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with one kind of value per column: nested values as JSON, mixed ones as text."""
    columns: dict[str, Any] = {}
    for name in frame.columns:
        values = frame[name].tolist()
        if any(isinstance(value, dict | list | tuple) for value in values):
            columns[name] = [
                json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list | tuple) else value
                for value in values
            ]
        elif frame[name].dtype == object and len({type(value) for value in values if value is not None}) > 1:
            columns[name] = [None if value is None or value != value else str(value) for value in values]
    return frame.assign(**columns).reset_index(drop=True)
