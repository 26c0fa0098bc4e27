"""How figures look: one palette, one set of markers, one font size, the same for every figure of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib

from bench.report.figures.theme import LEAST, contrast

#: Okabe and Ito's palette without yellow (too pale on white) and black (kept for the standards).
CHALLENGERS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
STANDARDS = ("#000000", "#6B6B6B", "#9A9A9A")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
_DASHES: tuple[str | tuple[int, tuple[int, ...]], ...] = ("-", (0, (4, 1)), (0, (1, 1)), (0, (5, 1, 1, 1)))
#: Hatches keep stacked parts apart in black and white.
HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "oo", "++")
PARTS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#9A9A9A", "#F0E442")

FONT = 8.0
SMALL = 7.0

_RC = {
    "font.family": "DejaVu Sans",
    "font.size": FONT,
    "axes.titlesize": FONT,
    "axes.labelsize": FONT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "both",
    "axes.axisbelow": True,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.3,
    "lines.markersize": 3.6,
    "hatch.linewidth": 0.4,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.dpi": 200,
    # Fonts stay fonts in PDF (searchable); in SVG they become paths, since a browser without the font would measure
    # the text differently and labels would collide.
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "path.simplify": False,
    # Names in suites are text, never formulas.
    "text.parse_math": False,
}


@dataclass(frozen=True)
class Look:
    """Colour, marker and dash of one subject; ``ink`` is its colour dark enough for text on white."""

    colour: str
    ink: str
    marker: str
    dash: str | tuple[int, tuple[int, ...]]


@contextmanager
def report_style(salt: str) -> Iterator[None]:
    """Draw and save inside this context; ``salt`` makes the ids in an SVG the same on every run."""
    settings: dict[Any, Any] = {**dict(matplotlib.rcParamsDefault), **_RC, "svg.hashsalt": salt}
    settings.pop("backend", None)
    with matplotlib.rc_context(settings):
        yield


def looks(subjects: Sequence[str], standards: Sequence[str]) -> dict[str, Look]:
    """One look per subject: standards black and grey and dashed, the others in colours; equal in all figures.

    No two of them share colour and marker, as far as there are combinations (54 of colours, 27 of greys).
    """
    result: dict[str, Look] = {}
    taken: set[tuple[str, str]] = set()
    grey = colour = 0
    for position, subject in enumerate(subjects):
        if subject in standards:
            tint = STANDARDS[grey % len(STANDARDS)]
            marker = _free_marker(tint, position, taken)
            result[subject] = Look(tint, _ink(tint), marker, _DASHES[1 + grey % (len(_DASHES) - 1)])
            grey += 1
        else:
            tint = CHALLENGERS[colour % len(CHALLENGERS)]
            marker = _free_marker(tint, position, taken)
            result[subject] = Look(tint, _ink(tint), marker, _DASHES[(colour // len(CHALLENGERS)) % len(_DASHES)])
            colour += 1
        taken.add((tint, marker))
    return result


def _free_marker(tint: str, position: int, taken: Set[tuple[str, str]]) -> str:
    """The marker of a position, or the next one that does not stand for something else in this colour yet."""
    wished = position % len(_MARKERS)
    turned = _MARKERS[wished:] + _MARKERS[:wished]
    return next((marker for marker in turned if (tint, marker) not in taken), turned[0])


def _ink(colour: str) -> str:
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    steps = (1 - step / 50 for step in range(50))
    shades = ("#" + "".join(f"{round(channel * part):02X}" for channel in channels) for part in steps)
    return next(shade for shade in shades if contrast(shade, "#ffffff") >= LEAST)
