"""Ratios of what is counted and not sampled: bytes, FLOPs, numerical errors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.analysis.verdicts import Verdict

#: Errors below this are rounding of the float64 reference itself: 0 and 1e-17 are the same error.
LEAST_ERROR = 2.0**-52

#: Relative difference of errors that counts as none: another build rounds in another order.
ERROR_BAND = 1.0

_MEMORY = ("peak_tensor_bytes", "peak_allocated_bytes")
_FLOPS = "flops_dispatch"


@dataclass(frozen=True)
class Exact:
    """One such metric of a case.

    Attributes:
        metric: ``peak_tensor_bytes``, ``peak_allocated_bytes``, ``flops_dispatch``, or ``error`` for the worst
            relative L2 error of all tensors that both sides have.
        unit: Of both values.
        old: Value on one side.
        new: Value on the other side.
        ratio: new / old; infinite where only ``new`` is not a number or only ``old`` is 0, and the other way round 0.
        verdict: ``slower`` for more.
    """

    metric: str
    unit: str
    old: float
    new: float
    ratio: float
    verdict: Verdict


def exact_metrics(old: Mapping[str, float], new: Mapping[str, float], band: float, on_device: bool) -> Iterator[Exact]:
    """The exact metrics that both sides of a case have.

    Args:
        old: Metric to value of one side, of rows that have one.
        new: Likewise of the other side.
        band: Relative difference of bytes and FLOPs that counts as none.
        on_device: Whether the case ran on an accelerator, where memory is what the allocator handed out.
    """
    shared = old.keys() & new.keys()
    for metric in reversed(_MEMORY) if on_device else _MEMORY:
        if metric in shared:
            yield _compared(metric, "B", old[metric], new[metric], band)
            break
    if _FLOPS in shared:
        yield _compared(_FLOPS, "FLOP", old[_FLOPS], new[_FLOPS], band)
    errors = [metric for metric in shared if metric.startswith("error_") and metric.endswith("_rel_l2")]
    if errors:
        worst = [_worst([side[metric] for metric in errors]) for side in (old, new)]
        yield _compared("error", "1", worst[0], worst[1], ERROR_BAND, LEAST_ERROR)


def _worst(values: list[float]) -> float:
    return math.nan if any(math.isnan(value) for value in values) else max(values)


def _compared(metric: str, unit: str, old: float, new: float, band: float, least: float = 0.0) -> Exact:
    # What is no number is worse than every number.
    before, after = (math.inf if math.isnan(value) else max(value, least) for value in (old, new))
    if before == after:
        return Exact(metric, unit, old, new, 1.0, "same")
    ratio = math.inf if before == 0 else after / before
    if max(before, after) <= min(before, after) * (1 + band):
        verdict: Verdict = "same"
    else:
        verdict = "slower" if after > before else "faster"
    return Exact(metric, unit, old, new, ratio, verdict)
