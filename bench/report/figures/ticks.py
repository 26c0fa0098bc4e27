"""Tick positions and label places: plain numbers that never overlap. No matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise


def axis_number(value: float) -> str:
    """A tick label without exponent: ``16384``, ``0.05``."""
    if value and not 1e-4 <= abs(value) < 1e7:
        return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")
    return f"{value:.10f}".rstrip("0").rstrip(".")


def plain_axis_number(value: float) -> str:
    """A tick label of a linear axis, whose ticks are round multiples: ``0.25``, ``-3``, ``2e-7``."""
    if value and (abs(value) < 1e-4 or abs(value) >= 1e7):
        return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    return f"{value:.10f}".rstrip("0").rstrip(".")


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_numbers(values: Sequence[float]) -> list[str]:
    """Tick labels of a logarithmic axis: ``10⁻⁷`` where all are powers of ten over more than four decades."""
    powers = [round(math.log10(value)) for value in values]
    plain = any(not math.isclose(v, 10.0**p, rel_tol=1e-9) for v, p in zip(values, powers, strict=True))
    if plain or max(powers) - min(powers) <= 4:
        return [axis_number(value) for value in values]
    return [f"10{str(power).translate(_SUPERSCRIPTS)}" for power in powers]


def log_limits(values: Sequence[float], margin: float = 0.06) -> tuple[float, float]:
    """Limits of a log axis around positive values, with a margin of the range on both sides."""
    logs = [math.log(value) for value in values if value > 0 and math.isfinite(value)] or [0.0]
    low, high = min(logs), max(logs)
    pad = max((high - low) * margin, 0.15)
    return math.exp(low - pad), math.exp(high + pad)


def log_ticks(low: float, high: float, base: int = 10, most: int = 7) -> list[float]:
    """Round numbers between two positive limits: at least one, at most ``most``.

    Powers of 10, with 3 or 2 and 5 between where few decades are spanned; with ``base`` 2 powers of 2, 4, 16 and so on.
    """
    if base == 2:
        first, last = math.ceil(math.log2(low) - 1e-9), math.floor(math.log2(high) + 1e-9)
        step = 1
        while (last - first) // step + 1 > most:
            step *= 2
        found = [2.0**power for power in range(first, last + 1) if power % step == 0]
        if len(found) >= 2:
            return found
    for steps in _STEPS:
        found = _between(low, high, steps)
        if 3 <= len(found) <= most:
            return found
    powers = _between(low, high, (1.0,))
    if len(powers) > most:
        return powers[:: math.ceil(len(powers) / most)]
    # Hardly any range at all: two-digit numbers, or the middle.
    fine = _between(low, high, [1 + tenth / 10 for tenth in range(90)])
    return fine[:: math.ceil(len(fine) / most)] or [math.sqrt(low * high)]


_STEPS = ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,), (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0))


def _between(low: float, high: float, steps: Sequence[float]) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = [float(f"{step:.1f}e{power}") for power in range(first, last + 1) for step in steps]
    return [value for value in every if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]


#: Gaps between labels that differ by no more than this factor are even: every k-th label reads best there.
_EVEN = 1.2


def thin(places: Sequence[float], widths: Sequence[float], gap: float) -> list[int]:
    """Which labels to keep so that none overlaps, the last one always among them.

    Every k-th where they stand evenly or nearly so; as many as there is room for, from the last one on, elsewhere.

    Args:
        places: Centres, increasing, in points.
        widths: Width of each label in points.
        gap: Least space between two labels in points.
    """
    count = len(places)
    gaps = [b - a for a, b in pairwise(places)]
    if gaps and max(gaps) > _EVEN * min(gaps):
        kept = [count - 1]
        for index in reversed(range(count - 1)):
            if places[kept[0]] - places[index] >= (widths[index] + widths[kept[0]]) / 2 + gap:
                kept.insert(0, index)
        return kept
    for stride in range(1, count + 1):
        kept = list(range((count - 1) % stride, count, stride))
        if all(places[b] - places[a] >= (widths[a] + widths[b]) / 2 + gap for a, b in pairwise(kept)):
            return kept
    return []


def spread(places: Sequence[float], height: float, low: float, high: float) -> list[float]:
    """Move label centres apart until each pair is ``height`` away, as little as possible, inside ``low`` to ``high``.

    Neighbours that collide form a block centred on the mean of their wishes (pool adjacent violators).
    """
    order = sorted(range(len(places)), key=lambda index: places[index])
    blocks: list[tuple[float, int]] = []
    for rank, index in enumerate(order):
        blocks.append((places[index] - rank * height, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, m), (b, k) = blocks[-2], blocks[-1]
            blocks[-2:] = [((a * m + b * k) / (m + k), m + k)]
    starts = [start for start, count in blocks for _ in range(count)]
    top = high - (len(places) - 1) * height
    result = [0.0] * len(places)
    for rank, index in enumerate(order):
        result[index] = min(max(starts[rank], low), max(top, low)) + rank * height
    return result


def text_width(text: str, size: float) -> float:
    """Estimated width of a text in points: DejaVu Sans takes about 0.62 em a character."""
    return 0.62 * size * len(text)


def shorten(text: str, most: int = 26) -> str:
    """A text cut to ``most`` characters, the last one an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
