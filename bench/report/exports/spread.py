"""The summary that a file of pytest-benchmark holds of its data, by that tool's definitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def spread(data: Sequence[float]) -> dict[str, Any]:
    """Summarise the rounds of one benchmark.

    Quartiles lie at position (n - 2) / 4 of the sorted values, counted from 0 and from either end, interpolated
    linearly. An outlier is further than one standard deviation from the mean (the first count), or further than 1.5
    interquartile ranges outside the quartiles (the second).

    Args:
        data: Seconds per call, one for each round; at least one.

    Returns:
        The keys that the format has: ``min max mean stddev rounds median iqr q1 q3 iqr_outliers stddev_outliers
        outliers ld15iqr hd15iqr ops total``. With one round ``stddev`` is 0, as the tool has it.
    """
    values = np.sort(np.asarray(data, dtype=float))
    q1, middle, q3 = (float(one) for one in np.quantile(values, (0.25, 0.5, 0.75), method="hazen"))
    mean, total = float(values.mean()), float(values.sum())
    stddev = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    iqr = q3 - q1
    # The slack keeps values on the fence inside it: the quartile and the value may round differently.
    slack = 1e-12 * abs(mean)
    near = (values >= mean - stddev - slack) & (values <= mean + stddev + slack)
    inside = (values >= q1 - 1.5 * iqr - slack) & (values <= q3 + 1.5 * iqr + slack)
    far, outside = int((~near).sum()), int((~inside).sum())
    return {
        "min": float(values[0]),
        "max": float(values[-1]),
        "mean": mean,
        "stddev": stddev,
        "rounds": len(values),
        "median": middle,
        "iqr": iqr,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": outside,
        "stddev_outliers": far,
        "outliers": f"{far};{outside}",
        "ld15iqr": float(values[inside][0]),
        "hd15iqr": float(values[inside][-1]),
        "ops": len(values) / total if total else 0.0,
        "total": total,
    }
