"""Numbers as siunitx reads them: ``12.34(5)`` is 12.34 ± 0.05.

The uncertainty printed always covers the stored interval: it reaches from the printed value to the farther bound, and
is rounded up. So the printed interval may be wider than the stored one and is never narrower.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal, localcontext

from bench.report import units

_FORM = re.compile(r"(-?)(\d+)(?:\.(\d+))?(?:\((\d+)\))?(?:e(-?\d+))?")
#: Significant digits of a value that has no interval.
_EXACT = 4
#: Floating point may lift a round number by less than this share of it; that alone is not rounded up.
_SLACK = Decimal("1e-9")
#: Enough for the exact value of every float.
_CONTEXT = Context(prec=1200)


@dataclass(frozen=True)
class Digits:
    """How much room a number takes in a column: digits before and after the point, of uncertainty and exponent."""

    whole: int = 1
    places: int = 0
    uncertainty: int = 0
    exponent: int = 0
    negative: bool = False

    def merged(self, other: Digits) -> Digits:
        """Room for both."""
        return Digits(
            max(self.whole, other.whole),
            max(self.places, other.places),
            max(self.uncertainty, other.uncertainty),
            max(self.exponent, other.exponent),
            self.negative or other.negative,
        )

    @property
    def format(self) -> str:
        """The ``table-format`` of a column that holds such numbers."""
        whole = f"{'-' if self.negative else ''}{self.whole}"
        body = f"{whole}.{self.places}" if self.places else whole
        uncertainty = f"({self.uncertainty})" if self.uncertainty else ""
        return body + uncertainty + (f"e-{self.exponent}" if self.exponent else "")


def number(
    value: float, low: float = math.nan, high: float = math.nan, *, power: bool = False, most: int = _EXACT
) -> str:
    """A finite number with its interval, if it has one.

    Args:
        value: In the unit it is printed in.
        low: Lower bound in the same unit; NaN for none.
        high: Upper bound.
        power: Whether to write it with a power of ten, ``3.20(10)e-8``.
        most: Significant digits of a number without an interval.
    """
    half = units.half_width(low, high)
    exponent = math.floor(math.log10(abs(value))) if power and value else 0
    suffix = f"e{exponent}" if exponent else ""
    with localcontext(_CONTEXT):
        exact, lower, upper = (Decimal(one).scaleb(-exponent) if math.isfinite(one) else None
                               for one in (value, low, high))  # fmt: skip
        if exact is None:
            raise ValueError(f"expected a finite number, got {value!r}")
        width = None if half is None else min(max(float(Decimal(half).scaleb(-exponent)), 1e-300), 1e300)
        places = units.decimals(float(exact), width, most)
        step = Decimal(1).scaleb(-places)
        rounded = exact.quantize(step, ROUND_HALF_EVEN)
        text = f"{rounded if rounded else abs(rounded):f}"
        if half is None or lower is None or upper is None:
            # Beside a power of ten all digits stay, so that the powers of a column stand below each other.
            return (text.rstrip("0").rstrip(".") if "." in text and not power else text) + suffix
        reach = max(upper - rounded, rounded - lower)
        error = (reach * (1 - _SLACK)).quantize(step, ROUND_CEILING)
        # An uncertainty is read in units of the last digit that is printed.
        return f"{text}({int(error.scaleb(max(places, 0)))}){suffix}"


def digits(source: str) -> Digits:
    """The room a number takes. Raises ``ValueError`` where ``source`` is none."""
    sign, whole, after, error, power = _parts(source)
    return Digits(len(whole), len(after), len(error), len(power.lstrip("-")), bool(sign))


def value_of(source: str) -> tuple[float, float]:
    """Value and uncertainty of a number, the latter 0 where it has none."""
    sign, whole, after, error, power = _parts(source)
    value = Decimal(f"{sign}{whole}.{after}").scaleb(int(power or 0))
    return float(value), float(Decimal(int(error or 0)).scaleb(int(power or 0) - len(after)))


def _parts(source: str) -> tuple[str, ...]:
    match = _FORM.fullmatch(source)
    if match is None:
        raise ValueError(f"expected a number such as 12.3(4)e-7, got {source!r}")
    return tuple(part or "" for part in match.groups())
