"""Colours of drawings inside a page: one variable per colour, with a counterpart that is legible on a dark card."""

from __future__ import annotations

from collections.abc import Iterable

#: The card behind a drawing, and what is black on white, where the page is dark; ``report.css`` has the same two.
BACK, INK = "#181d23", "#e6e9ed"
#: Contrast with the card that every colour reaches: that of small text in WCAG AA, and a little more.
LEAST = 4.6
#: Channels of a grey differ by less than this.
_GREY = 16
_STEPS = 20


def dark(colour: str) -> str:
    """The counterpart of a colour (``#0072b2``) on a dark card: greys are turned over, all others lightened."""
    red, green, blue = channels = _channels(colour)
    if max(channels) - min(channels) < _GREY:
        return _mixed(BACK, INK, 1 - (red + green + blue) / 765)
    return next(
        (mixed for step in range(_STEPS) if contrast(mixed := _mixed(colour, "#ffffff", step / _STEPS), BACK) >= LEAST),
        INK,
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours by WCAG 2.2: 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def variable(colour: str) -> str:
    """What stands in a drawing in the place of a colour."""
    return f"var(--c{colour[1:]})"


def definitions(colours: Iterable[str]) -> str:
    """The style rules that give these colours their values: as drawn, and on a dark screen; paper is never dark."""
    names = sorted(set(colours))
    light = ";".join(f"--c{name[1:]}:{name}" for name in names)
    night = ";".join(f"--c{name[1:]}:{dark(name)}" for name in names)
    return (
        f":root{{{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{night}}}}}"
        f"@media screen{{:root[data-theme=dark]{{{night}}}}}"
    )


def _mixed(one: str, other: str, part: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    shares = [channel / 255 for channel in _channels(colour)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
