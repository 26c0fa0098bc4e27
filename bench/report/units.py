"""Numbers for people: SI units, and no more digits than the interval supports.

Everything a report prints goes through this module, so that a value never appears without its unit and the same
value reads the same in the terminal, the HTML, the Markdown and the LaTeX.

Conventions: times in ns, µs, ms, s; memory in powers of 1024 (KiB, MiB, GiB); FLOPs in powers of 1000 (MFLOP,
GFLOP). A value with an interval is rounded at the first significant digit of the interval's half-width (the second
where the first is a 1); a value without one keeps four significant digits, trailing zeros dropped. Bounds are rounded
outwards: an interval is never printed narrower than it is, nor wider by a unit of the last place on either side.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real

EXACT_DIGITS = 4
MOST_DIGITS = 5
#: Decimals to which a ratio's bounds are told where fewer would move them across 0 or a limit of its verdict.
MOST_PLACES = 6
#: Share of the last place by which floating point may miss a round number; a bound is not moved on for that alone.
_SLACK = 1e-9
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

#: For each stored unit its display units, smallest first: symbol, factor, siunitx source.
_LADDERS: dict[str, tuple[tuple[str, float, str], ...]] = {
    "s": (("ns", 1e-9, r"\nano\second"), ("µs", 1e-6, r"\micro\second"), ("ms", 1e-3, r"\milli\second"),
          ("s", 1.0, r"\second")),
    "B": (("B", 1.0, "B"), ("KiB", 2.0**10, "KiB"), ("MiB", 2.0**20, "MiB"), ("GiB", 2.0**30, "GiB"),
          ("TiB", 2.0**40, "TiB")),
    "FLOP": (
        ("FLOP", 1.0, "FLOP"),
        ("kFLOP", 1e3, "kFLOP"),
        ("MFLOP", 1e6, "MFLOP"),
        ("GFLOP", 1e9, "GFLOP"),
        ("TFLOP", 1e12, "TFLOP"),
        ("PFLOP", 1e15, "PFLOP"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """One display unit: ``value / factor`` is the number to print before ``symbol``; ``tex`` is its siunitx source."""

    symbol: str
    factor: float
    tex: str


def known(value: object) -> bool:
    """Whether a cell holds a finite number (``None``, NaN and infinities do not)."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def scale_of(value: float, unit: str) -> Scale:
    """The display unit in which ``value`` (in ``unit``) reads as 1 to 999 (1 to 1023 for bytes)."""
    ladder = _LADDERS.get(unit)
    if ladder is None:
        return Scale("" if unit == "1" else unit, 1.0, "" if unit == "1" else unit)
    best = ladder[0]
    for step in ladder:
        # Rounded first, so that 999.9 µs reads as 1 ms and not as 1000 µs.
        if value != 0 and float(f"{abs(value) / step[1]:.{EXACT_DIGITS}g}") >= 1:
            best = step
    return Scale(*best)


def common_scale(values: Iterable[float], unit: str) -> Scale:
    """One display unit for many values (an axis, a LaTeX column): that of their geometric mean."""
    logs = [math.log(abs(v)) for v in values if known(v) and v != 0]
    return scale_of(math.exp(sum(logs) / len(logs)) if logs else 1.0, unit)


def half_width(low: float | None, high: float | None) -> float | None:
    """Half the width of an interval in the value's own unit, or ``None`` where there is no interval."""
    if low is None or high is None or not (known(low) and known(high)) or high <= low:
        return None
    return (high - low) / 2


def reach(value: float, low: float | None, high: float | None) -> float | None:
    """From a value to the farther bound of its interval: value ± reach covers it. ``None`` without an interval."""
    if low is None or high is None or half_width(low, high) is None:
        return None
    return max(high - value, value - low)


def decimals(value: float, half: float | None = None, digits: int = EXACT_DIGITS) -> int:
    """Decimal places for ``value``; negative ones round to tens, hundreds and so on.

    With an interval of half-width ``half``: down to its first significant digit (second if the first is 1), yet at
    most five significant digits of the value. Without: ``digits`` significant digits.
    """
    top = math.floor(math.log10(abs(value))) if value else 0
    if half is None or half <= 0:
        return digits - 1 - top
    place = math.floor(math.log10(half))
    lead = half / 10.0**place
    supported = -place + (1 if lead < 1.95 else 0)
    return max(min(supported, MOST_DIGITS - 1 - top), -top)


def fixed(value: float, places: int, towards: int = 0) -> str:
    """``value`` with ``places`` decimals, tens rounded for negative ones: ``fixed(1234, -1) == "1230"``.

    ``towards`` -1 rounds down, 1 up, 0 to nearest.
    """
    text = f"{_rounded(value, places, towards):.{max(places, 0)}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def _rounded(value: float, places: int, towards: int) -> float:
    if not towards:
        return round(value, places)
    scaled = value * 10.0**places
    whole = math.ceil(scaled - _SLACK) if towards > 0 else math.floor(scaled + _SLACK)
    return round(whole / 10.0**places, places)


def number(value: float, half: float | None = None, digits: int = EXACT_DIGITS) -> str:
    """A bare number; very large and very small ones in scientific form (``2.1×10⁻⁷``)."""
    if value and (abs(value) < 1e-3 or abs(value) >= 1e6):
        power = math.floor(math.log10(abs(value)))
        mantissa = value / 10.0**power
        places = decimals(mantissa, None if half is None else half / 10.0**power, min(digits, 2))
        return f"{_trim(fixed(mantissa, places), half)}×10{str(power).translate(_SUPERSCRIPTS)}"
    return _trim(fixed(value, decimals(value, half, digits)), half)


def quantity(value: float, unit: str, half: float | None = None) -> str:
    """A value with its unit: ``quantity(0.012345, "s", 0.0002) == "12.3 ms"``. Unit ``"1"`` prints a bare number."""
    scale = scale_of(value, unit)
    text = number(value / scale.factor, None if half is None else half / scale.factor)
    return f"{text} {scale.symbol}".rstrip()


def with_interval(value: float, low: float | None, high: float | None, unit: str) -> str:
    """A value, its unit and its interval in the same unit, rounded outwards: ``12.3 ms (12.1–12.5)``."""
    half = half_width(low, high)
    if half is None or low is None or high is None:
        return quantity(value, unit)
    scale = scale_of(value, unit)
    places = decimals(value / scale.factor, half / scale.factor)
    head = f"{fixed(value / scale.factor, places)} {scale.symbol}".rstrip()
    return f"{head} ({fixed(low / scale.factor, places, -1)}–{fixed(high / scale.factor, places, 1)})"


def measured(value: float, low: float | None, high: float | None, unit: str, digits: int = 3) -> str:
    """Like :func:`with_interval`, for quantities that range over orders of magnitude.

    Below a thousandth and from a million on, value and interval share a power of ten: ``3.20 (3.10–3.30) ×10⁻⁸``.
    Without an interval ``digits`` significant digits stay.
    """
    scale = scale_of(value, unit)
    shown, half = value / scale.factor, half_width(low, high)
    if half is None or low is None or high is None:
        return f"{minus(number(shown, None, digits))} {scale.symbol}".rstrip()
    if 1e-3 <= abs(shown) < 1e6 or not shown:
        places = max(min(decimals(shown, half / scale.factor), MOST_DIGITS), -3)
        head, power = f"{minus(fixed(shown, places))} {scale.symbol}".rstrip(), ""
        bounds = low / scale.factor, high / scale.factor
    else:
        exponent = math.floor(math.log10(abs(shown)))
        unit_value = scale.factor * 10.0**exponent
        places = decimals(value / unit_value, half / unit_value)
        head, power = minus(fixed(value / unit_value, places)), f" ×10{str(exponent).translate(_SUPERSCRIPTS)}"
        power += f" {scale.symbol}" if scale.symbol else ""
        bounds = low / unit_value, high / unit_value
    span = "–" if bounds[0] >= 0 else " to "
    return f"{head} ({minus(fixed(bounds[0], places, -1))}{span}{minus(fixed(bounds[1], places, 1))}){power}"


def minus(text: str) -> str:
    """A number's text with a real minus sign."""
    return text.replace("-", "−")


def power(exponent: float) -> str:
    """An exponent set high: ``⁻¹``, ``²``, ``^0.5``; nothing for 1."""
    if exponent == 1:
        return ""
    text = f"{exponent:g}"
    return text.translate(_SUPERSCRIPTS) if text.lstrip("-").isdigit() else f"^{minus(text)}"


def ratio(
    value: float, low: float | None = None, high: float | None = None, edges: Sequence[float] = (1.0,), least: int = 0
) -> str:
    """A ratio with its interval: ``0.42× (0.40–0.44)``; three significant digits at most, four close to 1.

    More where rounding would put a bound on the other side of one of the ``edges``, or a positive one at 0: a reader
    could not see then why the verdict is what it is. ``least`` is the least number of decimals beside an interval.
    """
    half = half_width(low, high)
    most = decimals(value, None, 4 if 0.9 < value < 1.1 else 3)
    places = max(min(decimals(value, half), most), 0)
    if half is None or low is None or high is None:
        return f"{_trim(fixed(value, places), None)}×"
    places = max(places, least)
    if low > 0 and _rounded(low, places, -1) == 0:
        places = max(places, min(decimals(low, None, 1), MOST_PLACES))
    while places < MOST_PLACES and not (_same_side(low, places, -1, edges) and _same_side(high, places, 1, edges)):
        places += 1
    return f"{fixed(value, places)}× ({fixed(low, places, -1)}–{fixed(high, places, 1)})"


def _same_side(bound: float, places: int, towards: int, edges: Sequence[float]) -> bool:
    shown = _rounded(bound, places, towards)
    return all((shown > edge, shown < edge) == (bound > edge, bound < edge) for edge in edges)


def percent(share: float) -> str:
    """A share as a percentage: ``percent(0.1234) == "12.3 %"``; below 0.1 % it says so instead of showing 0."""
    if 0 < abs(share) < 0.001:
        return "< 0.1 %"
    return f"{100 * share:.1f} %" if abs(share) < 0.9995 else f"{100 * share:.0f} %"


def duration(seconds: float) -> str:
    """Wall time for people: ``45 s``, ``12 min 5 s``, ``2 h 3 min``."""
    whole = round(seconds)
    if seconds < 10:
        return f"{seconds:.1f} s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def tex_number(value: float, half: float | None) -> str:
    """What siunitx parses: ``12.3 +- 0.2`` or ``12.3`` (numbers already in the column's unit).

    The uncertainty is rounded up, and so that it covers ``value`` ± ``half`` around the number printed.
    """
    if value and half is None and (abs(value) < 1e-3 or abs(value) >= 1e6):
        return f"{value:.2e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    places = decimals(value, half)
    if half is None:
        return _trim(fixed(value, places), None)
    moved = abs(_rounded(value, places, 0) - value)
    return f"{fixed(value, places)} +- {fixed(half + moved, places, 1)}"


def _trim(text: str, half: float | None) -> str:
    """Exact values lose trailing zeros; measured ones keep them, since they are significant."""
    return text.rstrip("0").rstrip(".") if half is None and "." in text else text
