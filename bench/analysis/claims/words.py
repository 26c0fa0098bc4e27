"""How an expectation and what was found read. Rounding never makes an interval narrower than it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bench.analysis.intervals import Interval
from bench.analysis.wording import Labels, figures, multiple, place

#: Many claims are judged; a report says so beside their table.
ONE_BY_ONE = (
    "Each claim, and each of its points, is judged by itself at the suite's confidence level, without correction for "
    "how many there are: among many, a few verdicts may be due to chance alone."
)


def number(value: float) -> str:
    """An exact number: six significant digits, without trailing zeros."""
    return f"{value:.6g}"


def percentage(value: float) -> str:
    """A declared share or tolerance: ``25 %``."""
    return f"{100 * value:.6g} %"


def measured(interval: Interval, unit: str = "") -> str:
    """A value with its interval: ``0.42 (0.40 to 0.44)``; exact ones alone; ``%`` as unit makes percentages."""
    scale, suffix = (100.0, " %") if unit == "%" else (1.0, f" {unit}" if unit not in ("", "1") else "")
    value, low, high = (scale * one for one in (interval.value, interval.low, interval.high))
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else f"{'−' if value < 0 else ''}infinite"
    if not interval.known:
        return f"{value:.3g}{suffix}, without an interval"
    if low == high:
        return f"{number(value)}{suffix}"
    middle, lower, upper = figures([(value, 0), (low, -1), (high, 1)], high - low)
    return f"{middle}{suffix} ({lower} to {upper})"


def bound_words(bound: Mapping[str, Any], unit: str = "") -> str:
    """A declared bound: ``above 2``, ``below 50 %``, ``from 0.9 to 1.1``."""

    def say(value: float) -> str:
        return percentage(value) if unit == "%" else f"{number(value)}{f' {unit}' if unit not in ('', '1') else ''}"

    if "within" in bound:
        low, high = bound["within"]
        return f"from {say(low)} to {say(high)}"
    return f"above {say(bound['above'])}" if "above" in bound else f"below {say(bound['below'])}"


def place_words(axis: str, spec: Mapping[str, Any], units: Sequence[float], labels: Labels) -> str:
    """A declared place on an axis: ``at n = 4608 (6·D), within 25 %``, ``below n = 1024``, ``never``.

    Args:
        axis: Name of the axis.
        spec: Holds ``above``, ``below``, ``within``, ``times`` or ``never``.
        units: The values that ``times`` is a multiple of, one for each facet.
        labels: Names of axes.
    """
    if "never" in spec:
        return "never"
    if "within" in spec:
        low, high = spec["within"]
        return f"at {axis} from {number(low)} to {number(high)}"
    if "times" not in spec:
        side = "above" if "above" in spec else "below"
        return f"{side} {axis} = {number(spec[side])}"
    times = spec["times"]
    told = multiple(f"{times['factor']:g}", str(times["of"]), labels)
    within = f"within {percentage(times['tolerance'])}"
    known = set(units)
    if len(known) == 1:
        return f"at {axis} = {place(times['factor'] * known.pop())} ({told}), {within}"
    return f"at {axis} = {told}, {within}"


def counts_words(verdicts: Sequence[str]) -> str:
    """How many claims have which verdict: ``of 12 claims 9 hold, 1 fails, 2 are unclear``."""
    found = [(verdicts.count(verdict), forms) for verdict, forms in _FORMS.items() if verdict in verdicts]
    if not found:
        return "no claim"
    if len(found) == 1:
        one, several = found[0][1]
        return f"the only claim {one}" if len(verdicts) == 1 else f"all {len(verdicts)} claims {several}"
    told = ", ".join(f"{count} {forms[count > 1]}" for count, forms in found)
    return f"of {len(verdicts)} claims {told}"


_FORMS = {"holds": ("holds", "hold"), "fails": ("fails", "fail"), "unclear": ("is unclear", "are unclear")}
