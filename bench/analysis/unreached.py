"""Cases that an interrupted run did not come to: part of what was asked, so no sentence speaks as if it was done."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

#: The reason that stands in the place of a value that was not reached.
NOT_REACHED = "not reached: the run was interrupted"


def with_unreached(measurements: pd.DataFrame, meta: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of a run with a row without a value for each metric of each case that was not reached.

    Args:
        measurements: Tidy rows of all statuses.
        meta: ``run.json``; ``not_reached`` lists the cases (``id, group, subject, axes``), if there are any.
    """
    cases = meta.get("not_reached") or ()
    if not cases or measurements.empty:
        return measurements
    absent = {"status": "skipped", "reason": NOT_REACHED, "value": math.nan, "low": math.nan, "high": math.nan}
    made = [
        {**one["axes"], "case": one["id"], "group": one["group"], "subject": one["subject"], "metric": metric, **absent}
        for one in cases
        for metric in dict.fromkeys(measurements["metric"].tolist())
    ]
    return pd.DataFrame([*measurements.to_dict("records"), *made], columns=measurements.columns)


def partly(axis: str, last: str, planned: str) -> str:
    """How far an axis was measured: ``n measured up to 1000 of 100000 planned: the run was interrupted``."""
    return f"{axis} measured up to {last} of {planned} planned: the run was interrupted"
